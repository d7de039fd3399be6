import { render } from '../core/message.ts';
import type {
  Overview,
  OverviewClient,
  OverviewRun,
  OverviewService,
  OverviewTree,
  OverviewWire,
} from '../core/overview.ts';
import { describeProblem } from '../core/problem.ts';
import { pending, type Report } from '../core/report.ts';
import { describeAnswer } from '../features/serve/foreign-dhcp.ts';
import { describeUnasked } from '../features/serve/unasked-dhcp.ts';

const width = 80;
/** How many clients are listed; of the others only their number is said. */
const most = 20;

/** An overview as people read it without a dashboard. */
export function describeOverview(overview: Overview, report: Report | null): string {
  const { server, trees, clients, runs, running, wire, problems } = overview;
  const groups: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Trees', trees.length === 0 ? ['none yet'] : trees.flatMap(treeLines)],
    ['Services', server.services.map(serviceLine)],
    [`DHCP on ${wire?.card ?? ''}`, wire === null ? [] : wireLines(wire)],
    [
      `Clients seen: ${clients.length}`,
      clients.length > most
        ? [...clients.slice(0, most).map(clientLine), `and ${clients.length - most} more`]
        : clients.map(clientLine),
    ],
    ['Last runs', runs.map(runLine)],
    [
      'Running now',
      running === null
        ? []
        : [`${running.command}, process ${running.pid}, since ${minute(running.since)}`],
    ],
    ['Problems', problems.map((problem) => `✗ ${describeProblem(problem)}`)],
    [
      'Not as the plan wants it',
      report === null ? [] : pending(report).map(({ id, title }) => `${id} — ${render(title)}`),
    ],
  ];
  const lines = [...wrapped(serverLine(overview), 0)];
  for (const [title, found] of groups) {
    if (found.length === 0 && !title.startsWith('Clients')) continue;
    lines.push('', title, ...found.flatMap((line) => wrapped(line, 2)));
  }
  if (report !== null && pending(report).length === 0)
    lines.push('', 'All is as the plan wants it.');
  // Clients name themselves, and a terminal obeys what it is shown.
  return `${lines.join('\n').replace(/[^\P{Cc}\n]/gu, '?')}\n`;
}

function serverLine({ root, server: { name, space } }: Overview): string {
  const where = root === '/' ? (name ?? 'this server') : `under ${root}`;
  if (space === null) return where;
  const free = gibibytes(space.freeBytes);
  const size = space.sizeBytes === null ? '' : ` of ${gibibytes(space.sizeBytes)}`;
  return `${where}: ${free}${size} GiB free for trees (${space.filesystem})`;
}

function treeLines(tree: OverviewTree): readonly string[] {
  const { name, made, directory, draft, versions, current, takenBack, release, kernel } = tree;
  if (made === 'by hand') {
    const what = [release, kernel === null ? 'no kernel' : `kernel ${kernel}`];
    const known = what.filter((one) => one !== null).join(', ');
    return [`${directory}: made by hand, ${known}`, ...exportLines(tree)];
  }
  const drafted =
    draft === null
      ? 'no draft'
      : `draft of ${draft.suite}${draft.ahead ? ', worked on since' : ''}`;
  const back = takenBack === null ? '' : `, ${takenBack} was taken back`;
  const boots = current === null ? 'clients boot nothing yet' : `clients boot ${current}${back}`;
  return [
    `${name}: ${drafted}; ${boots}${tree.inSite ? '' : '; no longer in the site'}`,
    ...versions.map(
      (one) =>
        `  ${one.current ? '*' : ' '} ${one.version}  ${minute(one.date)}  ${
          one.kernel === null ? 'no kernel' : `kernel ${one.kernel}`
        }${one.image ? ', image too' : ''}`,
    ),
    ...exportLines(tree),
  ];
}

function exportLines({ exportedTo }: OverviewTree): readonly string[] {
  const list = (writable: boolean): string => {
    const found = exportedTo.filter((one) => one.writable === writable).map(({ to }) => to);
    const more = found.length > 6 ? ` and ${found.length - 6} more` : '';
    return found.slice(0, 6).join(', ') + more;
  };
  const [readOnly, writable] = [list(false), list(true)];
  return [
    ...(readOnly === '' ? [] : [`  exported to ${readOnly}`]),
    ...(writable === '' ? [] : [`  exported read-write to ${writable}`]),
  ];
}

function serviceLine({ name, state, enabled, threads }: OverviewService): string {
  const more = [
    ...(threads === null ? [] : [`${threads} threads`]),
    ...(enabled === false ? ['not started with the server'] : []),
  ];
  return `${name.padEnd(24)}${[state, ...more].join(', ')}`;
}

function wireLines({ servers, unasked }: OverviewWire): readonly string[] {
  if (unasked !== undefined) return [describeUnasked(unasked)];
  return servers.length === 0 ? ['nobody else answers'] : servers.map(describeAnswer);
}

function clientLine({ address, mac, name, sees, tree, version }: OverviewClient): string {
  const here = sees === 'lease' ? 'has a lease' : 'connected';
  const boots = tree === undefined ? '' : [tree, version].join(' ').trimEnd();
  return [
    address.padEnd(16),
    (mac ?? '').padEnd(19),
    (name ?? '').padEnd(15),
    here.padEnd(12),
    boots,
  ]
    .join('')
    .trimEnd();
}

function runLine({ title, outcome, at, done, steps }: OverviewRun): string {
  const words = { ok: 'ok', failed: 'failed', cancelled: 'stopped', running: 'running' } as const;
  const ended = outcome === 'broken-off' ? 'broken off' : words[outcome];
  return `${minute(at)}  ${ended.padEnd(11)}${done} of ${steps} steps  ${render(title)}`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

/** In the time of the server. */
export function minute(date: string): string {
  const then = new Date(date);
  if (Number.isNaN(then.getTime())) return date;
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [then.getFullYear(), two(then.getMonth() + 1), two(then.getDate())].join('-');
  return `${day} ${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** Broken where it is too long, but never within a command to paste: those stand between `. */
export function wrapped(text: string, indent: number): readonly string[] {
  return text.split('\n').flatMap((whole) => {
    const own = indent + (/^ */.exec(whole)?.[0].length ?? 0);
    if (indent + whole.length <= width) return [`${' '.repeat(indent)}${whole}`];
    const lines: string[] = [];
    let line = ' '.repeat(own);
    for (const word of whole.trimStart().match(/(?:`[^`]*`|[^\s`])+|\s+/g) ?? []) {
      if (line.trim() !== '' && line.length + word.trimEnd().length > width) {
        lines.push(line.trimEnd());
        line = ' '.repeat(own + 2);
      }
      if (line.trim() !== '' || word.trim() !== '') line += word;
    }
    return [...lines, line.trimEnd()];
  });
}
