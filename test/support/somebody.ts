import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Opening, OpenTerminal } from './terminal.ts';

/** What is kept for somebody; `answers` as they are, with whatever else lies there. */
export interface KeptFile {
  readonly drafts: Readonly<
    Record<string, { readonly screen: string; readonly answers: Record<string, unknown> }>
  >;
}

/** Somebody with a home of their own, who starts the program that was built, again and again. */
export class Person {
  readonly home: string;
  readonly #program: readonly string[];
  readonly #user: string | undefined;
  readonly #opened: OpenTerminal[] = [];

  /** `ordinary`: not root, even where root runs the tests. */
  constructor({ ordinary = false }: { readonly ordinary?: boolean } = {}) {
    this.home = mkdtempSync(join(tmpdir(), 'sidus-test-home-'));
    if (!ordinary || process.getuid?.() !== 0) {
      this.#user = undefined;
      this.#program = [process.execPath, resolve('dist/main.mjs')];
      return;
    }
    // Nobody else may read a checkout below /root: the program is handed over.
    this.#user = 'nobody';
    const program = join(this.home, 'program');
    mkdirSync(program);
    for (const name of ['dist', 'presets', 'assets']) {
      cpSync(name, join(program, name), { recursive: true });
    }
    chmodSync(this.home, 0o755);
    execFileSync('chown', ['nobody', this.home]);
    this.#program = [process.execPath, join(program, 'dist/main.mjs')];
  }

  get preferences(): string {
    return join(this.home, '.config/sidus/preferences.json');
  }

  /** null: there is no file yet. */
  kept(): KeptFile | null {
    try {
      return JSON.parse(readFileSync(this.preferences, 'utf8')) as KeptFile;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  open(args: readonly string[], opening: Opening = {}): OpenTerminal {
    const terminal = new OpenTerminal(args, {
      program: this.#program,
      cwd: this.home,
      ...(this.#user === undefined ? {} : { user: this.#user }),
      ...opening,
      env: { HOME: this.home, XDG_CONFIG_HOME: '', ...opening.env },
    });
    this.#opened.push(terminal);
    return terminal;
  }

  /** Ends what they started, and takes their home away. */
  async leave(): Promise<void> {
    for (const terminal of this.#opened.splice(0)) await terminal.end();
    rmSync(this.home, { recursive: true, force: true });
  }
}
