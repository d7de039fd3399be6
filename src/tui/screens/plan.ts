import { render, say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { placeInWords } from '../../planner/form.ts';
import { blank, harmless, type Line, line, span, wrapped } from '../line.ts';
import { isApply, isPartOfApply, questionOf } from '../state/plan.ts';
import { estimateOf, mostNotes, planRows, shownSeconds, stepsToDo } from '../state/plan-rows.ts';
import type { Planned, State } from '../state/state.ts';
import { forms, warningsOf } from '../state/wizard.ts';
import {
  fitted,
  helpOf,
  paragraph,
  problemLines,
  sentence,
  type View,
  type Viewing,
} from '../view.ts';

/** What would be done, folded; and the line in which it is let loose. */
export function planView(state: State, viewing: Viewing): View {
  const { planned } = state;
  const { theme, width } = viewing;
  if (planned === null || (planned.plan === null && planned.problems.length === 0)) {
    return {
      title: 'Plan',
      body: [
        line(' ', span(theme.marks.asking, 'dim'), ' Working out what has to be done ...'),
        ...paragraph(
          'The mirror is asked whether it has all the packages: the first time takes up to a minute.',
          width,
          'dim',
          6,
        ),
      ],
      focus: 0,
      help: helpOf('Nothing has been changed yet. Esc goes back to the answers.', width),
    };
  }
  if (planned.problems.length > 0) return problemsView(state, planned, viewing);
  const rows = planRows(planned);
  const index = Math.min(planned.index, Math.max(0, rows.length - 1));
  const isTyping = planned.typed !== null;
  // What was found out about the answers concerns no chore.
  const { wizard } = state;
  const warnings = wizard === null || planned.purpose === 'chore' ? [] : warningsOf(wizard);
  const body: Line[] = [...summary(planned, warnings, viewing), blank];
  let focus = 0;
  for (const [at, row] of rows.entries()) {
    const chosen = at === index && !isTyping;
    if (at === index) focus = body.length;
    const fold = row.foldable ? (row.open ? theme.open : theme.shut) : ' ';
    const mark = row.mark === 'do' ? '' : row.mark === 'so' ? theme.marks.good.trim() : '';
    const left = `${'  '.repeat(row.depth)}${fold} `;
    const room = width - 3 - left.length - (row.note === '' ? 0 : row.note.length + 2);
    // All of what would be done is to be read; what a file holds, to the letter.
    const words = harmless(row.text);
    const parts = row.depth === 3 ? pieces(words, room) : wrapped(words, room);
    body.push(
      ...parts.map((text, part) =>
        line(
          span(chosen && part === 0 ? ` ${theme.pointer} ` : '   ', 'chosen'),
          span(part === 0 ? left : ' '.repeat(left.length), 'dim'),
          span(fitted(text, room), chosen ? 'chosen' : row.tone),
          span(part > 0 || row.note === '' ? '' : `  ${row.note}`, 'dim'),
          span(part > 0 || mark === '' || row.note !== '' ? '' : ` ${mark}`, 'dim'),
        ),
      ),
    );
  }
  // A row that is cut is read whole below, as far as a line goes.
  const chosenRow = rows[index];
  const cutRow =
    chosenRow !== undefined && [...chosenRow.text].length > width - 30 ? chosenRow.text : null;
  const todo = planned.plan === null ? [] : stepsToDo(planned.plan, planned.report);
  const narrow = width < 76;
  return {
    title: 'Plan',
    body,
    focus,
    help: [
      {
        kind: 'field',
        indent: 1,
        width: narrow ? 8 : 12,
        label:
          todo.length === 0
            ? 'All is so already: Enter goes on.  '
            : todo.length < (planned.plan?.steps.length ?? 0)
              ? narrow
                ? 'What is done stays. For the rest, type  apply  '
                : 'What is done stays as it is. To do the rest, type  apply  '
              : narrow
                ? 'Nothing is changed yet. To do it, type  apply  '
                : 'Nothing has been changed yet. To do all this, type  apply  ',
        edit: planned.typed ?? { text: '', cursor: 0 },
        placeholder: '',
        after: [],
      },
      line(
        span(
          isTyping
            ? typedHelp(planned.typed?.text ?? '')
            : cutRow !== null
              ? ` ${fitted(cutRow, width - 2).trimEnd()}`
              : narrow
                ? ' Originals are kept; a run can be stopped and resumed.'
                : ' Originals of your files are kept; a run can be stopped and resumed.',
          'dim',
        ),
      ),
    ],
  };
}

/** What the line in which apply is typed holds so far. */
function typedHelp(text: string): string {
  if (isApply(text)) return ' Enter does it.';
  const whole = 'The whole word apply, then Enter. Esc takes it back.';
  return isPartOfApply(text)
    ? ` ${whole}`
    : ` That says ${fitted(text, Math.min(12, text.length))}. ${whole}`;
}

/** Text in pieces of so many columns, its spaces as they are. */
function pieces(text: string, width: number): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / width));
  return Array.from({ length: count }, (_, at) => text.slice(at * width, (at + 1) * width));
}

const words = 'A tree is the Debian that clients run; a version, a copy that they boot.';

function summary(
  planned: Planned,
  warnings: readonly Problem[],
  { width, height, theme }: Viewing,
): readonly Line[] {
  const { plan, purpose, report, durations, sizes } = planned;
  if (plan === null) return [];
  const todo = stepsToDo(plan, report);
  const { seconds, measured } = estimateOf(todo, durations);
  const head = `${render(plan.title)}${plan.root === '/' ? '' : ` under ${plan.root}`}`;
  const time =
    todo.length === 0
      ? 'Nothing to do: all of it is so already.'
      : `${todo.length} of ${plan.steps.length} steps to do, about ${shownSeconds(seconds)} (${measured ? 'from earlier runs here' : 'a guess: not all of it was done here before'}).`;
  const mega = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  return [
    ...paragraph(head, width, 'strong'),
    ...paragraph(time, width),
    ...(sizes === null || todo.length === 0
      ? []
      : paragraph(
          `Fetches ${mega(sizes.download)} of packages; the tree takes ${mega(sizes.installed)}.`,
          width,
        )),
    ...(plan.notes.length > mostNotes
      ? []
      : plan.notes.flatMap((note) => paragraph(render(note), width, 'dim'))),
    ...(height > 12 && ['build', 'site'].includes(purpose) ? paragraph(words, width, 'dim') : []),
    ...warnings.flatMap((problem) => [
      ...problemLines(problem, width - 6, 3).map(
        (one, at): Line =>
          one.kind === 'spans'
            ? line(' ', span(at === 0 ? theme.marks.warning : '    ', 'warning'), ' ', ...one.spans)
            : one,
      ),
    ]),
  ];
}

/** A place among the answers as the screens call it; null: they do not have it. */
function inWords({ wizard }: State, path: string): string | null {
  const found =
    wizard === null ? null : placeInWords(forms(wizard), wizard.completed?.values, path);
  if (found === null) return null;
  return found.words === '' ? `${found.topic}:` : `${found.topic}: ${found.words}`;
}

/** With the answer that it is about: a summary leaves that to its place. */
function placed(state: State, problem: Problem): Problem {
  const { at, summary, code } = problem;
  if (at === undefined) return problem;
  const where = inWords(state, at);
  if (where === null)
    return { ...problem, summary: { ...summary, text: `${at}: ${summary.text}` } };
  if (code === 'answers/missing') {
    return {
      ...problem,
      summary: say('{where} It has no answer yet', { where }),
      remedy: say('give it one'),
    };
  }
  const raw = render(summary);
  const said = sentence(raw).replace(/\.$/, '');
  const isOf = /^(is|are|has|cannot|does|leaves|names|contains|holds|answers) /.test(raw);
  const text = isOf ? '{where} This {raw}' : '{where} {said}';
  return { ...problem, summary: { text, values: { where, raw, said } } };
}

function problemsView(
  state: State,
  { problems, index, purpose }: Planned,
  { theme, width }: Viewing,
): View {
  const chosen = Math.min(index, problems.length - 1);
  const body: Line[] = [
    ...paragraph(
      problems.length === 1
        ? 'One thing stands in the way of a plan:'
        : `${problems.length} things stand in the way of a plan:`,
      width,
      'strong',
    ),
    blank,
  ];
  let focus = 0;
  for (const [at, problem] of problems.entries()) {
    if (at === chosen) focus = body.length;
    const named = placed(state, problem);
    const words = problemLines(named, width - 9);
    body.push(
      ...words.map(
        (one, row): Line =>
          line(
            span(row === 0 && at === chosen ? ` ${theme.pointer} ` : '   ', 'chosen'),
            span(row === 0 ? theme.marks.bad : '    ', 'bad'),
            ' ',
            ...(one.kind === 'spans' ? one.spans : []),
          ),
      ),
    );
    if (at === chosen && problem.detail !== undefined) {
      const detail = problem.detail.trimEnd().split('\n').slice(0, 6);
      body.push(
        ...detail.map((text) =>
          line('        ', span(fitted(harmless(text), width - 9).trimEnd(), 'dim')),
        ),
      );
    }
    body.push(blank);
  }
  const at = questionOf(state, problems[chosen]);
  return {
    title: 'Plan',
    body,
    focus,
    help: helpOf(
      purpose !== 'site'
        ? 'Enter goes back; once you have mended it, ask for it again.'
        : at === null
          ? 'Enter looks again once you have mended it.'
          : `Enter goes to ${(inWords(state, at) ?? at).replace(/:$/, '')}`,
      width,
    ),
  };
}
