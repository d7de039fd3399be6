import { type Message, render } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { blank, harmless, heightOf, type Line, line, span, wrapped } from '../line.ts';
import { failedStep, failedTree, failureItems, logPath, stepsDone } from '../state/failure.ts';
import type { Running, State } from '../state/state.ts';
import { fitted, helpOf, sentence, type View, type Viewing } from '../view.ts';

/** What failed, why, what it means, and what may be done. */
export function failureView(state: State, { theme, width, height }: Viewing): View {
  const { running } = state;
  const items = failureItems(state);
  if (running === null) return { title: 'Stopped', body: [], focus: 0, help: [] };
  const { problem, outcome } = running.progress;
  const id = failedStep(running);
  const step = running.plan.steps.find((one) => one.id === id);
  const stopped = outcome === 'cancelled';
  const entry = (label: string, text: string): readonly Line[] =>
    wrapped(text, width - 12).map((part, at) =>
      line(' ', span(fitted(at === 0 ? label : '', 10), 'dim'), ' ', part),
    );
  const head = stopped
    ? 'The run was stopped.'
    : `${step === undefined ? 'The run' : render(step.title)}: failed`;
  const menu: Line = {
    kind: 'menu',
    items,
    index: Math.min(state.menuIndex, items.length - 1),
  };
  // On few rows, what to do comes before what it means.
  const roomy = height > 12;
  const mark = stopped ? 'warning' : 'bad';
  const parts = (gap: readonly Line[]): readonly Line[] => [
    ...wrapped(head, width - 6).map((text, at) =>
      line(' ', span(at === 0 ? theme.marks[mark] : '    ', mark), ' ', span(text, 'strong')),
    ),
    ...gap,
    ...(problem === null
      ? []
      : [
          ...entry('What', sentence(render(problem.summary))),
          ...(roomy ? entry('Why', whyOf(problem)) : []),
          ...entry('To do', sentence(render(hereAndNow(problem.remedy, items[0]?.label ?? '')))),
        ]),
    ...(roomy ? [...entry('Effect', effectOf(running)), ...gap, menu, ...gap] : [menu]),
    ...(roomy ? [] : entry('Effect', effectOf(running))),
    ...wrapped(`Last lines (all: ${logPath(running)})`, width - 1).map((text) =>
      line(' ', span(text, 'dim')),
    ),
  ];
  // The command's own words are worth more than rows between the parts.
  const spacious = roomy ? parts([blank]) : [];
  const before = roomy && heightOf(spacious) + fewLastLines <= height ? spacious : parts([]);
  // The newest are the ones that say why.
  const room = Math.max(2, height - heightOf(before));
  const body: Line[] = [
    ...before,
    ...running.lastLines
      .slice(-room)
      .map((text) => line('  ', span(fitted(harmless(text), width - 2).trimEnd(), 'dim'))),
  ];
  return {
    title: stopped ? 'Stopped' : 'Failed',
    body,
    focus: before.findIndex(({ kind }) => kind === 'menu'),
    help: helpOf(
      'Nothing is lost: what is finished stays finished, and the answers are kept.',
      width,
    ),
  };
}

/** Of the lines that a command printed last, so many are to be seen where that goes. */
const fewLastLines = 4;

/** A remedy names the command that goes on; here that is the first row. */
function hereAndNow({ text, values = {} }: Message, row: string): Message {
  const here = text.replace(
    /(?:run|go on with) `(?:\{again\}|sidus resume)`(?: to go on)?/,
    'choose "{row}"',
  );
  return { text: here, values: { ...values, row } };
}

/** What of the plan is done, and what that means for those who are served. */
function effectOf(running: Running): string {
  const { plan, aim } = running;
  const done = stepsDone(running);
  const tree = failedTree(running);
  return [
    `${done} of ${plan.steps.length} steps are done.`,
    tree === null
      ? ''
      : `The draft of ${tree} is not finished; published versions are not touched.`,
    aim.purpose === 'build' || aim.purpose === 'rehearsal'
      ? 'Nothing of this serves clients.'
      : 'Clients that run already keep their version.',
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** The command's own word for it: its first line that names an error, or its last. */
function whyOf({ detail = '' }: Problem): string {
  const lines = detail.split('\n').filter((text) => text.trim() !== '');
  const found = lines.find((text) => /^(E:|error|fatal|.*: error:)/i.test(text)) ?? lines.at(-1);
  return harmless(found ?? 'the last lines below say all that is known.').slice(0, 220);
}
