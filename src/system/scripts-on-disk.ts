import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asset } from '../core/assets.ts';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';

/**
 * Our own scripts, written out where a command can read them: below the cache, in a directory
 * named by content, so that two versions of sidus do not change each other's.
 */
export class ScriptsOnDisk {
  readonly #directory: string;
  readonly #written = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async path(name: string, sha256: string): Promise<string> {
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    const found = asset(name);
    if (found.sha256 !== sha256) {
      throw new ProblemError({
        code: 'plan/other-version',
        summary: say('the plan was made by another version of sidus: its script {name} differs', {
          name,
        }),
        remedy: say('make the plan again with `sidus plan`'),
      });
    }
    const path = join(this.#directory, sha256, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const beside = `${path}.${randomBytes(4).toString('hex')}`;
    await writeFile(beside, found.content);
    await chmod(beside, 0o755);
    await rename(beside, path);
    this.#written.set(name, path);
    return path;
  }
}
