import { expect, test } from 'vitest';
import { check } from '../../src/cli/commands/check.ts';
import type { LoginOptions } from '../../src/cli/commands/check-login.ts';
import type { Common } from '../../src/cli/common-options.ts';
import { askSecrets } from '../../src/cli/given-secrets.ts';
import { givenSecret } from '../../src/core/effect.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { directoryAnswers } from '../support/directory.ts';

const password = 'ada-knows-this';

interface Tried {
  readonly code: number | string;
  readonly words: string;
  readonly asked: readonly string[];
}

/** `typed`: at the terminal; null: there is none. `stdin`: what comes on standard input. */
async function tried(
  options: LoginOptions & { readonly json?: boolean },
  { typed = null, stdin = '' }: { readonly typed?: string | null; readonly stdin?: string } = {},
  answers: unknown = { trees: { lab: { directory: directoryAnswers } } },
): Promise<Tried> {
  const session = new Session(
    new Pretend({ failing: null, haste: 1, sleep: async () => undefined }),
  );
  session.giveSecret('lab.directory', 'reader-knows-this');
  let words = '';
  const asked: string[] = [];
  const common = {
    outside: {
      say: (text: string) => {
        words += text;
      },
      complain: (text: string) => {
        words += text;
      },
      paint: (_: string, text: string) => text,
      readFile: async () => (answers === null ? null : JSON.stringify(answers)),
      readStdin: async () => stdin,
      askUnseen: async (question: string) => {
        asked.push(question);
        return typed;
      },
      signal: new AbortController().signal,
    },
    root: '/',
    session,
  } as unknown as Common;
  try {
    return { code: await check({ answers: 'site.yaml', ...options }, common), words, asked };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { code: error.problems[0]?.code ?? '', words, asked };
  }
}

test('the password is asked for unseen, and what comes of it is said', async () => {
  const { code, words, asked } = await tried({ login: 'ada' }, { typed: password });
  expect(code).toBe(0);
  expect(asked).toEqual(['Password of ada, which is kept nowhere: ']);
  expect(words).toMatch(/✓ ada can log in/);
  expect(words).toMatch(/home +\/home\/ada/);
  expect(words).toMatch(/there; 12 users/);
  expect(words).not.toContain(password);
});

test('or it comes on standard input, and JSON says the same', async () => {
  const given = { stdin: `${password}\n` };
  const { code, words, asked } = await tried(
    { login: 'ada', passwordStdin: true, json: true },
    given,
  );
  expect([code, asked]).toEqual([0, []]);
  expect(JSON.parse(words)).toMatchObject({
    login: { tree: 'lab', user: 'ada', status: 'accepted', uid: 10_001, home: '/home/ada' },
    remarks: { 'trees.lab.directory.base': { good: { text: expect.any(String) } } },
  });
  expect(words).not.toContain(password);
});

test.each<[string, Parameters<typeof tried>, number | string]>([
  ['a wrong password', [{ login: 'ada' }, { typed: 'wrong' }], 1],
  ['nobody of that name', [{ login: 'mallory' }, { typed: password }], 1],
  ['nobody to type it', [{ login: 'ada' }], 'request/no-password'],
  ['another tree', [{ login: 'ada', tree: 'other' }, { typed: 'x' }], 'directory/nobody-to-try'],
  [
    'no directory',
    [{ login: 'ada' }, { typed: 'x' }, { trees: { lab: {} } }],
    'directory/nobody-to-try',
  ],
])('%s ends otherwise', async (_, given, code) => {
  expect((await tried(...given)).code).toBe(code);
});

test('secrets of a plan are asked for at a terminal, and nothing typed is nothing done', async () => {
  const plan = {
    schema: 1,
    title: { text: 'x' },
    root: '/',
    notes: [],
    steps: [
      {
        id: 'a/b',
        title: { text: 'x' },
        why: { text: 'x' },
        effects: [givenSecret('lab.directory')],
      },
    ],
  } as const;
  const at = async (typed: string | null) => {
    const session = new Session(new Pretend({ failing: null, haste: 1 }));
    const outside = { askUnseen: async () => typed, signal: new AbortController().signal };
    await askSecrets(plan, { outside, session } as unknown as Common);
    return session.missingSecrets(plan);
  };
  expect(await at('x')).toEqual([]);
  expect(await at(null)).toEqual(['lab.directory']);
  await expect(at('')).rejects.toThrow(ProblemError);
});
