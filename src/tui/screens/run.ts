import { render } from '../../core/message.ts';
import { harmless, type Line, line, span } from '../line.ts';
import { commandAt } from '../state/equivalent.ts';
import { visible } from '../state/log-window.ts';
import { estimateOf, shownSeconds } from '../state/plan-rows.ts';
import { logHeight, stepRowsShown } from '../state/run.ts';
import type { Running, State } from '../state/state.ts';
import { bar, type MarkName, type Theme } from '../theme.ts';
import { fitted, helpOf, type View, type Viewing } from '../view.ts';

const marks: Readonly<Record<string, MarkName>> = {
  waiting: 'none',
  running: 'running',
  done: 'good',
  skipped: 'skipped',
  failed: 'bad',
};

/** A run as it goes: how far, which step, what it says. */
export function runView(state: State, viewing: Viewing): View {
  const { running } = state;
  const { width, theme } = viewing;
  if (running === null) return { title: 'Run', body: [], focus: 0, help: [] };
  const { back } = running.log;
  const log = visible(running.log, logHeight(state));
  const logTitle = ` log ${back === 0 ? '(following)' : `(${back} lines further down)`} `;
  const body: Line[] = [
    headLine(running, state.now, viewing),
    ...(running.wholeLog ? [] : stepLines(running, state, viewing)),
    line(
      span(
        `${theme.rule.repeat(Math.max(0, width - logTitle.length - 4))}${logTitle}${theme.rule.repeat(4)}`,
        'dim',
      ),
    ),
    ...log.map((text) => line(' ', span(fitted(harmless(text), width - 1).trimEnd()))),
  ];
  return { title: 'Run', body, focus: 0, help: helpLines(state, running, width) };
}

function helpLines({ pretending }: State, running: Running, width: number): readonly Line[] {
  if (running.stopping !== null) {
    return helpOf(
      running.stopping === 'now'
        ? 'Stopping now ...'
        : 'It stops after this step; sidus resume goes on later.',
      width,
    );
  }
  if (running.silentSeconds >= 10) {
    return helpOf(
      `Still running, ${running.silentSeconds} s without a new line: some commands say nothing for minutes.`,
      width,
    );
  }
  return helpOf(
    pretending
      ? 'A real run goes on when its terminal is closed, and `sidus attach` comes back to it.'
      : `You may close this terminal: the run goes on. \`${commandAt('attach', running.aim.root)}\` comes back to it.`,
    width,
  );
}

function headLine(running: Running, now: number, { theme, width }: Viewing): Line {
  const { share, left } = progressOf(running, now);
  const elapsed = running.startedAt === null ? 0 : (now - running.startedAt) / 1000;
  const { plan, progress } = running;
  const at = plan.steps.findIndex(({ id }) =>
    ['running', 'failed'].includes(progress.steps[id] ?? ''),
  );
  const step = at < 0 ? '' : `step ${at + 1} of ${plan.steps.length}, `;
  const words = ` ${String(Math.floor(share * 100)).padStart(3)} %  ${step}${shownSeconds(Math.max(0, elapsed))}${left === null ? '' : `, about ${shownSeconds(left)} left`}`;
  return line(
    ' ',
    span(bar(theme, share, Math.max(8, Math.min(40, width - words.length - 2))), 'accent'),
    words,
  );
}

/** By the time that steps take, not by their number; the step at work by what it says itself. */
export function progressOf(
  running: Running,
  now: number,
): { readonly share: number; readonly left: number | null } {
  const { plan, progress, durations } = running;
  let whole = 0;
  let past = 0;
  for (const step of plan.steps) {
    const state = progress.steps[step.id] ?? 'waiting';
    if (state === 'skipped') continue;
    const { seconds } = estimateOf([step], durations);
    whole += seconds;
    if (state === 'done') past += seconds;
    if (state === 'running' || state === 'failed') {
      const within = progress.within;
      const spent = running.stepStartedAt === null ? 0 : (now - running.stepStartedAt) / 1000;
      past +=
        seconds *
        (within === null
          ? Math.max(0, Math.min(0.9, spent / Math.max(1, seconds)))
          : shareOf(within));
    }
  }
  const share = whole === 0 ? (progress.outcome === 'ok' ? 1 : 0) : Math.min(1, past / whole);
  const elapsed = running.startedAt === null ? 0 : (now - running.startedAt) / 1000;
  // Too early, a quotient of two small numbers is no estimate.
  const left =
    share < 0.05 || elapsed < 5 || progress.outcome !== null
      ? null
      : (elapsed / share) * (1 - share);
  return { share, left };
}

/** What commands say of themselves may be more than all. */
function shareOf({ done, total }: { readonly done: number; readonly total: number }): number {
  return Math.max(0, Math.min(1, done / Math.max(1, total)));
}

/** The steps around the one at work. */
function stepLines(running: Running, state: State, { theme, width }: Viewing): readonly Line[] {
  const { plan, progress } = running;
  const shown = stepRowsShown(running, state.size);
  const at = plan.steps.findIndex(({ id }) =>
    ['running', 'failed'].includes(progress.steps[id] ?? ''),
  );
  const current =
    at < 0 ? plan.steps.findIndex(({ id }) => (progress.steps[id] ?? 'waiting') === 'waiting') : at;
  const from = Math.max(
    0,
    Math.min(
      plan.steps.length - shown,
      (current < 0 ? plan.steps.length : current) - Math.floor(shown / 2),
    ),
  );
  const total = String(plan.steps.length);
  return plan.steps.slice(from, from + shown).map((step, offset) => {
    const stepState = progress.steps[step.id] ?? 'waiting';
    const mark = marks[stepState] ?? 'none';
    const number = `${String(from + offset + 1).padStart(total.length)} `;
    const note = noteOf(running, step.id, state.now, width, theme);
    const room = width - 6 - number.length - note.length - 2;
    return line(
      ' ',
      span(
        theme.marks[mark],
        stepState === 'done'
          ? 'good'
          : stepState === 'failed'
            ? 'bad'
            : stepState === 'running'
              ? 'accent'
              : 'dim',
      ),
      ` ${number}`,
      span(
        fitted(render(step.title), room),
        stepState === 'running' ? 'strong' : stepState === 'waiting' ? 'dim' : 'plain',
      ),
      span(`  ${note}`, 'dim'),
    );
  });
}

/** The words of a command are the first to go where a step's title would have no room. */
const roomForWords = 76;

function noteOf(
  running: Running,
  id: keyof Running['took'],
  now: number,
  width: number,
  theme: Theme,
): string {
  const state = running.progress.steps[id];
  if (state === 'skipped') return 'already so';
  const took = running.took[id];
  if (took !== undefined) return shownSeconds(took);
  if (state !== 'running') return '';
  const { within } = running.progress;
  const spent =
    running.stepStartedAt === null ? 0 : Math.max(0, (now - running.stepStartedAt) / 1000);
  if (within === null) return shownSeconds(spent);
  const share = shareOf(within);
  // As wide whatever it says: what stands before it does not jump.
  const words = width < roomForWords ? '' : ` ${fitted(render(within.note), 20)}`;
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar(theme, share, 8)} ${percent} %${words} ${shownSeconds(spent).padStart(6)}`;
}
