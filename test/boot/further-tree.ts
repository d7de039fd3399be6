import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { script } from '../../src/core/assets.ts';
import { layout } from '../../src/core/layout.ts';
import { inTree, type Place } from '../../src/core/place.ts';
import { builtSite, system, tree as usual } from './rehearsal-root.ts';

// The usual tree once more, under another name: what makes it another one is all that is left to do.

export const plain = { mode: 0o644, owner: 'root', group: 'root' } as const;

export async function ran(
  place: Place,
  argv: Parameters<typeof system.exec>[1],
  how: Parameters<typeof system.exec>[2] = {},
): Promise<void> {
  const done = await system.exec(place, argv, how);
  expect(done.code, done.stderr + done.stdout).toBe(0);
}

export async function copied(name: string): Promise<void> {
  await builtSite();
  if ((await system.stat(inTree(name), '/etc/sidus/suite')) !== null) return;
  await ran(
    'server',
    [
      ...(['sh', '-euc', 'mkdir -p "$2" && cp -a --reflink=auto "$1" "$2"', 'sh'] as const),
      { at: { place: inTree(usual), path: '' } },
      { at: { place: 'server', path: `${layout.trees}/${name}` } },
    ],
    { confined: true },
  );
}

/** What the client does for a test of this name, where its kernel is told so by the word `NAME.test`. */
export async function planted(tree: string, name: string, file: string): Promise<void> {
  const place = inTree(tree);
  const unit = `${name}-test.service`;
  const inside = readFileSync(`test/boot/${file}`, 'utf8');
  await system.write(place, `/usr/local/lib/${name}-test`, inside, { ...plain, mode: 0o755 });
  await system.write(
    place,
    `/etc/systemd/system/${unit}`,
    `[Unit]\nConditionKernelCommandLine=${name}.test\nAfter=multi-user.target\n[Service]\nType=exec\nExecStart=/usr/local/lib/${name}-test\n`,
    plain,
  );
  await system.link(place, `/etc/systemd/system/multi-user.target.wants/${unit}`, `../${unit}`);
}

/** The draft as it is now, as one more version. */
export async function published(tree: string): Promise<number> {
  const home = `${layout.trees}/${tree}`;
  const next = Number((await system.read('server', `${home}/last-version`)) ?? 0) + 1;
  await ran(
    'server',
    ['sh', script('publish'), { at: { place: 'server', path: home } }, tree, `${next}`],
    { confined: true },
  );
  return next;
}

/** What the test inside says on the console, as `NAME: WORD REST`; null: another line. */
export function saidBy(name: string, line: string): readonly [word: string, rest: string] | null {
  const [, word = '', rest = ''] = new RegExp(`${name}: (\\S+) ?(.*?)\\s*$`).exec(line) ?? [];
  return word === '' ? null : [word, rest];
}
