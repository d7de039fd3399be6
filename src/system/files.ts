import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Attributes } from '../core/effect.ts';
import { inside, isMissing } from './inside.ts';
import { type Owners, ownersOf } from './owners.ts';
import type { Added, Entry } from './system.ts';

/** Files below one directory; nothing here follows a link out of it. */
export class Files {
  readonly #root: string;
  readonly #owned: boolean;

  /** `owned`: may give files to others, that is, runs as root. */
  constructor(root: string, owned: boolean) {
    this.#root = root;
    this.#owned = owned;
  }

  path(path: string, followLast: boolean): Promise<string> {
    return inside(this.#root, path, followLast);
  }

  async stat(path: string, followLast = false): Promise<Entry | null> {
    const here = await this.path(path, followLast);
    const found = await missing(lstat(here));
    if (found === null) return null;
    const owners = await this.#owners();
    return {
      kind: found.isFile()
        ? 'file'
        : found.isDirectory()
          ? 'directory'
          : found.isSymbolicLink()
            ? 'link'
            : 'other',
      size: found.size,
      mode: found.mode & 0o7777,
      owner: owners.user(found.uid),
      group: owners.group(found.gid),
      target: found.isSymbolicLink() ? await readlink(here) : null,
      modified: Math.floor(found.mtimeMs),
    };
  }

  async read(path: string): Promise<string | null> {
    return missing(readFile(await this.path(path, true), 'utf8'));
  }

  async readFrom(path: string, offset: number): Promise<Added | null> {
    const handle = await missing(open(await this.path(path, true), 'r'));
    if (handle === null) return null;
    try {
      // A line that is longer than the piece needs a longer piece.
      for (let size = 2 ** 16; ; size *= 4) {
        const piece = Buffer.allocUnsafe(size);
        const { bytesRead } = await handle.read(piece, 0, size, offset);
        const end = piece.subarray(0, bytesRead).lastIndexOf('\n') + 1;
        if (end > 0 || bytesRead < size) {
          return { text: piece.toString('utf8', 0, end), next: offset + end };
        }
      }
    } finally {
      await handle.close();
    }
  }

  async list(path: string): Promise<readonly string[] | null> {
    const names = await missing(readdir(await this.path(path, true)));
    return names === null ? null : names.sort();
  }

  async hash(path: string): Promise<string | null> {
    const here = await this.path(path, true);
    const entry = await missing(lstat(here));
    if (entry === null || !entry.isFile()) return null;
    const digest = createHash('sha256');
    for await (const piece of createReadStream(here)) digest.update(piece as Buffer);
    return digest.digest('hex');
  }

  /** Written beside, synced, given its owner, and only then renamed into place. */
  async write(path: string, content: string, attributes: Attributes): Promise<void> {
    await this.#replace(path, attributes, async (beside) => {
      const handle = await open(beside, 'wx', 0o600);
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async copy(
    from: string,
    path: string,
    attributes: Attributes & { readonly modified?: number },
  ): Promise<void> {
    await this.#replace(path, attributes, async (beside) => {
      await copyFile(from, beside);
      // A part of a millisecond more: seconds with fractions are rounded down on their way.
      const seconds = attributes.modified === undefined ? null : (attributes.modified + 0.1) / 1000;
      if (seconds !== null) await utimes(beside, seconds, seconds);
      const handle = await open(beside, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async append(path: string, content: string, mode: number): Promise<void> {
    const here = await this.path(path, true);
    await mkdir(dirname(here), { recursive: true });
    const handle = await open(here, 'a', mode);
    try {
      await handle.writeFile(content);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async makeDirectory(path: string, attributes: Attributes): Promise<void> {
    const here = await this.path(path, true);
    await mkdir(here, { recursive: true });
    await this.#give(here, attributes);
  }

  async link(path: string, target: string): Promise<void> {
    const here = await this.path(path, false);
    await mkdir(dirname(here), { recursive: true });
    const beside = besideOf(here);
    await rm(beside, { force: true });
    await symlink(target, beside);
    await rename(beside, here);
  }

  async remove(path: string): Promise<void> {
    const here = await this.path(path, false);
    await missing(unlink(here));
  }

  async removeEmptyDirectory(path: string): Promise<boolean> {
    try {
      await missing(rmdir(await this.path(path, false)));
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOTEMPTY') return false;
      throw error;
    }
  }

  async #replace(
    path: string,
    attributes: Attributes,
    make: (beside: string) => Promise<void>,
  ): Promise<void> {
    const here = join(await this.path(dirname(path), true), basename(path));
    await mkdir(dirname(here), { recursive: true });
    const beside = besideOf(here);
    await rm(beside, { force: true });
    try {
      await make(beside);
      await this.#give(beside, attributes);
      await rename(beside, here);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async #give(here: string, attributes: Attributes): Promise<void> {
    if (this.#owned) {
      const owners = await this.#owners();
      await chown(here, owners.uid(attributes.owner), owners.gid(attributes.group));
    }
    // After chown: giving a file away clears its set-id bits.
    await chmod(here, attributes.mode);
  }

  #owners(): Promise<Owners> {
    return ownersOf(this.#root);
  }
}

/** One name for each target, so that what a killed engine left is found and replaced. */
function besideOf(here: string): string {
  return join(dirname(here), `.${basename(here)}.sidus-new`);
}

async function missing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
