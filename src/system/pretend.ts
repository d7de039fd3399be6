import type { Place } from '../core/place.ts';
import { believable } from './believable.ts';
import { MemorySystem } from './memory.ts';
import type { ExecOptions, Ran, System } from './system.ts';

export interface Pretence {
  /** A step's command that fails, by a word of its command line; null: all goes well. */
  readonly failing: string | null;
  /** How many times faster than life. */
  readonly haste: number;
  /** Waits; a test hands in one that does not. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/**
 * A server that is not there: everything is kept in memory, commands take their time and say
 * what they say in life. For a look at the program without root, and for its screens.
 */
export class Pretend extends MemorySystem {
  override readonly kind: System['kind'] = 'pretend';
  readonly #pretence: Pretence;
  #failed = false;

  constructor(pretence: Pretence) {
    super();
    this.#pretence = pretence;
    for (const model of believable) this.models.push(model);
    for (const path of ['/etc', '/usr', '/var/lib', '/srv']) {
      this.put(path, { kind: 'directory', content: '', mode: 0o755, owner: 'root', group: 'root' });
    }
  }

  override now(): Date {
    return new Date();
  }

  override async exec(
    place: Place,
    argv: Parameters<MemorySystem['exec']>[1],
    options: ExecOptions = {},
  ): Promise<Ran> {
    const words = argv.map((word) => this.word(word, place));
    const { failing } = this.#pretence;
    // Once: so that a second try, after the person did something, goes well.
    if (failing !== null && !this.#failed && options.confined === true) {
      if (words.some((word) => word.includes(failing))) {
        this.#failed = true;
        const stderr = `E: ${words[0]} fails here because --fail ${failing} was asked for`;
        options.line?.(stderr, 'stderr');
        return { code: 100, stdout: '', stderr };
      }
    }
    return super.exec(place, argv, options);
  }

  override async pause(milliseconds: number): Promise<void> {
    await this.#sleep(milliseconds);
    await super.pause(milliseconds);
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#pretence.sleep !== undefined) return this.#pretence.sleep(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  protected override async spoken(ran: Ran, options: ExecOptions): Promise<void> {
    for (const line of ran.stdout.split('\n')) {
      if (line === '' || options.signal?.aborted === true) continue;
      await this.#sleep(40 / this.#pretence.haste);
      options.line?.(line, 'stdout');
    }
  }
}
