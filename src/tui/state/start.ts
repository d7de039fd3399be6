import { say } from '../../core/message.ts';
import type { Draft } from '../../core/preferences.ts';
import { ProblemError } from '../../core/problem.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { valueAt } from '../../planner/form.ts';
import type { Command } from '../key-bindings.ts';
import { type Step, to } from './action.ts';
import { movedTo } from './menu.ts';
import type { PresetChoice, State, Wizard } from './state.ts';
import { beginning, fromDraft } from './wizard.ts';

/** Where rehearsals of presets lie: each under a root of its own, and none is anybody's site. */
export const rehearsals = '/var/cache/sidus/rehearsal/';

/** The preset that a first rehearsal builds: the smallest tree that proves itself. */
export const firstRehearsal = 'rehearsal';

/** More than anybody changes of one site: revisions of two wizards never meet. */
const revisionsEach = 1_000_000;

/** Between the root of answers that were set aside and when that was. */
const aside = '#';

/** Older ones are still there once these are used up. */
const mostDrafts = 3;

export interface StartItem {
  readonly label: string;
  readonly note: string;
  readonly does:
    | { readonly kind: 'continue'; readonly draft: Draft }
    | { readonly kind: 'dashboard' }
    | { readonly kind: 'change'; readonly tree: string }
    | { readonly kind: 'rehearse' }
    | { readonly kind: 'presets' }
    | { readonly kind: 'empty' };
}

/** What one may begin with, the likeliest first; nothing before all of it is known: no row moves then. */
export function startItems({ start, overview }: State): readonly StartItem[] {
  if (start.presets.length === 0) return [];
  const items: StartItem[] = start.drafts.slice(0, mostDrafts).map(({ draft, borrowed }) => ({
    label: borrowed ? 'Continue answers from before sudo' : 'Continue your earlier answers',
    note: `${draft.preset === null ? `tree ${draft.tree}` : `preset ${draft.preset}`}, kept ${shownTime(draft.savedAt)}`,
    does: { kind: 'continue', draft },
  }));
  const trees = start.site?.trees ?? (overview?.trees ?? []).map(({ name }) => name);
  if (trees.length > 0) {
    items.push({
      label: 'Open the dashboard',
      note: `how ${trees.join(', ')} stands`,
      does: { kind: 'dashboard' },
    });
    for (const tree of start.site?.trees ?? []) {
      items.push({
        label: `Change the answers for ${tree}`,
        note: 'this server and that tree',
        does: { kind: 'change', tree },
      });
    }
  }
  if (start.presets.some(({ name }) => name === firstRehearsal)) {
    items.push({
      label: 'Rehearse here first',
      note: 'fetches a small tree, boots it; serves nobody',
      does: { kind: 'rehearse' },
    });
  }
  items.push(
    {
      label: 'Begin with a preset',
      note: start.presets
        .map(({ name }) => name)
        .filter((name) => name !== firstRehearsal)
        .join(', '),
      does: { kind: 'presets' },
    },
    {
      label: 'Begin without a preset',
      note: 'every question, with what is found out',
      does: { kind: 'empty' },
    },
  );
  return items;
}

/** 2026-11-21 10:00, as the clock of whoever kept it said. */
export function shownTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

export function presetChoices({ start }: State): readonly PresetChoice[] {
  return start.presets.filter(({ name }) => name !== firstRehearsal);
}

export function startCommand(state: State, command: Command): Step {
  const items = state.screen === 'presets' ? presetChoices(state) : startItems(state);
  const index = Math.min(state.start.index, items.length - 1);
  const moved = movedTo(command, items.length, index);
  if (moved !== null) return to({ ...state, start: { ...state.start, index: moved } });
  switch (command) {
    case 'recheck':
      return to({ ...state, start: { ...state.start, rows: null } }, { wish: 'look-around' });
    case 'back':
      return state.screen === 'presets'
        ? to({ ...state, screen: 'start', start: { ...state.start, index: 0 } })
        : to({ ...state, overlay: { kind: 'quit', index: 0 } });
    case 'next':
      return state.screen === 'presets'
        ? withPreset(state, presetChoices(state)[index])
        : chosen(state, startItems(state)[index]);
    default:
      return to(state);
  }
}

function chosen(state: State, item: StartItem | undefined): Step {
  switch (item?.does.kind) {
    case 'continue': {
      const { draft } = item.does;
      return continued(state, draft);
    }
    case 'dashboard':
      return to({ ...state, screen: 'dashboard', wizard: null }, { wish: 'overlook' });
    case 'change':
      return changeSite(state, item.does.tree);
    case 'rehearse':
      return rehearseFirst(state);
    case 'presets':
      return to({ ...state, screen: 'presets', start: { ...state.start, index: 0 } });
    case 'empty':
      return begin(
        state,
        beginning({
          root: state.root,
          scope: 'all',
          preset: null,
          tree: 'sidus',
          base: { trees: { sidus: {} } },
          baseName: say('usual'),
          original: null,
        }),
      );
    default:
      return to(state);
  }
}

/** Goes on where one was, on the same screen. */
function continued(state: State, draft: Draft): Step {
  // Here, wherever they were given: a root is chosen by --root alone.
  const begun = fromDraft(draft, state.root);
  const wizard =
    begun.scope === 'trees' && state.root === '/'
      ? { ...begun, root: `${rehearsals}${begun.preset ?? begun.tree}` }
      : begun;
  const step = begin(state, wizard, draft.screen === 'plan' ? 'plan' : 'questions', draft);
  // Kept under the root alone from now on.
  return draft.root.includes(aside)
    ? to(step.state, ...step.wishes, { wish: 'forget-answers', root: draft.root })
    : step;
}

/** The answers of the server's own site, with one of its trees. */
export function changeSite(state: State, tree: string): Step {
  const text = state.start.site?.text;
  if (text === undefined) return to(state);
  try {
    const base = parseAnswers(text, 'the site file');
    return begin(
      state,
      beginning({
        root: state.root,
        scope: 'all',
        preset: null,
        tree,
        base,
        baseName: say("this server's answers"),
        original: text,
      }),
    );
  } catch (error) {
    return refused(state, error);
  }
}

function withPreset(state: State, preset: PresetChoice | undefined): Step {
  if (preset === undefined) return to(state);
  const wizard = fromPreset(state, preset, 'all', state.root);
  return wizard instanceof Error ? refused(state, wizard) : begin(state, wizard);
}

function fromPreset(
  _state: State,
  { name, text }: PresetChoice,
  scope: 'all' | 'trees',
  root: string,
): Wizard | ProblemError {
  try {
    const base = parseAnswers(text, `preset ${name}`);
    const trees = valueAt(base, 'trees');
    const tree = typeof trees === 'object' && trees !== null ? Object.keys(trees)[0] : undefined;
    return beginning({
      root,
      scope,
      preset: name,
      tree: tree ?? name,
      base,
      baseName: say('preset {name}', { name }),
      original: text,
    });
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** A rehearsal of a preset lies in the cache, under a root of its own, and is nobody's site. */
function rehearseFirst(state: State): Step {
  const preset = state.start.presets.find(({ name }) => name === firstRehearsal);
  if (preset === undefined) return to(state);
  const root = state.root === '/' ? `${rehearsals}${preset.name}` : state.root;
  const wizard = fromPreset(state, preset, 'trees', root);
  return wizard instanceof Error ? refused(state, wizard) : begin(state, wizard, 'plan');
}

function refused(state: State, error: unknown): Step {
  if (!(error instanceof ProblemError)) throw error;
  return to({ ...state, notice: error.problems[0] ?? null });
}

/** By what they are of too: the clock of a server in memory may stand still. */
function asideOf(key: string, { savedAt, preset, tree }: Draft): string {
  return `${key}${aside}${savedAt} ${preset ?? tree}`;
}

/** To the first question, or where one was; the facts are learnt meanwhile. */
export function begin(
  state: State,
  wizard: Wizard,
  screen: 'questions' | 'plan' = 'questions',
  /** The answers that these are. */
  from: Draft | null = null,
): Step {
  const key = state.pretending ? 'pretend' : wizard.root;
  const before = state.start.drafts.find(
    ({ draft, borrowed }) => draft.root === key && draft !== from && !borrowed,
  );
  return to(
    {
      ...state,
      wizard: { ...wizard, revision: (state.began + 1) * revisionsEach },
      began: state.began + 1,
      screen,
      planned: null,
      running: null,
      rehearsing: null,
      overlay: null,
      menuIndex: 0,
    },
    { wish: 'gather-facts', root: wizard.root },
    // Others that were begun earlier are not written over.
    ...(before === undefined
      ? []
      : [
          {
            wish: 'set-aside',
            draft: { ...before.draft, root: asideOf(key, before.draft) },
          } as const,
        ]),
  );
}
