import { z } from 'zod';

const place = z.union([
  z.literal('server'),
  z.strictObject({ tree: z.string(), version: z.number().int().optional() }),
  z.strictObject({ workshop: z.string() }),
]);
const placePath = z.strictObject({ place, path: z.string() });
const text = z.union([
  z.string(),
  z.array(
    z.union([
      z.string(),
      z.strictObject({ secret: z.string() }),
      z.strictObject({ at: placePath }),
    ]),
  ),
]);
const word = z.union([
  z.string(),
  z.strictObject({ at: placePath }),
  z.strictObject({ asset: z.string(), sha256: z.string() }),
  z.strictObject({ cache: z.string() }),
]);
const argv = z.array(word).min(1);
const attributes = { mode: z.number().int(), owner: z.string(), group: z.string() };
const edited = z.strictObject({ paths: z.array(z.string()), at: z.string() });
const there = { place, path: z.string() };

/** What a plan may hold: the closed union of `core/effect.ts`, for plans that come from a file. */
export const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), ...there, content: text, ...attributes }),
  z.strictObject({
    kind: z.literal('block'),
    ...there,
    marker: z.string(),
    content: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('absent'),
    ...there,
    emptyDirectory: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal('directory'), ...there, ...attributes }),
  z.strictObject({ kind: z.literal('link'), ...there, target: z.string() }),
  z.strictObject({
    kind: z.literal('copy'),
    from: placePath,
    ...there,
    ...attributes,
    modified: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('secret'),
    place: z.literal('server'),
    name: z.string(),
    given: z.literal(true).optional(),
    before: z.string().nullable().optional(),
  }),
  z.strictObject({
    kind: z.literal('packages'),
    place,
    names: z.array(z.string()),
    recommends: z.boolean(),
    purged: z.literal(true).optional(),
    edited: edited.optional(),
  }),
  z.strictObject({
    kind: z.literal('unit'),
    place,
    name: z.string(),
    state: z.enum(['enabled', 'disabled', 'masked']),
    running: z.enum(['started', 'stopped']).nullable(),
    restartWhenChanged: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('run'),
    place,
    argv,
    unless: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('exists'), at: placePath }),
        z.strictObject({ kind: z.literal('succeeds'), place, argv }),
      ])
      .nullable(),
    stdin: text.optional(),
    progress: z.enum(['apt', 'mmdebstrap', 'copy']).optional(),
    rereads: z.literal(true).optional(),
  }),
  z.strictObject({
    kind: z.literal('publish'),
    place,
    tree: z.string(),
    version: z.number().int(),
  }),
  z.strictObject({
    kind: z.literal('settings'),
    place: z.literal('server'),
    from: z.string(),
    back: z.array(z.string()),
    gone: z.array(z.string()),
    except: z.array(z.string()),
    edited,
  }),
]);
