import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type Conf from 'conf';
import { say } from '../core/message.ts';
import type { Draft, Look, Preferences, Remembered } from '../core/preferences.ts';
import type { Problem } from '../core/problem.ts';
import {
  isHarmless,
  type Kept,
  largest,
  nothingKept,
  parseKept,
  readSmall,
} from './preferences-file.ts';
import {
  directoryOf,
  homeOf,
  mayWrite,
  type Person,
  provedRoom,
  whoRuns,
} from './preferences-home.ts';

/** Milliseconds. */
const aMoment = 250;
/** Drafts of roots that nobody has worked on for long make room. */
const mostDrafts = 20;

type Change = (kept: Kept) => Kept;

/**
 * Preferences in `~/.config/sidus/preferences.json`. Each change is made to what the file holds at
 * that moment, so that two wizards do not take each other's drafts, and in one rename.
 */
export class PreferencesOnDisk implements Preferences {
  readonly #person: Person;
  readonly #now: () => Date;
  #conf: typeof Conf | null = null;
  #changes: readonly Change[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** null: nothing was wrong yet. */
  #wrong: Problem | null = null;
  #listener: (problem: Problem) => void = () => undefined;

  constructor(person: Person = whoRuns(), now: () => Date = () => new Date()) {
    this.#person = person;
    this.#now = now;
  }

  async load(): Promise<Remembered> {
    const said: Problem[] = [];
    const directory = directoryOf(this.#person);
    let kept = nothingKept;
    try {
      if (directory === null) throw Object.assign(new Error('no home'), { code: 'ENOENT' });
      kept = this.#read(directory, said);
      mayWrite(directory);
      // Now, so that the ways out find it loaded; 150 ms, in which nobody has answered anything.
      this.#conf = await importConf();
    } catch (error) {
      this.#wrong = notKept(directory ?? '~/.config/sidus', error);
      said.push(this.#wrong);
    }
    return { ...kept, said, offered: this.#offered() };
  }

  listen(listener: (problem: Problem) => void): void {
    this.#listener = listener;
  }

  keep(draft: Draft): void {
    this.#change(({ drafts, look, lastTree }) => {
      const all = Object.values({ ...drafts, [draft.root]: draft });
      const newest = all.sort(byAge).slice(0, mostDrafts);
      return {
        drafts: Object.fromEntries(newest.map((one) => [one.root, one])),
        look,
        lastTree: isPretended(draft) ? lastTree : draft.tree,
      };
    });
  }

  keepLook(look: Look): void {
    this.#change((kept) => ({ ...kept, look }));
  }

  async forget(root: string): Promise<void> {
    this.#change((kept) => {
      const others = Object.entries(kept.drafts).filter(([key]) => key !== root);
      return { ...kept, drafts: Object.fromEntries(others) };
    });
    this.flushNow();
  }

  async flush(): Promise<void> {
    this.flushNow();
  }

  flushNow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changes = this.#changes;
    this.#changes = [];
    const directory = directoryOf(this.#person);
    if (changes.length === 0 || this.#conf === null || directory === null) return;
    try {
      mayWrite(directory);
      const said: Problem[] = [];
      const before = this.#read(directory, said);
      for (const problem of said) this.#listener(problem);
      this.#write(
        directory,
        changes.reduce((kept, change) => change(kept), before),
      );
    } catch (error) {
      // Another wizard's file was spoilt between two looks at it: the next change puts it aside.
      if (error instanceof SyntaxError) return;
      // Said once: whoever has a full disk knows it by then.
      if (this.#wrong === null) {
        this.#wrong = notKept(directory, error);
        this.#listener(this.#wrong);
      }
    }
  }

  #change(change: Change): void {
    this.#changes = [...this.#changes, change];
    this.#timer ??= setTimeout(() => this.flushNow(), aMoment);
  }

  #write(directory: string, kept: Kept): void {
    if (this.#conf === null) return;
    if (!isHarmless(kept)) throw tooLarge();
    const text = JSON.stringify(kept, undefined, '\t');
    if (Buffer.byteLength(text) > largest) throw tooLarge();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // One that was there may be open to others.
    chmodSync(directory, 0o700);
    provedRoom(join(directory, `.preferences.${process.pid}.sidus-new`), text);
    const conf = new this.#conf<Record<string, unknown>>({
      cwd: directory,
      configName: 'preferences',
      configFileMode: 0o600,
      // Roots are paths, and paths have dots.
      accessPropertiesByDotNotation: false,
    });
    conf.store = { ...kept };
  }

  /** What cannot be understood is put aside, never emptied: it may be all that somebody has. */
  #read(directory: string, said: Problem[]): Kept {
    const path = join(directory, 'preferences.json');
    const found = readSmall(path);
    if ('why' in found && found.why === 'missing') return nothingKept;
    const kept = 'text' in found ? parseKept(found.text) : null;
    if (kept !== null) return kept;
    const time = this.#now().toISOString().slice(0, 19).replaceAll(':', '-');
    let aside = `${path}.bad-${time}`;
    for (let again = 2; existsSync(aside); again += 1) aside = `${path}.bad-${time}-${again}`;
    renameSync(path, aside);
    said.push({
      code: 'preferences/set-aside',
      summary: say('{path} could not be understood, and is now {aside}', { path, aside }),
      remedy: say('go on without it, or mend it and move it back: `mv {aside} {path}`', {
        path,
        aside,
      }),
    });
    return nothingKept;
  }

  #offered(): Draft | null {
    const { uid, environment, users } = this.#person;
    const asked = Number(environment.SUDO_UID);
    if (uid !== 0 || !/^\d{1,10}$/.test(environment.SUDO_UID ?? '') || asked === 0) return null;
    const home = homeOf(asked, users);
    if (home === null) return null;
    try {
      const found = readSmall(join(home, '.config/sidus/preferences.json'), asked);
      const kept = 'text' in found ? parseKept(found.text) : null;
      const drafts = Object.values(kept?.drafts ?? {}).sort(byAge);
      return drafts.find((one) => !isPretended(one)) ?? drafts[0] ?? null;
    } catch {
      // A home on another server may refuse root: then there is nothing to offer.
      return null;
    }
  }
}

/** On a server in memory, also where newer answers took their place. */
function isPretended({ root }: Draft): boolean {
  return root === 'pretend' || root.startsWith('pretend#');
}

/** The newest first. */
const byAge = (one: Draft, other: Draft): number =>
  Date.parse(other.savedAt) - Date.parse(one.savedAt);

function tooLarge(): Error {
  return Object.assign(new Error('too large'), { code: 'EFBIG' });
}

function notKept(directory: string, error: unknown): Problem {
  const { code } = error as NodeJS.ErrnoException;
  // Anything else is our bug, and not to be hidden.
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return {
    code: 'preferences/not-kept',
    summary: say('answers are not kept for another time: {directory} cannot be written: {code}', {
      directory,
      code,
    }),
    remedy: say('go on, or see what `ls -ld {directory}` and `df {directory}` say of it', {
      directory,
    }),
  };
}

/**
 * `conf` comes with `when-exit`, which listens to every signal that ends a program and sends it
 * to us a second time. Signals are ours: a second Ctrl-C means something else than the first.
 */
async function importConf(): Promise<typeof Conf> {
  const { default: found } = await import('conf');
  for (const signal of process.eventNames()) {
    if (typeof signal !== 'string' || !signal.startsWith('SIG')) continue;
    for (const listener of process.rawListeners(signal)) {
      const own = (listener as { listener?: unknown }).listener;
      if (typeof own !== 'function' || !/this\.exit\(signal\)/.test(String(own))) continue;
      process.removeListener(signal, listener as () => void);
    }
  }
  return found;
}
