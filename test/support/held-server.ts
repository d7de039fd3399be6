import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from '../../src/core/place.ts';
import type { MemorySystem } from '../../src/system/memory.ts';
import { Pretend } from '../../src/system/pretend.ts';
import type { ExecOptions, Ran } from '../../src/system/system.ts';

/**
 * A pretended server whose commands take no time at all, until a test holds them: after a line that
 * they print, or before they answer. Then its clock stands still, and a screen in the middle of a
 * run can be looked at for as long as one likes.
 */
export class HeldServer extends Pretend {
  readonly #gate: Gate;
  #after: RegExp | null = null;
  #before: RegExp | null = null;
  #away: { readonly seconds: number; readonly happens: () => void }[] | null = null;

  constructor(failing: string | null = null) {
    const gate = new Gate();
    super({ failing, haste: 1, sleep: () => gate.passed() });
    this.#gate = gate;
  }

  /** Stops all that takes time once a line fits. */
  holdAfter(line: RegExp): void {
    this.#after = line;
  }

  /** Holds back the answer of commands that fit. */
  holdBefore(command: RegExp): void {
    this.#before = command;
  }

  /** Until they are let in: a run takes long enough for clients to come meanwhile. */
  keepClientsAway(): void {
    this.#away = [];
  }

  letClientsIn(): void {
    const away = this.#away ?? [];
    this.#away = null;
    for (const { seconds, happens } of away) super.later(seconds, happens);
    this.pass(Math.max(...away.map(({ seconds }) => seconds)));
  }

  override later(seconds: number, happens: () => void): void {
    if (this.#away === null) super.later(seconds, happens);
    else this.#away.push({ seconds, happens });
  }

  goOn(): void {
    this.#after = null;
    this.#before = null;
    this.#gate.open();
  }

  /** What a command prints from now on, whatever it printed before. */
  say(command: string, ran: Partial<Ran>): void {
    const wanted = command.split(' ');
    this.models.unshift((_world: MemorySystem, _place, words) =>
      wanted.every((word, at) => words[at] === word || words.includes(word)) ? ran : undefined,
    );
  }

  file(path: string, content: string): void {
    this.put(path, { kind: 'file', content, mode: 0o644, owner: 'root', group: 'root' });
  }

  override async exec(
    place: Place,
    argv: Parameters<Pretend['exec']>[1],
    options: ExecOptions = {},
  ): Promise<Ran> {
    const { line } = options;
    const words = argv.map((word) => this.word(word, place)).join(' ');
    if (this.#before?.test(words) === true) {
      this.#gate.shut();
      await this.#gate.passed();
    }
    if (line === undefined) return super.exec(place, argv, options);
    return super.exec(place, argv, {
      ...options,
      line: (text, from) => {
        line(text, from);
        if (this.#after?.test(text) === true) this.#gate.shut();
      },
    });
  }

  /** Whoever follows a run looks on, also while it is held. */
  override async pause(): Promise<void> {
    await sleep(5);
  }
}

class Gate {
  #shut: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  shut(): void {
    if (this.#shut !== null) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#shut = { opened, open };
  }

  open(): void {
    this.#shut?.open();
    this.#shut = null;
  }

  async passed(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.#shut?.opened;
  }
}
