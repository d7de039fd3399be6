import { z } from 'zod';

/**
 * The types of what homes are described by. They land in fields of fstab(5) and exports(5), and
 * systemd makes units of them, which know no way to write what ends in a backslash.
 */

const notAPath = 'is not a path on a server; write one such as /srv/homes';

/** What another server exports: anything that its people may have called it, but no relative path. */
export function exportedPath(): z.ZodString {
  return z
    .string()
    .max(1024, notAPath)
    .regex(/^(\/|(\/[^/\\\p{C}\p{Z}]+( +[^/\\\p{C}\p{Z}]+)*)+)$/u, notAPath)
    .refine((path) => !/\/\.\.?(\/|$)/.test(path), 'leads through . or ..; write the path itself');
}

/** Plain enough to need no quotes anywhere: only such a one is exported by this server. */
export const plainPath = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;

/** Directories that belong to Debian (hier(7)): what is mounted over them is gone. */
const systemDirectories: ReadonlySet<string> = new Set(
  'bin boot dev etc lib lib32 lib64 libx32 lost+found proc root run sbin sys tmp usr var'.split(
    ' ',
  ),
);

/** A mount at any of these would hide what is in it; below them there is room. */
const fullDirectories: ReadonlySet<string> = new Set(['/media', '/opt']);

export function mountPoint(): z.ZodString {
  return z
    .string()
    .max(256)
    .regex(
      plainPath,
      'is not a directory of the clients; write a path such as /home, of letters, digits, hyphens and dots',
    )
    .refine(
      (path) => !fullDirectories.has(path) && !systemDirectories.has(path.split('/')[1] ?? ''),
      'is part of Debian, which it would hide; choose a directory such as /home or /srv/shared',
    ) as z.ZodString;
}

/** Whether a mount at `above` changes what is at `path`. */
export function covers(above: string, path: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}
