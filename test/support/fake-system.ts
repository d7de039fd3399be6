import type { Attributes } from '../../src/core/effect.ts';
import type { Place } from '../../src/core/place.ts';
import { placeName } from '../../src/core/place.ts';
import { MemorySystem, type Node } from '../../src/system/memory.ts';
import type { ExecOptions, Ran } from '../../src/system/system.ts';
import { models } from './models.ts';

/** In place of a change: the engine died there. */
export class Crash extends Error {}

const owned = { owner: 'root', group: 'root' } as const;

/**
 * The machine in memory that the tests use. It is strict: a command that nobody modelled is a
 * fault of the test. It counts what changes, may die instead of the n-th change, and knows of
 * every command with a lasting effect whether what it rests on was changed since.
 */
export class FakeSystem extends MemorySystem {
  override readonly root: string;
  /** Every change so far, the appends to journals among them. */
  readonly changes: string[] = [];
  /** When each node last became another, counted in changes. */
  readonly touched = new Map<string, number>();
  /** When each command with a lasting effect last ran. */
  readonly ran = new Map<string, number>();
  /** Packages that apt unpacked and did not set up, by place. */
  readonly halfInstalled = new Map<string, Set<string>>();
  /** What lay behind it at the moment that a version was published. */
  readonly staleWhenPublished: string[] = [];
  /** Another DHCP server on the wire. */
  foreignDhcp = false;
  #dieAt = Number.POSITIVE_INFINITY;
  #dead = false;
  #drawn = 0;

  constructor(root = '/') {
    super();
    this.root = root;
    this.models.push(...models);
    for (const path of ['/etc', '/usr/sbin', '/var/lib', '/srv']) this.makeNode(path, 'directory');
    this.makeNode('/etc/passwd', 'file', 'root:x:0:0:root:/root:/bin/bash\n');
    this.touched.clear();
  }

  /** Dies at the n-th change from now, counted from one. */
  dieAt(nth: number): void {
    this.#dieAt = this.changes.length + nth;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Another engine on the same disk. What was in the old one's memory is lost. */
  revive(): void {
    this.#dead = false;
    this.#dieAt = Number.POSITIVE_INFINITY;
    this.forgetLock();
  }

  protected override changing(what: string): void {
    if (this.#dead) throw new Crash(`the engine is dead: ${what}`);
    this.changes.push(what);
    if (this.changes.length >= this.#dieAt) {
      this.#dead = true;
      throw new Crash(`died at change ${this.changes.length}: ${what}`);
    }
  }

  /** A power cut leaves half a line at the end of a journal. */
  override async append(place: Place, path: string, content: string, mode: number): Promise<void> {
    try {
      this.changing(`append ${path}`);
    } catch (error) {
      const first = this.changes.length === this.#dieAt;
      this.#dieAt = Number.POSITIVE_INFINITY;
      if (first) await super.append(place, path, content.slice(0, content.length >> 1), mode);
      throw error;
    }
    await super.append(place, path, content, mode);
  }

  override async keepSecret(name: string, value: string | null): Promise<void> {
    // One that somebody gave takes the place of another.
    const given = value !== null && (await this.secret(name)) === value;
    if (value !== null && !given && this.secrets.has(name))
      throw new Error(`the secret ${name} would be made twice`);
    await super.keepSecret(name, value);
  }

  /** Secrets are drawn 16 letters long: the same in every world, so that worlds can be compared. */
  override randomText(length: number): string {
    this.#drawn += 1;
    return length === 16 ? 'Unguessable-text' : String(this.#drawn).padStart(length, '0');
  }

  override put(key: string, node: Node): void {
    const before = this.nodes.get(key);
    super.put(key, node);
    if (JSON.stringify(before) !== JSON.stringify(node)) this.touch(key);
  }

  override async remove(place: Place, path: string): Promise<void> {
    const key = this.resolve(place, path, false);
    const there = this.nodes.has(key);
    await super.remove(place, path);
    if (there) this.touch(key);
  }

  protected override unknownCommand(place: Place, words: readonly string[]): Ran {
    throw new Error(`nobody modelled this command, in ${placeName(place)}: ${words.join(' ')}`);
  }

  override async exec(
    place: Place,
    argv: Parameters<MemorySystem['exec']>[1],
    options: ExecOptions = {},
  ): Promise<Ran> {
    if (this.#dead) throw new Crash(`the engine is dead: ${argv.join(' ')}`);
    if (place !== 'server' && !this.nodes.has(`${this.directory(place)}/usr`)) {
      return { code: 125, stdout: '', stderr: `cord: no such tree: ${placeName(place)}\n` };
    }
    return super.exec(place, argv, options);
  }

  /** Notes that a key became another now. */
  touch(key: string): void {
    this.touched.set(key, this.changes.length);
  }

  /** For models: a node of the whole machine, by its key. */
  makeNode(key: string, kind: Node['kind'], content = '', given: Partial<Attributes> = {}): void {
    const mode = kind === 'directory' ? 0o755 : kind === 'link' ? 0o777 : 0o644;
    this.put(key, { kind, content, mode, ...owned, ...given });
  }

  text(key: string): string {
    return this.nodes.get(key)?.content ?? '';
  }

  below(directory: string): readonly string[] {
    return [...this.nodes.keys()].filter((key) => key.startsWith(`${directory}/`));
  }

  removeBelow(directory: string): void {
    for (const key of [directory, ...this.below(directory)]) {
      if (this.nodes.delete(key)) this.touch(key);
    }
  }

  copyBelow(from: string, to: string): void {
    for (const key of [from, ...this.below(from)]) {
      const node = this.nodes.get(key);
      if (node !== undefined) this.put(to + key.slice(from.length), node);
    }
  }

  /** For models: this command has run now, after everything that changed so far. */
  note(command: string): void {
    this.ran.set(command, this.changes.length);
  }

  /** When the last of these became another; a directory stands for all below it. */
  lastTouched(keys: readonly string[]): number {
    let last = 0;
    for (const [key, at] of this.touched) {
      if (at > last && keys.some((wanted) => key === wanted || key.startsWith(`${wanted}/`))) {
        last = at;
      }
    }
    return last;
  }

  /** Everything but our own records of runs, to be held against another world. */
  snapshot(): Readonly<Record<string, unknown>> {
    const entries = [...this.nodes]
      .filter(([key]) => !/^\/var\/lib\/sidus\/(runs(\/|$)|journal\.jsonl$)/.test(key))
      // A directory that stands on the way only has no owner of its own making.
      .map(([key, node]): [string, unknown] => [key, node]);
    return Object.fromEntries([
      ...entries.sort(([one], [other]) => (one < other ? -1 : 1)),
      ...[...this.units].map(([name, state]): [string, unknown] => [`unit ${name}`, { ...state }]),
      ['packages of the server', [...this.serverPackages].sort()],
      ['half installed', [...this.halfInstalled].flatMap(([, names]) => [...names]).sort()],
      ['secrets', Object.fromEntries([...this.secrets].sort())],
    ]);
  }

  /** The same world on another machine. */
  clone(): FakeSystem {
    const other = new FakeSystem(this.root);
    other.nodes.clear();
    for (const [key, node] of this.nodes) other.nodes.set(key, node);
    for (const [name, state] of this.units) other.units.set(name, { ...state });
    for (const name of this.serverPackages) other.serverPackages.add(name);
    for (const [name, value] of this.secrets) other.secrets.set(name, value);
    for (const [place, names] of this.halfInstalled) other.halfInstalled.set(place, new Set(names));
    for (const [key, at] of this.touched) other.touched.set(key, at);
    for (const [command, at] of this.ran) other.ran.set(command, at);
    other.changes.push(...this.changes);
    other.#drawn = this.#drawn;
    return other;
  }
}

/** Where two worlds differ, one line each. */
export function differences(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): readonly string[] {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...keys].flatMap((key) => {
    const one = JSON.stringify(wanted[key]);
    const other = JSON.stringify(found[key]);
    return one === other ? [] : [`${key}: ${other} where ${one} should be`];
  });
}
