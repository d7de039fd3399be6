import type { Fact } from '../core/fact.ts';

/** What one client, or many under one name, may mount. */
export interface Export {
  readonly path: string;
  /** As it is written there; '*' for everybody. */
  readonly to: string;
  readonly writable: boolean;
  /** The file that says so. */
  readonly file: string;
}

/**
 * exports(5), as nfs-utils reads it: quotes and octal escapes, `#` to the end of a line, `\` at
 * the end of one, options after `-` for the clients behind them. `/srv host (rw)`, with a space,
 * is read as it is served: read-write to everybody.
 */
export function parseExports(text: string, file: string): readonly Export[] {
  return linesOfWords(text).flatMap(([path = '', ...words]) => {
    if (!path.startsWith('/')) return [];
    const found: Export[] = [];
    let usual = 'ro';
    const add = (to: string, options: string): void => {
      const access = `${usual},${options}`.split(',').filter((one) => /^r[ow]$/.test(one));
      found.push({
        path: path.replace(/(?<=.)\/+$/, ''),
        to: to === '' ? '*' : to,
        writable: access.at(-1) === 'rw',
        file,
      });
    };
    for (const word of words) {
      const [, to, options = ''] = /^([^()]*)(?:\(([^()]*)\)?)?$/.exec(word) ?? [];
      if (word.startsWith('-')) usual = word.slice(1);
      else if (to !== undefined) add(to, options);
    }
    if (words.every((word) => word.startsWith('-'))) add('*', '');
    return found;
  });
}

/** The words of each line, as `xgettok` of nfs-utils takes them apart. */
function linesOfWords(text: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  const endWord = (): void => {
    if (word !== null) words.push(unescaped(word));
    word = null;
  };
  const whole = `${text.replace(/\\\n[ \t]*/g, ' ')}\n`;
  for (let at = 0; at < whole.length; at += 1) {
    const letter = whole.charAt(at);
    if (letter === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (quoted || !/[\s#]/.test(letter)) word = (word ?? '') + letter;
    else if (letter === '#') {
      if (word !== null) word += letter;
      // Up to the end of the line, which then ends it.
      else at = whole.indexOf('\n', at) - 1;
    } else {
      endWord();
      if (letter !== '\n') continue;
      if (words.length > 0) lines.push(words);
      words = [];
    }
  }
  // A quote that never ends: nfs-utils refuses the rest too.
  return lines;
}

function unescaped(word: string): string {
  return word.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Whether an export hands out this tree: the tree itself, a part of ours, or a directory above. */
export function handsOut({ path }: Export, directory: string): boolean {
  if (path === directory || path === '/' || directory.startsWith(`${path}/`)) return true;
  return (
    path.startsWith(`${directory}/`) &&
    /^(draft|(versions|images)\/[0-9]+)$/.test(path.slice(directory.length + 1))
  );
}

/** What /etc/exports and the files beside it export; exportfs(8) reads those that end so. */
export const serverExports: Fact<readonly Export[]> = {
  id: 'server/exports',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      // Each file behind its name; empty lines end a line that a file leaves open.
      `for f in "$1" "$2"/*.exports; do
  [ ! -f "$f" ] || { printf '\\0%s\\n' "\${f#"$3"}" && cat -- "$f" && printf '\\n\\n'; }
done 2>/dev/null
:`,
      'exports',
      { at: { place: 'server', path: '/etc/exports' } },
      { at: { place: 'server', path: '/etc/exports.d' } },
      // What --root puts before it.
      { at: { place: 'server', path: '' } },
    ],
  },
  otherwise: [],
  parse: (text) =>
    text
      .split('\0')
      .slice(1)
      .flatMap((part) => {
        const end = part.indexOf('\n');
        return parseExports(part.slice(end + 1), `/${part.slice(0, end).replace(/^\/+/, '')}`);
      }),
};
