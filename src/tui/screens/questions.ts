import { render } from '../../core/message.ts';
import { type Asked, problemsAt, shownValue, valueAt } from '../../planner/form.ts';
import { blank, type Line, line, type Span, span, wrapped } from '../line.ts';
import { isStrange, labelsOf } from '../state/names.ts';
import type { State, Tried, Wizard } from '../state/state.ts';
import {
  askedNow,
  formAt,
  forms,
  picks,
  placeOf,
  problemsOfAll,
  recordsIn,
  takesText,
} from '../state/wizard.ts';
import { editOf } from '../text-edit.ts';
import type { MarkName, Theme } from '../theme.ts';
import { fitted, helpOf, paragraph, problemLines, type View, type Viewing } from '../view.ts';
import { questionHelp, restHelp } from './question-help.ts';

/** One topic: its questions, the one in focus open for its answer. */
export function questionsView(state: State, viewing: Viewing): View {
  const { wizard } = state;
  const form = wizard === null ? null : formAt(wizard);
  if (wizard === null || form === null || wizard.completed === null) {
    return {
      title: form?.title ?? 'Questions',
      body: [
        line(' ', span(viewing.theme.marks.asking, 'dim'), ' Learning what this server knows ...'),
      ],
      focus: 0,
      help: [],
    };
  }
  const place = placeOf(wizard);
  const all = forms(wizard);
  const number = all.findIndex(
    ({ path }) => place.path === path || place.path.startsWith(`${path}.`),
  );
  const title = `${form.title}  ${number + 1}/${all.length}`;
  return place.list === null
    ? { title, ...topicBody(wizard, viewing, all[number + 1]?.title ?? null) }
    : { title, ...recordsBody(wizard, place.list, viewing) };
}

type Body = Omit<View, 'title'>;

function topicBody(wizard: Wizard, viewing: Viewing, next: string | null): Body {
  const { width, theme } = viewing;
  const form = formAt(wizard);
  const place = placeOf(wizard);
  const asked = askedNow(wizard);
  const body: Line[] = [...paragraph(form?.help ?? '', width, 'dim'), blank];
  let focus = 0;
  // As the questions are, which stay; answers change while one types.
  const longest = Math.max(10, ...asked.map(({ question }) => question.title.length));
  const titleWidth = Math.min(longest, Math.floor((width - 9) * 0.7));
  for (const [index, one] of asked.entries()) {
    if (index === place.focus) focus = body.length + 1;
    body.push(...questionLines(wizard, one, index === place.focus, viewing, titleWidth));
  }
  const isLast = place.focus >= asked.length;
  if (isLast) focus = body.length + 1;
  const onward =
    wizard.stack.length > 1
      ? 'Done with this entry'
      : next === null
        ? 'See the plan'
        : `Go on to ${next}`;
  body.push(
    blank,
    line(
      span(isLast ? ` ${theme.pointer} ` : '   ', 'chosen'),
      span(`[ ${onward} ]`, isLast ? 'chosen' : 'plain'),
    ),
  );
  const now = asked[place.focus];
  return {
    body,
    focus,
    help: now === undefined ? restHelp(wizard, asked, viewing) : questionHelp(wizard, now, viewing),
  };
}

function questionLines(
  wizard: Wizard,
  asked: Asked,
  isFocused: boolean,
  { theme, width }: Viewing,
  titleWidth: number,
): readonly Line[] {
  const { question } = asked;
  const found = markOf(asked, wizard.trials[asked.path]);
  const mark = found === 'good' && isStrange(wizard, asked) ? 'warning' : found;
  const pointer = span(isFocused ? ` ${theme.pointer} ` : '   ', 'chosen');
  const head = [pointer, span(theme.marks[mark], toneOf(mark)), span(' ')];
  const shown = valueShown(asked, theme);
  if (!isFocused) {
    const value = fitted(shown, width - 9 - titleWidth).trimEnd();
    return [
      line(
        ...head,
        span(`${fitted(question.title, titleWidth)} `),
        span(value, asked.from?.text === 'you' ? 'strong' : 'plain'),
      ),
    ];
  }
  return [
    line(...head, span(fitted(question.title, width - 8).trimEnd(), 'chosen')),
    ...answerLines(wizard, asked, theme, width),
    // Of another answer than this one, until it has been tried too.
    ...(asked.problems.length > 0 ? [] : triedLines(wizard.trials[asked.path], width)),
  ];
}

/** Where answers stand, below the words of their question. */
const indent = 8;

/** Who says so, at the end of a line that takes `used` columns, or below it. */
function sourceOf({ from }: Asked, used: number, width: number, hint = ''): [Span[], Line[]] {
  if (from === null) return [[], []];
  const text = `(${render(from)}${hint})`;
  if (used + 1 + text.length <= width) return [[span(` ${text}`, 'dim')], []];
  return [[], [line(' '.repeat(indent), span(fitted(text, width - indent).trimEnd(), 'dim'))]];
}

/** The answer of the question in focus, as it is given: a field, options, or a way to a list. */
function answerLines(wizard: Wizard, asked: Asked, theme: Theme, width: number): readonly Line[] {
  const { question, value } = asked;
  if (takesText(asked)) {
    const placeholder = shownValue(question, value);
    const wide = Math.max(16, Math.min(40, width - indent - 30));
    const hint = (wizard.edit?.text ?? '') === '' && placeholder !== '' ? '; Right edits it' : '';
    const [after, below] = sourceOf(asked, indent + wide + 2, width, hint);
    return [
      {
        kind: 'field',
        indent,
        width: wide,
        label: '',
        edit: wizard.edit ?? editOf(placeholder),
        placeholder,
        after,
      },
      ...below,
    ];
  }
  if (question.kind === 'choice' || question.kind === 'yes-no') {
    const options = question.kind === 'yes-no' ? [false, true] : question.options;
    const longest = Math.max(10, ...options.map((option) => String(option).length));
    const before = 4 + longest;
    const rows = options.flatMap((option) => {
      const name = typeof option === 'boolean' ? (option ? 'yes' : 'no') : option;
      const chosen = option === value;
      const label = typeof option === 'string' ? question.labels?.[option] : undefined;
      const [words = '', ...more] = wrapped(label ?? '', Math.max(10, width - indent - before - 1));
      return [
        line(
          ' '.repeat(indent),
          span(chosen ? theme.on : theme.off, chosen ? 'chosen' : 'plain'),
          span(` ${fitted(name, longest)}`, chosen ? 'strong' : 'plain'),
          span(` ${words}`, 'dim'),
        ),
        ...more.map((text) => line(' '.repeat(indent + before + 1), span(text, 'dim'))),
      ];
    });
    const [, below] = sourceOf(asked, width, width);
    return [...rows, ...below];
  }
  const count = Array.isArray(value) ? value.length : value === undefined || value === null ? 0 : 1;
  const hint =
    question.kind === 'records'
      ? `${count} ${count === 1 ? 'entry' : 'entries'}; Space opens the list`
      : question.kind === 'list'
        ? `${count} chosen; Space opens the list`
        : 'Space opens the list';
  const label = typeof value === 'string' ? labelsOf(wizard, asked)?.[value] : undefined;
  const answer = fitted(valueShown(asked, theme), width - indent).trimEnd();
  const words =
    label === undefined ? '' : fitted(`  ${label}`, width - indent - answer.length).trimEnd();
  const [after, below] = sourceOf(asked, indent + answer.length + words.length, width);
  return [
    line(' '.repeat(indent), span(answer, 'strong'), span(words, 'dim'), ...after),
    ...below,
    line(' '.repeat(indent), span(fitted(hint, width - indent).trimEnd(), 'dim')),
  ];
}

/** What was found out by trying, on a line of its own: it may come at any time. */
function triedLines(tried: Tried | undefined, width: number): readonly Line[] {
  if (tried === undefined || tried.verdict === null) return [];
  const { verdict } = tried;
  const said =
    verdict === 'asking'
      ? span(`${render(tried.title)} ...`, 'dim')
      : 'good' in verdict
        ? span(render(verdict.good), 'good')
        : null;
  if (said === null) return [];
  return [
    line(' '.repeat(indent), { ...said, text: fitted(said.text, width - indent - 1).trimEnd() }),
  ];
}

function valueShown({ question, value }: Asked, theme: Theme): string {
  if (value === null || value === undefined) return value === null ? 'none' : '';
  const shown = shownValue(question, value);
  if (shown !== '') return shown;
  return question.kind === 'list' || question.kind === 'records' ? 'none' : theme.rule;
}

function markOf({ problems, from, value, question }: Asked, tried: Tried | undefined): MarkName {
  if (problems.some(({ code }) => code !== 'answers/missing')) return 'bad';
  if (problems.length > 0 || (value === undefined && from === null)) return 'bad';
  if (tried?.verdict === 'asking') return 'asking';
  if (tried !== undefined && tried.verdict !== null && 'warning' in tried.verdict) return 'warning';
  const usual = from === null || from.text === 'usual';
  return usual && !picks(question) ? 'none' : usual ? 'none' : 'good';
}

function toneOf(mark: MarkName): 'good' | 'warning' | 'bad' | 'dim' {
  return mark === 'good' || mark === 'warning' || mark === 'bad' ? mark : 'dim';
}

/** A list of records: its entries, a row that adds one, and the way back. */
function recordsBody(wizard: Wizard, list: string, { theme, width }: Viewing): Body {
  const place = placeOf(wizard);
  const form = formAt(wizard);
  const question = form?.questions.find(({ key }) => key === list);
  const records = recordsIn(wizard, place);
  const focus = Math.min(place.focus, records.length + 1);
  const row = (at: number, text: string, note = ''): Line =>
    line(
      span(at === focus ? ` ${theme.pointer} ` : '   ', 'chosen'),
      span(fitted(text, 24), at === focus ? 'chosen' : 'plain'),
      span(` ${fitted(note, Math.max(0, width - 30)).trimEnd()}`, 'dim'),
    );
  const entries = records.map((record, at) => {
    const [first, ...rest] = question?.fields ?? [];
    const name = first === undefined ? '' : shownValue(first, valueAt(record, first.key));
    const more = rest
      .map((field) => shownValue(field, valueAt(record, field.key)))
      .filter((text) => text !== '');
    return row(at, name === '' ? '(without a name)' : name, more.join('  '));
  });
  const body = [
    ...paragraph(question?.title ?? '', width, 'strong'),
    blank,
    ...entries,
    row(records.length, '[ Add one ]'),
    row(records.length + 1, '[ Done ]'),
  ];
  const [problem] = problemsAt(problemsOfAll(wizard), `${place.path}.${list}.${focus}`);
  return {
    body,
    focus: focus + 2,
    help:
      problem === undefined ? helpOf(question?.help ?? '', width) : problemLines(problem, width),
  };
}
