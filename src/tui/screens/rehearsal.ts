import { render } from '../../core/message.ts';
import type { Stage } from '../../rehearsal/virtual-client.ts';
import { blank, harmless, heightOf, type Line, line, span, wrapped } from '../line.ts';
import { visible } from '../state/log-window.ts';
import { consoleHeight, rehearsalItems } from '../state/rehearsal.ts';
import { cameTo } from '../state/run.ts';
import type { Rehearsing, State } from '../state/state.ts';
import {
  fitted,
  helpOf,
  paragraph,
  problemLines,
  sentence,
  type View,
  type Viewing,
} from '../view.ts';

const stages: readonly (readonly [Stage, string])[] = [
  ['power', 'The virtual client is switched on'],
  ['kernel', 'Its kernel starts: the loader has found it'],
  ['root', 'Its root is mounted, its own layer over it'],
  ['report', 'It is up, and says what it is'],
];

/** A virtual client boots: stage after stage, with its console, and then its own word. */
export function rehearsalView(state: State, viewing: Viewing): View {
  const { rehearsing: now } = state;
  const { theme, width, height } = viewing;
  if (now === null) {
    return {
      title: 'Rehearsal',
      body: [
        line(' ', span(theme.marks.asking, 'dim'), ' Getting ready to boot a virtual client ...'),
      ],
      focus: 0,
      help: helpOf(
        'It boots in a network of its own on this machine: nothing on your network notices.',
        width,
      ),
    };
  }
  if (now.result !== null) return resultView(state, now, viewing);
  const reached = new Map(now.stages.map(({ stage, seconds }) => [stage, seconds]));
  const next = stages.find(([stage]) => !reached.has(stage))?.[0];
  const log = visible(now.console, consoleHeight(state));
  const failed = now.problem !== null;
  const title = ` console ${now.console.back === 0 ? '(following)' : `(${now.console.back} lines further down)`} `;
  const stageLines = stages.map(([stage, words]) => {
    const seconds = reached.get(stage);
    const mark =
      seconds !== undefined ? 'good' : stage === next ? (failed ? 'bad' : 'running') : 'none';
    return line(
      ' ',
      span(
        theme.marks[mark],
        mark === 'good' ? 'good' : mark === 'bad' ? 'bad' : mark === 'running' ? 'accent' : 'dim',
      ),
      ` ${fitted(words, Math.min(52, width - 15))}`,
      span(seconds === undefined ? '' : ` ${seconds.toFixed(1).padStart(5)} s`, 'dim'),
    );
  });
  const items = failed ? rehearsalItems(state) : [];
  const menu: readonly Line[] =
    items.length === 0
      ? []
      : [{ kind: 'menu', items, index: Math.min(state.menuIndex, items.length - 1) }, blank];
  const before: Line[] = [
    line(
      span(` ${now.tree}${now.version === null ? '' : ` version ${now.version}`}`, 'strong'),
      span(builtBy(state, now, ', built: '), 'dim'),
    ),
    // On few rows, of the stages the one that failed: why, and what to do, come first.
    ...(failed && height <= 12
      ? stageLines.filter((_, at) => stages[at]?.[0] === next)
      : stageLines),
    ...now.notes.flatMap((note) => paragraph(render(note), width, 'warning')),
    ...(now.problem === null ? [] : [...problemLines(now.problem, width), ...menu]),
    line(
      span(
        `${theme.rule.repeat(Math.max(0, width - title.length - 4))}${title}${theme.rule.repeat(4)}`,
        'dim',
      ),
    ),
  ];
  // The newest are the ones that say why.
  const body = [
    ...before,
    ...log
      .slice(failed ? -Math.max(1, height - heightOf(before)) : 0)
      .map((text) => line(' ', span(fitted(harmless(text), width - 1).trimEnd(), 'dim'))),
  ];
  return {
    title: 'Rehearsal',
    body,
    focus: failed ? body.findIndex(({ kind }) => kind === 'menu') : 0,
    help: failed
      ? helpOf('What was built is kept; the server and its network were not touched.', width)
      : helpOf(
          'Half a minute to a minute where the processor is emulated. Esc goes on without it.',
          width,
        ),
  };
}

/** The run that built what boots here: it may have ended while nobody looked. */
function builtBy({ running }: State, { tree }: Rehearsing, before: string): string {
  if (running === null || running.aim.tree !== tree || running.aim.purpose === 'chore') return '';
  const came = cameTo(running);
  return came === null ? '' : `${before}${came}.`;
}

/** Of a console that was watched, so many lines stay to be read. */
const lastLines = 20;

/** Its own word, as a checklist: what was expected, and what it says. */
function resultView(state: State, now: Rehearsing, { theme, width }: Viewing): View {
  const result = now.result;
  if (result === null) throw new Error('there is no result to show');
  const { findings, rehearsal } = result;
  const wrong = findings.filter(({ holds }) => !holds);
  const { timings, bytes, accelerated, report } = rehearsal;
  const items = rehearsalItems(state);
  const mega = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  const head =
    wrong.length === 0
      ? `A client booted from ${now.tree} version ${now.version}, and is what you asked for.`
      : `A client booted, but ${wrong.length} of ${findings.length} things are not as expected.`;
  const tone = wrong.length === 0 ? 'good' : 'bad';
  const body: Line[] = [
    ...wrapped(head, width - 6).map((text, at) =>
      line(' ', span(at === 0 ? theme.marks[tone] : '    ', tone), ' ', span(text, 'strong')),
    ),
    ...paragraph(
      `${report.hostname}, kernel ${report.kernel}: login after ${timings.login} s${accelerated ? '' : ' (without KVM)'}, ${mega(bytes.received)} over the wire.${builtBy(state, now, ' Built: ')}`,
      width,
      'dim',
      6,
    ),
    { kind: 'menu', items, index: Math.min(state.menuIndex, items.length - 1) },
    blank,
    ...(wrong.length > 0
      ? []
      : [line(' ', span(`${findings.length} things it said of itself, all as expected:`, 'dim'))]),
    ...[...wrong, ...findings.filter(({ holds }) => holds)].flatMap(
      ({ what, expected, found, holds }) => [
        line(
          ' ',
          span(theme.marks[holds ? 'good' : 'bad'], holds ? 'good' : 'bad'),
          ` ${fitted(what, 26)}`,
          span(fitted(found, Math.max(8, width - 33)).trimEnd(), holds ? 'plain' : 'bad'),
        ),
        ...(holds ? [] : [line(' '.repeat(33), span(`expected ${expected}`, 'warning'))]),
      ],
    ),
    blank,
    line(span(' The last lines of its console', 'dim')),
    ...visible(now.console, lastLines).map((text) =>
      line(' ', span(fitted(harmless(text), width - 1).trimEnd(), 'dim')),
    ),
  ];
  return {
    title: 'Rehearsal',
    body,
    focus: body.findIndex(({ kind }) => kind === 'menu'),
    help: helpOf(
      wrong.length === 0
        ? `${state.wizard?.scope === 'trees' ? 'Answers of a rehearsal differ from the usual ones (French, for one): so it shows that they arrived.' : 'What it said of itself was held against your answers.'} PgDn shows all.`
        : sentence('Mend the answers or the tree; nothing that serves clients was changed by this'),
      width,
    ),
  };
}
