import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import type { Draft, Look } from '../core/preferences.ts';

/** Larger is not ours: some hundred drafts fit. */
export const largest = 4 * 2 ** 20;
const deepest = 40;
const name = z.string().max(200);
/** As `--root` takes it, or a server in memory; what was set aside has more behind it. */
const root = z.string().regex(/^(pretend(#[^\n\r\0]{0,300})?|\/[^\n\r\0]{0,4400})$/);

const draft = z.object({
  schema: z.literal(1),
  savedAt: z.iso.datetime(),
  root,
  preset: name.nullable(),
  tree: name,
  answers: z.unknown(),
  screen: name,
  done: z.array(name).max(100),
});

const shape = z.object({
  drafts: z.record(root, draft).default({}),
  look: z
    .object({ unicode: z.boolean().nullable(), colour: z.boolean().nullable() })
    .default({ unicode: null, colour: null }),
  lastTree: name.nullable().default(null),
});

export interface Kept {
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly look: Look;
  readonly lastTree: string | null;
}

export const nothingKept: Kept = {
  drafts: {},
  look: { unicode: null, colour: null },
  lastTree: null,
};

/** null: no file of preferences. */
export function parseKept(text: string): Kept | null {
  try {
    const found: unknown = JSON.parse(text);
    if (!isHarmless(found)) return null;
    const parsed = shape.safeParse(found);
    if (!parsed.success) return null;
    // What else stands there is nobody's.
    const { drafts, look, lastTree } = parsed.data;
    const own = Object.entries(drafts).every(([key, one]) => one.root === key);
    return own ? { drafts, look, lastTree } : null;
  } catch {
    return null;
  }
}

const changingObjects: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * What is nested without end would end whoever walks through it, and names such as `__proto__`
 * change what whoever merges them works with.
 */
export function isHarmless(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return false;
    const objects = level.filter((one) => typeof one === 'object' && one !== null) as object[];
    const names = objects.flatMap((one) => (Array.isArray(one) ? [] : Object.keys(one)));
    if (names.some((name) => changingObjects.includes(name))) return false;
    level = objects.flatMap((one) => Object.values(one));
  }
  return true;
}

export type Read = { readonly text: string } | { readonly why: 'missing' | 'unfit' };

/**
 * A file of at most 4 MiB, or why not. Nothing is waited for: a pipe in its place would be for
 * ever. Throws what the system says of everything else, such as EACCES.
 */
export function readSmall(path: string, owner?: number): Read {
  // A stranger's link may lead anywhere; a person's own may lead to where they keep such files.
  const follow = owner === undefined ? 0 : constants.O_NOFOLLOW;
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | follow);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { why: 'missing' };
    if (code === 'ELOOP' || code === 'ENXIO') return { why: 'unfit' };
    throw error;
  }
  try {
    const found = fstatSync(handle);
    if (!found.isFile() || found.size > largest) return { why: 'unfit' };
    if (owner !== undefined && found.uid !== owner) return { why: 'unfit' };
    // One byte more than allowed, in case that it grows meanwhile.
    const bytes = Buffer.alloc(largest + 1);
    let length = 0;
    for (;;) {
      const got = readSync(handle, bytes, length, bytes.length - length, null);
      length += got;
      if (got === 0) break;
      if (length > largest) return { why: 'unfit' };
    }
    return { text: bytes.toString('utf8', 0, length) };
  } finally {
    closeSync(handle);
  }
}
