import type { KeyPress } from './key-press.ts';

/** A line of text that is being edited. `cursor` counts code points, so that no pair is torn. */
export interface TextEdit {
  readonly text: string;
  readonly cursor: number;
}

export function editOf(text: string): TextEdit {
  return { text, cursor: [...text].length };
}

/** The text after a key; null: the key is not one that edits. */
export function edited(edit: TextEdit, key: KeyPress): TextEdit | null {
  const points = [...edit.text];
  const { cursor } = edit;
  const at = (text: readonly string[], to: number): TextEdit => ({
    text: text.join(''),
    cursor: Math.max(0, Math.min(text.length, to)),
  });
  const without = (from: number, to: number): TextEdit =>
    at([...points.slice(0, from), ...points.slice(to)], from);
  switch (key.name) {
    case 'text': {
      if (!key.ctrl) {
        const typed = [...key.text];
        return at(
          [...points.slice(0, cursor), ...typed, ...points.slice(cursor)],
          cursor + typed.length,
        );
      }
      if (key.text === 'u') return without(0, cursor);
      if (key.text === 'k') return without(cursor, points.length);
      if (key.text === 'a') return at(points, 0);
      if (key.text === 'e') return at(points, points.length);
      return null;
    }
    case 'backspace':
      return cursor === 0 ? edit : without(cursor - 1, cursor);
    case 'delete':
      return without(cursor, cursor + 1);
    case 'left':
      return at(points, cursor - 1);
    case 'right':
      return at(points, cursor + 1);
    case 'home':
      return at(points, 0);
    case 'end':
      return at(points, points.length);
    default:
      return null;
  }
}
