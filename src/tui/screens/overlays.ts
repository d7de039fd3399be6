import { render } from '../../core/message.ts';
import { placeInWords, problemsAt } from '../../planner/form.ts';
import { bindings } from '../key-bindings.ts';
import { blank, type Line, line, span, wrapped } from '../line.ts';
import { type Choice, quitItems, stopItems } from '../state/overlays.ts';
import { pickerView } from '../state/picker.ts';
import type { Overlay, Picker, State } from '../state/state.ts';
import { focused, forms, problemsOfAll, stateOf } from '../state/wizard.ts';
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

/** What lies over a screen has the whole body: on 16 rows a window in a window is no use. */
export function overlayView(state: State, overlay: Overlay, viewing: Viewing): View {
  const { width } = viewing;
  switch (overlay.kind) {
    case 'keys':
      return keysView(overlay.top, viewing);
    case 'command':
      return {
        title: 'Command',
        body: [
          ...paragraph('The same without the wizard:', width, 'strong'),
          blank,
          ...wrapped(overlay.text, width - 4).map((text) => line('   ', text)),
          blank,
          ...paragraph('`sidus plan` in its place only shows what would be done.', width, 'dim'),
        ],
        focus: 0,
        help: helpOf('Any key goes back.', width),
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

function keysView(top: number, { width, height }: Viewing): View {
  const seen = new Set<string>();
  const rows: Line[] = [];
  for (const { keys, help } of bindings) {
    const row = `${keys.join(' ')} ${help}`;
    if (seen.has(row)) continue;
    seen.add(row);
    const parts = wrapped(help, width - 19);
    for (const [at, part] of parts.entries()) {
      rows.push(line(span(` ${fitted(at === 0 ? keys.join(', ') : '', 16)} `, 'strong'), part));
    }
  }
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
  const index = Math.min(picker.index, Math.max(0, view.rows.length - 1));
  const count = view.asking
    ? 'asking for the names ...'
    : view.known === 0
      ? ''
      : picker.filter.text.trim() === ''
        ? `${view.known} names`
        : `${view.rows.filter(({ own }) => !own).length} of ${view.known}`;
  const labels = asking.question.labels;
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
      const note = own ? '  (as typed)' : labels?.[name] === undefined ? '' : `  ${labels[name]}`;
      const room = width - 7;
      const shown = fitted(
        name === '' ? '(the usual one)' : name,
        own ? room - note.length : room,
      ).trimEnd();
      return line(
        span(at === index ? ` ${theme.pointer} ` : '   ', 'chosen'),
        span(
          picker.several
            ? `${taken ? theme.checked : theme.unchecked} `
            : taken
              ? `${theme.on} `
              : `${theme.off} `,
          taken ? 'good' : 'dim',
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
  const [problem] = asking.problems.filter(({ code }) => code !== 'answers/missing');
  return {
    title: 'List',
    body,
    focus: index + 3,
    help:
      problem !== undefined
        ? problemLines(problem, width)
        : helpOf(
            picker.several
              ? `Enter or Space takes a name in or out. With nothing typed, Enter is done. ${asking.question.help}`
              : asking.question.help,
            width,
          ),
  };
}

/** A passing word, in the reserved lines. */
export function noticeLines(notice: NonNullable<State['notice']>, width: number): readonly Line[] {
  return 'code' in notice ? problemLines(notice, width) : helpOf(render(notice), width);
}
