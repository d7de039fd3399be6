/** Seconds on the wall. */
export function seconds(action: () => void): number {
  const begun = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

export function median(times: number, action: () => void): number {
  const measured = Array.from({ length: times }, () => seconds(action)).sort((a, b) => a - b);
  return measured[Math.floor(times / 2)] ?? 0;
}

/** `aim`: the most that it should be; null: there is none. */
export function row(what: string, ratio: number, aim: number | null, note = ''): void {
  const mark = aim === null ? '' : `${ratio <= aim ? 'holds' : 'MISSED'}, aim ${aim.toFixed(2)}`;
  console.log(
    `${what.padEnd(56)} ${ratio.toFixed(2).padStart(6)}  ${mark.padEnd(16)} ${note}`.trimEnd(),
  );
}

/** What a ratio is made of. */
export function detail(text: string): void {
  console.log(`    ${text}`);
}
