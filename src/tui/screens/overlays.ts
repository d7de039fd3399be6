import { render } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { type Asked, placeInWords, problemsAt } from '../../planner/form.ts';
import { keysWidth } from '../key-list.ts';
import { blank, type Line, line, span, wrapped } from '../line.ts';
import { shellLines } from '../shell-lines.ts';
import { labelsOf } from '../state/names.ts';
import { type Choice, keysShown, quitItems, stopItems } from '../state/overlays.ts';
import { pickerView } from '../state/picker.ts';
import type { Overlay, Picker, State } from '../state/state.ts';
import { focused, formAt, forms, problemsOfAll, stateOf, takenOf } from '../state/wizard.ts';
import type { MarkName } from '../theme.ts';
import {
  fitted,
  helpOf,
  paragraph,
  problemLines,
  sentence,
  type View,
  type Viewing,
} from '../view.ts';
import { loginView, secretView } from './unseen.ts';

/** What lies over a screen has the whole body: on 16 rows a window in a window is no use. */
export function overlayView(state: State, overlay: Overlay, viewing: Viewing): View {
  const { width } = viewing;
  switch (overlay.kind) {
    case 'keys':
      return keysView(state, overlay.top, viewing);
    case 'command':
      return {
        title: 'Command',
        body: [
          ...paragraph('The same without the wizard:', width, 'strong'),
          blank,
          ...overlay.text
            .split('\n')
            .flatMap((text) => shellLines(text, width - 4))
            .flatMap((text) => wrapped(text, width - 4))
            .map((text) => line('   ', text)),
          blank,
          ...paragraph(
            '`sidus plan` in its place only shows what would be done. Long answers are better kept in a file: Ctrl-S saves them, and `--answers` reads it.',
            width,
            'dim',
          ),
        ],
        focus: 0,
        help: helpOf('Esc goes back, as any letter does.', width),
      };
    case 'topics':
      return topicsView(state, overlay.index, viewing);
    case 'picker':
      return pickerBody(state, overlay.picker, viewing);
    case 'quit':
      return asked('Leave', 'Leave sidus?', [], quitItems, overlay.index, viewing);
    case 'stop':
      return asked(
        'Run',
        'The run is at work. What shall become of it?',
        ['Whatever you choose, nothing that is finished is lost.'],
        stopItems(state),
        overlay.index,
        viewing,
      );
    case 'login':
      return loginView(state, overlay.trying, viewing);
    case 'secret':
      return secretView(overlay.asked, viewing);
    case 'save': {
      const { problem } = overlay;
      return {
        title: 'Save',
        body: [
          ...paragraph(
            overlay.what === 'script'
              ? 'Save the plan as a shell script that does the same. Under which name?'
              : 'Save the answers as a site file. Under which name?',
            width,
            'strong',
          ),
          blank,
          {
            kind: 'field',
            indent: 3,
            width: Math.max(20, width - 8),
            label: '',
            edit: overlay.edit,
            placeholder: '',
            after: [],
          },
          ...(state.pretending
            ? [blank, ...paragraph('The server is imagined; this file is a real one.', width)]
            : []),
        ],
        focus: 2,
        help:
          problem === null
            ? helpOf('Enter saves it. A file that is there already is not overwritten.', width)
            : problemLines(problem, width),
      };
    }
    default:
      return overlay satisfies never;
  }
}

function asked(
  title: string,
  question: string,
  more: readonly string[],
  items: readonly Choice[],
  index: number,
  { width }: Viewing,
): View {
  const body: Line[] = [
    ...paragraph(question, width, 'strong'),
    ...more.flatMap((text) => paragraph(text, width)),
    blank,
    { kind: 'menu', items, index },
  ];
  return {
    title,
    body,
    focus: body.length - 1,
    help: helpOf('Esc goes back to where you were.', width),
  };
}

function keysView(state: State, top: number, { theme, width, height }: Viewing): View {
  const rows = keysShown(state).map(({ heading, keys, mark, help }) =>
    heading !== ''
      ? line(span(` ${heading}`, 'accent'))
      : line(
          span(
            fitted(`   ${mark === null ? keys : theme.marks[mark].trimEnd()}`, keysWidth),
            'strong',
          ),
          help,
        ),
  );
  const from = Math.min(top, Math.max(0, rows.length - height));
  return {
    title: 'Keys',
    body: rows.slice(from, from + height),
    focus: 0,
    help: helpOf(
      'Single letters are commands only where no text is being typed. Up and Down scroll, Esc goes back.',
      width,
    ),
  };
}

const formMarks: Readonly<Record<ReturnType<typeof stateOf>, readonly [MarkName, string]>> = {
  untouched: ['none', 'usual answers'],
  seen: ['good', 'answered'],
  wrong: ['bad', 'wrong'],
  missing: ['bad', 'missing'],
};

function topicsView(state: State, index: number, { theme, width }: Viewing): View {
  const { wizard } = state;
  const rows =
    wizard === null
      ? []
      : forms(wizard).map((form) => {
          const [mark, words] = formMarks[stateOf(wizard, form)];
          const at = problemsAt(problemsOfAll(wizard), form.path)[0]?.at ?? form.path;
          const { words: which = '' } = placeInWords([form], wizard.completed?.values, at) ?? {};
          return {
            title: form.title,
            mark,
            words: mark !== 'bad' ? form.help : which === '' ? words : `${words}: ${which}`,
          };
        });
  const room = Math.max(0, width - 22);
  const chosen = rows[index];
  const body = [
    ...rows.map(({ title, mark, words }, at) =>
      line(
        span(at === index ? ` ${theme.pointer} ` : '   ', 'chosen'),
        span(theme.marks[mark], mark === 'bad' ? 'bad' : mark === 'good' ? 'good' : 'dim'),
        span(` ${fitted(title, 14)}`, at === index ? 'chosen' : 'plain'),
        span(fitted(words, room).trimEnd(), 'dim'),
      ),
    ),
    blank,
    line(
      span(index >= rows.length ? ` ${theme.pointer} ` : '   ', 'chosen'),
      span('[ See the plan ]', index >= rows.length ? 'chosen' : 'plain'),
    ),
  ];
  return {
    title: 'Topics',
    body,
    focus: Math.min(index, body.length - 1),
    help: helpOf(
      chosen !== undefined && chosen.words.length > room
        ? sentence(chosen.words)
        : 'Enter goes there. The plan says what is still missing.',
      width,
    ),
  };
}

function pickerBody(state: State, picker: Picker, { theme, width }: Viewing): View {
  const { wizard } = state;
  const asking = wizard === null ? null : focused(wizard);
  if (wizard === null || asking === null) return { title: 'List', body: [], focus: 0, help: [] };
  const view = pickerView(wizard, picker);
  const wrong = wrongNames(asking);
  const [problem] = [...wrong.values(), ...asking.problems].filter(
    ({ code }) => code !== 'answers/missing',
  );
  const index = Math.min(picker.index, Math.max(0, view.rows.length - 1));
  const count = view.asking
    ? 'asking for the names ...'
    : view.known === 0
      ? ''
      : picker.filter.text.trim() === ''
        ? `${view.known} names`
        : `${view.rows.filter(({ own }) => !own).length} of ${view.known}`;
  const labels = labelsOf(wizard, asking);
  const body: Line[] = [
    line(span(` ${fitted(asking.question.title, width - 2).trimEnd()}`, 'strong')),
    {
      kind: 'field',
      indent: 1,
      width: Math.max(16, Math.min(40, width - 34)),
      label: view.known > 0 || view.asking ? '/ ' : 'add: ',
      edit: picker.filter,
      placeholder: view.known > 0 ? 'type to search' : '',
      after: [span(`  ${count}`, 'dim')],
    },
    blank,
    ...view.rows.map(({ name, taken, own }, at) => {
      const label = name === '' ? undefined : labels?.[name];
      const note = own ? '  (as typed)' : label === undefined ? '' : `  ${label}`;
      const room = width - 7;
      const shown = fitted(
        name === '' ? `(${labels?.[name] ?? 'none'})` : name,
        own ? room - note.length : room,
      ).trimEnd();
      return line(
        span(at === index ? ` ${theme.pointer} ` : '   ', 'chosen'),
        span(
          `${picker.several ? (wrong.has(name) ? theme.wrong : taken ? theme.checked : theme.unchecked) : taken ? theme.on : theme.off} `,
          wrong.has(name) ? 'bad' : taken ? 'good' : 'dim',
        ),
        span(shown, at === index ? 'chosen' : 'plain'),
        span(fitted(note, room - shown.length).trimEnd(), 'dim'),
      );
    }),
    ...(view.rows.length === 0 && !view.asking
      ? [
          line(
            span(
              view.known === 0
                ? '   Nothing yet: type one, then Enter.'
                : '   Nothing fits what you typed.',
              'dim',
            ),
          ),
        ]
      : []),
  ];
  return {
    title: `List: ${formAt(wizard)?.title ?? ''}`,
    body,
    // What is typed, and for what, is always seen.
    pinned: 3,
    focus: index + 3,
    help:
      problem !== undefined ? problemLines(problem, width) : helpOf(asking.question.help, width),
  };
}

/** The entries of a list with which something is wrong, and what, by their names. */
function wrongNames(asked: Asked): ReadonlyMap<string, Problem> {
  const wrong = new Map<string, Problem>();
  for (const [index, name] of takenOf(asked).entries()) {
    const [problem] = problemsAt(asked.problems, `${asked.path}.${index}`);
    if (problem === undefined) continue;
    // Which of them: the words leave that to the place, and a key is long.
    const { summary } = problem;
    const text = `{entry}: ${summary.text}`;
    const entry = fitted(name, Math.min(24, name.length));
    wrong.set(name, { ...problem, summary: { text, values: { ...summary.values, entry } } });
  }
  return wrong;
}

/** A passing word, in the reserved lines. */
export function noticeLines(notice: NonNullable<State['notice']>, width: number): readonly Line[] {
  return 'code' in notice ? problemLines(notice, width) : helpOf(render(notice), width);
}
