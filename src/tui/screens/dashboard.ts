import { render } from '../../core/message.ts';
import { blank, type Line, line, span } from '../line.ts';
import { dashboardRows } from '../state/dashboard.ts';
import { shownTime } from '../state/start.ts';
import type { State } from '../state/state.ts';
import { fitted, helpOf, paragraph, sentence, spaced, type View, type Viewing } from '../view.ts';

/** How the server stands: trees and versions, services, clients, runs, and what is wrong. */
export function dashboardView(state: State, viewing: Viewing): View {
  const { overview } = state;
  const { theme, width } = viewing;
  if (overview === null) {
    return {
      title: 'Dashboard',
      body: [line(' ', span(theme.marks.asking, 'dim'), ' Looking at this server ...')],
      focus: 0,
      help: [],
    };
  }
  const rows = dashboardRows(state);
  const narrow = width < 76;
  const index = Math.min(state.dashboardIndex, Math.max(0, rows.length - 1));
  const row = rows[index];
  const trees: readonly Line[] =
    rows.length === 0
      ? [line('   There is no tree yet: c begins with the answers.')]
      : rows.map((one, at) => {
          const chosen = at === index;
          const pointer = span(chosen ? ` ${theme.pointer} ` : '   ', 'chosen');
          if (one.kind === 'tree') {
            const { tree } = one;
            const draft =
              tree.made === 'by hand'
                ? `made by hand, ${tree.directory}`
                : tree.draft === null
                  ? 'no draft'
                  : tree.draft.ahead
                    ? 'its draft was worked on since: p publishes it'
                    : tree.takenBack !== null
                      ? `version ${tree.takenBack} was taken back`
                      : 'its draft is published';
            return line(
              pointer,
              span(fitted(tree.name, 18), chosen ? 'chosen' : 'strong'),
              span(` ${fitted(tree.suite ?? '', 9)}`, 'dim'),
              span(
                ` ${fitted(draft, width - 33).trimEnd()}`,
                tree.draft?.ahead === true ? 'warning' : 'dim',
              ),
            );
          }
          const { version } = one;
          // Its kernel where there is room: which one clients boot comes first.
          const room = width - 58;
          return line(
            pointer,
            span(`  version ${fitted(String(version.version), 5)}`, chosen ? 'chosen' : 'plain'),
            span(fitted(shownTime(version.date), 18), 'dim'),
            span(room < 12 ? '' : fitted(version.kernel ?? '', Math.min(24, room)), 'dim'),
            span(version.current ? ' clients boot this one' : '', 'good'),
          );
        });
  const { services, space } = overview.server;
  const gib = (bytes: number): string =>
    `${bytes < 2 ** 30 ? (bytes / 2 ** 30).toFixed(1) : Math.floor(bytes / 2 ** 30)} GiB`;
  const server: readonly Line[] = [
    line(span(' Server', 'strong')),
    ...services.map(({ name, state: now }) => {
      // Where nothing was set up, nothing is amiss.
      const unset = now === 'missing' && rows.every(({ tree }) => tree.made === 'by hand');
      const mark = now === 'running' ? 'good' : unset || now === 'unknown' ? 'none' : 'warning';
      return line(
        '   ',
        span(theme.marks[mark], mark === 'none' ? 'dim' : mark),
        ` ${fitted(name, 26)} ${unset ? 'not set up yet' : now}`,
      );
    }),
    ...(space === null
      ? []
      : [
          line(
            '   ',
            span(theme.marks.none, 'dim'),
            ` ${fitted('room for trees', 26)} ${gib(space.freeBytes)} free${space.sizeBytes === null ? '' : ` of ${gib(space.sizeBytes)}`}`,
          ),
        ]),
  ];
  const clients: readonly Line[] = [
    line(span(` Clients seen: ${overview.clients.length}`, 'strong')),
    ...overview.clients
      .slice(0, 8)
      .map(({ name, mac, address, sees }) =>
        line(
          `   ${fitted(name ?? '', 16)} ${fitted(address, 16)} ${narrow ? '' : fitted(mac ?? '', 18)}`,
          span(sees === 'lease' ? ' has an address' : ' reads its root', 'dim'),
        ),
      ),
    ...(overview.clients.length > 8
      ? [line(span(`   and ${overview.clients.length - 8} more: sidus status lists all`, 'dim'))]
      : []),
  ];
  const runs: readonly Line[] = [
    line(span(' Runs', 'strong')),
    ...(overview.running === null
      ? []
      : [
          line(
            '   ',
            span(theme.marks.running, 'accent'),
            ` ${overview.running.command}, since ${shownTime(overview.running.since)}: t watches it`,
          ),
        ]),
    ...overview.runs
      .slice(0, 3)
      .map(({ at, title, outcome }) =>
        line(
          '   ',
          span(
            theme.marks[outcome === 'ok' ? 'good' : outcome === 'failed' ? 'bad' : 'warning'],
            outcome === 'ok' ? 'good' : 'warning',
          ),
          ` ${shownTime(at)}  ${fitted(render(title), Math.max(10, width - 40)).trimEnd()}`,
          span(
            `  ${outcome === 'ok' ? 'done' : outcome === 'broken-off' ? 'broken off' : outcome}`,
            'dim',
          ),
        ),
      ),
    ...(overview.runs.length === 0 ? [line(span('   none yet', 'dim'))] : []),
  ];
  const problems: readonly Line[] =
    overview.problems.length === 0
      ? []
      : [
          line(span(` To look at: ${overview.problems.length}`, 'strong')),
          ...overview.problems.flatMap((problem) =>
            paragraph(
              sentence(`${render(problem.summary)}; ${render(problem.remedy)}`),
              width - 9,
              'warning',
              0,
            ).map(
              (one, at): Line =>
                line(
                  span(at === 0 ? `   ${theme.marks.warning} ` : '        ', 'warning'),
                  ...(one.kind === 'spans' ? one.spans : []),
                ),
            ),
          ),
        ];
  const body = [
    ...problems,
    ...(problems.length === 0 ? [] : [blank]),
    line(span(' Trees', 'strong')),
    ...trees,
    blank,
    ...spaced(server, clients, runs),
  ];
  return {
    title: 'Dashboard',
    body,
    focus: (problems.length === 0 ? 0 : problems.length + 1) + 1 + index,
    help: helpOf(
      row?.kind === 'version'
        ? 'A version is a copy of the tree that clients boot. v lets them boot this one, x deletes it, b boots a virtual client.'
        : row === undefined
          ? 'c asks what this server needs to know; nothing is changed before you have typed apply.'
          : 'A draft is the tree as it is worked on: p makes the next version of it. n shows what would change.',
      width,
    ),
  };
}
