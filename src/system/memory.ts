import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type {
  DirectoryAnswer,
  DirectoryLogin,
  DirectoryQuestion,
  LoginAnswer,
} from '../core/directory.ts';
import type { Attributes } from '../core/effect.ts';
import { whereIs } from '../core/layout.ts';
import type { Place, PlacePath } from '../core/place.ts';
import type { Argv, Word } from '../core/text.ts';
import { believableAnswer, believableLogin } from './believable-ldap.ts';
import { aTurn, keyOf, type Model, type Node, only } from './memory-node.ts';
import {
  type Added,
  type Entry,
  type ExecOptions,
  type Holder,
  locked,
  type Ran,
  type System,
} from './system.ts';

export type { Model, Node };

/**
 * A machine in memory: one map from absolute paths to nodes, trees lying where the layout says.
 * Commands are models; the first that answers is it. `pretend` is this with delays, and the
 * tests' fake is this with strictness.
 */
export class MemorySystem implements System {
  readonly kind: System['kind'] = 'fake';
  readonly root: string = '/';
  readonly isRoot: boolean = true;
  readonly nodes = new Map<string, Node>();
  readonly units = new Map<string, { enabled: string; active: boolean }>();
  readonly serverPackages = new Set<string>();
  readonly secrets = new Map<string, string>();
  readonly #given = new Map<string, string>();
  readonly models: Model[] = [];
  #holder: Holder | null = null;
  #drawn = 0;

  /** Called before anything changes. A test counts here, or dies here. */
  protected changing(_what: string): void {}

  async stat(place: Place, path: string, followLast = false): Promise<Entry | null> {
    const node = this.nodes.get(this.resolve(place, path, followLast));
    if (node === undefined) return null;
    const { kind, mode, owner, group, content } = node;
    return {
      kind,
      mode,
      owner,
      group,
      size: Buffer.byteLength(content),
      target: kind === 'link' ? content : null,
      modified: node.modified ?? 0,
    };
  }

  async read(place: Place, path: string): Promise<string | null> {
    const node = this.nodes.get(this.resolve(place, path, true));
    return node?.kind === 'file' ? node.content : null;
  }

  async readFrom(place: Place, path: string, offset: number): Promise<Added | null> {
    const content = await this.read(place, path);
    if (content === null) return null;
    const added = Buffer.from(content).subarray(offset);
    const end = added.lastIndexOf('\n') + 1;
    return { text: added.toString('utf8', 0, end), next: offset + end };
  }

  async list(place: Place, path: string): Promise<readonly string[] | null> {
    const here = this.resolve(place, path, true);
    const below = here === '/' ? '/' : `${here}/`;
    const names = new Set<string>();
    for (const key of this.nodes.keys()) {
      if (key.startsWith(below) && key !== below)
        names.add(key.slice(below.length).split('/')[0] ?? '');
    }
    if (names.size === 0 && this.nodes.get(here)?.kind !== 'directory') return null;
    return [...names].sort();
  }

  async hash(place: Place, path: string): Promise<string | null> {
    const content = await this.read(place, path);
    return content === null ? null : createHash('sha256').update(content).digest('hex');
  }

  async write(place: Place, path: string, content: string, given: Attributes): Promise<void> {
    this.changing(`write ${path}`);
    this.put(this.resolveParent(place, path), { kind: 'file', content, ...only(given) });
  }

  async append(place: Place, path: string, content: string, mode: number): Promise<void> {
    const key = this.resolve(place, path, true);
    const before = this.nodes.get(key);
    this.put(key, {
      kind: 'file',
      content: (before?.content ?? '') + content,
      mode: before?.mode ?? mode,
      owner: 'root',
      group: 'root',
    });
  }

  async makeDirectory(place: Place, path: string, given: Attributes): Promise<void> {
    this.changing(`make directory ${path}`);
    this.put(this.resolve(place, path, true), { kind: 'directory', content: '', ...only(given) });
  }

  async link(place: Place, path: string, target: string): Promise<void> {
    this.changing(`link ${path}`);
    this.put(this.resolveParent(place, path), {
      kind: 'link',
      content: target,
      mode: 0o777,
      owner: 'root',
      group: 'root',
    });
  }

  async remove(place: Place, path: string): Promise<void> {
    this.changing(`remove ${path}`);
    this.nodes.delete(this.resolve(place, path, false));
  }

  async removeEmptyDirectory(place: Place, path: string): Promise<boolean> {
    const key = this.resolve(place, path, false);
    if (!this.nodes.has(key)) return true;
    if ([...this.nodes.keys()].some((other) => other.startsWith(`${key}/`))) return false;
    this.changing(`remove directory ${path}`);
    this.nodes.delete(key);
    return true;
  }

  async copy(
    from: PlacePath,
    place: Place,
    path: string,
    given: Attributes & { readonly modified?: number },
  ): Promise<void> {
    const node = this.nodes.get(this.resolve(from.place, from.path, true));
    if (node?.kind !== 'file') {
      throw Object.assign(new Error(`no file at ${from.path}`), { code: 'ENOENT' });
    }
    this.changing(`copy ${path}`);
    this.put(this.resolveParent(place, path), {
      kind: 'file',
      content: node.content,
      ...only(given),
      ...(given.modified ? { modified: given.modified } : {}),
    });
  }

  async exec(place: Place, argv: Argv, options: ExecOptions = {}): Promise<Ran> {
    const words = argv.map((word) => this.word(word, place));
    for (const model of this.models) {
      const ran = model(this, place, words, options);
      if (ran === undefined) continue;
      const whole = { code: 0, stdout: '', stderr: '', ...ran };
      await this.spoken(whole, options);
      return whole;
    }
    return this.unknownCommand(place, words);
  }

  /** Hands the lines of a finished command over; pretend does it slowly. */
  protected async spoken(ran: Ran, options: ExecOptions): Promise<void> {
    for (const line of ran.stdout.split('\n')) {
      if (line !== '') options.line?.(line, 'stdout');
    }
  }

  protected unknownCommand(_place: Place, words: readonly string[]): Ran {
    return { code: 127, stdout: '', stderr: `${words[0]}: no such command here` };
  }

  /** For models: a change that a command makes. */
  change(what: string): void {
    this.changing(what);
  }

  /** For models: what comes by itself after these seconds. Here time stands still. */
  later(_seconds: number, _happens: () => void): void {}

  giveSecret(name: string, value: string): void {
    this.#given.set(name, value);
  }

  async secret(name: string): Promise<string | null> {
    return this.#given.get(name) ?? this.secrets.get(name) ?? null;
  }

  async secretIsKept(name: string): Promise<boolean> {
    const kept = this.secrets.get(name);
    return kept !== undefined && kept === (this.#given.get(name) ?? kept);
  }

  async keepSecret(name: string, value: string | null): Promise<void> {
    this.changing(`keep secret ${name}`);
    if (value === null) this.secrets.delete(name);
    else this.secrets.set(name, value);
  }

  async askDirectory(question: DirectoryQuestion): Promise<DirectoryAnswer> {
    const secret = question.bind === null ? null : await this.secret(question.bind.secret);
    return believableAnswer(question, secret);
  }

  async tryLogin(question: DirectoryQuestion, login: DirectoryLogin): Promise<LoginAnswer> {
    return believableLogin(question, login);
  }

  randomText(length: number): string {
    this.#drawn += 1;
    const digits = createHash('sha256').update(`drawn ${this.#drawn}`).digest('hex');
    return digits.slice(0, length);
  }

  async lock(command: string, run?: string): Promise<() => Promise<void>> {
    if (this.#holder !== null) throw locked(this.#holder);
    const since = this.now().toISOString();
    this.#holder = { pid: 1, startTime: '0', command, since, run: run ?? null };
    return async () => {
      this.#holder = null;
    };
  }

  async lockHolder(): Promise<Holder | null> {
    return this.#holder;
  }

  /** A killed engine's lock counts for nothing: its holder is dead. */
  forgetLock(): void {
    this.#holder = null;
  }

  /** Here the engine is the process that asks for it. When it dies, what it held is nobody's. */
  async launch(run: string, here: () => Promise<unknown>): Promise<void> {
    let ended = false;
    const isHolder = (): boolean => this.#holder?.run === run;
    void here()
      .catch(() => undefined)
      .finally(() => {
        ended = true;
        if (isHolder()) this.forgetLock();
      });
    while (!ended && !isHolder()) await aTurn();
  }

  now(): Date {
    return new Date(0);
  }

  /** Time costs nothing here; but whoever else is at work gets a turn. */
  pause(_milliseconds: number): Promise<void> {
    return aTurn();
  }

  put(key: string, node: Node): void {
    const parent = posix.dirname(key);
    if (parent !== key && !this.nodes.has(parent)) {
      this.put(parent, {
        kind: 'directory',
        content: '',
        mode: 0o755,
        owner: 'root',
        group: 'root',
      });
    }
    this.nodes.set(key, node);
  }

  directory(place: Place): string {
    return place === 'server' ? '' : whereIs(place);
  }

  word(word: Word, place: Place): string {
    if (typeof word === 'string') return word;
    if ('asset' in word) return `asset:${word.asset}`;
    if ('cache' in word) return `/var/cache/sidus/${word.cache}`;
    return place === 'server' ? this.directory(word.at.place) + word.at.path : word.at.path;
  }

  /** Key of a path with links followed inside the place; the last one only when asked. */
  resolve(place: Place, path: string, followLast: boolean): string {
    return keyOf(this.nodes, this.directory(place), path, followLast);
  }

  /** A new name replaces a link that stands there, as rename(2) does. */
  resolveParent(place: Place, path: string): string {
    const parent = this.resolve(place, posix.dirname(path), true);
    return posix.join(parent, posix.basename(path));
  }
}
