import { link, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execute } from './commands.ts';
import { isMissing } from './inside.ts';
import { type Holder, locked } from './system.ts';

/**
 * One run at a time: a file that names its holder, made by link(2), which one of two rivals wins.
 * A holder that is dead, or whose pid belongs to a younger process, holds nothing.
 */
export async function takeLock(path: string, holder: Holder): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${holder.pid}`;
  await writeFile(beside, `${JSON.stringify(holder)}\n`, { mode: 0o644 });
  try {
    for (;;) {
      try {
        await link(beside, path);
        return () => release(path, holder);
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error;
      }
      const text = await textOf(path);
      const other = holderIn(text);
      if (other !== null && (await isAlive(other))) throw locked(other);
      await removeDead(path, text);
    }
  } finally {
    await rm(beside, { force: true });
  }
}

async function release(path: string, holder: Holder): Promise<void> {
  const now = await readHolder(path);
  if (now?.pid === holder.pid && now.startTime === holder.startTime) await unlink(path);
}

/** Of rivals who saw the same dead holder, none may remove the lock that another has taken since. */
async function removeDead(path: string, text: string): Promise<void> {
  const script = '[ "$(cat -- "$1" 2>/dev/null)" != "$2" ] || rm -f -- "$1"';
  const guard = `${dirname(path)}/takeover`;
  await execute(['flock', guard, 'sh', '-c', script, 'sh', path, text.trimEnd()], {}, {});
}

/** null: nobody, or a file that is no lock. */
export async function readHolder(path: string): Promise<Holder | null> {
  return holderIn(await textOf(path));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

function holderIn(text: string): Holder | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const { pid, startTime, command, since, run } = found as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof startTime !== 'string') return null;
  return {
    pid,
    startTime,
    command: String(command),
    since: String(since),
    run: typeof run === 'string' ? run : null,
  };
}

export async function isAlive(holder: Holder): Promise<boolean> {
  return (await startTimeOf(holder.pid)) === holder.startTime;
}

/** proc(5), stat: field 22, counted after the command's closing bracket. null: no such process. */
export async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return fields[19] ?? null;
  } catch (error) {
    if (isMissing(error) || (error as { code?: string }).code === 'ESRCH') return null;
    throw error;
  }
}
