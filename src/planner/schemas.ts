import { z } from 'zod';
import { effect } from './effect-schema.ts';

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
    undoes: z.array(z.string()).optional(),
  })
  .meta({ title: 'Plan', description: 'What will be done: `sidus plan -o plan.json`.' });

export const problem = z.strictObject({
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
      takenBack: z.number().int().nullable(),
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
  wire: z
    .strictObject({
      card: z.string(),
      servers: z.array(
        z.strictObject({
          server: z.string(),
          offer: z.string().nullable(),
          seconds: z.number().optional(),
          boots: z.array(
            z.strictObject({
              architecture: z.number().int(),
              from: z.string(),
              file: z.string(),
            }),
          ),
        }),
      ),
      unasked: z.enum(['no-card', 'no-link', 'only-root', 'unasked']).optional(),
    })
    .nullable(),
  problems: z.array(problem),
});

export const statusSchema = overviewSchema
  .extend({ report: reportSchema.nullable() })
  .meta({ title: 'Status', description: 'How a server stands: `sidus status --json`.' });
