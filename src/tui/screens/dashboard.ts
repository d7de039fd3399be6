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
                    ? 'its draft was changed since: p publishes it'
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
    `${(bytes / 2 ** 30).toFixed(bytes < 100 * 2 ** 30 ? 1 : 0)} GiB`;
  const server: readonly Line[] = [
    line(span(' Server', 'strong')),
    ...services.map(({ name, state: now }) =>
      line(
        '   ',
        span(
          theme.marks[now === 'running' ? 'good' : now === 'unknown' ? 'none' : 'warning'],
          now === 'running' ? 'good' : 'warning',
        ),
        ` ${fitted(name, 26)} ${now}`,
      ),
    ),
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
        ? 'v lets clients boot this version; b boots a virtual client. Each shows its plan first.'
        : 'p publishes the draft of this tree, n shows what is not as the answers want it.',
      width,
    ),
  };
}
