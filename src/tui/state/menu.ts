import type { Command } from '../key-bindings.ts';

/** Where a menu's choice goes by a key, round its ends; null: the key does not move it. */
export function movedTo(command: Command, count: number, index: number): number | null {
  switch (command) {
    case 'up':
      return (index - 1 + count) % count;
    case 'down':
      return (index + 1) % count;
    case 'first':
      return 0;
    case 'last':
      return count - 1;
    default:
      return null;
  }
}
