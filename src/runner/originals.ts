import type { Effect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import type { System } from '../system/system.ts';
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

  async keep(effect: Effect): Promise<void> {
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
    await this.#system.append(
      'server',
      `${runDirectory(this.#run)}/originals.jsonl`,
      `${JSON.stringify({ path, before: entry, copy })}\n`,
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
