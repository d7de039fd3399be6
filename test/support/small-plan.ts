import { type Effect, run } from '../../src/core/effect.ts';
import type { Plan, StepId } from '../../src/core/plan.ts';
import { FakeSystem } from './fake-system.ts';

/** A plan of steps that take no build: each with its effects. */
export function planOf(root: string, steps: Readonly<Record<StepId, readonly Effect[]>>): Plan {
  return {
    schema: 1,
    title: { text: 'A few commands' },
    root,
    notes: [],
    steps: Object.entries(steps).map(([id, effects]) => ({
      id: id as StepId,
      title: { text: `Step ${id}` },
      why: { text: 'A test needs it.' },
      effects,
    })),
  };
}

export const threeSteps: Plan = planOf('/', {
  'test/one': [run('server', ['work', 'one'])],
  'test/two': [run('server', ['work', 'two'])],
  'test/three': [run('server', ['work', 'three'])],
});

/** A machine where `work` says its word, and stays at work until `finish` or until it is aborted. */
export function workingSystem(): {
  readonly system: FakeSystem;
  /** Words that were begun. */
  readonly begun: string[];
  finish(): void;
} {
  const system = new FakeSystem();
  const begun: string[] = [];
  let open = (): void => undefined;
  let gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const exec = system.exec.bind(system);
  system.exec = async (place, argv, options = {}) => {
    if (argv[0] !== 'work') return exec(place, argv, options);
    begun.push(String(argv[1]));
    options.line?.(`at work: ${argv[1]}`, 'stdout');
    const aborted = new Promise<void>((resolve) => {
      if (options.signal?.aborted === true) resolve();
      options.signal?.addEventListener('abort', () => resolve());
    });
    await Promise.race([gate, aborted]);
    const killed = options.signal?.aborted === true;
    return { code: killed ? 137 : 0, stdout: '', stderr: '' };
  };
  return {
    system,
    begun,
    finish: () => {
      open();
      gate = Promise.resolve();
    },
  };
}
