import { factsFrom } from '../../core/fact.ts';
import type { Known } from '../../core/question.ts';
import { type Asked, valueAt } from '../../planner/form.ts';
import type { Wizard } from './state.ts';
import { placeOf } from './wizard.ts';

/** What the facts and the other answers say to a question. */
export function knownOf(wizard: Wizard): Known {
  const answers = valueAt(wizard.completed?.values, placeOf(wizard).path);
  return {
    facts: wizard.facts ?? factsFrom(new Map()),
    answers: (answers ?? {}) as Record<string, unknown>,
  };
}

/** What each name on offer means, as far as that is known. */
export function labelsOf(
  wizard: Wizard,
  { question }: Asked,
): Readonly<Record<string, string>> | undefined {
  return question.labels ?? question.labelsFrom?.(knownOf(wizard));
}

/** Whether the server has nothing of the name that was given: it may be meant for another one. */
export function isStrange(wizard: Wizard, { question, value }: Asked): boolean {
  if (typeof value !== 'string' || question.labelsFrom === undefined) return false;
  const known = Object.keys(question.labelsFrom(knownOf(wizard)));
  return known.length > 0 && !known.includes(value);
}
