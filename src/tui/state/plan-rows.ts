import { render } from '../../core/message.ts';
import { placeName } from '../../core/place.ts';
import type { Plan, Step } from '../../core/plan.ts';
import type { Report } from '../../core/report.ts';
import { describeEffect } from '../../planner/describe.ts';
import { stepKind } from '../../runner/past-durations.ts';
import type { Planned } from './state.ts';

/** A row of the plan's screen. */
export interface PlanRow {
  readonly id: string;
  readonly depth: 0 | 1 | 2 | 3;
  readonly mark: 'do' | 'so' | 'none';
  readonly text: string;
  /** At the right: how long, how many. */
  readonly note: string;
  readonly foldable: boolean;
  readonly open: boolean;
  readonly tone: 'plain' | 'dim' | 'good' | 'bad' | 'strong';
}

export interface Phase {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

/** Steps that follow each other and serve one end. */
export function phasesOf(plan: Plan): readonly Phase[] {
  const phases: { id: string; title: string; steps: Step[] }[] = [];
  for (const step of plan.steps) {
    // A plan that was saved by an older sidus has no phases.
    const title = render(step.phase ?? plan.title);
    const last = phases.at(-1);
    if (last?.title === title) last.steps.push(step);
    else phases.push({ id: `phase/${phases.length}`, title, steps: [step] });
  }
  return phases;
}

/** The rows that are to be seen, as they are folded. */
export function planRows({ plan, report, open, changes, durations }: Planned): readonly PlanRow[] {
  if (plan === null) return [];
  const rows: PlanRow[] = [];
  const isOpen = (id: string): boolean => open.includes(id);
  rows.push(...noteRows(plan, isOpen('notes')));
  for (const phase of phasesOf(plan)) {
    const todo = phase.steps.filter((step) => !isSettled(report, step));
    rows.push({
      id: phase.id,
      depth: 0,
      mark: todo.length === 0 ? 'so' : 'do',
      text: phase.title,
      note:
        todo.length === 0
          ? 'already so'
          : `${todo.length} ${todo.length === 1 ? 'step' : 'steps'}${timeNote(todo, durations)}`,
      foldable: true,
      open: isOpen(phase.id),
      tone: todo.length === 0 ? 'dim' : 'strong',
    });
    if (!isOpen(phase.id)) continue;
    for (const step of phase.steps)
      rows.push(...stepRows(step, report, isOpen, changes, durations));
  }
  return rows;
}

/** More notes than these would stand before the plan: they are folded. */
export const mostNotes = 4;

function noteRows({ notes }: Plan, open: boolean): readonly PlanRow[] {
  if (notes.length <= mostNotes) return [];
  const row = { mark: 'none', note: '', open: false, foldable: false, tone: 'dim' } as const;
  return [
    {
      ...row,
      id: 'notes',
      depth: 0,
      text: `${notes.length} notes on the answers`,
      foldable: true,
      open,
    },
    ...(open
      ? notes.map(
          (note, at): PlanRow => ({
            ...row,
            id: `notes#${at}`,
            depth: 1,
            text: render(note),
          }),
        )
      : []),
  ];
}

function stepRows(
  step: Step,
  report: Report | null,
  isOpen: (id: string) => boolean,
  changes: Planned['changes'],
  durations: ReadonlyMap<string, number>,
): readonly PlanRow[] {
  const settled = isSettled(report, step);
  const standing = report?.steps.find(({ id }) => id === step.id)?.standing ?? [];
  const rows: PlanRow[] = [
    {
      id: step.id,
      depth: 1,
      mark: settled ? 'so' : 'do',
      text: render(step.title),
      note: settled ? 'already so' : timeNote([step], durations).replace(/^, /, ''),
      foldable: true,
      open: isOpen(step.id),
      tone: settled ? 'dim' : 'plain',
    },
  ];
  if (!isOpen(step.id)) return rows;
  const flat = (id: string, depth: 2 | 3, text: string, tone: PlanRow['tone']): PlanRow => ({
    id,
    depth,
    mark: 'none',
    text,
    note: '',
    foldable: false,
    open: false,
    tone,
  });
  rows.push(flat(`${step.id}#why`, 2, render(step.why), 'dim'));
  for (const [index, effect] of step.effects.entries()) {
    const id = `${step.id}#${index}`;
    const so = standing[index] === 'so';
    const [head, ...more] = describeEffect(effect);
    const change =
      effect.kind === 'file' && effect.place === 'server' ? changes[effect.path] : undefined;
    const where = effect.place === 'server' ? '' : `${placeName(effect.place)}: `;
    rows.push({
      id,
      depth: 2,
      mark: so ? 'so' : 'do',
      text: `${where}${head.replace(/\s+/g, ' ')}`,
      note: so ? 'already so' : change !== undefined ? `+${change.added} -${change.removed}` : '',
      foldable: more.length > 0,
      open: isOpen(id),
      tone: so ? 'dim' : 'plain',
    });
    if (!isOpen(id)) continue;
    if (change !== undefined) {
      for (const [at, text] of change.lines.entries()) {
        const tone = text.startsWith('+') ? 'good' : text.startsWith('-') ? 'bad' : 'dim';
        rows.push(flat(`${id}#${at}`, 3, text, tone));
      }
    } else {
      for (const [at, text] of more.entries()) rows.push(flat(`${id}#${at}`, 3, text, 'plain'));
    }
  }
  return rows;
}

function isSettled(report: Report | null, step: Step): boolean {
  return report?.steps.find(({ id }) => id === step.id)?.settled === true;
}

/** Steps of which nobody says how long they take, in seconds. */
const untimed = 1;

export interface Estimate {
  readonly seconds: number;
  /** All of it was done here before. */
  readonly measured: boolean;
}

export function estimateOf(
  steps: readonly Step[],
  durations: ReadonlyMap<string, number>,
): Estimate {
  let seconds = 0;
  let measured = true;
  for (const { id, seconds: usual } of steps) {
    const before = durations.get(id) ?? durations.get(stepKind(id));
    if (before === undefined) measured = false;
    seconds += before ?? usual ?? untimed;
  }
  return { seconds: Math.round(seconds), measured };
}

export function stepsToDo(plan: Plan, report: Report | null): readonly Step[] {
  return plan.steps.filter((step) => !isSettled(report, step));
}

function timeNote(steps: readonly Step[], durations: ReadonlyMap<string, number>): string {
  const { seconds } = estimateOf(steps, durations);
  return seconds < 5 ? '' : `, about ${shownSeconds(seconds)}`;
}

/** 45 s, 3 min, 1 h 10 min. */
export function shownSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
