import { z } from 'zod';

/**
 * The shapes of what sidus prints and reads as JSON, published as docs/schemas/*.json. They
 * mirror the types of core; a test holds real plans, events and reports against them.
 */

const message = z
  .strictObject({
    text: z.string(),
    values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  })
  .meta({ title: 'Message', description: 'A sentence with {named} holes, and what fills them.' });

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
const there = { place, path: z.string() };

const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), ...there, content: text, ...attributes }),
  z.strictObject({ kind: z.literal('block'), ...there, marker: z.string(), content: z.string() }),
  z.strictObject({ kind: z.literal('absent'), ...there }),
  z.strictObject({ kind: z.literal('directory'), ...there, ...attributes }),
  z.strictObject({ kind: z.literal('link'), ...there, target: z.string() }),
  z.strictObject({ kind: z.literal('copy'), from: placePath, ...there, ...attributes }),
  z.strictObject({ kind: z.literal('secret'), place: z.literal('server'), name: z.string() }),
  z.strictObject({
    kind: z.literal('packages'),
    place,
    names: z.array(z.string()),
    recommends: z.boolean(),
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
  }),
  z.strictObject({
    kind: z.literal('publish'),
    place,
    tree: z.string(),
    version: z.number().int(),
  }),
]);

const stepId = z.string().regex(/^[^/]+\/.+$/);

export const planSchema = z
  .strictObject({
    schema: z.literal(1),
    title: message,
    root: z.string(),
    steps: z.array(
      z.strictObject({
        id: stepId,
        title: message,
        why: message,
        phase: message.optional(),
        seconds: z.number().optional(),
        after: z.array(stepId).optional(),
        follows: z.array(stepId).optional(),
        effects: z.array(effect),
      }),
    ),
    notes: z.array(message),
  })
  .meta({ title: 'Plan', description: 'What will be done: `sidus plan -o plan.json`.' });

const problem = z.strictObject({
  code: z.string(),
  summary: message,
  remedy: message,
  at: z.string().optional(),
  detail: z.string().optional(),
});
const outcome = z.enum(['ok', 'failed', 'cancelled']);
const stepState = z.enum(['waiting', 'running', 'done', 'skipped', 'failed']);

const at = { at: z.string() };
export const eventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('run-started'),
      run: z.string(),
      steps: z.array(stepId),
      ...at,
    }),
    z.strictObject({ type: z.literal('step-started'), step: stepId, ...at }),
    z.strictObject({ type: z.literal('output'), step: stepId, line: z.string(), ...at }),
    z.strictObject({
      type: z.literal('progress'),
      step: stepId,
      done: z.number(),
      total: z.number(),
      note: message,
      ...at,
    }),
    z.strictObject({
      type: z.literal('heartbeat'),
      step: stepId,
      silentSeconds: z.number(),
      ...at,
    }),
    z.strictObject({
      type: z.literal('step-skipped'),
      step: stepId,
      reason: z.literal('already-so'),
      ...at,
    }),
    z.strictObject({
      type: z.literal('step-done'),
      step: stepId,
      fingerprint: z.string(),
      ...at,
    }),
    z.strictObject({ type: z.literal('step-failed'), step: stepId, problem, ...at }),
    z.strictObject({ type: z.literal('run-finished'), outcome, ...at }),
    z.strictObject({ type: z.literal('run-failed'), problem, ...at }),
  ])
  .meta({ title: 'Event', description: 'One line of `sidus apply --json` and of events.jsonl.' });

export const reportSchema = z
  .strictObject({
    schema: z.literal(1),
    title: message,
    root: z.string(),
    steps: z.array(
      z.strictObject({
        id: stepId,
        title: message,
        standing: z.array(z.enum(['so', 'create', 'change', 'unknown'])),
        settled: z.boolean(),
        state: stepState.nullable(),
      }),
    ),
    outcome: outcome.nullable(),
    problem: problem.nullable(),
  })
  .meta({ title: 'Report', description: 'How a plan stands, or what came of a run.' });

const overviewOutcome = z.enum(['ok', 'failed', 'cancelled', 'running', 'broken-off']);

export const overviewSchema = z.strictObject({
  schema: z.literal(1),
  root: z.string(),
  server: z.strictObject({
    name: z.string().nullable(),
    space: z
      .strictObject({
        freeBytes: z.number(),
        sizeBytes: z.number().nullable(),
        filesystem: z.string(),
      })
      .nullable(),
    services: z.array(
      z.strictObject({
        name: z.string(),
        state: z.enum(['running', 'starting', 'stopped', 'failed', 'missing', 'unknown']),
        enabled: z.boolean().nullable(),
        threads: z.number().int().nullable(),
      }),
    ),
  }),
  trees: z.array(
    z.strictObject({
      name: z.string(),
      made: z.enum(['sidus', 'by hand']),
      inSite: z.boolean(),
      directory: z.string(),
      suite: z.string().nullable(),
      release: z.string().nullable(),
      kernel: z.string().nullable(),
      draft: z.strictObject({ suite: z.string(), ahead: z.boolean() }).nullable(),
      versions: z.array(
        z.strictObject({
          version: z.number().int(),
          date: z.string(),
          kernel: z.string().nullable(),
          image: z.boolean(),
          current: z.boolean(),
        }),
      ),
      current: z.number().int().nullable(),
      exportedTo: z.array(z.strictObject({ to: z.string(), writable: z.boolean() })),
    }),
  ),
  clients: z.array(
    z.strictObject({
      address: z.string(),
      mac: z.string().optional(),
      name: z.string().optional(),
      sees: z.enum(['lease', 'nfs', 'both']),
      tree: z.string().optional(),
      version: z.number().int().optional(),
    }),
  ),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      title: message,
      outcome: overviewOutcome,
      at: z.string(),
      done: z.number().int(),
      steps: z.number().int(),
      problem: problem.nullable(),
    }),
  ),
  running: z
    .strictObject({
      run: z.string().nullable(),
      command: z.string(),
      since: z.string(),
      pid: z.number().int(),
    })
    .nullable(),
  pending: z.number().int().nullable(),
  problems: z.array(problem),
});

export const statusSchema = overviewSchema
  .extend({ report: reportSchema.nullable() })
  .meta({ title: 'Status', description: 'How a server stands: `sidus status --json`.' });
