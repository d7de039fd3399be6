import type { Fact, Facts } from '../core/fact.ts';

/** Facts as they will be, or as they are in a rehearsal. */
export function overlaidFacts(
  facts: Facts,
  known: readonly (readonly [fact: Fact<unknown>, value: unknown])[],
): Facts {
  const values = new Map(known.map(([fact, value]) => [fact.id, value]));
  return {
    get: <T>(fact: Fact<T>): T =>
      values.has(fact.id) ? (values.get(fact.id) as T) : facts.get(fact),
    has: (fact) => values.has(fact.id) || facts.has(fact),
  };
}
