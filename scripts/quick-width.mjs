// In the bundle, this is `string-width`. Ink asks it for every cell of every frame, and nearly all of
// them hold what takes one column: letters, lines, the marks of src/tui/theme.ts. The real one needs
// 40 ms for its first answer, most of it for its tables of emoji.

const esc = String.fromCharCode(27);
const styles = new RegExp(`${esc}\\[[0-9;]*m`, 'g');
const narrow =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2026\u2500-\u259f\u25b6\u25b8\u25be\u25cf\u2713\u2717\u276f]*$/;

/** Columns of a text that holds nothing else; null: the real one has to look. */
export function narrowWidth(text) {
  const bare = text.includes(esc) ? text.replace(styles, '') : text;
  return narrow.test(bare) ? bare.length : null;
}

// biome-ignore lint/style/noDefaultExport: it stands in for a package that has one.
export default function quickWidth(text, options) {
  const width = typeof text === 'string' && options === undefined ? narrowWidth(text) : null;
  // Bundled, and loaded by its first use.
  return width ?? require('string-width').default(text, options);
}
