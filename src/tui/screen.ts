import { GuardedOutput, type Size } from './guarded-output.ts';
import type { KeyPress } from './key-press.ts';
import { readKeys } from './key-reader.ts';
import type { Look, Terminal } from './terminal.ts';

const esc = '\u001b';
const code = (...names: readonly string[]): string =>
  names.map((name) => `${esc}[${name}`).join('');
/** A second screen, wiped, where the cursor is ours to draw; text that is pasted is marked as such. */
const second = code('?1049h', '2J', 'H', '?25l');
const marksOn = code('?2004h');
/** No frame half drawn, no marks, the first screen, a cursor, no colour. */
const first = code('?1049l');
const asBefore = (linear: boolean): string =>
  code('?2026l', '?2004l') + (linear ? '' : first) + code('?25h', '0m');

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const bug = 70;

/**
 * The terminal, while we draw on it. Whatever ends the process, it is left as it was found: once,
 * and synchronously, because nothing else may get a turn any more.
 */
export class Screen {
  readonly #terminal: Terminal;
  readonly #look: Look;
  readonly #guard: GuardedOutput;
  /** Words for a fault nobody expected; they are the last ones. */
  readonly #crashed: (error: unknown) => string;
  readonly #flushes = new Set<() => void>();
  readonly #keys = new Set<(keys: readonly KeyPress[]) => void>();
  #stopReading: (() => void) | undefined;
  #lastWords = '';
  #state: 'outside' | 'inside' | 'left' = 'outside';

  constructor(terminal: Terminal, look: Look, crashed: (error: unknown) => string) {
    this.#terminal = terminal;
    this.#look = look;
    this.#guard = new GuardedOutput(terminal.output, terminal.environment, look);
    this.#guard.muted = true;
    this.#crashed = crashed;
  }

  /** For Ink's option `stdout`. */
  get output(): NodeJS.WriteStream {
    return this.#guard.stream;
  }

  get size(): Size {
    return this.#guard.size;
  }

  /** Called with every new size, before Ink draws for it. */
  onSize(listener: (size: Size) => void): () => void {
    return this.#guard.onSize(listener);
  }

  /** Called with the keys that came together: one dispatch for each key, one drawing for all. */
  onKeys(listener: (keys: readonly KeyPress[]) => void): () => void {
    this.#keys.add(listener);
    return () => this.#keys.delete(listener);
  }

  /** What must be saved, whatever ends the process; synchronously. */
  beforeEnd(flush: () => void): () => void {
    this.#flushes.add(flush);
    return () => this.#flushes.delete(flush);
  }

  /** What a person reads once the first screen is back. */
  set lastWords(text: string) {
    this.#lastWords = text;
  }

  enter(): void {
    for (const [signal, status] of Object.entries(signals)) {
      process.on(signal, () => this.end(status));
    }
    process.on('uncaughtException', (error) => this.crash(error));
    process.on('exit', () => this.leave());
    // Stopped and continued: the shell has set the terminal as it likes it.
    process.on('SIGCONT', () => {
      if (this.#state !== 'inside') return;
      this.suspend();
      this.resume();
    });
    // A terminal that was closed under us.
    this.#terminal.input.on('end', () => this.#state === 'inside' && this.end(signals.SIGHUP));
    this.resume();
  }

  /** Hands the terminal to a child, such as a shell, as the child expects it. */
  suspend(): void {
    if (this.#state !== 'inside') return;
    this.#state = 'outside';
    this.#guard.muted = true;
    this.#stopReading?.();
    this.#setRaw(false);
    this.#terminal.writeSync(asBefore(this.#look.linear));
  }

  resume(): void {
    if (this.#state !== 'outside') return;
    this.#state = 'inside';
    this.#terminal.writeSync((this.#look.linear ? '' : second) + marksOn);
    this.#setRaw(true);
    this.#stopReading = readKeys(this.#terminal.input, (keys) => {
      for (const listener of this.#keys) listener(keys);
    });
    this.#guard.muted = false;
    this.#guard.redraw();
  }

  /** Draws everything anew: something else has written here. */
  redraw(): void {
    this.#guard.redraw();
  }

  /** Gives the terminal back, for good. */
  leave(): void {
    if (this.#state === 'left') return;
    const inside = this.#state === 'inside';
    this.#state = 'left';
    this.#guard.close();
    for (const flush of this.#flushes) {
      try {
        flush();
      } catch (error) {
        // What could not be saved must not cost the terminal too.
        this.#lastWords += `\n${error instanceof Error ? error.message : String(error)}\n`;
      }
    }
    if (inside) {
      this.#stopReading?.();
      // As long as it is raw: afterwards what was typed belongs to the next reader.
      this.#terminal.drain();
      this.#setRaw(false);
      this.#terminal.writeSync(asBefore(this.#look.linear));
    }
    if (this.#lastWords !== '') this.#terminal.writeSync(this.#lastWords);
  }

  end(status: number): never {
    this.leave();
    process.exit(status);
  }

  /** A fault nobody expected: also one that Ink has caught, which rejects its `waitUntilExit`. */
  crash(error: unknown): never {
    // Reading or writing where there is no terminal any more.
    if ((error as NodeJS.ErrnoException | null)?.code === 'EIO') this.end(signals.SIGHUP);
    let words: string;
    try {
      words = this.#crashed(error);
    } catch {
      words = String(error);
    }
    this.#lastWords += `${words}\n`;
    this.end(bug);
  }

  #setRaw(raw: boolean): void {
    try {
      this.#terminal.input.setRawMode(raw);
    } catch {
      // A terminal that is gone.
    }
  }
}
