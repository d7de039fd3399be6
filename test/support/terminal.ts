import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { type Cell, cellsOf, linesOf } from './picture.ts';

export interface Opening {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it; root must be running the tests. */
  readonly user?: string;
  readonly cwd?: string;
  /** What runs instead of the built program: a command and its first arguments. */
  readonly program?: readonly string[];
  /** Lines that stood on the terminal before. */
  readonly before?: string;
}

/** What is typed for a name; everything else is typed as it is. */
const keys = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  'page-up': '\u001b[5~',
  'page-down': '\u001b[6~',
  delete: '\u001b[3~',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  backspace: '\u007f',
  space: ' ',
} as const;
export type KeyName = keyof typeof keys | `ctrl-${string}`;

export function bytesOf(key: KeyName): string {
  if (key in keys) return keys[key as keyof typeof keys];
  return String.fromCharCode(key.charCodeAt('ctrl-'.length) - 96);
}

/** An Esc is one only when nothing follows it at once. */
const afterEscape = 60;

/** Synchronized output: what is between them is shown at once. */
const frameBegins = '\u001b[?2026h';
const frameEnds = '\u001b[?2026l';

/** Milliseconds between keys, and the screen shown to whoever watches: `SIDUS_SLOW=400 npx vitest …`. */
const slow = Number(process.env.SIDUS_SLOW ?? 0);

export interface Exit {
  readonly code: number;
  readonly signal: number;
}

/** The real program on a terminal, as a person sees it. */
export class OpenTerminal {
  readonly ended: Promise<Exit>;
  /** Everything it wrote, as it was written. */
  raw = '';
  readonly #pty: pty.IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  #exit: Exit | undefined;

  constructor(args: readonly string[], opening: Opening = {}) {
    const { columns = 80, rows = 24, env = {}, user, cwd, before = '' } = opening;
    const program = opening.program ?? [process.execPath, 'dist/main.mjs'];
    const as =
      user === undefined
        ? []
        : ['setpriv', '--reuid', user, '--regid', groupOf(user), '--clear-groups', '--'];
    const [file = '', ...words] = [...as, ...program, ...args];
    // Ink draws nothing for CI, and vitest sets it.
    const environment = Object.fromEntries(
      Object.entries({
        ...process.env,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        ...env,
      }).filter(
        ([name, value]) =>
          value !== undefined &&
          (name in env ||
            !/^(CI|CONTINUOUS_INTEGRATION|NO_COLOR|FORCE_COLOR|LC_\w+|COLUMNS|LINES|TEST|NODE_ENV|VITEST.*)$/.test(
              name,
            )),
      ),
    ) as Record<string, string>;
    this.#screen = new xterm.Terminal({
      cols: columns || 80,
      rows: rows || 24,
      allowProposedApi: true,
      scrollback: 5000,
    });
    this.#screen.write(before);
    this.#pty = pty.spawn(file, words, {
      cols: columns,
      rows,
      env: environment,
      cwd: cwd ?? process.cwd(),
      name: environment.TERM ?? 'dumb',
    });
    this.#pty.onData((data) => {
      this.raw += data;
      if (slow > 0) process.stdout.write(data);
      // Of a frame that comes in pieces nobody sees one: the terminal was asked for that.
      const whole = this.raw.lastIndexOf(frameBegins) <= this.raw.lastIndexOf(frameEnds);
      this.#screen.write(data, () => {
        if (whole) this.#look();
      });
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        // What is still on its way to the screen comes first.
        this.#screen.write('', () => {
          this.#exit = { code: exitCode, signal: signal ?? 0 };
          resolve(this.#exit);
          this.#look();
        });
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get buffer(): xterm.IBuffer {
    return this.#screen.buffer.active;
  }

  /** Whether the second screen is shown, and the cursor is. */
  get state(): { readonly second: boolean; readonly cursor: boolean; readonly marks: boolean } {
    const last = (on: string, off: string): boolean =>
      this.raw.lastIndexOf(on) > this.raw.lastIndexOf(off);
    return {
      second: this.#screen.buffer.active.type === 'alternate',
      cursor: !last('\u001b[?25l', '\u001b[?25h'),
      marks: this.#screen.modes.bracketedPasteMode,
    };
  }

  /** What is on the screen, without the blanks at the ends. */
  screen(): string {
    return linesOf(this.#screen.buffer.active, this.#screen.rows).join('\n').trimEnd();
  }

  cells(): readonly (readonly Cell[])[] {
    return cellsOf(this.#screen.buffer.active, this.#screen.rows, this.#screen.cols);
  }

  /** The first screen with all that has scrolled away. */
  history(): readonly string[] {
    const { normal } = this.#screen.buffer;
    return Array.from(
      { length: normal.length },
      (_, row) => normal.getLine(row)?.translateToString(true) ?? '',
    );
  }

  /** One key after the other. */
  async press(...names: readonly KeyName[]): Promise<void> {
    for (const name of names) {
      this.write(bytesOf(name));
      if (name === 'escape') await sleep(afterEscape);
      if (slow > 0) await sleep(slow);
    }
  }

  async type(text: string): Promise<void> {
    for (const character of text) {
      this.write(character);
      if (slow > 0) await sleep(slow / 4);
    }
  }

  paste(text: string): void {
    this.write(this.#screen.modes.bracketedPasteMode ? `\u001b[200~${text}\u001b[201~` : text);
  }

  write(bytes: string | Buffer): void {
    // Its types know no bytes; cut text would lose half of a character.
    this.#pty.write(bytes as string);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns || 80, rows || 24);
    this.#pty.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Closes the terminal under the program, as when a window or a connection is closed. */
  close(): void {
    // Its types leave it out.
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  /** Whatever has become of it: afterwards it is over. */
  async end(): Promise<void> {
    if (this.#exit === undefined) {
      try {
        this.kill('SIGKILL');
      } catch {
        // It has ended, and nobody has heard of it yet.
      }
    }
    await this.ended;
  }

  see(what: string | RegExp, within = 15_000): Promise<void> {
    return this.#until(() => shows(this.screen(), what), `"${what}" was not shown`, within);
  }

  gone(what: string | RegExp, within = 15_000): Promise<void> {
    return this.#until(() => !shows(this.screen(), what), `"${what}" was still shown`, within);
  }

  /** Looks at every change of the screen whether something is so. */
  holds(isSo: () => boolean, otherwise: string, within = 15_000): Promise<void> {
    return this.#until(isSo, otherwise, within);
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }

  #until(holds: () => boolean, otherwise: string, within: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        done();
        reject(new Error(`${otherwise} ${why}:\n${framed(this.screen())}`));
      };
      const timer = setTimeout(() => fail(`after ${within} ms`), within);
      const look = (): void => {
        if (holds()) {
          done();
          resolve();
        } else if (this.#exit !== undefined) fail(`before it ended with ${this.#exit.code}`);
      };
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** Debian's `nobody` has a group of another name. */
function groupOf(user: string): string {
  return execFileSync('id', ['-g', user], { encoding: 'utf8' }).trim();
}

function shows(screen: string, what: string | RegExp): boolean {
  return typeof what === 'string' ? screen.includes(what) : what.test(screen);
}

function framed(screen: string): string {
  return screen
    .split('\n')
    .map((line) => `  | ${line}`)
    .join('\n');
}

/** Whoever opens it ends it: `onTestFinished(() => terminal.end())`. */
export function open(args: readonly string[], opening?: Opening): OpenTerminal {
  return new OpenTerminal(args, opening);
}
