import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asset } from '../core/assets.ts';
import type {
  DirectoryAnswer,
  DirectoryLogin,
  DirectoryQuestion,
  LoginAnswer,
} from '../core/directory.ts';
import type { Attributes } from '../core/effect.ts';
import { layout, whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { type Place, type PlacePath, placeName } from '../core/place.ts';
import { ProblemError } from '../core/problem.ts';
import type { Argv } from '../core/text.ts';
import { ask, logIn } from './asking-directories.ts';
import { confine, execute } from './commands.ts';
import { Files } from './files.ts';
import { launchEngine } from './launch.ts';
import { ScriptsOnDisk } from './scripts-on-disk.ts';
import { Secrets } from './secrets.ts';
import { isAlive, readHolder, startTimeOf, takeLock } from './site-lock.ts';
import type { Added, Entry, ExecOptions, Holder, Ran, System } from './system.ts';

export interface HostSettings {
  /** '/' or an absolute directory. */
  readonly root: string;
  /** Secrets given for this run only. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Takes the place of /var/cache/sidus below the root, so that several roots can share it. */
  readonly cache?: string;
  /** The argv that starts this program: engines are started with it. */
  readonly program?: readonly string[];
}

/** The real machine. */
export class Host implements System {
  readonly kind = 'host';
  readonly root: string;
  readonly isRoot = process.getuid?.() === 0;
  readonly #cache: string;
  readonly #ownCache: string;
  readonly #secrets: Secrets;
  readonly #scripts: ScriptsOnDisk;
  readonly #settings: HostSettings;

  constructor(settings: HostSettings) {
    this.root = settings.root;
    this.#settings = settings;
    this.#ownCache = settings.cache ?? layout.cache;
    this.#cache = settings.cache ?? join(settings.root, layout.cache);
    this.#secrets = new Secrets(join(this.root, layout.secrets), settings.secrets ?? {});
    this.#scripts = new ScriptsOnDisk(this.userCache('scripts'));
  }

  /**
   * Where our scripts and the archive's lists are kept: the server's cache for root, otherwise the
   * user's own (XDG base directories). Never below a staged root: a plan must not make one.
   */
  userCache(name: string): string {
    if (this.isRoot) return join(this.#ownCache, name);
    const home = process.env.HOME ?? '/tmp';
    return join(process.env.XDG_CACHE_HOME ?? join(home, '.cache'), 'sidus', name);
  }

  stat(place: Place, path: string, followLast = false): Promise<Entry | null> {
    return this.#at(place, path, (files, here) => files.stat(here, followLast));
  }

  read(place: Place, path: string): Promise<string | null> {
    return this.#at(place, path, (files, here) => files.read(here));
  }

  readFrom(place: Place, path: string, offset: number): Promise<Added | null> {
    return this.#at(place, path, (files, here) => files.readFrom(here, offset));
  }

  list(place: Place, path: string): Promise<readonly string[] | null> {
    return this.#at(place, path, (files, here) => files.list(here));
  }

  hash(place: Place, path: string): Promise<string | null> {
    return this.#at(place, path, (files, here) => files.hash(here));
  }

  write(place: Place, path: string, content: string, attributes: Attributes): Promise<void> {
    return this.#at(place, path, (files, here) => files.write(here, content, attributes));
  }

  append(place: Place, path: string, content: string, mode: number): Promise<void> {
    return this.#at(place, path, (files, here) => files.append(here, content, mode));
  }

  makeDirectory(place: Place, path: string, attributes: Attributes): Promise<void> {
    return this.#at(place, path, (files, here) => files.makeDirectory(here, attributes));
  }

  link(place: Place, path: string, target: string): Promise<void> {
    return this.#at(place, path, (files, here) => files.link(here, target));
  }

  remove(place: Place, path: string): Promise<void> {
    return this.#at(place, path, (files, here) => files.remove(here));
  }

  removeEmptyDirectory(place: Place, path: string): Promise<boolean> {
    return this.#at(place, path, (files, here) => files.removeEmptyDirectory(here));
  }

  async copy(
    from: PlacePath,
    place: Place,
    path: string,
    attributes: Attributes & { readonly modified?: number },
  ): Promise<void> {
    const source = await this.#onDisk(from);
    return this.#at(place, path, (files, here) => files.copy(source, here, attributes));
  }

  async exec(place: Place, argv: Argv, options: ExecOptions = {}): Promise<Ran> {
    const words = await Promise.all(argv.map((word) => this.#word(word, place)));
    if (place === 'server') return this.#onServer(words, options);
    return this.#inTree(place, words, options);
  }

  /** The command that gives a person a shell in a tree's cord, with the terminal as it is. */
  async argvInTree(place: Place, words: readonly string[]): Promise<readonly string[]> {
    this.#needsRoot('a shell');
    const cord = await this.#scripts.path('cord', asset('cord').sha256);
    return [
      ...['setpriv', '--pdeathsig', 'KILL', '--'],
      ...confine(['sh', cord, this.#directory(place), ...words]),
    ];
  }

  secret(name: string): Promise<string | null> {
    return this.#secrets.get(name);
  }

  secretIsKept(name: string): Promise<boolean> {
    return this.#secrets.isKept(name);
  }

  keepSecret(name: string, value: string | null): Promise<void> {
    return this.#secrets.keep(name, value);
  }

  giveSecret(name: string, value: string): void {
    this.#secrets.give(name, value);
  }

  askDirectory(question: DirectoryQuestion, signal?: AbortSignal): Promise<DirectoryAnswer> {
    return ask(this, question, signal);
  }

  tryLogin(
    question: DirectoryQuestion,
    login: DirectoryLogin,
    signal?: AbortSignal,
  ): Promise<LoginAnswer> {
    return logIn(this, question, login, signal);
  }

  randomText(length: number): string {
    // Without the letters and digits that are read as one another from paper.
    const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
    return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  }

  async lock(command: string, run?: string): Promise<() => Promise<void>> {
    const startTime = (await startTimeOf(process.pid)) ?? '';
    return takeLock(join(this.root, layout.lock), {
      pid: process.pid,
      startTime,
      command,
      since: this.now().toISOString(),
      run: run ?? null,
    });
  }

  async lockHolder(): Promise<Holder | null> {
    const holder = await readHolder(join(this.root, layout.lock));
    return holder !== null && (await isAlive(holder)) ? holder : null;
  }

  async launch(run: string): Promise<void> {
    const { root, cache, program } = this.#settings;
    if (program === undefined) throw new Error('nobody said how an engine is started');
    const path = `${layout.runs}/${run}`;
    await launchEngine({
      argv: [
        ...program,
        ...['engine', run, '--root', root],
        ...(cache === undefined ? [] : ['--cache', cache]),
      ],
      unit: `sidus-run-${run}`,
      directory: await this.#onDisk({ place: 'server', path }),
      secrets: this.#secrets.given,
      isThere: async () =>
        (await this.lockHolder())?.run === run ||
        (await this.stat('server', `${path}/events.jsonl`)) !== null,
    });
  }

  now(): Date {
    return new Date();
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  #directory(place: Place): string {
    if (place === 'server') return this.root;
    const path = whereIs(place);
    return path.startsWith(`${layout.cache}/`)
      ? join(this.#cache, path.slice(layout.cache.length))
      : join(this.root, path);
  }

  /** The server's cache may lie elsewhere than below its root. */
  #split(place: Place, path: string): readonly [base: string, path: string] {
    const cached = place === 'server' && path.startsWith(`${layout.cache}/`);
    return cached ? [this.#cache, path.slice(layout.cache.length)] : [this.#directory(place), path];
  }

  #at<T>(place: Place, path: string, use: (files: Files, path: string) => Promise<T>): Promise<T> {
    const [base, here] = this.#split(place, path);
    return use(new Files(base, this.isRoot), here);
  }

  #onDisk({ place, path }: PlacePath): Promise<string> {
    return this.#at(place, path, (files, here) => files.path(here, true));
  }

  /** A command on the server sees staged paths; one inside a tree sees the tree's own. */
  async #word(word: Argv[number], place: Place): Promise<string> {
    if (typeof word === 'string') return word;
    if ('asset' in word) {
      if (place === 'server') return this.#scripts.path(word.asset, word.sha256);
      throw new Error(`the script ${word.asset} is not inside ${placeName(place)}`);
    }
    if ('cache' in word) {
      const directory = this.userCache(word.cache);
      await mkdir(directory, { recursive: true });
      return directory;
    }
    if (place !== 'server') return word.at.path;
    const [base, path] = this.#split(word.at.place, word.at.path);
    return join(base, path);
  }

  async #onServer(words: readonly string[], options: ExecOptions): Promise<Ran> {
    if (options.confined !== true) return execute(words, options, {});
    this.#needsRoot(words[0] ?? '');
    if (options.heldServices !== true) return execute(confine(words), options, {});
    const hold = await this.#scripts.path('hold-services', asset('hold-services').sha256);
    return execute(confine(['sh', hold, ...words]), options, {});
  }

  async #inTree(place: Place, words: readonly string[], options: ExecOptions): Promise<Ran> {
    this.#needsRoot(words[0] ?? '');
    const cord = await this.#scripts.path('cord', asset('cord').sha256);
    const extra: string[] = options.devices === true ? ['--writable-devices'] : [];
    for (const bind of options.binds ?? []) {
      const from = await this.#onDisk(bind.from);
      extra.push(bind.readOnly ? '--bind-ro' : '--bind', from, bind.to);
    }
    if (options.packageCache !== undefined) {
      const cache = join(this.#cache, options.packageCache, 'archives');
      await mkdir(cache, { recursive: true });
      extra.push('--bind', cache, '/var/cache/apt/archives');
    }
    const keep = Object.keys(options.environment ?? {}).join(' ');
    return execute(
      confine(['sh', cord, ...extra, this.#directory(place), ...words], options.privateNetwork),
      options,
      { CORD_KEEP: keep },
    );
  }

  #needsRoot(command: string): void {
    if (this.isRoot) return;
    throw new ProblemError({
      code: 'system/not-root',
      summary: say('only root can run {command} here', { command }),
      remedy: say('run it again with `sudo`'),
    });
  }
}
