import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { until } from './machine.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program, as a person starts it; one object for each run of it. */
export class Engine {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, ['dist/main.mjs', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let stdout = '';
    let stderr = '';
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = this.child[name];
      if (stream === null) throw new Error(`no ${name}`);
      createInterface({ input: stream }).on('line', (line) => {
        if (name === 'stdout') stdout += `${line}\n`;
        else stderr += `${line}\n`;
        this.#lines.push(line);
        for (const look of this.#waiting) look();
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], stdout, stderr });
        for (const look of this.#waiting) look();
      });
    });
  }

  /** Settles when a line fits; fails when the program ends before. */
  async sees(pattern: RegExp): Promise<string> {
    let finished = false;
    const gone = this.ended.then((ended) => {
      finished = true;
      return ended;
    });
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#lines.find((line) => pattern.test(line));
        if (found !== undefined) {
          this.#waiting.delete(look);
          resolve(found);
        }
      };
      this.#waiting.add(look);
      look();
      void gone.then(({ code, stderr }) => {
        look();
        if (finished && this.#waiting.has(look)) {
          this.#waiting.delete(look);
          reject(new Error(`ended with ${code} before ${pattern}:\n${stderr.slice(-3000)}`));
        }
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Runs the program to its end. */
export function sidus(...args: readonly string[]): Promise<Ended> {
  return new Engine(args).ended;
}

/** The last line of JSON on standard output. */
export function lastJson<T>(ended: Ended): T {
  const line = ended.stdout.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(line) as T;
}

/** The process that does a run under a root, by the lock that it holds; null: none. */
export function engineNow(root: string): number | null {
  try {
    const { pid, run } = JSON.parse(readFileSync(`${root}/var/lib/sidus/lock`, 'utf8'));
    return typeof run === 'string' && existsSync(`/proc/${pid}`) ? pid : null;
  } catch {
    return null;
  }
}

export function engineOf(root: string): Promise<number> {
  return until('the engine of a run', 30, () => engineNow(root));
}
