import { render } from '../../core/message.ts';
import { blank, type Line, line, span } from '../line.ts';
import { presetChoices, startItems } from '../state/start.ts';
import type { State } from '../state/state.ts';
import { fitted, helpOf, paragraph, sentence, type View, type Viewing } from '../view.ts';

/** What this server is, and what one may begin with. */
export function startView(state: State, { theme, width, height }: Viewing): View {
  const { start } = state;
  const items = startItems(state);
  const index = Math.max(0, Math.min(start.index, items.length - 1));
  const serious = (start.rows ?? []).filter(({ standing }) => standing === 'bad');
  const rows: readonly Line[] =
    start.rows === null
      ? [line(' ', span(theme.marks.asking, 'dim'), ' Looking at this server ...')]
      : start.rows.flatMap(({ name, value, standing, problem }) => [
          line(
            ' ',
            span(theme.marks[standing], standing),
            ` ${fitted(name, 10)}`,
            fitted(value, Math.max(10, width - 17)).trimEnd(),
          ),
          ...(problem === null
            ? []
            : paragraph(sentence(render(problem.remedy)), width, 'warning', 6)),
        ]);
  const head = state.pretending
    ? [
        'This is a server in memory: look at everything, nothing is changed anywhere.',
        ...(state.isRoot
          ? []
          : ['It is here because you are not root. For the real one: sudo sidus']),
      ]
    : [
        'This server builds one Debian tree and lets any number of machines boot it.',
        'Nothing is changed before you have seen the plan and typed apply.',
      ];
  // On few rows, what this server is comes before what is said of it elsewhere too.
  const roomy = height > 12;
  const body: Line[] = [
    ...(roomy
      ? [
          ...head.flatMap((text) => paragraph(text, width, state.pretending ? 'warning' : 'plain')),
          blank,
        ]
      : []),
    ...rows,
    ...(roomy ? [blank] : []),
    ...(items.length === 0
      ? []
      : [
          line(span(' How do you want to begin?', 'strong')),
          {
            kind: 'menu',
            items: items.map(({ label, note }) => ({ label, note })),
            index,
          } as const,
        ]),
  ];
  return {
    title: 'Start',
    body,
    focus: body.length - 1,
    help: helpOf(
      serious.length > 0 && !state.pretending
        ? `What is marked ${theme.marks.bad.trim()} keeps this server from serving. Rehearsing needs no systemd; nothing works without root.`
        : 'Enter begins. Whatever you answer is kept at once, and Esc never loses it.',
      width,
    ),
  };
}

/** The presets, each with what it is for. */
export function presetsView(state: State, { width, theme }: Viewing): View {
  const choices = presetChoices(state);
  const index = Math.min(state.start.index, choices.length - 1);
  const body = choices.flatMap(({ name, about }, at) => [
    line(
      span(at === index ? ` ${theme.pointer} ` : '   ', 'chosen'),
      span(name, at === index ? 'chosen' : 'strong'),
    ),
    ...paragraph(about, width, 'dim', 5),
    blank,
  ]);
  const focus = body.findIndex(
    (one) => one.kind === 'spans' && one.spans[1]?.text === choices[index]?.name,
  );
  return {
    title: 'Presets',
    body,
    focus: Math.max(0, focus),
    help: helpOf('A preset answers some questions for you; each can be changed on the way.', width),
  };
}
