import type { Place } from '../core/place.ts';
import { believable } from './believable.ts';
import { clientWords } from './believable-client.ts';
import { failing } from './believable-failures.ts';
import { wordsOf } from './believable-words.ts';
import { MemorySystem } from './memory.ts';
import { type Speech, type Spoken, tells } from './speech.ts';
import type { Entry, ExecOptions, Ran, System } from './system.ts';

export interface Pretence {
  /** A step's command that fails, by a word of its command line; null: all goes well. */
  readonly failing: string | null;
  /** How many times faster than life. */
  readonly haste: number;
  /** Waits; a test hands in one that does not, or a gate. Then nothing happens by itself either. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** When every pretended server was switched on. */
const epoch = Date.UTC(2026, 10, 21, 10, 0, 0);

/** Real waits shorter than this, in milliseconds, are put together. */
const shortest = 4;

/**
 * A server that is not there: everything is kept in memory, commands take their time and say
 * what they say in life. For a look at the program without root, and for its screens.
 *
 * Its clock is its own: it begins at the same instant in every run, and moves by what commands
 * take in life, however fast they are shown. Facts take no time, so that it does not matter in
 * which order they are learnt.
 */
export class Pretend extends MemorySystem {
  override readonly kind: System['kind'] = 'pretend';
  readonly #pretence: Pretence;
  #failed = false;
  /** Seconds since it was switched on. */
  #clock = 0;
  /** When the clock last moved, in real milliseconds. */
  #moved = performance.now();
  #coming: readonly { readonly at: number; readonly happens: () => void }[] = [];

  constructor(pretence: Pretence) {
    super();
    this.#pretence = pretence;
    for (const model of believable) this.models.push(model);
    for (const path of ['/etc', '/usr', '/var/lib', '/srv']) {
      this.put(path, { kind: 'directory', content: '', mode: 0o755, owner: 'root', group: 'root' });
    }
  }

  override now(): Date {
    return new Date(epoch + Math.round(this.#clock * 1000));
  }

  override later(seconds: number, happens: () => void): void {
    this.#coming = [...this.#coming, { at: this.#clock + seconds, happens }];
  }

  /** Lets time pass in which nobody does anything. */
  pass(seconds: number): void {
    this.#reach(this.#clock + seconds);
    this.#happen();
  }

  override stat(place: Place, path: string, followLast = false): Promise<Entry | null> {
    this.#happen();
    return super.stat(place, path, followLast);
  }

  override read(place: Place, path: string): Promise<string | null> {
    this.#happen();
    return super.read(place, path);
  }

  override list(place: Place, path: string): Promise<readonly string[] | null> {
    this.#happen();
    return super.list(place, path);
  }

  override async exec(
    place: Place,
    argv: Parameters<MemorySystem['exec']>[1],
    options: ExecOptions = {},
  ): Promise<Ran> {
    this.#happen();
    if (place !== 'server' && !this.nodes.has(`${this.directory(place)}/usr`)) {
      return { code: 125, stdout: '', stderr: `cord: no such tree: ${this.directory(place)}\n` };
    }
    const words = argv.map((word) => this.word(word, place));
    const speech = this.#speechOf(place, words, options);
    if (speech === null) return super.exec(place, argv, options);
    const said: string[] = [];
    const ended = await this.#speak(speech, options, said);
    const { line: _spoken, ...quietly } = options;
    const ran = ended ?? (await super.exec(place, argv, quietly));
    if (ended === undefined) this.#hear(ran as Ran, options);
    const stdout = options.unbuffered === true ? '' : said.map((line) => `${line}\n`).join('');
    return { code: 0, stderr: '', ...ran, stdout: ran.stdout || stdout };
  }

  /** Waiting for an event takes real time, and none of the server's. */
  override async pause(milliseconds: number): Promise<void> {
    await (this.#pretence.sleep ?? realSleep)(milliseconds);
    await super.pause(milliseconds);
  }

  #speechOf(place: Place, words: readonly string[], options: ExecOptions): Speech | null {
    const usual = clientWords(this, place, words, options) ?? wordsOf(this, place, words, options);
    const { failing: word } = this.#pretence;
    // Only what a run or a rehearsal listens to. Once: a second try goes well.
    if (word === null || this.#failed || options.line === undefined) return usual;
    if (!words.some((one) => one.includes(word))) return usual;
    // Old lists are better than none to a run: nobody would see this one fail.
    if (place === 'server' && words[1] === 'update') return usual;
    this.#failed = true;
    return failing(this, words, word, usual ?? tells([]));
  }

  /** undefined: it said all it has to say, and its model does the rest. */
  async #speak(
    speech: Speech,
    options: ExecOptions,
    said: string[],
  ): Promise<Partial<Ran> | undefined> {
    const begun = this.#clock;
    const { haste, sleep } = this.#pretence;
    let seconds = 0;
    let owed = 0;
    for (;;) {
      const next = speech.next();
      if (next.done === true) return next.value;
      const { after, line, from = 'stdout' }: Spoken = next.value;
      seconds += after;
      owed += (after * 1000) / haste;
      if (owed >= shortest) {
        const before = performance.now();
        await until(options.signal, (sleep ?? realSleep)(owed));
        owed = sleep === undefined ? owed - (performance.now() - before) : 0;
      }
      this.#reach(begun + seconds);
      // 128 + SIGKILL, as a command that is killed ends; nothing was changed.
      if (options.signal?.aborted === true) return { code: 137 };
      if (options.patience !== undefined && seconds > options.patience) return { code: 137 };
      if (line === null) continue;
      if (from === 'stdout') said.push(line);
      options.line?.(line, from);
    }
  }

  /** What a model prints that has no words of its own: a refusal, as a rule. */
  #hear(ran: Ran, options: ExecOptions): void {
    for (const from of ['stdout', 'stderr'] as const) {
      for (const line of ran[from].split('\n')) if (line !== '') options.line?.(line, from);
    }
  }

  /** Two commands at a time take as long as the longer one. */
  #reach(seconds: number): void {
    this.#clock = Math.max(this.#clock, seconds);
    this.#moved = performance.now();
  }

  /**
   * What comes by itself, when somebody looks. Idle time counts for it, at the same haste, but
   * does not move the clock: how long a person reads must not be seen in what is shown.
   */
  #happen(): void {
    const { haste, sleep } = this.#pretence;
    const idle = sleep === undefined ? ((performance.now() - this.#moved) * haste) / 1000 : 0;
    const now = this.#clock + idle;
    const due = this.#coming.filter(({ at }) => at <= now);
    if (due.length === 0) return;
    this.#coming = this.#coming.filter(({ at }) => at > now);
    for (const { happens } of due) happens();
  }
}

const realSleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Settles with the wait, or at once when it is broken off. */
async function until(signal: AbortSignal | undefined, wait: Promise<void>): Promise<void> {
  if (signal === undefined) return wait;
  if (signal.aborted) return;
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([wait, stopped]);
  signal.removeEventListener('abort', stop);
}
