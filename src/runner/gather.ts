import { type Fact, type Facts, factsFrom } from '../core/fact.ts';
import { ProblemError } from '../core/problem.ts';
import type { System } from '../system/system.ts';

/** Learns facts, each once, several at a time; with `known`, adds to them. */
export async function gather(
  wanted: readonly Fact<unknown>[],
  system: System,
  known?: ReadonlyMap<string, unknown>,
  signal?: AbortSignal,
): Promise<{ readonly facts: Facts; readonly values: ReadonlyMap<string, unknown> }> {
  const values = new Map(known);
  const missing = new Map(
    wanted.filter(({ id }) => !values.has(id)).map((fact) => [fact.id, fact]),
  );
  await Promise.all(
    [...missing.values()].map(async (fact) => {
      values.set(fact.id, await learn(fact, system, signal));
    }),
  );
  return { facts: factsFrom(values), values };
}

async function learn(
  fact: Fact<unknown>,
  system: System,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let text: string | null;
  try {
    text = await textFrom(fact, system, signal);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== 'EACCES' && code !== 'EPERM' && !(error instanceof ProblemError)) throw error;
    text = null;
  }
  if (text === null) return fact.otherwise;
  try {
    return fact.parse(text);
  } catch {
    // A command that says something else than its manual: as if it had said nothing.
    return fact.otherwise;
  }
}

async function textFrom(
  { source }: Fact<unknown>,
  system: System,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  switch (source.kind) {
    case 'file':
      return system.read(source.at.place, source.at.path);
    case 'target':
      return (await system.stat(source.at.place, source.at.path))?.target ?? null;
    case 'list':
      return (await system.list(source.at.place, source.at.path))?.join('\n') ?? null;
    case 'command': {
      const ran = await system.exec(source.place, source.argv, {
        ...(source.stdin === undefined ? {} : { stdin: source.stdin }),
        patience: source.patience ?? 20,
        ...(signal === undefined ? {} : { signal }),
        // What takes long has children, and they must not outlive us.
        ...(source.patience !== undefined && system.isRoot ? { confined: true } : {}),
      });
      return ran.code === 0 || source.anyExit === true ? ran.stdout : null;
    }
    case 'directory':
      return JSON.stringify(await system.askDirectory(source.question, signal));
    case 'root':
      return system.root;
    case 'user':
      return system.isRoot ? 'root' : 'user';
    default:
      return source satisfies never;
  }
}
