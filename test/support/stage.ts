import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { render } from 'ink';
import type { ReactNode } from 'react';
import type { GuardedOutput } from '../../src/tui/guarded-output.ts';
import { type Environment, type Look, lookOf, type Terminal } from '../../src/tui/terminal.ts';
import { type Cell, cellsOf, linesOf } from './picture.ts';

/** A terminal without a process: what is drawn can be looked at, at any size. */
export class Stage implements Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly environment: Environment;
  /** What was written, write by write. */
  readonly writes: string[] = [];
  raw = false;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #output: EventEmitter & { columns: number; rows: number };
  readonly #input: PassThrough;

  constructor(columns = 80, rows = 24, environment: Environment = {}) {
    this.environment = { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...environment };
    this.#screen = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      convertEol: true,
      scrollback: 1000,
    });
    this.#output = Object.assign(new EventEmitter(), {
      columns,
      rows,
      isTTY: true,
      fd: -1,
      writable: true,
      write: (text: string, done?: () => void): boolean => {
        this.writes.push(text);
        this.#screen.write(text, done);
        return true;
      },
    });
    this.output = this.#output as unknown as NodeJS.WriteStream;
    this.#input = new PassThrough();
    this.input = Object.assign(this.#input, {
      isTTY: true,
      isRaw: false,
      ref: () => this.input,
      unref: () => this.input,
      setRawMode: (raw: boolean) => {
        this.raw = raw;
        return this.input;
      },
    }) as unknown as NodeJS.ReadStream;
  }

  get look(): Look {
    return lookOf(this.environment);
  }

  writeSync(text: string): void {
    this.output.write(text);
  }

  drain(): void {}

  type(bytes: string | Uint8Array): void {
    this.#input.write(bytes);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#output.columns = columns;
    this.#output.rows = rows;
    this.#output.emit('resize');
  }

  /** Draws without a `Screen`, until the function that is returned is called. */
  draw(node: ReactNode, guard: GuardedOutput): () => void {
    const { unmount } = render(node, {
      stdout: guard.stream,
      stdin: this.input,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 1000,
      isScreenReaderEnabled: this.look.linear,
    });
    return () => {
      unmount();
      guard.close();
    };
  }

  /** Settles once everything that was written is on the screen. */
  read(): Promise<void> {
    return new Promise((resolve) => this.#screen.write('', resolve));
  }

  screen(): string {
    return linesOf(this.#screen.buffer.active, this.#screen.rows).join('\n').trimEnd();
  }

  cells(): readonly (readonly Cell[])[] {
    return cellsOf(this.#screen.buffer.active, this.#screen.rows, this.#screen.cols);
  }

  /** The frames that were drawn, as text, with the rows that the terminal had. */
  frames(): readonly string[] {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what escapes are made of.
    const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])/g;
    return this.writes
      .filter((text) => text.includes('\n'))
      .map((text) => text.replace(escapes, '').replace(/\n$/, ''));
  }

  async see(what: string | RegExp, within = 5000): Promise<void> {
    const shown = (): boolean =>
      typeof what === 'string' ? this.screen().includes(what) : what.test(this.screen());
    for (const begun = Date.now(); !shown(); await sleep(5)) {
      if (Date.now() - begun > within) {
        throw new Error(`"${what}" was not shown after ${within} ms:\n${this.screen()}`);
      }
    }
  }
}

/** The height of the tallest frame: rows - 1 at most, or Ink wipes the screen at each frame. */
export function tallest(frames: readonly string[]): number {
  return Math.max(0, ...frames.map((frame) => frame.split('\n').length));
}
