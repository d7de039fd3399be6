import { createHash } from 'node:crypto';
import type {
  AbsentEffect,
  Attributes,
  BlockEffect,
  CopyEffect,
  Effect,
  FileEffect,
  LinkEffect,
} from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import type { Original, PathOriginal, PathState } from '../core/original.ts';
import type { Plan } from '../core/plan.ts';
import type { System } from '../system/system.ts';
import { blockDone, blockIn } from './block.ts';
import { everyPackage, packagesWithSettings } from './installed.ts';
import { runDirectory } from './journal.ts';
import { pathState } from './path-state.ts';
import { resolveText } from './resolve.ts';
import { changedSettings, keepSettings, unsettled } from './settings.ts';

/** Of a run that died before it could say what packages had changed. */
export interface LeftSettings {
  /** Its copy of /etc. */
  readonly copy: string;
  /** When no run was at work since, in milliseconds since 1970: whoever wrote there is no package. */
  readonly idle: readonly { readonly from: number; readonly to: number }[];
}

export const originalsPath = (run: string): string => `${runDirectory(run)}/originals.jsonl`;

/** Lines that a power cut tore are about changes that were never made. */
export function originalsIn(text: string): readonly Original[] {
  return text.split('\n').flatMap((line) => {
    try {
      const found = JSON.parse(line) as Original;
      return typeof found.what === 'string' ? [found] : [];
    } catch {
      return [];
    }
  });
}

type PathEffect = FileEffect | BlockEffect | AbsentEffect | LinkEffect | CopyEffect;

/**
 * How everything of the server was that a run changes, so that undo can put it back: a line in
 * originals.jsonl, written before the change, and the file itself beside it when there was one.
 * A line also says what the run was about to leave there: by that undo tells what somebody
 * changed since, also where the run died in between.
 */
export class Originals {
  readonly #system: System;
  readonly #run: string;
  /** The first line about each path. */
  readonly #paths = new Map<string, PathOriginal>();
  readonly #noted = new Set<string>();
  /** The copy of /etc; null: none yet. */
  #settings: string | null;
  readonly #idle: LeftSettings['idle'];
  /** Paths in /etc that somebody worked on while no run did; null: not looked for yet. */
  #worked: ReadonlySet<string> | null = null;
  readonly #units: readonly string[];

  /**
   * `plan`: whose units are looked at before anything is changed. `left`: of a run that this one
   * goes on with.
   */
  constructor(system: System, run: string, plan?: Plan, left: LeftSettings | null = null) {
    this.#system = system;
    this.#run = run;
    this.#settings = left?.copy ?? null;
    this.#idle = left?.idle ?? [];
    this.#units = (plan?.steps ?? []).flatMap(({ effects }) =>
      effects.flatMap((effect) =>
        effect.kind === 'unit' && effect.place === 'server' ? [effect.name] : [],
      ),
    );
  }

  /** Before the effect. */
  async keep(effect: Effect): Promise<void> {
    if (effect.place !== 'server') return;
    if (effect.kind === 'packages') {
      for (const name of this.#units) await this.#keepUnit(name, false);
    }
    switch (effect.kind) {
      case 'unit':
        return this.#keepUnit(effect.name, true);
      case 'packages': {
        const { names } = effect;
        const purged = effect.purged === true;
        const there = await packagesWithSettings(this.#system);
        const installed = await everyPackage(this.#system);
        await this.#keepSettings();
        await this.#findWorked();
        return this.#write({
          what: 'packages',
          missing: purged ? [] : names.filter((name) => !installed.includes(name)),
          installed,
          removed: purged ? names.filter((name) => there.has(name)) : [],
        });
      }
      case 'directory':
        return this.#keepDirectory(effect.path, effect);
      case 'absent':
        return effect.emptyDirectory === true
          ? this.#keepDirectory(effect.path, null)
          : this.#keepPath(effect);
      case 'file':
      case 'block':
      case 'link':
      case 'copy':
        return this.#keepPath(effect);
      case 'secret':
        return this.#write({
          ...(await this.#path(layout.secrets, 'secrets')),
          secret: effect.name,
        });
      case 'settings':
        for (const { path, was, now } of await unsettled(effect, this.#system)) {
          if (was?.kind === 'directory' || now?.kind === 'directory') continue;
          await this.#write(await this.#path(path, was));
        }
        return;
      default:
        // What commands do to a tree is no part of the server.
        return;
    }
  }

  /** After the effect: what packages brought cannot be told before. */
  async keepAfter(effect: Effect): Promise<void> {
    if (effect.place !== 'server' || effect.kind !== 'packages' || effect.purged === true) return;
    if (this.#settings === null) return;
    const worked = await this.#findWorked();
    const changed = (await changedSettings(this.#settings, this.#system))
      .filter(({ path }) => !this.#paths.has(path) && !worked.has(path))
      .map(({ path, now }) => ({ path, now }));
    await this.#write({ what: 'settings', copy: this.#settings, changed });
  }

  async #keepUnit(name: string, changed: boolean): Promise<void> {
    if (!this.#isFirst(`unit ${name} ${changed}`)) return;
    const ask = (verb: string) => this.#system.exec('server', ['systemctl', verb, name]);
    const enabled = (await ask('is-enabled')).stdout.trim();
    const active = (await ask('is-active')).code === 0;
    await this.#write({ what: 'unit', name, enabled, active, changed });
  }

  async #keepDirectory(path: string, given: Attributes | null): Promise<void> {
    const wrote = given === null ? null : attributesOf(given);
    if (!this.#isFirst(`directory ${path} ${JSON.stringify(wrote)}`)) return;
    const before = await pathState(path, this.#system, 'server', given !== null);
    const made = await this.#missingAbove(path);
    await this.#write({ what: 'directory', path, before, wrote, made });
  }

  /** Under --root packages are the machine's, and so is its /etc. */
  async #keepSettings(): Promise<void> {
    if (this.#settings !== null || this.#system.root !== '/') return;
    await this.#makeDirectory();
    const copy = `${this.#directory}/etc`;
    await keepSettings(copy, this.#system);
    this.#settings = copy;
    await this.#write({ what: 'settings', copy, changed: null });
  }

  /** Of what was removed nobody knows when: it counts as somebody's. */
  async #findWorked(): Promise<ReadonlySet<string>> {
    if (this.#worked !== null) return this.#worked;
    const found =
      this.#settings === null || this.#idle.length === 0
        ? []
        : (await changedSettings(this.#settings, this.#system)).filter(
            ({ now, at }) =>
              now === null || this.#idle.some(({ from, to }) => at > from && at < to),
          );
    this.#worked = new Set(found.map(({ path }) => path));
    return this.#worked;
  }

  async #keepPath(effect: PathEffect): Promise<void> {
    const { path } = effect;
    // Our own cache is nobody's.
    if (path.startsWith(`${layout.cache}/`)) return;
    const original = await this.#path(path, await this.#aboutToBe(effect));
    if (effect.kind !== 'block') return this.#write(original);
    const text = await this.#system.read('server', path);
    const { marker, content } = effect;
    const before = text === null ? null : blockIn(text, marker);
    await this.#write({ ...original, block: { marker, before, wrote: content } });
  }

  async #aboutToBe(effect: PathEffect): Promise<PathState | null> {
    const of = (text: string, given: Pick<FileEffect, 'mode' | 'owner' | 'group'>): PathState => ({
      kind: 'file',
      ...{ mode: given.mode, owner: given.owner, group: given.group },
      sha256: createHash('sha256').update(text).digest('hex'),
      target: null,
      modified: 0,
    });
    switch (effect.kind) {
      case 'file':
        return of(await resolveText(effect.content, this.#system), effect);
      case 'block': {
        const entry = await this.#system.stat('server', effect.path);
        const text = (await this.#system.read('server', effect.path)) ?? '';
        return of(blockDone(text, effect), entry ?? { mode: 0o644, owner: 'root', group: 'root' });
      }
      case 'link': {
        const { target } = effect;
        return { ...of('', { mode: 0o777, owner: 'root', group: 'root' }), kind: 'link', target };
      }
      case 'copy': {
        const sha256 = await this.#system.hash(effect.from.place, effect.from.path);
        return { ...of('', effect), sha256 };
      }
      case 'absent':
        return null;
      default:
        return effect satisfies never;
    }
  }

  async #path(path: string, wrote: PathOriginal['wrote']): Promise<PathOriginal> {
    const first = this.#paths.get(path);
    if (first !== undefined) return { ...first, wrote };
    const before = await pathState(path, this.#system);
    const made = await this.#missingAbove(path);
    let copy: string | null = null;
    if (before?.kind === 'file') {
      await this.#makeDirectory();
      copy = `${this.#directory}/${this.#paths.size + 1}`;
      await this.#system.copy({ place: 'server', path }, 'server', copy, {
        mode: 0o600,
        owner: 'root',
        group: 'root',
      });
    }
    const original: PathOriginal = { what: 'path', path, before, copy, wrote, made };
    this.#paths.set(path, original);
    return original;
  }

  /** Directories that will be made on the way, the uppermost first. */
  async #missingAbove(path: string): Promise<readonly string[]> {
    const missing: string[] = [];
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
      if ((await this.#system.stat('server', at)) !== null) break;
      missing.unshift(at);
    }
    return missing;
  }

  get #directory(): string {
    return `${runDirectory(this.#run)}/originals`;
  }

  /** What only its owner could read, nobody else reads here. */
  async #makeDirectory(): Promise<void> {
    if (!this.#isFirst('the directory itself')) return;
    const attributes = { mode: 0o700, owner: 'root', group: 'root' };
    await this.#system.makeDirectory('server', this.#directory, attributes);
  }

  #isFirst(what: string): boolean {
    const first = !this.#noted.has(what);
    this.#noted.add(what);
    return first;
  }

  async #write(original: Original): Promise<void> {
    const line = `${JSON.stringify(original)}\n`;
    await this.#system.append('server', originalsPath(this.#run), line, 0o600);
  }
}

const attributesOf = ({ mode, owner, group }: Attributes): Attributes => ({ mode, owner, group });

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
