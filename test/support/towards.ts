/** Where a row with these words lies from the row with the pointer; what is not on the screen is below. */
export function towards(lines: readonly string[], words: string): 'up' | 'down' {
  const pointer = lines.findIndex((line) => /^\s*[❯>] /.test(line));
  const row = lines.findIndex((line) => line.includes(words));
  return row >= 0 && row < pointer ? 'up' : 'down';
}
