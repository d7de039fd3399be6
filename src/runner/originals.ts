import type { Effect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import type { System } from '../system/system.ts';
import { installedPackages } from './installed.ts';
import { runDirectory } from './journal.ts';

/**
 * The first original of every file of the server that a run replaces, so that `undo` can put it
 * back: one line in originals.jsonl, and the file itself beside it when there was one.
 */
export class Originals {
  readonly #system: System;
  readonly #run: string;
  readonly #kept = new Set<string>();

  constructor(system: System, run: string) {
    this.#system = system;
    this.#run = run;
  }

  /** Units, packages and directories have no file to keep: how they stood is written down. */
  async keep(effect: Effect): Promise<void> {
    if (effect.place !== 'server') return;
    if (effect.kind === 'unit') {
      const ask = async (verb: string): Promise<string> =>
        (await this.#system.exec('server', ['systemctl', verb, effect.name])).stdout.trim();
      const [enabled, active] = [await ask('is-enabled'), await ask('is-active')];
      return this.#note(`unit ${effect.name}`, { unit: effect.name, enabled, active });
    }
    if (effect.kind === 'packages') {
      const there = await installedPackages('server', this.#system);
      const missing = effect.names.filter((name) => !there.has(name));
      return this.#note(`packages ${missing.join(' ')}`, { packages: missing });
    }
    if (effect.kind === 'directory') {
      const before = await this.#system.stat('server', effect.path);
      return this.#note(`directory ${effect.path}`, { directory: effect.path, before });
    }
    const path = pathOnServer(effect);
    if (path === null || this.#kept.has(path)) return;
    this.#kept.add(path);
    const entry = await this.#system.stat('server', path);
    const directory = `${runDirectory(this.#run)}/originals`;
    const copy = entry?.kind === 'file' ? `${directory}/${this.#kept.size}` : null;
    if (entry !== null && copy !== null) {
      await this.#system.copy({ place: 'server', path }, 'server', copy, {
        mode: 0o600,
        owner: 'root',
        group: 'root',
      });
    }
    await this.#write({ path, before: entry, copy });
  }

  async #note(key: string, line: unknown): Promise<void> {
    if (this.#kept.has(key)) return;
    this.#kept.add(key);
    await this.#write(line);
  }

  async #write(line: unknown): Promise<void> {
    await this.#system.append(
      'server',
      `${runDirectory(this.#run)}/originals.jsonl`,
      `${JSON.stringify(line)}\n`,
      0o600,
    );
  }
}

/** Files of the server that may be somebody's; our own cache and state are not. */
function pathOnServer(effect: Effect): string | null {
  if (effect.place !== 'server') return null;
  switch (effect.kind) {
    case 'file':
    case 'block':
    case 'absent':
    case 'link':
    case 'copy':
      return effect.path.startsWith(`${layout.cache}/`) ? null : effect.path;
    default:
      return null;
  }
}
