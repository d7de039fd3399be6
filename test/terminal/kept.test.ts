import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { apply, choose, pointed, pointTo, step, titled, toPlan } from '../support/hand.ts';
import { Person } from '../support/somebody.ts';
import type { OpenTerminal } from '../support/terminal.ts';

// Whatever ends the wizard, and wherever: it comes back to the same screen with every answer.

let person: Person;
beforeEach(() => {
  person = new Person();
  onTestFinished(() => person.leave());
});

const command = ['wizard', '--pretend'];

async function begun(): Promise<OpenTerminal> {
  const terminal = person.open(command);
  await choose(terminal, 'Begin with a preset');
  await terminal.see('sidus  Presets');
  await choose(terminal, 'minimal');
  await terminal.see(/sidus {2}Network/);
  await terminal.see('Which domain');
  return terminal;
}

async function continued(): Promise<OpenTerminal> {
  const terminal = person.open(command);
  await choose(terminal, 'Continue your earlier answers');
  return terminal;
}

/** What is asked and answered; trials come when they come, and the header has a clock. */
function asked(terminal: OpenTerminal): string {
  const [, ...lines] = terminal.screen().split('\n');
  return [titled(terminal), ...lines]
    .map((line) => line.replace(/ [✓!✗…·] {2}/, '    ').trimEnd())
    .filter((line) => !/ \.\.\.$|addresses, |answers on |^ {8}(the mirror|eno\d has) /.test(line))
    .join('\n');
}

async function quit(terminal: OpenTerminal): Promise<void> {
  await terminal.press('ctrl-c');
  await terminal.see('Leave sidus?');
  await terminal.press('ctrl-c');
  expect((await terminal.ended).code).toBe(130);
  expect(terminal.screen()).toContain('Your answers are kept. Go on with: sidus wizard');
}

/** Ends it here, and starts it again: all is as it was. */
async function comesBack(
  terminal: OpenTerminal,
  end: (terminal: OpenTerminal) => Promise<unknown> = quit,
): Promise<OpenTerminal> {
  // The last row of a frame: all of it is there.
  await terminal.see(/ keys$/);
  const before = asked(terminal);
  await end(terminal);
  const next = await continued();
  await next.holds(() => asked(next) === before, `what came back is not\n${before}\nbut`, 10_000);
  return next;
}

/** An answer of the kind that this question takes, left half-way where that can be. */
async function answer(terminal: OpenTerminal): Promise<void> {
  const screen = terminal.screen();
  const before = asked(terminal);
  if (/\[.*▏.*\] \(/.test(screen) || /^ {7,8}\[▏/m.test(screen)) {
    await terminal.type('7x.');
    await terminal.see('[7x.▏');
  } else if (/\(●\)/.test(screen)) {
    await terminal.press('right');
    // With one option there is nothing to change.
    if (/\( \)/.test(screen)) await terminal.holds(() => asked(terminal) !== before, before);
  } else if (/(?<!entr(?:y|ies); )Space opens the list/.test(screen)) {
    const several = /\d+ chosen;/.test(screen);
    const title = titled(terminal);
    await terminal.press('space');
    await terminal.holds(() => titled(terminal) !== title, `no list over ${title}`);
    await terminal.see(/\d+ names|add: /);
    if (/add: /.test(terminal.screen())) await terminal.type('10.0.0.7');
    else await terminal.press('down');
    await terminal.press(several ? 'space' : 'enter');
    if (several) {
      if (/add: /.test(terminal.screen())) await terminal.press('enter');
      await terminal.press('escape');
    }
    await terminal.holds(() => titled(terminal) === title, `the list stays over ${title}`);
  }
}

// Some fifty starts of the program.
test('quit at any question of any topic', { timeout: 400_000 }, async () => {
  let terminal = await begun();
  const seen = new Set<string>();
  const topics = new Set<string>();
  for (let turns = 0; turns < 80 && titled(terminal) !== 'Plan'; turns += 1) {
    seen.add(`${titled(terminal)}: ${pointed(terminal)}`);
    // Before it is answered at the first of each topic, and after that at every one.
    if (!topics.has(titled(terminal))) {
      topics.add(titled(terminal));
      terminal = await comesBack(terminal);
    }
    await answer(terminal);
    terminal = await comesBack(terminal);
    await step(terminal, 'enter');
  }
  expect(titled(terminal)).toBe('Plan');
  // 30 or so: that the walk went through all of them is what matters.
  expect(seen.size).toBeGreaterThan(25);
  // And that it answered on its way.
  const own = JSON.stringify(person.kept()?.drafts.pretend?.answers.own);
  expect(own.match(/":(?!\{)/g)?.length, own).toBeGreaterThan(15);
});

test('quit in a list of users, in an entry of it, half-way through a name, and at the plan', async () => {
  let terminal = await begun();
  await terminal.press('ctrl-g');
  await choose(terminal, 'Accounts');
  await pointTo(terminal, 'Which users');
  await terminal.press('space');
  await terminal.see('[ Add one ]');
  for (const [name, fullName] of [
    ['ada', 'Ada L'],
    ['grace', 'Grace Höpper 日本'],
    ['mary', ''],
  ] as const) {
    await pointTo(terminal, '[ Add one ]');
    terminal = await comesBack(terminal);
    await terminal.press('enter');
    await terminal.see('Accounts: new');
    terminal = await comesBack(terminal);
    await terminal.type(name);
    await terminal.see(`Accounts: ${name}`);
    terminal = await comesBack(terminal);
    await step(terminal, 'enter');
    await terminal.type(fullName);
    await terminal.see(`[${fullName}▏`);
    terminal = await comesBack(terminal);
    await terminal.press('escape');
    await terminal.see('[ Add one ]');
  }
  // The last row of a list that is longer than its topic has questions.
  await pointTo(terminal, '[ Done ]');
  terminal = await comesBack(terminal);
  await choose(terminal, '[ Done ]');
  await terminal.see('student, ada, grace, mary');
  await toPlan(terminal);
  terminal = await comesBack(terminal);
  await terminal.see('Nothing has been changed yet');
});

describe('what was answered is there after', () => {
  async function typed(): Promise<OpenTerminal> {
    const terminal = await begun();
    await pointTo(terminal, 'Which domain');
    await terminal.type('lab.exam');
    await terminal.see('[lab.exam▏');
    return terminal;
  }

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s, at once', async (signal, code) => {
    await comesBack(await typed(), async (terminal) => {
      terminal.kill(signal);
      expect((await terminal.ended).code).toBe(code);
    });
  });

  test('its terminal was closed', async () => {
    await comesBack(await typed(), async (terminal) => {
      terminal.close();
      expect((await terminal.ended).code).toBe(129);
    });
  });

  test('SIGKILL, a moment later', async () => {
    await comesBack(await typed(), async (terminal) => {
      await expect
        .poll(() => JSON.stringify(person.kept()), { timeout: 1000 })
        .toContain('"lab.exam"');
      terminal.kill('SIGKILL');
      await terminal.ended;
    });
  });
});

test.each([
  ['torn', '{"drafts": {"pretend": {"schema": 1, "savedAt": "2026-1'],
  ['of wrong types', '{"drafts": {"pretend": {"schema": 1, "tree": 7}}}'],
  ['no JSON', '\u0000\u0001\u0002'],
  ['an array', '[]'],
])('a file that is %s is set aside and named, and the wizard starts', async (_, text) => {
  mkdirSync(dirname(person.preferences), { recursive: true });
  writeFileSync(person.preferences, text);
  // Wide enough for the name of a temporary directory.
  const terminal = person.open(command, { columns: 120 });
  await terminal.see(/preferences\.json could not be\s+understood/);
  await terminal.see(/preferences\.json\.bad-/);
  const [aside = '', ...more] = readdirSync(dirname(person.preferences)).filter((name) =>
    name.includes('.bad-'),
  );
  expect(more).toEqual([]);
  expect(readFileSync(`${dirname(person.preferences)}/${aside}`, 'utf8')).toBe(text);
  expect(terminal.screen()).not.toContain('Continue');
  await choose(terminal, 'Begin without a preset');
  await terminal.see(/sidus {2}Network/);
  await terminal.press('down');
  await quit(terminal);
  expect(Object.keys(person.kept()?.drafts ?? {})).toEqual(['pretend']);
});

test('no secret is kept: neither while it is asked, nor after a run that made some', async () => {
  const terminal = await begun();
  await terminal.press('ctrl-g');
  await choose(terminal, 'Accounts');
  await terminal.see('locked');
  await terminal.press('right');
  await terminal.see(/\(●\) password/);
  await toPlan(terminal);
  await expect.poll(() => JSON.stringify(person.kept()?.drafts.pretend)).toContain('"password"');
  const { answers, ...draft } = person.kept()?.drafts.pretend ?? { answers: {} };
  expect(Object.keys(draft).sort()).toEqual(
    ['done', 'preset', 'root', 'savedAt', 'schema', 'screen', 'tree'].sort(),
  );
  expect(Object.keys(answers).sort()).toEqual(['base', 'original', 'own', 'scope', 'stack']);
  expect(
    keysOf({ ...answers, original: null }).filter((key) => /secret|password|hash/i.test(key)),
  ).toEqual([]);
  await apply(terminal);
  await terminal.see('is what you asked for', 60_000);
  // What is not served yet is still asked about: the answers are a draft until they are the server's.
  expect(Object.keys(person.kept()?.drafts ?? {})).toEqual(['pretend']);
  await terminal.press('enter');
  await terminal.see(/steps to do/);
  await apply(terminal);
  await terminal.see(/sidus {2}Done/, 60_000);
  // Hashes of passwords, as crypt(5) writes them, and all of what is kept.
  const text = readFileSync(person.preferences, 'utf8');
  expect(text).not.toMatch(/\$(6|y|2b|5)\$/);
  expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['drafts', 'lastTree', 'look']);
  expect(person.kept()?.drafts).toEqual({});
  expect(statSync(person.preferences).mode & 0o777).toBe(0o600);
});

function keysOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}
