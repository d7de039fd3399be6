import { expect, test } from 'vitest';
import { run as runs } from '../../src/core/effect.ts';
import type { Event } from '../../src/core/event.ts';
import type { Plan } from '../../src/core/plan.ts';
import { Session } from '../../src/runner/session.ts';
import { FakeSystem } from '../support/fake-system.ts';

const plan: Plan = {
  schema: 1,
  title: { text: 'Fail loudly' },
  root: '/',
  notes: [],
  steps: [
    {
      id: 'test/loud',
      title: { text: 'A command that repeats what it was told' },
      why: { text: 'Some do.' },
      effects: [
        { kind: 'secret', place: 'server', name: 'lab.root' },
        runs('server', ['loud'], {
          stdin: ['root:', { secret: 'lab.root' }, '\n'],
          progress: 'apt',
        }),
      ],
    },
  ],
};

test('a secret that a failing command repeats reaches no event, no file and no report', async () => {
  const system = new FakeSystem();
  system.models.unshift((_world, _place, words, options) =>
    words[0] === 'loud'
      ? {
          code: 1,
          stdout: `pmstatus:x:50:${options.stdin}\nI was told ${options.stdin}`,
          stderr: `no: ${options.stdin}`,
        }
      : undefined,
  );
  const events: Event[] = [];
  const report = await new Session(system).apply(
    plan,
    'sidus apply',
    (event) => events.push(event),
    new AbortController().signal,
  );
  const secret = (await system.secret('lab.root')) ?? '';
  expect(secret.length).toBeGreaterThan(8);
  expect(report.problem?.code).toBe('run/command-failed');
  expect(report.problem?.detail).toContain('[secret]');
  const records = system.below('/var/lib/sidus').map((key) => system.text(key));
  expect(records.join('').length).toBeGreaterThan(100);
  expect(JSON.stringify([report, events, records])).not.toContain(secret);
});
