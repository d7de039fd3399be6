import type { KeyPress } from './key-press.ts';

/** Where a key means something. A screen is in several of these at once. */
export type Context =
  | 'everywhere'
  | 'menu'
  | 'start'
  | 'questions'
  | 'text'
  | 'choice'
  | 'pick'
  | 'records'
  | 'entries'
  | 'picker'
  | 'plan'
  | 'problems'
  | 'run'
  | 'log'
  | 'console'
  | 'done'
  | 'dashboard'
  | 'page';

export type Command =
  | 'next'
  | 'back'
  | 'up'
  | 'down'
  | 'page-up'
  | 'scroll-up'
  | 'scroll-down'
  | 'page-down'
  | 'first'
  | 'last'
  | 'option-before'
  | 'option-after'
  | 'toggle'
  | 'pick'
  | 'open'
  | 'add'
  | 'remove'
  | 'default'
  | 'fold'
  | 'unfold'
  | 'apply'
  | 'save-script'
  | 'save-answers'
  | 'command'
  | 'topics'
  | 'keys'
  | 'look'
  | 'redraw'
  | 'quit'
  | 'recheck'
  | 'stop'
  | 'detach'
  | 'whole-log'
  | 'follow'
  | 'publish'
  | 'switch'
  | 'rehearse'
  | 'change'
  | 'plan'
  | 'attach';

export interface Binding {
  readonly command: Command;
  /** As they are written on the screen; a single letter is a command only outside text. */
  readonly keys: readonly string[];
  readonly where: readonly Context[];
  /** For the footer; empty: only in the list of keys. */
  readonly short: string;
  readonly help: string;
}

/**
 * The one table of keys: what is pressed is looked up here, and the footer, the list of keys and
 * docs/keys.md are made of it. No F-keys: Ink cannot tell them apart (terminal.md B2 G8).
 */
export const bindings: readonly Binding[] = [
  {
    command: 'scroll-up',
    keys: ['PgUp'],
    where: ['menu', 'questions', 'dashboard'],
    short: '',
    help: 'Move a screen that is longer than the terminal.',
  },
  {
    command: 'scroll-down',
    keys: ['PgDn'],
    where: ['menu', 'questions', 'dashboard'],
    short: '',
    help: 'Move a screen that is longer than the terminal.',
  },
  {
    command: 'next',
    keys: ['Enter'],
    where: ['menu'],
    short: 'choose',
    help: 'Do what is chosen.',
  },
  {
    command: 'next',
    keys: ['Enter'],
    where: ['questions'],
    short: 'next',
    help: 'Take this answer and go to the next question; on the last row, to the next topic.',
  },
  {
    command: 'next',
    keys: ['Enter'],
    where: ['picker'],
    short: 'take',
    help: 'Take the row, or what was typed; with nothing typed in a list of several, done.',
  },
  {
    command: 'next',
    keys: ['Enter'],
    where: ['plan'],
    short: 'fold',
    help: 'Fold the row open or shut: phases, steps, and what a file will hold.',
  },
  {
    command: 'back',
    keys: ['Esc', 'Ctrl-B'],
    where: ['everywhere'],
    short: 'back',
    help: 'Go back. No answer is ever lost by it.',
  },
  {
    command: 'up',
    keys: ['Up', 'k'],
    where: ['menu', 'questions', 'picker', 'plan', 'log', 'console', 'dashboard', 'page'],
    short: '',
    help: 'The row above.',
  },
  {
    command: 'down',
    keys: ['Down', 'j'],
    where: ['menu', 'questions', 'picker', 'plan', 'log', 'console', 'dashboard', 'page'],
    short: 'move',
    help: 'The row below.',
  },
  {
    command: 'up',
    keys: ['Shift-Tab'],
    where: ['questions'],
    short: '',
    help: 'The question before.',
  },
  { command: 'down', keys: ['Tab'], where: ['questions'], short: '', help: 'The question after.' },
  {
    command: 'page-up',
    keys: ['PgUp'],
    where: ['picker', 'plan', 'log', 'console', 'page'],
    short: '',
    help: 'A page back.',
  },
  {
    command: 'page-down',
    keys: ['PgDn'],
    where: ['picker', 'plan', 'log', 'console', 'page'],
    short: '',
    help: 'A page on.',
  },
  {
    command: 'first',
    keys: ['Home'],
    where: ['picker', 'plan', 'log', 'console', 'page'],
    short: '',
    help: 'To the beginning.',
  },
  {
    command: 'last',
    keys: ['End', 'G'],
    where: ['picker', 'plan', 'page'],
    short: '',
    help: 'To the end.',
  },
  {
    command: 'follow',
    keys: ['End', 'f'],
    where: ['log', 'console'],
    short: 'follow',
    help: 'To the newest line, and follow what comes.',
  },
  {
    command: 'option-after',
    keys: ['Right', 'Space'],
    where: ['choice'],
    short: 'change',
    help: 'The next option.',
  },
  {
    command: 'option-before',
    keys: ['Left'],
    where: ['choice'],
    short: '',
    help: 'The option before.',
  },
  {
    command: 'pick',
    keys: ['Space', 'Right', '/'],
    where: ['pick'],
    short: 'list',
    help: 'Open the list of names; type there to filter it.',
  },
  {
    command: 'open',
    keys: ['Space', 'Right'],
    where: ['records', 'entries'],
    short: 'open',
    help: 'Open the list, or one of its entries.',
  },
  { command: 'add', keys: ['a'], where: ['entries'], short: 'add', help: 'Add an entry.' },
  {
    command: 'remove',
    keys: ['x', 'Delete'],
    where: ['entries'],
    short: 'remove',
    help: 'Take the entry away.',
  },
  {
    command: 'toggle',
    keys: ['Space'],
    where: ['picker'],
    short: 'toggle',
    help: 'Take the row in, or leave it out.',
  },
  {
    command: 'default',
    keys: ['Ctrl-D'],
    where: ['questions'],
    short: '',
    help: 'Take your answer back: what was found out, or is usual, counts again.',
  },
  { command: 'unfold', keys: ['Right'], where: ['plan'], short: '', help: 'Fold the row open.' },
  { command: 'fold', keys: ['Left'], where: ['plan'], short: '', help: 'Fold the row shut.' },
  {
    command: 'apply',
    keys: ['a'],
    where: ['plan'],
    short: 'type apply',
    help: 'Go to the line where apply is typed, in full.',
  },
  {
    command: 'save-script',
    keys: ['s'],
    where: ['plan'],
    short: 'script',
    help: 'Save the plan as a shell script that does the same.',
  },
  {
    command: 'save-answers',
    keys: ['Ctrl-S'],
    where: ['questions', 'plan', 'problems', 'done'],
    short: '',
    help: 'Save the answers as a site file.',
  },
  {
    command: 'command',
    keys: ['w', 'Ctrl-W'],
    where: ['questions', 'plan', 'problems', 'done'],
    short: 'command',
    help: 'Show the command that does the same without the wizard.',
  },
  {
    command: 'topics',
    keys: ['g', 'Ctrl-G'],
    where: ['questions', 'plan', 'problems'],
    short: 'topics',
    help: 'The list of topics and how they stand; go to any.',
  },
  {
    command: 'stop',
    keys: ['Ctrl-C'],
    where: ['run'],
    short: 'stop ...',
    help: 'Ask: keep running and leave, stop after this step, or stop now.',
  },
  {
    command: 'detach',
    keys: ['d'],
    where: ['run'],
    short: 'leave',
    help: 'Leave the run alone: it goes on. `sidus attach` comes back.',
  },
  {
    command: 'whole-log',
    keys: ['l'],
    where: ['run'],
    short: 'log',
    help: 'Give the whole screen to the log, or take it back.',
  },
  {
    command: 'publish',
    keys: ['p'],
    where: ['dashboard'],
    short: 'publish',
    help: 'Make the draft of the chosen tree its next version: shows the plan first.',
  },
  {
    command: 'switch',
    keys: ['v'],
    where: ['dashboard'],
    short: 'version',
    help: 'Let clients boot the chosen version: shows the plan first.',
  },
  {
    command: 'rehearse',
    keys: ['b'],
    where: ['dashboard', 'done'],
    short: 'rehearse',
    help: 'Boot a virtual client from the chosen tree.',
  },
  {
    command: 'plan',
    keys: ['n'],
    where: ['dashboard'],
    short: 'plan',
    help: 'What would make this server as its answers want it.',
  },
  {
    command: 'change',
    keys: ['c'],
    where: ['dashboard'],
    short: 'answers',
    help: 'Change the answers.',
  },
  {
    command: 'attach',
    keys: ['t'],
    where: ['dashboard'],
    short: 'attach',
    help: 'Watch the run that is at work.',
  },
  {
    command: 'recheck',
    keys: ['r'],
    where: ['start', 'dashboard'],
    short: 'look again',
    help: 'Look at this server again.',
  },
  {
    command: 'keys',
    keys: ['?', 'Ctrl-K'],
    where: ['everywhere'],
    short: 'keys',
    help: 'This list.',
  },
  {
    command: 'quit',
    keys: ['q', 'Ctrl-C'],
    where: ['everywhere'],
    short: 'quit',
    help: 'Leave sidus. It asks first; answers are kept.',
  },
  {
    command: 'look',
    keys: ['Ctrl-T'],
    where: ['everywhere'],
    short: '',
    help: 'Plain ASCII without colour, and back.',
  },
  {
    command: 'redraw',
    keys: ['Ctrl-L'],
    where: ['everywhere'],
    short: '',
    help: 'Draw the screen again.',
  },
];

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
