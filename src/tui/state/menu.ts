import type { Command } from '../key-bindings.ts';

/** Where a menu's choice goes by a key, never beyond its ends; null: the key does not move it. */
export function movedTo(command: Command, count: number, index: number): number | null {
  switch (command) {
    case 'up':
      return Math.max(0, index - 1);
    case 'down':
      return Math.min(count - 1, index + 1);
    case 'first':
      return 0;
    case 'last':
      return count - 1;
    default:
      return null;
  }
}
