import type { SettingsEffect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { isAlike, type Original } from '../core/original.ts';
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
  const brought = new Map(
    kept.flatMap((one) => (one.changed ?? []).map(({ path, now }) => [path, now])),
  );
  const [back, gone, except, edited, worked]: string[][] = [[], [], [], [], []];
  for (const { path, was, now } of present.settings[first.copy] ?? []) {
    if (paths.has(path) || made.some((one) => one.path === path)) continue;
    const ours = brought.has(path) && isAlike(brought.get(path) ?? null, now);
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
