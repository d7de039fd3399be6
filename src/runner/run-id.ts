const second = (time: number): string =>
  new Date(time).toISOString().replaceAll(':', '-').slice(0, 19);

/**
 * `2026-11-21T22-09-41-rWqf`: the second in which a run began, and random text, because two may begin at
 * once. Runs are read in the order of their ids, so one that begins in the second of the last, or
 * after the clock was set back, gets the second after the last.
 *
 * `last`: the id of the newest run; null: there is none.
 */
export function nextRunId(last: string | null, now: Date, random: string): string {
  const stamp = second(now.getTime());
  if (last === null || last.slice(0, 19) < stamp) return `${stamp}-${random}`;
  const [day = '', time = ''] = last.slice(0, 19).split('T');
  const then = Date.parse(`${day}T${time.replaceAll('-', ':')}Z`);
  return `${Number.isNaN(then) ? stamp : second(then + 1000)}-${random}`;
}
