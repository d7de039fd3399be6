import type { KeyName, OpenTerminal } from './terminal.ts';
import { towards } from './towards.ts';

/** The row that the pointer is on, without pointer and mark. null: none. */
export function pointed(terminal: OpenTerminal): string | null {
  const row = /❯\s+(?:[✓!✗…▶·=]\s+)?(\S.*?)\s*$/m.exec(terminal.screen());
  return row?.[1] ?? null;
}

/** The words at the top: where one is. */
export function titled(terminal: OpenTerminal): string {
  return /^ sidus {2}(.+?)(?: {3}|$)/m.exec(terminal.screen())?.[1]?.trim() ?? '';
}

/** Its last row is drawn last: what is on the screen belongs together. */
function isWhole(terminal: OpenTerminal): boolean {
  return / keys$/.test(terminal.screen());
}

/** Presses a key, and waits until the pointer is on another row or another screen is there. */
export async function step(terminal: OpenTerminal, key: KeyName): Promise<void> {
  const before = `${titled(terminal)}: ${pointed(terminal)}`;
  await terminal.press(key);
  await terminal.holds(
    () => isWhole(terminal) && `${titled(terminal)}: ${pointed(terminal)}` !== before,
    `"${before}" was still pointed at after ${key}`,
  );
}

/** Moves to a row. */
export async function pointTo(terminal: OpenTerminal, row: string): Promise<void> {
  await terminal.holds(
    () => isWhole(terminal) && terminal.screen().includes(row),
    `"${row}" was not shown`,
  );
  for (let tries = 0; tries < 30; tries += 1) {
    if (pointed(terminal)?.includes(row) === true) return;
    await step(terminal, towards(terminal.screen().split('\n'), row));
  }
  throw new Error(`the pointer does not come to "${row}":\n${terminal.screen()}`);
}

/** Moves to a row and chooses it. */
export async function choose(terminal: OpenTerminal, row: string): Promise<void> {
  await pointTo(terminal, row);
  await terminal.press('enter');
}

/** Goes from wherever questions are asked to the plan, by the list of topics. */
export async function toPlan(terminal: OpenTerminal): Promise<void> {
  await terminal.press('ctrl-g');
  await choose(terminal, 'See the plan');
  await terminal.see(/steps to do|Nothing to do/);
}

export async function apply(terminal: OpenTerminal): Promise<void> {
  await terminal.type('apply');
  await terminal.see(/\[apply/);
  await terminal.press('enter');
}
