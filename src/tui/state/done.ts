import { layout } from '../../core/layout.ts';
import type { Command } from '../key-bindings.ts';
import { type Step, to } from './action.ts';
import { commandAt } from './equivalent.ts';
import { movedTo } from './menu.ts';
import type { State } from './state.ts';

export interface DoneItem {
  readonly label: string;
  readonly note: string;
  readonly does: 'dashboard' | 'real' | 'save' | 'rehearse' | 'exit';
}

/** What comes after: nothing of it changes anything by itself. */
export function doneItems({ wizard, start }: State): readonly DoneItem[] {
  if (wizard?.scope === 'trees') {
    return [
      { label: 'Now for real', note: 'begin with a preset for this server', does: 'real' },
      { label: 'Leave', note: 'what was built stays in the cache', does: 'exit' },
    ];
  }
  return [
    { label: 'Open the dashboard', note: 'trees, services, clients', does: 'dashboard' },
    ...(wizard !== null || start.site !== null
      ? [{ label: 'Rehearse once more', note: 'boot a virtual client', does: 'rehearse' } as const]
      : []),
    ...(wizard === null
      ? []
      : [
          {
            label: 'Save the answers',
            note: 'as a site file, for another server',
            does: 'save',
          } as const,
        ]),
    { label: 'Leave', note: 'how to boot a client is said once more', does: 'exit' },
  ];
}

export function doneCommand(state: State, command: Command): Step {
  const items = doneItems(state);
  const does =
    command === 'rehearse'
      ? 'rehearse'
      : command === 'next'
        ? items[Math.min(state.menuIndex, items.length - 1)]?.does
        : null;
  const menuIndex = movedTo(command, items.length, state.menuIndex);
  if (menuIndex !== null) return to({ ...state, menuIndex });
  switch (command) {
    case 'back':
      return to({ ...state, overlay: { kind: 'quit', index: 0 } });
    default:
  }
  switch (does) {
    case 'dashboard':
      return to(
        { ...state, screen: 'dashboard', wizard: null, dashboardIndex: 0 },
        { wish: 'overlook' },
      );
    case 'real':
      return to(
        {
          ...state,
          screen: 'presets',
          wizard: null,
          planned: null,
          start: { ...state.start, index: 0 },
        },
        { wish: 'look-around' },
      );
    case 'rehearse': {
      const tree = state.wizard?.tree ?? state.overview?.trees[0]?.name;
      return tree === undefined
        ? to(state)
        : to(
            { ...state, screen: 'rehearsal', rehearsing: null, menuIndex: 0 },
            { wish: 'rehearse', tree },
          );
    }
    case 'save':
      return saveAnswers(state);
    case 'exit':
      return to(state, { wish: 'exit', code: 0, words: doneWords(state) });
    default:
      return to(state);
  }
}

export function saveAnswers(state: State): Step {
  return to({
    ...state,
    overlay: {
      kind: 'save',
      what: 'answers',
      edit: { text: 'site.yaml', cursor: 9 },
      problem: null,
    },
  });
}

/** What stays on the normal screen after sidus has left it. */
export function doneWords(state: State): readonly string[] {
  const { wizard, rehearsing, root } = state;
  if (wizard?.scope === 'trees') {
    const held = rehearsing?.result?.findings.every(({ holds }) => holds) === true;
    return [
      held
        ? `The rehearsal of ${wizard.tree} holds: a virtual client booted from it.`
        : `The tree ${wizard.tree} is built.`,
      'For a tree of your own: sudo sidus wizard',
    ];
  }
  return [
    root === '/'
      ? 'This server serves its clients: choose network boot on one (PXE or LAN in a BIOS, IPv4 PXE in UEFI).'
      : `Written under ${root}: nothing was started.`,
    `Who has which password is written down in ${root === '/' ? '' : root}${layout.accounts}, which only root reads.`,
    `How it stands: ${commandAt('status', root)}`,
    `Other answers: ${commandAt('wizard', root)}`,
  ];
}
