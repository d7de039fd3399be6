import { z } from 'zod';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';

/** The schema of what lies at a path inside a list of records; null: there is none, or it is a list of words. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | null {
  const [, key] = path;
  const { shape } = recordOf(schema) ?? {};
  return typeof key === 'string' && shape !== undefined && Object.hasOwn(shape, key)
    ? (shape[key] as z.ZodType)
    : null;
}

/**
 * A list of records with what is usual in the place of what was left out: one that lacks its name
 * has a shell and groups all the same. What is wrong stays as it was given.
 */
export function withUsual(schema: z.ZodType, value: unknown): unknown {
  const record = recordOf(schema);
  if (record === null || !Array.isArray(value)) return value;
  return value.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
    const filled: Record<string, unknown> = { ...entry };
    for (const [key, field] of Object.entries(record.shape)) {
      if (filled[key] !== undefined) continue;
      const usual = (field as z.ZodType).safeParse(undefined);
      if (usual.success && usual.data !== undefined) filled[key] = usual.data;
    }
    return filled;
  });
}

/** Whether nothing was given at a path. */
export function isLeftOut(value: unknown, path: readonly PropertyKey[]): boolean {
  let at: unknown = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  return at === undefined;
}

/** An entry of a list without what it cannot be without, such as its name. */
export function leftOut(at: string, question: string): Problem {
  return {
    code: 'answers/missing',
    at,
    summary: say('is not answered'),
    remedy: say('answer it, or take the entry away: {question}', { question }),
  };
}

function recordOf(schema: z.ZodType): z.ZodObject | null {
  const inner = schema instanceof z.ZodDefault ? schema.def.innerType : schema;
  const element = inner instanceof z.ZodArray ? inner.def.element : null;
  return element instanceof z.ZodObject ? element : null;
}
