import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What two builds of the same tree may differ in, and why. Everything else must be the same:
 * names, modes, owners, links, contents.
 */
export const mayDiffer: readonly (readonly [path: RegExp, why: string])[] = [
  [/\/initrd\.img(-|$)/, 'a cpio archive holds the times of its files'],
  [/^\/etc\/shadow-?$/, 'each password is salted anew, and its day is kept'],
  [/^\/var\/log\//, 'logs say when'],
  [/^\/var\/cache\/ldconfig\/aux-cache$/, 'holds inode numbers and times'],
  [/^\/var\/cache\/debconf\//, 'debconf writes its questions in the order of the day'],
  [/^\/var\/lib\/systemd\/(random-seed|credential\.secret)$/, 'random by purpose'],
  [/^\/etc\/ssl\/certs\/(java\/)?/, 'links are made in the order of the directory'],
  [/^\/var\/lib\/apt\//, 'lists and times of the last update'],
  [/^\/etc\/ssh\/ssh_host_/, 'made anew for each tree'],
  [/^\/(etc|var)\/\.updated$/, 'holds the time at which /usr was changed'],
];

/** Path to 'type mode owner group size content', for everything in a tree. */
export function treeListing(root: string): ReadonlyMap<string, string> {
  const listing = new Map<string, string>();
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const here = `${path}/${name}`;
      const full = join(root, here);
      const entry = lstatSync(full);
      const owned = `${(entry.mode & 0o7777).toString(8)} ${entry.uid}:${entry.gid}`;
      if (entry.isSymbolicLink()) listing.set(here, `link ${readlinkSync(full)}`);
      else if (entry.isDirectory()) {
        listing.set(here, `directory ${owned}`);
        walk(here);
      } else if (entry.isFile()) {
        const hash = createHash('sha256').update(readFileSync(full)).digest('hex').slice(0, 16);
        listing.set(here, `file ${owned} ${entry.size} ${hash}`);
      } else listing.set(here, `other ${owned} ${entry.rdev}`);
    }
  };
  walk('');
  return listing;
}

/** The paths that differ and may not, each with both sides. */
export function differences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): readonly string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths]
    .filter((path) => one.get(path) !== other.get(path))
    .filter((path) => !mayDiffer.some(([pattern]) => pattern.test(path)))
    .sort()
    .map((path) => `${path}: ${one.get(path) ?? 'missing'} | ${other.get(path) ?? 'missing'}`);
}
