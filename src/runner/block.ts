import type { BlockEffect } from '../core/effect.ts';

/** Lines of ours in a file that belongs to someone else, between two marker comments. */

function markers(marker: string): readonly [string, string] {
  return [`# begin sidus: ${marker}`, `# end sidus: ${marker}`];
}

/** What stands between the markers now; null: they are not there. */
export function blockIn(text: string, marker: string): string | null {
  const [begin, end] = markers(marker);
  const lines = text.split('\n');
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end, from + 1);
  return from < 0 || to < 0
    ? null
    : lines
        .slice(from + 1, to)
        .map((line) => `${line}\n`)
        .join('');
}

/** The text without the block and its markers. */
export function withoutBlock(text: string, marker: string): string {
  const [begin, end] = markers(marker);
  const now = blockIn(text, marker);
  return now === null ? text : text.replace(`${begin}\n${now}${end}\n`, () => '');
}

/** The text as an effect wants it. */
export function blockDone(text: string, { marker, content }: BlockEffect): string {
  return content === null ? withoutBlock(text, marker) : withBlock(text, marker, content);
}

/** The text with the block put in its place, or at the end. */
export function withBlock(text: string, marker: string, content: string): string {
  const [begin, end] = markers(marker);
  const body = content.endsWith('\n') || content === '' ? content : `${content}\n`;
  const block = `${begin}\n${body}${end}\n`;
  const now = blockIn(text, marker);
  if (now === null) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${block}`;
  return text.replace(`${begin}\n${now}${end}\n`, () => block);
}
