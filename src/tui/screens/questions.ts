import { render } from '../../core/message.ts';
import { type Asked, shownValue, valueAt } from '../../planner/form.ts';
import { blank, type Line, line, type Span, span, wrapped } from '../line.ts';
import type { State, Tried, Wizard } from '../state/state.ts';
import { askedNow, formAt, forms, picks, placeOf, takesText } from '../state/wizard.ts';
import { editOf } from '../text-edit.ts';
import type { MarkName, Theme } from '../theme.ts';
import { fitted, helpOf, paragraph, problemLines, type View, type Viewing } from '../view.ts';

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
  // The answers get what they need, the questions the rest.
  const longest = Math.max(10, ...asked.map((one) => valueShown(one, theme).length));
  const titleWidth = width - 9 - Math.min(longest, Math.max(10, Math.floor(width * 0.34)));
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

/** On the row that goes on: what is not answered, or that all is well. */
function restHelp(wizard: Wizard, asked: readonly Asked[], { width }: Viewing): readonly Line[] {
  const wrong = asked.filter(({ problems }) => problems.length > 0);
  const [first] = wrong;
  if (first === undefined) {
    const asking = asked.filter(({ path }) => wizard.trials[path]?.verdict === 'asking').length;
    return helpOf(
      asking > 0
        ? 'Something is still being tried; you need not wait for it.'
        : 'Enter goes on. You can come back at any time, with Esc or g.',
      width,
    );
  }
  return helpOf(
    `${wrong.length === 1 ? 'One answer needs' : `${wrong.length} answers need`} your attention: ${first.question.title} You may go on and come back.`,
    width,
  );
}

function questionHelp(wizard: Wizard, asked: Asked, { width }: Viewing): readonly Line[] {
  const [problem] = asked.problems;
  const missing = problem?.code === 'answers/missing';
  if (problem !== undefined && !missing) return problemLines(problem, width);
  const tried = wizard.trials[asked.path];
  const verdict = tried?.verdict;
  if (verdict !== undefined && verdict !== 'asking' && verdict !== null && 'warning' in verdict) {
    return problemLines(verdict.warning, width);
  }
  return helpOf(
    missing ? `This has no answer yet. ${asked.question.help}` : asked.question.help,
    width,
  );
}

function questionLines(
  wizard: Wizard,
  asked: Asked,
  isFocused: boolean,
  { theme, width }: Viewing,
  titleWidth: number,
): readonly Line[] {
  const { question } = asked;
  const mark = markOf(asked, wizard.trials[asked.path]);
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
  ];
}

/** The answer of the question in focus, as it is given: a field, options, or a way to a list. */
function answerLines(wizard: Wizard, asked: Asked, theme: Theme, width: number): readonly Line[] {
  const { question, value } = asked;
  const indent = 8;
  const from = asked.from === null ? [] : [span(` (${render(asked.from)})`, 'dim')];
  const room = width - indent;
  // Of another answer than this one, until it has been tried too.
  const tried =
    asked.problems.length > 0 ? [] : triedLines(wizard.trials[asked.path], indent, width);
  if (takesText(asked)) {
    const placeholder = shownValue(question, value);
    const fieldWidth = Math.max(16, Math.min(40, room - 30));
    const fits = fieldWidth + 2 + lengthOf(from) <= room;
    return [
      {
        kind: 'field',
        indent,
        width: fieldWidth,
        label: '',
        edit: wizard.edit ?? editOf(placeholder),
        placeholder,
        after: fits ? from : [],
      },
      ...(fits ? [] : fromLine(from, indent, room)),
      ...tried,
    ];
  }
  if (question.kind === 'choice' || question.kind === 'yes-no') {
    const options = question.kind === 'yes-no' ? [false, true] : question.options;
    const rows = options.flatMap((option, at) => {
      const name = typeof option === 'boolean' ? (option ? 'yes' : 'no') : option;
      const chosen = option === value;
      const label = typeof option === 'string' ? question.labels?.[option] : undefined;
      const [first = '', ...more] = wrapped(label ?? '', room - 14);
      return [
        line(
          ' '.repeat(indent),
          span(chosen ? theme.on : theme.off, chosen ? 'chosen' : 'plain'),
          span(` ${fitted(name, 10)}`, chosen ? 'strong' : 'plain'),
          span(first, 'dim'),
          ...(label === undefined && at === 0 ? from : []),
        ),
        ...more.map((text) => line(' '.repeat(indent + 14), span(text, 'dim'))),
      ];
    });
    return [...rows, ...tried];
  }
  const count = Array.isArray(value) ? value.length : value === undefined || value === null ? 0 : 1;
  const hint =
    question.kind === 'records'
      ? `${count} ${count === 1 ? 'entry' : 'entries'}; Space opens the list`
      : question.kind === 'list'
        ? `${count} chosen; Space opens the list, or type to search it`
        : 'Space opens the list, or type to search it';
  const label = typeof value === 'string' ? question.labels?.[value] : undefined;
  const named = label === undefined ? '' : `  ${label}`;
  const shown = fitted(valueShown(asked, theme), Math.max(10, room - named.length)).trimEnd();
  const fits = shown.length + named.length + lengthOf(from) <= room;
  return [
    line(' '.repeat(indent), span(shown, 'strong'), span(named, 'dim'), ...(fits ? from : [])),
    ...(fits ? [] : fromLine(from, indent, room)),
    ...tried,
    line(' '.repeat(indent), span(hint, 'dim')),
  ];
}

const lengthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { text }) => sum + text.length, 0);

/** Where an answer comes from, below it: there is no room beside it. */
function fromLine(from: readonly Span[], indent: number, room: number): readonly Line[] {
  return from.map(({ text, tone }) =>
    line(' '.repeat(indent), span(fitted(text.trim(), room).trimEnd(), tone)),
  );
}

/** What was found out by trying, on a line of its own: it may come at any time. */
function triedLines(tried: Tried | undefined, indent: number, width: number): readonly Line[] {
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
  const found = valueAt(wizard.completed?.values, `${place.path}.${list}`);
  const records: readonly unknown[] = Array.isArray(found) ? found : [];
  const focus = Math.min(place.focus, records.length + 1);
  const row = (at: number, text: string, note = ''): Line =>
    line(
      span(at === focus ? ` ${theme.pointer} ` : '   ', 'chosen'),
      span(fitted(text, 24), at === focus ? 'chosen' : 'plain'),
      span(` ${fitted(note, Math.max(0, width - 30)).trimEnd()}`, 'dim'),
    );
  const entries = records.map((record, at) => {
    const [first, ...rest] = question?.fields ?? [];
    const values = record as Record<string, unknown>;
    const name = first === undefined ? '' : shownValue(first, values[first.key]);
    const more = rest
      .map((field) => shownValue(field, values[field.key]))
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
  const problem = [...(wizard.completed?.problems ?? []), ...wizard.siteProblems].find(
    ({ at }) => at?.startsWith(`${place.path}.${list}.${focus}`) === true,
  );
  return {
    body,
    focus: focus + 2,
    help:
      problem === undefined ? helpOf(question?.help ?? '', width) : problemLines(problem, width),
  };
}
