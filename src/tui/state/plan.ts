import type { Problem } from '../../core/problem.ts';
import { scriptOf } from '../../planner/script.ts';
import { siteText } from '../../planner/site-text.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { edited, editOf } from '../text-edit.ts';
import { type Step, to, type Wish } from './action.ts';
import { planRows, stepsToDo } from './plan-rows.ts';
import { goTo } from './questions.ts';
import { beginning, succeeded } from './run.ts';
import type { Aim, Planned, State } from './state.ts';
import { forms } from './wizard.ts';

export const emptyPlan: Planned = {
  purpose: 'site',
  tree: null,
  plan: null,
  site: null,
  problems: [],
  report: null,
  changes: {},
  durations: new Map(),
  sizes: null,
  open: [],
  index: 0,
  typed: null,
};

/** Typing in the line that applies. null: the key does not edit. */
export function planText(state: State, key: KeyPress): Step | null {
  const { planned } = state;
  if (planned?.typed == null) return null;
  const typed = edited(planned.typed, key);
  return typed === null ? null : to({ ...state, planned: { ...planned, typed } });
}

export function planCommand(state: State, command: Command, key: KeyPress): Step {
  const planned = state.planned ?? emptyPlan;
  const set = (change: Partial<Planned>, ...wishes: readonly Wish[]): Step =>
    to({ ...state, planned: { ...planned, ...change } }, ...wishes);
  if (planned.problems.length > 0) return problemsCommand(state, planned, command);
  const rows = planRows(planned);
  const index = Math.min(planned.index, Math.max(0, rows.length - 1));
  const row = rows[index];
  const page = Math.max(1, state.size.rows - 12);
  const go = (wanted: number): Step =>
    set({ index: Math.max(0, Math.min(rows.length - 1, wanted)) });
  const fold = (open: boolean): Step => {
    if (row === undefined) return to(state);
    if (!open && !row.open) {
      // Shut already: to the row that holds it.
      const above = rows.slice(0, index).findLastIndex((one) => one.depth < row.depth);
      return go(Math.max(0, above));
    }
    if (!row.foldable) return to(state);
    return set({
      open: open ? [...planned.open, row.id] : planned.open.filter((id) => id !== row.id),
    });
  };
  switch (command) {
    case 'next':
      if (planned.typed !== null) return applied(state, planned);
      if (planned.plan !== null && stepsToDo(planned.plan, planned.report).length === 0) {
        return succeeded({ ...state, planned: null, menuIndex: 0 }, aimOf(state, planned));
      }
      return row === undefined ? to(state) : fold(!row.open);
    case 'unfold':
      return fold(true);
    case 'fold':
      return fold(false);
    case 'up':
      return planned.typed !== null ? set({ typed: null }) : go(index - 1);
    case 'down':
      return planned.typed !== null ? set({ typed: null }) : go(index + 1);
    case 'page-up':
      return go(index - page);
    case 'page-down':
      return go(index + page);
    case 'first':
      return go(0);
    case 'last':
      return go(rows.length - 1);
    case 'apply':
      // The key is the first letter of the word: who types `apply` need not know of the line.
      return planned.plan === null
        ? to(state)
        : set({ typed: editOf(key.name === 'text' && !key.ctrl ? key.text : '') });
    case 'save-script':
      if (planned.plan === null) return to(state);
      return to({
        ...state,
        overlay: {
          kind: 'save',
          what: 'script',
          edit: editOf('sidus-plan.sh'),
          problem: null,
        },
      });
    case 'back':
      if (planned.typed !== null) return set({ typed: null });
      return leavePlan(state, planned);
    default:
      return to(state);
  }
}

/** Whoever reached the line by `a` may type the whole word all the same. */
export function isApply(text: string): boolean {
  return ['apply', 'aapply'].includes(text.trim());
}

/** Whether it may become that word yet. */
export function isPartOfApply(text: string): boolean {
  return ['apply', 'aapply'].some((whole) => whole.startsWith(text.trim()));
}

function applied(state: State, planned: Planned): Step {
  const { plan, report, typed } = planned;
  if (plan === null || report === null || !isApply(typed?.text ?? '')) return to(state);
  if (stepsToDo(plan, report).length === 0) {
    // Nothing to do is as good as done.
    return succeeded({ ...state, planned: null, menuIndex: 0 }, aimOf(state, planned));
  }
  return beginning({ ...state, planned: { ...planned, typed: null } }, plan, aimOf(state, planned));
}

function aimOf(state: State, { purpose, tree }: Planned): Aim {
  const { wizard, root } = state;
  return {
    purpose,
    root: purpose === 'chore' ? root : (wizard?.root ?? root),
    tree: tree ?? wizard?.tree ?? null,
  };
}

function leavePlan(state: State, planned: Planned): Step {
  if (!['build', 'site'].includes(planned.purpose) || state.wizard === null) {
    return to({ ...state, screen: 'dashboard', planned: null }, { wish: 'overlook' });
  }
  const last = forms(state.wizard).at(-1);
  return last === undefined ? to(state) : goTo({ ...state, planned: null }, last.path);
}

/** Where the plan could not be made: what is wrong, each a way to its question. */
function problemsCommand(state: State, planned: Planned, command: Command): Step {
  const count = planned.problems.length;
  const index = Math.min(planned.index, count - 1);
  switch (command) {
    case 'up':
    case 'down':
      return to({
        ...state,
        planned: {
          ...planned,
          index: Math.max(0, Math.min(count - 1, index + (command === 'up' ? -1 : 1))),
        },
      });
    case 'next': {
      if (planned.purpose !== 'site') return leavePlan(state, planned);
      const at = questionOf(state, planned.problems[index]);
      return at === null
        ? to({ ...state, planned: null }, { wish: 'make-plan' })
        : goTo({ ...state, planned: null }, at);
    }
    case 'back':
      return leavePlan(state, planned);
    default:
      return to(state);
  }
}

/** The path of the question that a problem is about; null: the wizard does not ask it. */
export function questionOf({ wizard }: State, problem: Problem | undefined): string | null {
  const at = problem?.at;
  if (wizard === null || at === undefined) return null;
  return forms(wizard).some(({ path }) => at === path || at.startsWith(`${path}.`)) ? at : null;
}

/** What a save writes. null: there is nothing to save. */
export function textToSave(state: State, what: 'script' | 'answers'): string | null {
  const { planned, wizard } = state;
  if (what === 'script') return planned?.plan == null ? null : scriptOf(planned.plan);
  const site = wizard?.completed?.site;
  return site == null ? null : siteText(site, wizard?.original ?? null);
}
