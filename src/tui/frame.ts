import { footer } from './keys.ts';
import {
  blank,
  harmless,
  harmlessLine,
  heightOf,
  type Line,
  line,
  noteWidth,
  type Span,
  span,
  windowOver,
} from './line.ts';
import { viewOf } from './screens/index.ts';
import { contextsOf } from './state/contexts.ts';
import { bodyRows } from './state/log-window.ts';
import { widest } from './state/overlays.ts';
import { shownTime } from './state/start.ts';
import type { State } from './state/state.ts';
import { forms, placeOf, stateOf } from './state/wizard.ts';
import { type Theme, themeOf } from './theme.ts';
import { fitted, paragraph, sentence, type View, type Viewing } from './view.ts';

/** Below this there is no room for a question and its answer. */
export const smallest = { columns: 60, rows: 16 } as const;
/** With so many columns, the topics stand at the left. */
const withRail = 100;
const railWidth = 22;

export interface Frame {
  readonly columns: number;
  /** One less than the terminal has: a frame as tall makes it scroll (terminal.md B2 G2). */
  readonly rows: number;
  readonly header: Line;
  readonly rule: Line;
  /** null: no rail. */
  readonly rail: readonly Line[] | null;
  readonly body: readonly Line[];
  readonly bodyWidth: number;
  readonly bodyHeight: number;
  readonly help: readonly Line[];
  readonly footer: Line;
  readonly theme: Theme;
  readonly view: View;
}

/**
 * Every row has its fixed place, so that nothing jumps; only words that would be cut take a row or
 * two from the body. null: the terminal is too small.
 */
export function frameOf(state: State): Frame | null {
  const { columns: wide, rows: tall } = state.size;
  if (wide < smallest.columns || tall < smallest.rows) return null;
  const theme = themeOf(state.look);
  const columns = Math.min(wide, widest);
  const rows = tall - 1;
  const hasRail =
    columns >= withRail && state.wizard !== null && isWizard(state) && state.overlay === null;
  const bodyWidth = hasRail ? columns - railWidth - 1 : columns;
  // Header, rule, two lines of help, keys; and a second rule where there is room.
  const height = bodyRows(state.size);
  const viewing: Viewing = { theme, width: bodyWidth - 1, height };
  const view = viewOf(state, viewing);
  const help = [...view.help, ...cutNote(view.body, bodyWidth)];
  const helpHeight = Math.max(2, help.length);
  const bodyHeight = height - (helpHeight - 2);
  const pinned = view.body.slice(0, view.pinned ?? 0);
  const shown = windowOver(
    view.body.slice(pinned.length),
    bodyHeight - heightOf(pinned),
    view.focus - pinned.length,
    state.scroll,
  );
  return {
    columns,
    rows,
    theme,
    view,
    header: header(state, view, columns, moreOf(shown.above > 0, shown.below > 0, columns)),
    rule: line(span(theme.rule.repeat(columns), 'dim')),
    rail: hasRail ? rail(state, theme) : null,
    body: filled([...pinned, ...shown.lines].map(harmlessLine), bodyHeight),
    bodyWidth,
    bodyHeight,
    help: filled(help.map(harmlessLine), helpHeight),
    footer: keys(state, columns),
  };
}

/** What there is no room for beside the choice in focus. */
function cutNote(body: readonly Line[], width: number): readonly Line[] {
  const menu = body.find((one) => one.kind === 'menu');
  const note = menu?.items[menu.index]?.note ?? '';
  return menu === undefined || noteWidth(menu.items, width) >= note.length
    ? []
    : paragraph(sentence(note), width - 1);
}

function isWizard({ screen }: State): boolean {
  return screen === 'questions' || screen === 'plan';
}

function filled(lines: readonly Line[], height: number): readonly Line[] {
  const missing = height - heightOf(lines);
  return missing <= 0 ? lines : [...lines, ...Array.from({ length: missing }, () => blank)];
}

function moreOf(above: boolean, below: boolean, columns: number): string {
  if (above && below) return columns < 80 ? 'more both ways' : 'more above, more below';
  return above ? 'more above' : below ? 'more below' : '';
}

function header(state: State, view: View, columns: number, more: string): Line {
  const left = ` sidus  ${harmless(view.title)}`;
  // Where it happens: a rehearsal of a preset lies in the cache.
  const root = state.wizard?.root ?? state.root;
  const right: Span[] = [];
  if (more !== '') right.push(span(`${more}  `, 'dim'));
  if (state.pretending) right.push(span('PRETENDING', 'warning'));
  else if (root !== '/') right.push(span(fitted(root, Math.min(28, root.length)), 'dim'));
  if (state.savedAt !== null && isWizard(state)) {
    const kept = columns < 80 ? 'kept' : 'answers kept';
    right.push(
      span(`  ${kept} ${shownTime(new Date(state.savedAt).toISOString()).slice(11)}`, 'dim'),
    );
  }
  const widthOf = (): number => right.reduce((sum, { text }) => sum + text.length, left.length + 1);
  // Where one is comes before when the answers were kept.
  if (right.at(-1)?.text.includes('kept ') === true && widthOf() > columns) right.pop();
  const used = widthOf() - left.length - 1;
  return line(span(fitted(left, Math.max(0, columns - used - 1)), 'strong'), ...right);
}

function rail(state: State, theme: Theme): readonly Line[] {
  const { wizard } = state;
  if (wizard === null) return [];
  const here = placeOf(wizard).path;
  const row = (text: string, mark: string, tone: Span['tone'], isHere: boolean): Line =>
    line(
      // No pointer: that is what the keys move, at the right.
      span(isHere ? ` ${theme.rule} ` : '   ', 'chosen'),
      span(mark, tone),
      span(` ${fitted(text, railWidth - 9)}`, isHere ? 'chosen' : 'plain'),
    );
  return [
    ...forms(wizard).map((form) => {
      const now = stateOf(wizard, form);
      const mark = now === 'seen' ? 'good' : now === 'untouched' ? 'none' : 'bad';
      const isHere =
        state.screen === 'questions' && (here === form.path || here.startsWith(`${form.path}.`));
      return row(form.title, theme.marks[mark], mark === 'none' ? 'dim' : mark, isHere);
    }),
    blank,
    row('Plan', theme.marks.none, 'dim', state.screen === 'plan'),
  ];
}

function keys(state: State, columns: number): Line {
  return line(
    span(' '),
    ...footer(contextsOf(state), columns - 2).flatMap(({ keys: [key = ''], short }) => [
      span(key, 'accent'),
      span(` ${short}  `, 'dim'),
    ]),
  );
}
