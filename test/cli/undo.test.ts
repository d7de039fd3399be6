import { describe, expect, test } from 'vitest';
import { undo } from '../../src/cli/commands/undo.ts';
import type { Common } from '../../src/cli/common-options.ts';
import { file } from '../../src/core/effect.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { Session } from '../../src/runner/session.ts';
import { FakeSystem } from '../support/fake-system.ts';
import { planOf } from '../support/small-plan.ts';

// A prompt may wait for a day: what was judged before it is judged once more.

const unstopped = new AbortController().signal;

async function apply(world: FakeSystem, path: string): Promise<void> {
  const plan = planOf('/', { 'test/one': [file('server', path, 'ours')] });
  await new Session(world).apply(plan, 'test', () => undefined, unstopped);
}

/** What the command says, where `meanwhile` happens before somebody types apply. */
async function undone(meanwhile: (world: FakeSystem) => unknown) {
  const world = new FakeSystem();
  // Nobody hangs on the server, and nobody is served.
  world.models.unshift((_, __, [word]) => (word === 'ss' || word === 'sh' ? {} : undefined));
  await apply(world, '/etc/one');
  const session = new Session(world);
  const outside = {
    complain: () => undefined,
    say: () => undefined,
    ask: async () => {
      await meanwhile(world);
      return 'apply';
    },
    ...{ commandLine: 'sidus undo', signal: unstopped, leave: unstopped, terminal: false },
  };
  const common = { outside, session, root: '/' } as unknown as Common;
  return { world, ended: undo(undefined, { progress: 'quiet' }, common) };
}

describe('between the plan of an undo and the answer', () => {
  test('nothing happens: it is done', async () => {
    const { world, ended } = await undone(() => undefined);
    expect(await ended).toBe(0);
    expect(world.nodes.has('/etc/one')).toBe(false);
  });

  test('somebody edits a file: it is not overwritten', async () => {
    const { world, ended } = await undone((one) => one.makeNode('/etc/one', 'file', 'by hand'));
    await expect(ended).rejects.toThrow(ProblemError);
    expect(world.text('/etc/one')).toBe('by hand');
  });

  test('another run comes, so that the plan is another: nothing is done', async () => {
    const { world, ended } = await undone((one) => apply(one, '/etc/two'));
    await expect(ended).rejects.toThrow(/changed while it waited/);
    expect([world.text('/etc/one'), world.text('/etc/two')]).toEqual(['ours', 'ours']);
  });
});
