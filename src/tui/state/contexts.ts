import { valueAt } from '../../planner/form.ts';
import type { Context } from '../key-bindings.ts';
import { loginHere } from './login.ts';
import { secretHere } from './secret.ts';
import type { State } from './state.ts';
import { focused, picks, placeOf, takesText } from './wizard.ts';

/** Where the keys of this moment mean something, the nearest first. */
export function contextsOf(state: State): readonly Context[] {
  const { overlay } = state;
  if (overlay !== null) {
    switch (overlay.kind) {
      case 'keys':
      case 'command':
        return ['page', 'everywhere'];
      case 'picker':
        return overlay.picker.several && overlay.picker.filter.text === ''
          ? ['several', 'picker', 'everywhere']
          : ['picker', 'everywhere'];
      case 'save':
        return ['text', 'menu', 'everywhere'];
      case 'login':
        return ['text', 'login', 'everywhere'];
      case 'secret':
        return ['text', 'secret', 'everywhere'];
      default:
        return ['menu', 'everywhere'];
    }
  }
  switch (state.screen) {
    case 'start':
      return ['menu', 'start', 'everywhere'];
    case 'questions':
      return [
        ...questionContexts(state),
        ...(isAnswered(state) ? (['answered'] as const) : []),
        ...(state.wizard !== null && secretHere(state.wizard) !== null
          ? (['secrets'] as const)
          : []),
        ...(state.wizard !== null && loginHere(state.wizard) !== null ? (['people'] as const) : []),
        'questions',
        'everywhere',
      ];
    case 'plan':
      // Without a plan there is nothing to fold and nothing to apply.
      if (state.planned === null || state.planned.problems.length > 0) {
        return ['menu', 'problems', 'everywhere'];
      }
      return state.planned.typed === null
        ? ['plan', 'everywhere']
        : ['text', 'applying', 'plan', 'everywhere'];
    case 'run':
      return ['run', 'log', 'everywhere'];
    case 'rehearsal':
      return state.rehearsing?.result === null && state.rehearsing.problem === null
        ? ['console', 'everywhere']
        : ['menu', 'everywhere'];
    case 'done':
      return ['menu', 'done', 'everywhere'];
    case 'dashboard':
      return ['dashboard', 'everywhere'];
    default:
      return ['menu', 'everywhere'];
  }
}

/** Somebody answered the question in focus here, and may take that back. */
function isAnswered({ wizard }: State): boolean {
  if (wizard === null || placeOf(wizard).list !== null) return false;
  const asked = focused(wizard);
  return asked !== null && valueAt(wizard.own, asked.path) !== undefined;
}

function questionContexts({ wizard }: State): readonly Context[] {
  if (wizard === null) return [];
  if (placeOf(wizard).list !== null) return ['entries'];
  const asked = focused(wizard);
  if (asked === null) return [];
  if (wizard.edit !== null && takesText(asked)) return ['text'];
  if (asked.question.kind === 'records') return ['records'];
  if (picks(asked.question)) return ['pick'];
  return ['choice'];
}
