/** Where a key means something. A screen is in several of these at once. */
export type Context =
  | 'everywhere'
  | 'menu'
  | 'start'
  | 'questions'
  | 'text'
  | 'answered'
  | 'choice'
  | 'pick'
  | 'records'
  | 'entries'
  | 'several'
  | 'picker'
  | 'applying'
  | 'login'
  | 'people'
  | 'secret'
  | 'secrets'
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
  | 'delete-version'
  | 'rehearse'
  | 'change'
  | 'plan'
  | 'attach'
  | 'try-login'
  | 'give-secret';

export interface Binding {
  readonly command: Command;
  /** As they are written on the screen; a single letter is a command only outside text. */
  readonly keys: readonly string[];
  readonly where: readonly Context[];
  /** For the footer; empty: only in the list of keys. */
  readonly short: string;
  readonly help: string;
}

function bind(
  command: Command,
  keys: Binding['keys'],
  where: Binding['where'],
  short: string,
  help: string,
): Binding {
  return { command, keys, where, short, help };
}

/**
 * The one table of keys: what is pressed is looked up here, and the footer, the list of keys and
 * docs/keys.md are made of it. No F-keys: Ink cannot tell them apart (terminal.md B2 G8).
 */
export const bindings: readonly Binding[] = [
  bind(
    'scroll-up',
    ['PgUp'],
    ['menu', 'questions', 'dashboard'],
    '',
    'Move a screen that is longer than the terminal.',
  ),
  bind(
    'scroll-down',
    ['PgDn'],
    ['menu', 'questions', 'dashboard'],
    '',
    'Move a screen that is longer than the terminal.',
  ),
  bind('next', ['Enter'], ['menu'], 'choose', 'Do what is chosen.'),
  bind(
    'next',
    ['Enter'],
    ['questions'],
    'next',
    'Take this answer and go to the next question; on the last row, to the next topic.',
  ),
  bind('next', ['Enter'], ['login'], 'go on', 'To the password, and then: try it.'),
  bind('next', ['Enter'], ['secret'], 'take it', 'Take what was typed.'),
  bind('up', ['Up', 'Shift-Tab'], ['login'], '', 'To the name.'),
  bind('down', ['Down', 'Tab'], ['login'], 'move', 'To the password.'),
  bind(
    'try-login',
    ['Ctrl-O'],
    ['people'],
    'try a login',
    'Try whether somebody whom the directory knows can log in.',
  ),
  bind(
    'give-secret',
    ['Ctrl-P'],
    ['secrets'],
    'password',
    'Type the password that clients ask the directory with.',
  ),
  bind('next', ['Enter'], ['several'], 'done', 'With nothing typed, in a list of several: done.'),
  bind('next', ['Enter'], ['picker'], 'take', 'Take the row, or what was typed.'),
  bind('next', ['Enter'], ['applying'], 'do it', 'Do it, once the whole word apply stands there.'),
  bind(
    'next',
    ['Enter'],
    ['plan'],
    'fold',
    'Fold the row open or shut: phases, steps, and what a file will hold.',
  ),
  bind('back', ['Esc', 'Ctrl-B'], ['everywhere'], 'back', 'Go back. No answer is ever lost by it.'),
  bind(
    'up',
    ['Up', 'k'],
    ['menu', 'questions', 'picker', 'plan', 'log', 'console', 'dashboard', 'page'],
    '',
    'The row above.',
  ),
  bind(
    'down',
    ['Down', 'j'],
    ['menu', 'questions', 'picker', 'plan', 'log', 'console', 'dashboard', 'page'],
    'move',
    'The row below.',
  ),
  bind('up', ['Shift-Tab'], ['questions'], '', 'The question before.'),
  bind('down', ['Tab'], ['questions'], '', 'The question after.'),
  bind('page-up', ['PgUp'], ['picker', 'plan', 'log', 'console', 'page'], '', 'A page back.'),
  bind('page-down', ['PgDn'], ['picker', 'plan', 'log', 'console', 'page'], '', 'A page on.'),
  bind(
    'first',
    ['Home'],
    ['menu', 'picker', 'plan', 'log', 'console', 'page'],
    '',
    'To the beginning.',
  ),
  bind('last', ['End', 'G'], ['menu', 'picker', 'plan', 'page'], '', 'To the end.'),
  bind(
    'follow',
    ['End', 'f'],
    ['log', 'console'],
    'follow',
    'To the newest line, and follow what comes.',
  ),
  bind('option-after', ['Right', 'Space'], ['choice'], 'change', 'The next option.'),
  bind('option-before', ['Left'], ['choice'], '', 'The option before.'),
  bind(
    'pick',
    ['Space', 'Right', '/'],
    ['pick'],
    'list',
    'Open the list of names; type there to search it.',
  ),
  bind(
    'open',
    ['Space', 'Right'],
    ['records', 'entries'],
    'open',
    'Open the list, or one of its entries.',
  ),
  bind('add', ['a'], ['entries'], 'add', 'Add an entry.'),
  bind('remove', ['x', 'Delete'], ['entries'], 'remove', 'Take the entry away.'),
  bind('toggle', ['Space'], ['picker'], 'toggle', 'Take the row in, or leave it out.'),
  bind(
    'default',
    ['Ctrl-D'],
    ['answered'],
    'undo',
    'Take your answer back: what was found out, or is usual, counts again.',
  ),
  bind('unfold', ['Right'], ['plan'], '', 'Fold the row open.'),
  bind('fold', ['Left'], ['plan'], '', 'Fold the row shut.'),
  bind('apply', ['a'], ['plan'], 'type apply', 'Go to the line where apply is typed, in full.'),
  bind(
    'save-script',
    ['s'],
    ['plan'],
    'script',
    'Save the plan as a shell script that does the same.',
  ),
  bind(
    'save-answers',
    ['Ctrl-S'],
    ['questions', 'plan', 'problems', 'done'],
    '',
    'Save the answers as a site file.',
  ),
  bind(
    'command',
    ['w', 'Ctrl-W'],
    ['questions', 'plan', 'problems', 'done'],
    'command',
    'Show the command that does the same without the wizard.',
  ),
  bind(
    'topics',
    ['g', 'Ctrl-G'],
    ['questions', 'plan', 'problems'],
    'topics',
    'The list of topics and how they stand; go to any.',
  ),
  bind(
    'stop',
    ['Ctrl-C'],
    ['run'],
    'stop ...',
    'Ask: keep running and leave, stop after this step, or stop now.',
  ),
  bind(
    'detach',
    ['d'],
    ['run'],
    'leave',
    'Leave the run alone: it goes on. `sidus attach` comes back.',
  ),
  bind('whole-log', ['l'], ['run'], 'log', 'Give the whole screen to the log, or take it back.'),
  bind(
    'publish',
    ['p'],
    ['dashboard'],
    'publish',
    'Make the draft of the chosen tree its next version: shows the plan first.',
  ),
  bind(
    'switch',
    ['v'],
    ['dashboard'],
    'version',
    'Let clients boot the chosen version: shows the plan first.',
  ),
  bind(
    'delete-version',
    ['x'],
    ['dashboard'],
    '',
    'Delete the chosen version, if nobody uses it: shows the plan first.',
  ),
  bind(
    'rehearse',
    ['b'],
    ['dashboard', 'done'],
    'rehearse',
    'Boot a virtual client from the chosen tree.',
  ),
  bind('plan', ['n'], ['dashboard'], 'plan', 'What would make this server as its answers want it.'),
  bind('change', ['c'], ['dashboard'], 'answers', 'Change the answers.'),
  bind('attach', ['t'], ['dashboard'], 'attach', 'Watch the run that is at work.'),
  bind('recheck', ['r'], ['start', 'dashboard'], 'look again', 'Look at this server again.'),
  bind('keys', ['?', 'Ctrl-K'], ['everywhere'], 'keys', 'This list.'),
  bind(
    'quit',
    ['q', 'Ctrl-C'],
    ['everywhere'],
    'quit',
    'Leave sidus. It asks first; answers are kept.',
  ),
  bind('look', ['Ctrl-T'], ['everywhere'], '', 'Plain ASCII without colour, and back.'),
  bind('redraw', ['Ctrl-L'], ['everywhere'], '', 'Draw the screen again.'),
];
