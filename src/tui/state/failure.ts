import { layout } from '../../core/layout.ts';
import type { StepId } from '../../core/plan.ts';
import { describeProblem } from '../../core/problem.ts';
import type { Command } from '../key-bindings.ts';
import { harmless } from '../line.ts';
import { type Step, to } from './action.ts';
import { commandAt } from './equivalent.ts';
import { movedTo } from './menu.ts';
import { goTo, toPlan } from './questions.ts';
import { beginning } from './run.ts';
import type { Running, State } from './state.ts';
import { forms } from './wizard.ts';

/** What may be done about a failed or stopped run. */
export interface FailureItem {
  readonly label: string;
  readonly note: string;
  readonly does: 'retry' | 'answers' | 'shell' | 'leave';
}

export function failureItems({ wizard, running }: State): readonly FailureItem[] {
  const tree = failedTree(running);
  const done = running === null ? 0 : stepsDone(running);
  const stopped = running?.progress.outcome === 'cancelled';
  const items: FailureItem[] = [
    {
      label: stopped ? 'Go on' : 'Try this step again',
      note:
        done === 0
          ? 'nothing is repeated'
          : `${done} finished ${done === 1 ? 'step is' : 'steps are'} not repeated`,
      does: 'retry',
    },
  ];
  if (wizard !== null) {
    items.push({
      label: 'Change the answers',
      note: 'then a new plan; what is finished stays',
      does: 'answers',
    });
  }
  if (tree !== null) {
    items.push({
      label: `Open a shell in the draft of ${tree}`,
      note: '`exit` comes back here',
      does: 'shell',
    });
  }
  items.push({
    label: 'Stop here',
    note: `\`${commandAt('resume', running?.aim.root ?? '/')}\` goes on later`,
    does: 'leave',
  });
  return items;
}

/** Finished by this run, or found to be so already: neither is done again. */
export function stepsDone({ plan, progress }: Running): number {
  return plan.steps.filter(({ id }) => ['done', 'skipped'].includes(progress.steps[id] ?? ''))
    .length;
}

export function failedStep(running: Running | null): StepId | null {
  const found = Object.entries(running?.progress.steps ?? {}).find(([, one]) => one === 'failed');
  return (found?.[0] as StepId | undefined) ?? null;
}

/** The tree whose draft the failed step works on. */
export function failedTree(running: Running | null): string | null {
  const id = failedStep(running);
  const step = running?.plan.steps.find((one) => one.id === id);
  for (const { place } of step?.effects ?? []) {
    if (typeof place === 'object' && 'tree' in place && place.version === undefined) {
      return place.tree;
    }
  }
  return null;
}

export function failureCommand(state: State, command: Command): Step {
  const items = failureItems(state);
  const { running } = state;
  const menuIndex = movedTo(command, items.length, state.menuIndex);
  if (menuIndex !== null) return to({ ...state, menuIndex });
  switch (command) {
    case 'back':
    case 'quit':
      return leaveFailed(state);
    case 'next': {
      const does = items[Math.min(state.menuIndex, items.length - 1)]?.does;
      if (does === 'retry' && running !== null) {
        return beginning(state, running.plan, running.aim);
      }
      if (does === 'answers') return toAnswers(state);
      if (does === 'shell') {
        const tree = failedTree(running);
        return tree === null
          ? to(state)
          : to(state, { wish: 'shell', tree, root: running?.aim.root ?? state.root });
      }
      return leaveFailed(state);
    }
    default:
      return to(state);
  }
}

/** To the question that the failure is about, or the topic of the step that failed. */
function toAnswers(state: State): Step {
  const { wizard, running } = state;
  if (wizard === null) return to(state);
  const at = running?.progress.problem?.at;
  const topic = failedStep(running)?.split('/')[0];
  const form = forms(wizard).find((one) => one.topic === topic) ?? forms(wizard)[0];
  const path = at ?? form?.path;
  if (path === undefined) return toPlan(state);
  const there = forms(wizard).some((one) => path === one.path || path.startsWith(`${one.path}.`));
  return goTo({ ...state, running: null }, there ? path : (form?.path ?? path));
}

/** The step's last lines stay on the normal screen. */
export function leaveFailed(state: State): Step {
  const { running } = state;
  const cancelled = running?.progress.outcome === 'cancelled';
  return to(state, {
    wish: 'exit',
    code: cancelled ? 130 : running?.progress.problem?.code === 'run/bug' ? 70 : 1,
    words: running === null ? [] : failureWords(running),
  });
}

export function failureWords(running: Running): readonly string[] {
  const id = failedStep(running);
  const problem = running.progress.problem;
  return [
    running.progress.outcome === 'cancelled'
      ? `The run ${running.run} was stopped.`
      : `The run ${running.run} failed${id === null ? '' : ` at ${id}`}.`,
    ...running.lastLines.map((text) => `    | ${harmless(text)}`),
    ...(problem === null ? [] : describeProblem({ ...problem, detail: '' }).split('\n')),
    `Its whole log: ${logPath(running)}`,
    `Go on with: ${commandAt('resume', running.aim.root)} (finished steps are not repeated)`,
    `Or take back what it changed: ${commandAt('undo', running.aim.root)}`,
  ];
}

/** Where the whole log of a run lies. */
export function logPath({ run, aim }: Running): string {
  return `${aim.root === '/' ? '' : aim.root}${layout.runs}/${run}/full.log`;
}
