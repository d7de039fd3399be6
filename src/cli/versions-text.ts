import { render } from '../core/message.ts';
import type { TreeVersions, VersionStanding } from '../planner/version-standing.ts';
import { minute, wrapped } from './overview-text.ts';

/** The versions of trees as people read them. */
export function describeVersions(trees: readonly TreeVersions[]): string {
  const lines = trees.flatMap(({ tree, inSite, current, versions, halfDeleted }, index) => [
    ...(index === 0 ? [] : ['']),
    `${tree}: ${
      versions.length === 0
        ? `no version yet; \`sidus tree publish ${tree}\``
        : !inSite
          ? 'no longer in the site; nobody boots it'
          : current === null
            ? 'clients boot nothing of it yet'
            : `clients boot version ${current}`
    }`,
    ...versions.flatMap(versionLines),
    ...halfDeleted.map(
      (version) => `  ${version} is half deleted; \`sidus tree delete ${tree} ${version}\` goes on`,
    ),
  ]);
  // Clients name themselves, and a terminal obeys what it is shown.
  return `${lines
    .flatMap((line) => wrapped(line, 0))
    .join('\n')
    .replace(/[^\P{Cc}\n]/gu, '?')}\n`;
}

function versionLines(one: VersionStanding): readonly string[] {
  const size = one.sizeBytes === null ? '' : `${Math.ceil(one.sizeBytes / 2 ** 20)} MiB`;
  const head = [
    `${one.current ? '*' : ' '} ${String(one.version).padEnd(5)}`,
    (one.date === null ? '' : minute(one.date)).padEnd(18),
    size.padStart(9),
    `  ${one.kernel === null ? 'no kernel' : `kernel ${one.kernel}`}${one.image ? ', image too' : ''}`,
  ];
  const about = [
    ...(one.entries.length === 0 ? [] : [`booted by their own entries: ${list(one.entries)}`]),
    ...(one.running.length === 0 ? [] : [`running now: ${list(one.running)}`]),
    ...(one.perhapsRunning.length === 0
      ? []
      : [`perhaps running, the server cannot tell: ${list(one.perhapsRunning)}`]),
    one.inTheWay.length === 0
      ? 'can be deleted'
      : `not to be deleted: ${one.inTheWay.map(({ summary }) => render(summary)).join('; ')}`,
  ];
  return [head.join(' '), ...about.map((line) => `        ${line}`)];
}

function list(names: readonly string[]): string {
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  return names.slice(0, 12).join(', ') + more;
}
