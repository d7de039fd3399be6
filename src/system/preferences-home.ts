import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface Person {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** passwd(5). */
  readonly users: string;
}

export function whoRuns(): Person {
  let users = '';
  try {
    users = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // Without it nobody is known; nothing is offered.
  }
  return { environment: process.env, uid: process.getuid?.() ?? 0, users };
}

export function homeOf(uid: number, users: string): string | null {
  for (const line of users.split('\n')) {
    const [, , id, , , home = ''] = line.split(':');
    if (id === String(uid)) return isAbsolute(home) ? home : null;
  }
  return null;
}

/** XDG base directories. Under sudo the environment may still be that of the other person. */
export function directoryOf({ environment, uid, users }: Person): string | null {
  if (uid === 0 && environment.SUDO_UID !== undefined) {
    return join(homeOf(0, users) ?? '/root', '.config/sidus');
  }
  const { XDG_CONFIG_HOME: config, HOME: home } = environment;
  if (config !== undefined && isAbsolute(config)) return join(config, 'sidus');
  const known = home !== undefined && isAbsolute(home) ? home : homeOf(uid, users);
  return known === null ? null : join(known, '.config/sidus');
}

/** Throws where nothing can be written. Asked first: `conf` would try for a whole second. */
export function mayWrite(directory: string): void {
  let at = directory;
  while (!existsSync(at) && at !== '/') at = join(at, '..');
  accessSync(at, constants.W_OK | constants.X_OK);
}

/**
 * Throws where the text does not fit. `conf` would not: of a disk that fills up it takes what fits
 * for the whole, and puts a torn file where the good one was (measured, 15.1.0).
 */
export function provedRoom(beside: string, text: string): void {
  try {
    writeFileSync(beside, text, { mode: 0o600 });
  } finally {
    rmSync(beside, { force: true });
  }
}
