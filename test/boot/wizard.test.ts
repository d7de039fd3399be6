import { existsSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { engineNow, engineOf } from '../support/engine.ts';
import { apply, choose } from '../support/hand.ts';
import { leftovers, until } from '../support/machine.ts';
import { Person } from '../support/somebody.ts';
import type { OpenTerminal } from '../support/terminal.ts';
import { cache } from './rehearsal-root.ts';

const root = '/var/tmp/sidus-test-wizard';
const usual = ['--root', root, '--cache', cache];
/** Of the archive's answer, of a build, of a boot: seconds on an emulated processor, and more. */
const [asking, building, booting] = [180_000, 600_000, 300_000];

beforeAll(() => rmSync(root, { recursive: true, force: true }));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function isRestored(terminal: OpenTerminal): void {
  expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
  expect(terminal.history()[0]).toBe('a line of before');
}

test('from the first screen to a client that has booted, by keys; the terminal is lost on the way', async () => {
  const person = new Person();
  onTestFinished(() => person.leave());
  const before = leftovers(root);
  const at = (...words: readonly string[]): OpenTerminal =>
    person.open([...words, ...usual], { before: 'a line of before\r\n' });

  const first = at('wizard');
  await choose(first, 'Rehearse here first');
  await first.see('Nothing has been changed yet', asking);
  await first.see(/\d+ of \d+ steps to do/, 120_000);
  expect(existsSync(root)).toBe(false);
  await apply(first);
  await first.see(/sidus {2}Run/);
  await first.see(/▶ +\d+ Build the tree rehearsal/, building);
  await first.see(/(Unpacking|Setting up) \S+/, building);
  const engine = await engineOf(root);
  first.close();
  expect((await first.ended).code).toBe(129);

  const second = at('attach');
  await second.see(/▶ +\d+ Build the tree rehearsal/);
  expect(await engineOf(root)).toBe(engine);
  await second.see(/sidus {2}Done/, building);
  await choose(second, 'Leave');
  expect((await second.ended).code).toBe(0);
  isRestored(second);
  await until('the end of the engine', 20, () => (engineNow(root) === null ? true : null));

  const third = at('wizard');
  await choose(third, 'Continue your earlier answers');
  await third.see('Nothing to do: all of it is so already', asking);
  await apply(third);
  await third.see(/sidus {2}Rehearsal/);
  await third.see(/✓ +Its kernel starts/, booting);
  await third.see('is what you asked for', booting);
  await third.see(/✓ +hostname/);
  expect(third.screen()).not.toContain('✗');
  await choose(third, 'Go on');
  await third.see('The rehearsal holds');
  await choose(third, 'Leave');
  expect((await third.ended).code).toBe(0);
  isRestored(third);
  expect(third.history().join('\n')).toMatch(/The rehearsal of rehearsal holds/);
  expect(await before.settled(20)).toEqual([]);
});
