import type { State } from '../state/state.ts';
import type { View, Viewing } from '../view.ts';
import { dashboardView } from './dashboard.ts';
import { doneView } from './done.ts';
import { failureView } from './failure.ts';
import { noticeLines, overlayView } from './overlays.ts';
import { planView } from './plan.ts';
import { questionsView } from './questions.ts';
import { rehearsalView } from './rehearsal.ts';
import { runView } from './run.ts';
import { presetsView, startView } from './start.ts';

/** What is to be seen now. */
export function viewOf(state: State, viewing: Viewing): View {
  const view =
    state.overlay === null ? screenOf(state, viewing) : overlayView(state, state.overlay, viewing);
  return state.notice === null ? view : { ...view, help: noticeLines(state.notice, viewing.width) };
}

function screenOf(state: State, viewing: Viewing): View {
  switch (state.screen) {
    case 'start':
      return startView(state, viewing);
    case 'presets':
      return presetsView(state, viewing);
    case 'questions':
      return questionsView(state, viewing);
    case 'plan':
      return planView(state, viewing);
    case 'run':
      return runView(state, viewing);
    case 'failure':
      return failureView(state, viewing);
    case 'rehearsal':
      return rehearsalView(state, viewing);
    case 'done':
      return doneView(state, viewing);
    case 'dashboard':
      return dashboardView(state, viewing);
    default:
      return state.screen satisfies never;
  }
}
