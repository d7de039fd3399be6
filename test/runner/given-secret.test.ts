import { describe, expect, test } from 'vitest';
import { file, givenSecret } from '../../src/core/effect.ts';
import { layout } from '../../src/core/layout.ts';
import type { Plan } from '../../src/core/plan.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { Session } from '../../src/runner/session.ts';
import { FakeSystem } from '../support/fake-system.ts';
import { models } from '../support/models.ts';

// A secret that nobody can make up: no run begins without it, and it stands where it belongs alone.

const password = 'reader knows "this" $(and) more';
const plan: Plan = {
  schema: 1,
  title: { text: 'x' },
  root: '/',
  steps: [
    {
      id: 'directory/lab/service',
      title: { text: 'x' },
      why: { text: 'x' },
      effects: [
        givenSecret('lab.directory'),
        file('server', '/etc/asked', ['pw ', { secret: 'lab.directory' }, '\n'], { mode: 0o600 }),
      ],
    },
  ],
  notes: [],
};

async function applied(session: Session): Promise<string | null> {
  try {
    const report = await session.apply(plan, 'test', () => undefined, new AbortController().signal);
    return report.problem === null ? report.outcome : JSON.stringify(report.problem);
  } catch (error) {
    return error instanceof ProblemError ? (error.problems[0]?.code ?? null) : String(error);
  }
}

describe('a secret that must be given', () => {
  test('is missed before anything is changed', async () => {
    const system = new FakeSystem();
    const session = new Session(system);
    expect(await session.missingSecrets(plan)).toEqual(['lab.directory']);
    expect(await applied(session)).toBe('secrets/not-given');
    expect(await session.runs()).toEqual([]);
    expect(system.nodes.has('/etc/asked')).toBe(false);
  });

  test('is kept once a run has begun, and is in that file and nowhere else', async () => {
    const system = new FakeSystem();
    const session = new Session(system);
    session.giveSecret('lab.directory', password);
    expect(system.secrets.size).toBe(0);
    expect(await session.missingSecrets(plan)).toEqual([]);
    expect(await applied(session)).toBe('ok');
    expect(system.secrets.get('lab.directory')).toBe(password);
    const holders = [...system.nodes].flatMap(([path, { content }]) =>
      content.includes(password) || content.includes(JSON.stringify(password).slice(1, -1))
        ? [path]
        : [],
    );
    expect(holders).toEqual(['/etc/asked']);
    expect([...system.nodes.keys()].some((path) => path.startsWith(layout.runs))).toBe(true);
  });

  test('of before will do, and another one takes its place', async () => {
    const system = new FakeSystem();
    system.models.push(...models);
    system.secrets.set('lab.directory', 'of before');
    const session = new Session(system);
    expect(await applied(session)).toBe('ok');
    session.giveSecret('lab.directory', password);
    expect((await session.inspect(plan)).steps[0]?.settled).toBe(false);
    expect(await applied(session)).toBe('ok');
    expect(system.secrets.get('lab.directory')).toBe(password);
    expect(system.nodes.get('/etc/asked')?.content).toBe(`pw ${password}\n`);
  });
});
