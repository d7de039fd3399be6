import { type Binding, bindings, type Command, type Context } from './key-bindings.ts';
import type { KeyPress } from './key-press.ts';

/** What a key is called in the table; null: it is text. */
export function nameOf(key: KeyPress): string | null {
  switch (key.name) {
    case 'text':
      if (key.ctrl) return `Ctrl-${key.text.toUpperCase()}`;
      return key.text === ' ' ? 'Space' : [...key.text].length === 1 ? key.text : null;
    case 'enter':
      return 'Enter';
    case 'escape':
      return 'Esc';
    case 'shift-tab':
      return 'Shift-Tab';
    case 'page-up':
      return 'PgUp';
    case 'page-down':
      return 'PgDn';
    default:
      return key.name[0]?.toUpperCase() + key.name.slice(1);
  }
}

/** Keys that edit what is being typed, beside letters and Space. A filter is short: Home and End are for its list. */
const editing: Readonly<Partial<Record<Context, readonly string[]>>> = {
  text: ['Left', 'Right', 'Home', 'End', 'Delete'],
  picker: ['Left', 'Right', 'Delete'],
};

/** Whether a key belongs to the text that is being typed, whatever else it means. */
function edits(name: string, where: Context, contexts: readonly Context[]): boolean {
  const typing = contexts.filter((context) => context in editing);
  if (typing.some((context) => editing[context]?.includes(name))) return true;
  // In a picker, space is decided by what was typed.
  const isText = name === 'Space' ? where !== 'picker' : [...name].length === 1;
  return isText && typing.length > 0;
}

/** The command of a key, in the first of these contexts that knows it; null: it is none. */
export function commandOf(key: KeyPress, contexts: readonly Context[]): Command | null {
  const name = nameOf(key);
  if (name === null) return null;
  for (const context of contexts) {
    if (edits(name, context, contexts)) continue;
    for (const binding of bindings) {
      if (binding.where.includes(context) && binding.keys.includes(name)) return binding.command;
    }
  }
  return null;
}

/** The keys that work here, the most useful first, each command once. */
export function keysIn(contexts: readonly Context[]): readonly Binding[] {
  const found: Binding[] = [];
  for (const context of contexts) {
    for (const binding of bindings) {
      if (!binding.where.includes(context)) continue;
      if (found.some((one) => one.command === binding.command && one.short !== '')) continue;
      const keys = binding.keys.filter((name) => !edits(name, context, contexts));
      if (keys.length > 0) found.push({ ...binding, keys });
    }
  }
  return found;
}

/** Always in the footer, at its end: the way back, and to all the others. */
const always: readonly Command[] = ['back', 'keys'];

/** The footer: as many keys as fit. */
export function footer(contexts: readonly Context[], width: number): readonly Binding[] {
  const wide = ({ keys: [key = ''], short }: Binding): number => key.length + short.length + 3;
  const all = keysIn(contexts).filter(({ short }) => short !== '');
  const last = all.filter(({ command }) => always.includes(command));
  let left = width - last.reduce((sum, binding) => sum + wide(binding), 0);
  const shown = all.filter((binding) => {
    if (last.includes(binding) || wide(binding) > left) return false;
    left -= wide(binding);
    return true;
  });
  return [...shown, ...last];
}
