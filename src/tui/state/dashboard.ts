import { say } from '../../core/message.ts';
import type { Overview } from '../../core/overview.ts';
import type { Command } from '../key-bindings.ts';
import { type Chore, type Step, to } from './action.ts';
import { emptyPlan } from './plan.ts';
import { changeSite } from './start.ts';
import type { State } from './state.ts';

type Tree = Overview['trees'][number];

/** What the cursor moves over: trees, and the versions of each. */
export type DashboardRow =
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'version'; readonly tree: Tree; readonly version: Tree['versions'][number] };

export function dashboardRows({ overview }: State): readonly DashboardRow[] {
  return (overview?.trees ?? []).flatMap((tree) => [
    { kind: 'tree', tree } as const,
    ...tree.versions.map((version) => ({ kind: 'version', tree, version }) as const),
  ]);
}

export function dashboardCommand(state: State, command: Command): Step {
  const rows = dashboardRows(state);
  const index = Math.min(state.dashboardIndex, Math.max(0, rows.length - 1));
  const row = rows[index];
  const tell = (text: string): Step => to({ ...state, notice: say(text) });
  const chore = (wanted: Chore): Step =>
    to(
      { ...state, screen: 'plan', planned: { ...emptyPlan, purpose: 'chore' } },
      { wish: 'make-chore', chore: wanted },
    );
  switch (command) {
    case 'up':
      return to({ ...state, dashboardIndex: Math.max(0, index - 1) });
    case 'down':
      return to({ ...state, dashboardIndex: Math.max(0, Math.min(rows.length - 1, index + 1)) });
    case 'recheck':
      return to(state, { wish: 'overlook' });
    case 'publish':
      if (row === undefined) return tell('There is no tree to publish.');
      if (row.tree.made === 'by hand')
        return tell('This tree was made by hand: sidus leaves it alone.');
      if (row.tree.draft === null) return tell('This tree has no draft yet; the plan builds one.');
      return chore({ kind: 'publish', tree: row.tree.name });
    case 'switch':
      if (row?.kind !== 'version') return tell('Choose a version first: move to its row.');
      if (row.tree.made === 'by hand')
        return tell('This tree was made by hand: sidus leaves it alone.');
      if (row.version.current) return tell('Clients boot this version already.');
      return chore({ kind: 'switch', tree: row.tree.name, version: row.version.version });
    case 'delete-version':
      if (row?.kind !== 'version') return tell('Choose a version first: move to its row.');
      if (row.version.current) return tell('Clients boot this version: v lets them boot another.');
      return chore({ kind: 'delete', tree: row.tree.name, version: row.version.version });
    case 'rehearse':
      if (row === undefined || row.tree.made === 'by hand' || row.tree.versions.length === 0) {
        return tell('A rehearsal needs a version that sidus published.');
      }
      return to(
        { ...state, screen: 'rehearsal', rehearsing: null, menuIndex: 0 },
        { wish: 'rehearse', tree: row.tree.name },
      );
    case 'plan':
      return state.start.site === null
        ? tell('There are no answers for this server yet: c begins with them.')
        : chore({ kind: 'apply' });
    case 'change': {
      const tree = row?.tree.made === 'sidus' ? row.tree.name : state.start.site?.trees[0];
      return state.start.site === null || tree === undefined
        ? to(
            { ...state, screen: 'start', start: { ...state.start, index: 0 } },
            { wish: 'look-around' },
          )
        : changeSite(state, tree);
    }
    case 'attach':
      return state.overview?.running?.run == null
        ? tell('No run is at work.')
        : to(state, { wish: 'attach', run: state.overview.running.run });
    case 'back':
      return to({ ...state, overlay: { kind: 'quit', index: 0 } });
    case 'quit':
      return to(state, { wish: 'exit', code: 0, words: [] });
    default:
      return to(state);
  }
}
