import type { SettingsEffect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import {
  isAlike,
  type Original,
  type PathState,
  type Present,
  type SettingsOriginal,
} from '../core/original.ts';
import type { UndoGiven } from './undo-choice.ts';
import type { ChangedPath } from './undo-paths.ts';

export interface SettingsJudged {
  /** The packages that go; null: they stay. */
  readonly purging: readonly string[] | null;
  /** null: no packages go. */
  readonly settings: SettingsEffect | null;
  /** Came with the packages, and somebody works with them: they would be lost with the packages. */
  readonly edited: readonly string[];
}

/** What packages add accounts to; the run died before it could say whether they had. */
const accounts = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid'].flatMap((name) => [
  `/etc/${name}`,
  `/etc/${name}-`,
]);

/**
 * What packages left, and what somebody worked on between a run that failed and the one that went
 * on: the copy that the second made is not as the first had left it.
 */
function broughtBy(kept: readonly SettingsOriginal[], { settings }: Present) {
  const brought = new Map<string, PathState | null>();
  const between = new Set<string>();
  const [first] = kept;
  const entry = (copy: string, path: string) =>
    (settings[copy] ?? []).find((one) => one.path === path);
  for (const { copy, changed } of kept) {
    for (const { path, now } of changed ?? []) {
      const original = entry(first?.copy ?? '', path);
      const expected = brought.has(path) ? brought.get(path) : original?.was;
      // What is not listed is still as in the copy.
      const found = (entry(copy, path) ?? { was: original?.now }).was;
      if (copy !== first?.copy && !isAlike(expected ?? null, found ?? null)) between.add(path);
      brought.set(path, now);
    }
  }
  return { brought, between };
}

/**
 * What of /etc the packages changed, and what somebody else did. An undo that was broken off has
 * changed /etc since: what it judged holds.
 */
export function judgeSettings(
  { present, purging, begun, changed, target }: UndoGiven,
  originals: readonly Original[],
  paths: ReadonlyMap<string, ChangedPath>,
  made: readonly { readonly path: string }[],
): SettingsJudged {
  const kept = originals.flatMap((one) => (one.what === 'settings' ? [one] : []));
  const [first] = kept;
  if (purging === null || purging.length === 0 || first === undefined) {
    return { purging, settings: null, edited: [] };
  }
  const judged = begun?.plan.steps
    .flatMap(({ effects }) => effects)
    .find((effect) => effect.kind === 'settings' && effect.from === first.copy);
  if (judged?.kind === 'settings') return { purging, settings: judged, edited: [] };
  const { brought, between } = broughtBy(kept, present);
  const [back, gone, except, edited, worked]: string[][] = [[], [], [], [], []];
  for (const { path, was, now } of present.settings[first.copy] ?? []) {
    if (paths.has(path) || made.some((one) => one.path === path)) continue;
    const ours = brought.has(path) && !between.has(path) && isAlike(brought.get(path) ?? null, now);
    if (was !== null) (ours ? back : now === null ? except : worked)?.push(path);
    else if (ours) gone?.push(path);
    else if (brought.has(path)) edited?.push(path);
  }
  if ((edited?.length ?? 0) > 0 && changed === 'keep') {
    return { purging: null, settings: null, edited: edited ?? [] };
  }
  // Steps put these back themselves; where the copy is younger, they are in it.
  const at = originals.indexOf(first);
  const own = [...paths.values()].filter(
    ({ path, first: { before }, all }) =>
      path.startsWith('/etc/') &&
      (before !== null || all.some((one) => originals.indexOf(one) < at)),
  );
  const unsure = kept.every((one) => one.changed === null) ? accounts : [];
  const known = new Set((present.settings[first.copy] ?? []).map(({ path }) => path));
  const settings: SettingsEffect = {
    kind: 'settings',
    place: 'server',
    from: first.copy,
    back: [...(back ?? []), ...unsure.filter((path) => !known.has(path))],
    gone: gone ?? [],
    except: [...(except ?? []), ...own.map(({ path }) => path)].sort(),
    edited: {
      // What steps put back before the packages go may be taken along too.
      paths: [
        ...(worked ?? []),
        ...own.flatMap(({ path, first: { before } }) => (before === null ? [] : [path])),
      ].sort(),
      at: `${layout.runs}/${target.id}/edited`,
    },
  };
  return { purging, settings, edited: edited ?? [] };
}
