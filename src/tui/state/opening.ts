import { say } from '../../core/message.ts';
import { valueAt } from '../../planner/form.ts';
import type { Outside } from '../outside.ts';
import type { Store } from '../store.ts';
import { begin } from './start.ts';
import type { Look, State } from './state.ts';
import { beginning } from './wizard.ts';

/** Which screen comes first, and what it begins with. */
export type Opening =
  /** The dashboard where there is a tree, the wizard otherwise. */
  | { readonly kind: 'home' }
  | { readonly kind: 'start' }
  | {
      readonly kind: 'answers';
      readonly preset: string | null;
      readonly answers: unknown;
      readonly original: string | null;
    }
  | { readonly kind: 'dashboard' }
  | { readonly kind: 'attach'; readonly run: string | null };

export function initialState(
  outside: Outside,
  look: Look,
  size: { readonly columns: number; readonly rows: number },
): State {
  return {
    size,
    look,
    pretending: outside.pretending,
    isRoot: outside.isRoot,
    version: outside.version,
    root: outside.root,
    now: outside.now().getTime(),
    savedAt: null,
    keeping: true,
    screen: 'start',
    overlay: null,
    notice: null,
    start: { rows: null, presets: [], drafts: [], site: null, index: 0 },
    wizard: null,
    planned: null,
    running: null,
    beginning: null,
    began: 0,
    rehearsing: null,
    menuIndex: 0,
    scroll: 0,
    overview: null,
    dashboardIndex: 0,
  };
}

export function openWith(store: Store, opening: Opening): void {
  switch (opening.kind) {
    case 'home':
      store.ask({ wish: 'find-home' });
      break;
    case 'start':
      store.ask({ wish: 'look-around' });
      break;
    case 'dashboard':
      store.dispatch({ type: 'opened', screen: 'dashboard' });
      break;
    case 'attach':
      store.ask({ wish: 'attach', run: opening.run });
      break;
    case 'answers':
      store.dispatch({ type: 'answers-given', opening });
      break;
    default:
      opening satisfies never;
  }
}

/** A wizard that begins with a preset or a site file of the command line. */
export function withAnswersGiven(
  state: State,
  { preset, answers, original }: Extract<Opening, { kind: 'answers' }>,
): ReturnType<typeof begin> {
  const trees = valueAt(answers, 'trees');
  const tree = typeof trees === 'object' && trees !== null ? Object.keys(trees)[0] : undefined;
  return begin(
    state,
    beginning({
      root: state.root,
      scope: 'all',
      preset,
      tree: tree ?? 'sidus',
      base: answers,
      baseName: preset === null ? say('your file') : say('preset {name}', { name: preset }),
      original,
    }),
  );
}
