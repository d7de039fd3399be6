import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { apply, choose, pointed, pointTo, step, titled, toPlan } from '../support/hand.ts';
import { Person } from '../support/somebody.ts';
import type { OpenTerminal } from '../support/terminal.ts';

// All of the wizard by keys, as somebody without root at 80x24.

let person: Person;
beforeEach(() => {
  person = new Person({ ordinary: true });
  onTestFinished(() => person.leave());
});

/** As `see`; and whatever is seen says that nothing of it is real. */
async function sees(terminal: OpenTerminal, what: string | RegExp, within?: number): Promise<void> {
  await terminal.see(what, within);
  expect(terminal.screen().split('\n')[0]).toContain('PRETENDING');
}

function isRestored(terminal: OpenTerminal): void {
  expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
  expect(terminal.raw).not.toContain('\u001b[3J');
}

/** From a run to what comes after it. */
async function throughRehearsal(terminal: OpenTerminal): Promise<void> {
  await sees(terminal, /sidus {2}Run/);
  await sees(terminal, /sidus {2}Rehearsal/, 60_000);
  await sees(terminal, 'is what you asked for', 30_000);
  await sees(terminal, /✓ {3}hostname/);
  expect(terminal.screen()).not.toMatch(/✗/);
  await choose(terminal, 'Go on');
}

/** Folds the plan open down to a file, and shut again. */
async function looksAtExports(terminal: OpenTerminal): Promise<void> {
  await pointTo(terminal, 'Serve the clients');
  await terminal.press('right');
  await sees(terminal, 'Export the versions');
  await pointTo(terminal, 'Export the versions');
  await terminal.press('right');
  await pointTo(terminal, '/etc/exports.d/sidus.exports');
  await terminal.press('right');
  await sees(terminal, /\/srv\/nfsroot\/minimal\/versions.*192\.168\.67/);
  await terminal.press('left', 'left', 'left', 'left', 'left');
  await terminal.gone('Export the versions');
}

/** Nothing is served before the rehearsal; then it is asked once more. */
async function serves(terminal: OpenTerminal): Promise<void> {
  await sees(terminal, /Serve the clients/);
  await looksAtExports(terminal);
  await apply(terminal);
  await sees(terminal, /sidus {2}Done/, 30_000);
}

test('a first rehearsal, then a server and its first client, in under a minute each', async () => {
  const begun = Date.now();
  const terminal = person.open([], { before: 'a line of before\r\n' });
  await sees(terminal, 'Rehearse here first');
  expect(terminal.screen()).toContain('nothing is changed');
  expect(pointed(terminal)).toMatch(/^Rehearse here first/);
  await terminal.press('enter');
  await sees(terminal, 'Nothing has been changed yet');
  await sees(terminal, /Publish rehearsal/);
  await apply(terminal);
  await throughRehearsal(terminal);
  await sees(terminal, /sidus {2}Done/);
  expect(Date.now() - begun).toBeLessThan(60_000);

  await choose(terminal, 'Now for real');
  await sees(terminal, 'sidus  Presets');
  await choose(terminal, 'minimal');
  const topics = new Set<string>();
  for (let enters = 0; enters < 80 && titled(terminal) !== 'Plan'; enters += 1) {
    await sees(terminal, /sidus {2}(\S+ {2}\d+\/\d+|Plan)/);
    topics.add(titled(terminal));
    if (titled(terminal) !== 'Plan') await step(terminal, 'enter');
  }
  const numbers = [...topics].flatMap((title) => /\d+\/\d+$/.exec(title) ?? []);
  const last = Number(numbers[0]?.split('/')[1]);
  expect(last).toBeGreaterThan(6);
  expect(numbers).toEqual(Array.from({ length: last }, (_, index) => `${index + 1}/${last}`));

  await sees(terminal, 'Nothing has been changed yet');
  expect(terminal.screen()).not.toContain('Serve the clients');
  await terminal.type('w');
  await sees(terminal, 'sidus apply --preset minimal');
  await terminal.press('escape');
  await sees(terminal, /sidus {2}Plan/);

  const script = join(person.home, 'plan.sh');
  await terminal.type('s');
  await sees(terminal, 'Under which name?');
  await terminal.press('ctrl-u');
  await terminal.type(script);
  await terminal.press('enter');
  await sees(terminal, 'Saved as');
  execFileSync('sh', ['-n', script]);
  expect(readFileSync(script, 'utf8')).toMatch(/mmdebstrap/);

  for (const almost of ['appl', 'Apply', 'apply now']) {
    // The first letter of another word is none of the plan's keys, or goes to its line.
    await terminal.type('a');
    await terminal.press('ctrl-u');
    await terminal.type(almost);
    await terminal.see(`[${almost}`);
    await terminal.press('enter');
    await sees(terminal, 'The whole word');
    expect(titled(terminal)).toBe('Plan');
    await terminal.press('escape');
    await terminal.gone('The whole word');
  }

  const forReal = Date.now();
  await apply(terminal);
  await sees(terminal, /sidus {2}Run/);
  await sees(terminal, /Unpacking lib/);
  await terminal.press('up', 'up', 'up', 'page-up');
  await sees(terminal, /log \(\d+ lines further down\)/);
  const shown = logOf(terminal);
  // Others come below, and these stay.
  await sees(terminal, /log \(\d{3,} lines further down\)/);
  expect(logOf(terminal)).toEqual(shown);
  await terminal.press('end');
  await sees(terminal, 'log (following)');
  const height = logOf(terminal).length;
  await terminal.type('l');
  await terminal.holds(() => logOf(terminal).length > height, 'the log is not larger');
  await terminal.type('l');
  await terminal.holds(() => logOf(terminal).length === height, 'the log is not as before');
  await terminal.press('ctrl-c');
  await sees(terminal, 'Stop after this step');
  expect(pointed(terminal)).toMatch(/^Keep watching/);
  await choose(terminal, 'Keep watching');
  await throughRehearsal(terminal);
  await serves(terminal);
  await sees(terminal, /192\.168\.67\.128 +(has its address|reads its root)/, 20_000);
  expect(Date.now() - forReal).toBeLessThan(60_000);

  await choose(terminal, 'Open the dashboard');
  await sees(terminal, /version 1 .*clients boot this one/);
  await terminal.type('p');
  await sees(terminal, 'Publish minimal as version 2');
  await terminal.press('escape');
  await sees(terminal, /sidus {2}Dashboard/);

  // Another answer: the plan shows what it makes of a file that is there.
  await terminal.type('c');
  await sees(terminal, /sidus {2}Network/);
  await pointTo(terminal, 'Which domain');
  await terminal.type('lab.example');
  await terminal.see('[lab.example');
  await toPlan(terminal);
  await sees(terminal, 'already so');
  await pointTo(terminal, 'Serve the clients');
  await terminal.press('right');
  // The last step lies below what 24 rows show.
  await pointTo(terminal, 'Write what the loaders read first');
  await terminal.press('down');
  await pointTo(terminal, 'Give addresses');
  await terminal.press('right');
  await terminal.see(/\+\d+ -\d+/);
  await pointTo(terminal, 'dnsmasq.conf');
  await terminal.press('right');
  await sees(terminal, /\+ ?\S*domain.*lab\.example/);

  await terminal.press('ctrl-c');
  await sees(terminal, 'Leave sidus?');
  await terminal.press('escape', 'escape');
  await terminal.press('ctrl-c', 'ctrl-c');
  expect((await terminal.ended).code).toBe(130);
  isRestored(terminal);
  expect(terminal.history().join('\n')).toMatch(
    /a line of before\n[\s\S]*Your answers are kept\. Go on with: sidus wizard/,
  );
  expect(existsSync('/etc/sidus')).toBe(false);
});

/** The lines below the rule that says `log`. */
function logOf(terminal: OpenTerminal): readonly string[] {
  const lines = terminal.screen().split('\n');
  const from = lines.findIndex((line) => / log \(/.test(line));
  const to = lines.findIndex((line, at) => at > from && /^─+$/.test(line));
  return lines.slice(from + 1, to);
}

describe('a step that fails', () => {
  async function failed(): Promise<OpenTerminal> {
    const words = ['wizard', '--pretend', '--preset', 'minimal', '--fail', 'bootstrap'];
    const terminal = person.open(words, { before: 'a line of before\r\n' });
    await sees(terminal, /sidus {2}Network/);
    await toPlan(terminal);
    await apply(terminal);
    await sees(terminal, /sidus {2}Failed/, 60_000);
    return terminal;
  }

  test('is told with its reason and its effect, and goes on from there', async () => {
    const terminal = await failed();
    const screen = terminal.screen().replace(/\s+/g, ' ');
    expect(screen).toMatch(/Build the .*: failed/);
    expect(screen).toMatch(/What The mirror broke off/);
    expect(screen).toMatch(/Why E: Failed to fetch/);
    expect(screen).toMatch(/To do See whether it answers again/);
    expect(screen).toMatch(/Effect \d+ of \d+ steps are done/);
    expect(screen).toMatch(/E: Failed to fetch/);
    await choose(terminal, 'Try this step again');
    await sees(terminal, /sidus {2}Run/);
    await sees(terminal, 'already so');
    await throughRehearsal(terminal);
    await serves(terminal);
    await choose(terminal, 'Leave');
    expect((await terminal.ended).code).toBe(0);
    isRestored(terminal);
    expect(terminal.history().join('\n')).toMatch(/a line of before\n[\s\S]*sidus status/);
  });

  test('leaves its last lines on the normal screen', async () => {
    const terminal = await failed();
    await choose(terminal, 'Stop here');
    expect((await terminal.ended).code).toBe(1);
    isRestored(terminal);
    expect(terminal.history().join('\n')).toMatch(
      /a line of before\n[\s\S]*failed at workshop\/[\s\S]*\| E: Failed to fetch[\s\S]*sidus resume/,
    );
  });

  test('may be about an answer: the next plan has only what is left', async () => {
    const terminal = await failed();
    await choose(terminal, 'Change the answers');
    await sees(terminal, /sidus {2}\S+ {2}\d+\/\d+/);
    await toPlan(terminal);
    const [, todo, all] = /(\d+) of (\d+) steps to do/.exec(terminal.screen()) ?? [];
    expect(Number(todo)).toBeLessThan(Number(all));
    await pointTo(terminal, 'Prepare this server');
    await terminal.press('right');
    await sees(terminal, /Install mmdebstrap.*already so/);
    await terminal.press('ctrl-c', 'ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    isRestored(terminal);
  });
});
