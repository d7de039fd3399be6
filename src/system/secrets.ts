import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import { parseSecrets } from '../core/secrets.ts';
import { isMissing } from './inside.ts';

/** Secrets by name: those given for this run, and those kept in secrets.json, which only root reads. */
export class Secrets {
  readonly #path: string;
  #given: Readonly<Record<string, string>>;

  constructor(path: string, given: Readonly<Record<string, string>>) {
    this.#path = path;
    this.#given = given;
  }

  /** Those that are kept nowhere. */
  get given(): Readonly<Record<string, string>> {
    return this.#given;
  }

  give(name: string, value: string): void {
    this.#given = { ...this.#given, [name]: value };
  }

  async get(name: string): Promise<string | null> {
    return this.#given[name] ?? (await this.#kept())[name] ?? null;
  }

  async isKept(name: string): Promise<boolean> {
    const kept = (await this.#kept())[name];
    const given = this.#given[name];
    return kept !== undefined && (given === undefined || given === kept);
  }

  async keep(name: string, value: string | null): Promise<void> {
    const { [name]: _, ...others } = await this.#kept();
    const all = value === null ? others : { ...(await this.#kept()), [name]: value };
    await mkdir(dirname(this.#path), { recursive: true });
    const beside = `${this.#path}.sidus-new`;
    await writeFile(beside, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
    await chmod(beside, 0o600);
    await rename(beside, this.#path);
  }

  async #kept(): Promise<Readonly<Record<string, string>>> {
    let text: string;
    try {
      const { mode } = await stat(this.#path);
      if ((mode & 0o077) !== 0) {
        throw new ProblemError({
          code: 'secrets/readable',
          summary: say('{path} can be read by others than its owner', { path: this.#path }),
          remedy: say('run `chmod 600 {path}`, and change the secrets in it', { path: this.#path }),
        });
      }
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return {};
      // Only root may look: to an ordinary user who asks for a plan, there are none.
      if ((error as { code?: string }).code === 'EACCES') return {};
      throw error;
    }
    return parseSecrets(text, this.#path);
  }
}
