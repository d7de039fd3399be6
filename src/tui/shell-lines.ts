/**
 * A command in lines of at most `width`, as it can be copied from a screen: broken between options,
 * with a backslash; and where one is longer, after a comma of a quoted list, which a line break does
 * not change.
 */
export function shellLines(command: string, width: number): readonly string[] {
  const lines: string[] = [];
  let now = '';
  for (const option of options(command)) {
    if (now !== '' && now.length + 1 + option.length <= width - 2) {
      now = `${now} ${option}`;
      continue;
    }
    if (now !== '') lines.push(`${now} \\`);
    const pieces = option.length <= width - 2 ? [option] : brokenAtCommas(option, width - 2);
    lines.push(...pieces.slice(0, -1));
    now = pieces.at(-1) ?? '';
  }
  lines.push(now);
  return lines;
}

/** The words of a command, each option together with its value. */
function options(command: string): readonly string[] {
  const words: string[] = [''];
  let quoted = false;
  let escaped = false;
  for (const sign of command) {
    if (sign === "'" && !escaped) quoted = !quoted;
    // Between quotes a backslash is one.
    escaped = sign === '\\' && !quoted && !escaped;
    if (sign === ' ' && !quoted) words.push('');
    else words.push(`${words.pop()}${sign}`);
  }
  const all: string[] = [];
  for (const word of words) {
    if (word.startsWith('--') || all.length === 0) all.push(word);
    else all.push(`${all.pop()} ${word}`);
  }
  return all;
}

/** After commas between values: one inside a value of its own stays. */
function brokenAtCommas(text: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let inValue = false;
  let escaped = false;
  let piece = '';
  let line = '';
  const signs = [...text];
  for (const [at, sign] of signs.entries()) {
    if (sign === '"' && !escaped) inValue = !inValue;
    escaped = sign === '\\' && !escaped;
    piece += sign;
    if (at < signs.length - 1 && (sign !== ',' || inValue)) continue;
    if (line !== '' && line.length + piece.length > width) {
      pieces.push(line);
      line = '';
    }
    line += piece;
    piece = '';
  }
  return [...pieces, line];
}
