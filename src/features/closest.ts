import { distance } from 'fastest-levenshtein';

/** Up to three known names that somebody may have meant, the likeliest first. */
export function closest(given: string, known: readonly string[]): readonly string[] {
  const wanted = given.toLowerCase();
  const allowed = Math.max(2, Math.floor(wanted.length / 3));
  return known
    .map((name) => {
      const lower = name.toLowerCase();
      const within = wanted.length >= 3 && lower.includes(wanted) ? 1 : Number.POSITIVE_INFINITY;
      return { name, away: Math.min(distance(wanted, lower), within) };
    })
    .filter(({ away }) => away <= allowed)
    .sort((a, b) => a.away - b.away || a.name.localeCompare(b.name, 'en'))
    .slice(0, 3)
    .map(({ name }) => name);
}
