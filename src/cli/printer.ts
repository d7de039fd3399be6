import { advance, type Event, nothingYet, type Progress } from '../core/event.ts';
import { render } from '../core/message.ts';
import type { Plan, StepId } from '../core/plan.ts';
import { describeProblem } from '../core/problem.ts';
import type { Outside } from './outside.ts';

export type ProgressStyle = 'auto' | 'tty' | 'plain' | 'json' | 'quiet';

/** Shows a run as it goes. People read standard error; standard output is for what is asked for. */
export function runPrinter(
  plan: Plan,
  style: ProgressStyle,
  json: boolean,
  outside: Outside,
): (event: Event) => void {
  if (json || style === 'json') return (event) => outside.say(`${JSON.stringify(event)}\n`);
  const redraw = style === 'tty' || (style === 'auto' && outside.terminal);
  let progress: Progress = nothingYet;
  let lastTenth = -1;
  let drawn = false;
  const titles = new Map(plan.steps.map((step) => [step.id, render(step.title)]));
  const line = (text: string): void => {
    if (drawn) outside.complain('\r\x1b[K');
    drawn = false;
    outside.complain(`${text}\n`);
  };
  const nth = (id: StepId): string => {
    const total = String(plan.steps.length);
    const at = String(plan.steps.findIndex((step) => step.id === id) + 1);
    return `[${at.padStart(total.length)}/${total}]`;
  };
  return (event) => {
    progress = advance(progress, event);
    switch (event.type) {
      case 'step-started':
        lastTenth = -1;
        if (style !== 'quiet') line(`${nth(event.step)} ${titles.get(event.step)}`);
        return;
      case 'step-skipped':
        if (style !== 'quiet') line(`${nth(event.step)} ${titles.get(event.step)}: already so`);
        return;
      case 'progress': {
        if (style === 'quiet') return;
        const percent = Math.floor((100 * event.done) / event.total);
        const text = `        ${percent} %  ${render(event.note)}`;
        if (redraw) {
          outside.complain(`\r\x1b[K${text.slice(0, 76)}`);
          drawn = true;
        } else if (Math.floor(percent / 10) > lastTenth) {
          lastTenth = Math.floor(percent / 10);
          line(text);
        }
        return;
      }
      case 'heartbeat':
        if (style !== 'quiet')
          line(`        still running, ${event.silentSeconds} s without a word`);
        return;
      case 'step-failed':
        line(`${outside.paint('red', '✗')} ${titles.get(event.step) ?? event.step}`);
        line(describeProblem(event.problem));
        return;
      case 'run-failed':
        line(`${outside.paint('red', '✗')} ${describeProblem(event.problem)}`);
        return;
      case 'run-finished':
        if (drawn) line('');
        return;
      default:
    }
  };
}
