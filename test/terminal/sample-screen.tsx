import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Box, render, Text, useStdout } from 'ink';
import { useSyncExternalStore } from 'react';
import type { KeyPress } from '../../src/tui/key-press.ts';
import type { Screen } from '../../src/tui/screen.ts';
import type { Look, Terminal } from '../../src/tui/terminal.ts';

interface State {
  readonly text: readonly string[];
  readonly cursor: number;
  readonly ticks: number;
  readonly said: string;
}
let state: State = { text: [], cursor: 0, ticks: 0, said: '' };
const watchers = new Set<() => void>();
function become(next: Partial<State>): void {
  state = { ...state, ...next };
  for (const watch of watchers) watch();
}

function edit({ name, text, ctrl }: KeyPress): void {
  const { cursor } = state;
  const put = (from: number, to: number, middle: readonly string[]): void =>
    become({
      text: [...state.text.slice(0, from), ...middle, ...state.text.slice(to)],
      cursor: from + middle.length,
    });
  const move = (to: number): void =>
    become({ cursor: Math.max(0, Math.min(state.text.length, to)) });
  if (name === 'text' && !ctrl) put(cursor, cursor, [...text]);
  else if (name === 'text' && text === 'u') put(0, cursor, []);
  else if (name === 'backspace') put(Math.max(0, cursor - 1), cursor, []);
  else if (name === 'delete') put(cursor, cursor + 1, []);
  else if (name === 'left') move(cursor - 1);
  else if (name === 'right') move(cursor + 1);
  else if (name === 'home') move(0);
  else if (name === 'end') move(state.text.length);
}

function busy(milliseconds: number): void {
  for (const until = Date.now() + milliseconds; Date.now() < until; );
}

const commandsOf = (screen: Screen): Readonly<Record<string, () => void>> => ({
  c: () => {
    screen.lastWords = 'left by Ctrl-C\n';
    screen.end(130);
  },
  d: () => screen.end(0),
  b: () => {
    throw new Error('boom');
  },
  r: () => void Promise.reject(new Error('rejected')),
  y: () => become({ said: 'render' }),
  // A program that is busy, as in a long frame.
  g: () => busy(400),
  l: () => screen.redraw(),
  t: () => {
    screen.suspend();
    spawnSync('sh', ['-c', 'stty -a; read -r line; echo "child read $line"; sleep 0.2'], {
      stdio: 'inherit',
    });
    screen.resume();
  },
});

function Sample({ look }: { readonly look: Look }) {
  const { text, cursor, ticks, said } = useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => state,
  );
  const { stdout } = useStdout();
  const { columns, rows } = stdout;
  if (said === 'render') throw new Error('boom in a component');
  const line = (look.unicode ? '─' : '-').repeat(columns);
  return (
    <Box flexDirection="column" width={columns} height={rows - 1}>
      <Text bold color="cyan">
        SAMPLE {columns}x{rows} <Text inverse>chosen</Text>
      </Text>
      <Text>{line}</Text>
      <Text>
        field [{text.slice(0, cursor).join('')}
        <Text inverse>{text[cursor] ?? ' '}</Text>
        {text.slice(cursor + 1).join('')}]
      </Text>
      <Text>said {said}</Text>
      <Box flexGrow={1} />
      <Text>LAST ROW tick {ticks}</Text>
    </Box>
  );
}

/** One field, its size, and every way to end. */
export function draw(screen: Screen, terminal: Terminal, look: Look): void {
  const commands = commandsOf(screen);
  const { SAMPLE_SAVES } = process.env;
  if (SAMPLE_SAVES !== undefined) {
    screen.beforeEnd(() => appendFileSync(SAMPLE_SAVES, `${state.text.join('')}\n`));
  }
  if (process.argv.includes('--cannot-save')) {
    screen.beforeEnd(() => {
      throw new Error('the disk is full');
    });
  }
  if (process.argv.includes('--saves-slowly')) screen.beforeEnd(() => busy(600));
  screen.enter();
  screen.onKeys((keys) => {
    for (const key of keys) {
      if (key.name === 'text' && key.ctrl) (commands[key.text] ?? (() => edit(key)))();
      else if (key.name === 'text' || key.ctrl) edit(key);
      else if (['enter', 'escape', 'up', 'down', 'tab', 'shift-tab'].includes(key.name)) {
        become({ said: `${state.said} ${key.name}`.slice(-60) });
      } else edit(key);
    }
  });
  screen.onSize(() => become({}));
  if (process.argv.includes('--tick')) {
    setInterval(() => become({ ticks: state.ticks + 1 }), 20);
  }
  render(<Sample look={look} />, {
    stdout: screen.output,
    stdin: terminal.input,
    exitOnCtrlC: false,
    patchConsole: true,
    maxFps: 10,
    isScreenReaderEnabled: look.linear,
  })
    .waitUntilExit()
    .catch((error: unknown) => screen.crash(error));
}
