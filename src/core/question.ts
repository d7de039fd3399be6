import { z } from 'zod';
import type { Fact, Facts } from './fact.ts';
import type { Message } from './message.ts';

/** A default that was found out rather than chosen, and who says so. */
export interface Suggestion {
  readonly value: unknown;
  readonly from: Message;
}

/** What a suggestion may look at: facts, and the answers of its own topic given so far. */
export interface Known {
  readonly facts: Facts;
  readonly answers: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly title: string;
  readonly help: string;
  /** A default found out from facts; null: there is none, so the question must be answered. */
  readonly suggest?: (known: Known) => Suggestion | null;
  /** Asked only when this holds of the topic's other answers; say it in `help` too. */
  readonly when?: (answers: Readonly<Record<string, unknown>>) => boolean;
  /** The wizard asks only where the answer is not the usual one, or is wrong. */
  readonly seldom?: boolean;
  /** What a person picks from; a function where other answers or facts decide. */
  readonly choices?: readonly string[] | ((known: Known) => readonly string[]);
  /** Names that only the outside knows, such as the packages of a suite; `tree` is the tree's topics. */
  readonly offered?: (
    tree: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => Fact<readonly string[]> | null;
  /** What each option of a choice means, beside its name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The same, where facts say it: what a card is wired to. */
  readonly labelsFrom?: (known: Known) => Readonly<Record<string, string>>;
}

/** Holds functions, so it is ours and not zod's own registry: JSON Schema would drop them in silence. */
const askings = new WeakMap<z.ZodType, Asking>();

/**
 * A question: a schema and its words. Goes outermost, because metadata belongs to a schema
 * instance and `.default()` makes a new one. The facts a field rests on are asked for by its topic.
 */
export function ask<Schema extends z.ZodType>(schema: Schema, asking: Asking): Schema {
  const titled = schema.meta({ title: asking.title, description: asking.help }) as Schema;
  askings.set(titled, asking);
  return titled;
}

export function askingOf(schema: z.ZodType): Asking | undefined {
  return askings.get(schema);
}

export type QuestionKind = 'choice' | 'yes-no' | 'text' | 'number' | 'list' | 'records';

export interface Question extends Asking {
  /** The key inside its topic. */
  readonly key: string;
  readonly kind: QuestionKind;
  readonly options: readonly string[];
  readonly initial: unknown;
  readonly schema: z.ZodType;
  /** May be left empty: the answer is then null. */
  readonly nullable: boolean;
  /** Of records: the questions of one record. */
  readonly fields: readonly Question[];
}

/** The questions of a topic, in the order in which they are written. */
export function questionsOf(topic: z.ZodObject): readonly Question[] {
  return Object.entries(topic.shape).map(([key, schema]) => {
    const asking = askings.get(schema as z.ZodType);
    if (asking === undefined) throw new Error(`the field ${key} was never asked`);
    const { inner, initial, nullable } = unwrap(schema as z.ZodType);
    return {
      ...asking,
      key,
      kind: kindOf(inner),
      options: inner instanceof z.ZodEnum ? (inner.options as string[]) : [],
      initial,
      schema: schema as z.ZodType,
      nullable,
      fields:
        inner instanceof z.ZodArray && inner.def.element instanceof z.ZodObject
          ? questionsOf(inner.def.element)
          : [],
    };
  });
}

function unwrap(schema: z.ZodType): {
  readonly inner: z.ZodType;
  readonly initial: unknown;
  readonly nullable: boolean;
} {
  let inner: z.ZodType = schema;
  let initial: unknown;
  let nullable = false;
  for (;;) {
    if (inner instanceof z.ZodDefault) {
      initial = inner.def.defaultValue;
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) {
      nullable ||= inner instanceof z.ZodNullable;
      inner = inner.def.innerType as z.ZodType;
    } else return { inner, initial, nullable };
  }
}

function kindOf(schema: z.ZodType): QuestionKind {
  if (schema instanceof z.ZodEnum) return 'choice';
  if (schema instanceof z.ZodBoolean) return 'yes-no';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodArray) {
    return schema.def.element instanceof z.ZodObject ? 'records' : 'list';
  }
  return 'text';
}
