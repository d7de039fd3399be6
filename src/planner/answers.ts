import { isMap, LineCounter, parseDocument } from 'yaml';
import { say } from '../core/message.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { serverTopics, treeTopics } from '../features/index.ts';

/** A site file of a thousand clients has some 200 kB; more than this is no site file. */
export const largestSiteFile = 4 * 2 ** 20;

/** Reads a site file. Throws a ProblemError with every fault of its form, by line. */
export function parseAnswers(text: string, path: string): unknown {
  if (text.length > largestSiteFile) {
    throw new ProblemError({
      code: 'answers/too-large',
      at: path,
      summary: say('is {size} MiB long', { size: Math.round(text.length / 2 ** 20) }),
      remedy: say('give a site file; a thousand clients need 200 kB'),
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems = document.errors.slice(0, 20).map((error): Problem => {
    const { line } = lines.linePos(error.pos[0]);
    const twice = error.code === 'DUPLICATE_KEY';
    return {
      code: twice ? 'answers/key-twice' : 'answers/not-yaml',
      at: `${path}:${line}`,
      summary: twice ? say('answers the same question twice') : say('is not YAML'),
      remedy: twice
        ? say('take one of the two away')
        : say('look at the indentation and the quotes of this line'),
      detail: (error.message.split('\n')[0] ?? '').slice(0, 200),
    };
  });
  if (problems.length > 0) throw new ProblemError(...problems);
  if (document.contents !== null && !isMap(document.contents)) {
    throw new ProblemError({
      code: 'answers/not-yaml',
      at: path,
      summary: say('is not a site file'),
      remedy: say('write `name: value` lines; presets/ has examples'),
    });
  }
  try {
    return document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    throw new ProblemError({
      code: 'answers/not-yaml',
      at: path,
      summary: say('cannot be read'),
      remedy: say('write it without references (& and *)'),
      detail: String((error as Error).message).slice(0, 200),
    });
  }
}

type Group = Record<string, unknown>;

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The answers of `over` where there are any, otherwise those of `under`. Lists are replaced whole. */
export function overlaid(under: unknown, over: unknown): unknown {
  if (!isGroup(under) || !isGroup(over)) return over === undefined ? under : over;
  const both: Group = { ...under };
  for (const [key, value] of Object.entries(over)) {
    Object.defineProperty(both, key, {
      value: overlaid(own(under, key), value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return both;
}

function own(group: Group, key: string): unknown {
  return Object.hasOwn(group, key) ? group[key] : undefined;
}

/**
 * `--set topic.question=value`. The value is YAML, so that numbers and [lists] can be given. A
 * topic of trees belongs to the only tree, unless `trees.NAME.` says which.
 */
export function withSetting(answers: unknown, setting: string): unknown {
  const at = setting.indexOf('=');
  const path = at < 0 ? setting : setting.slice(0, at);
  const segments = path.split('.');
  const refuse = (code: string, summary: string, remedy: string): never => {
    throw new ProblemError({
      code: `answers/${code}`,
      at: `--set ${path.slice(0, 80)}`,
      summary: say(summary),
      remedy: say(remedy),
    });
  };
  if (
    at < 0 ||
    segments.length < 2 ||
    segments.some((part) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(part))
  ) {
    refuse(
      'not-a-setting',
      'is not question=value',
      'write it as `--set network.address=10.0.0.1`',
    );
  }
  if (setting.length > largestSiteFile) refuse('too-large', 'is too long', 'write a site file');
  const document = parseDocument(setting.slice(at + 1));
  if (document.errors.length > 0) {
    refuse(
      'not-yaml',
      'has a value that is not YAML',
      'put it into quotes: `--set \'a.b="text"\'`',
    );
  }
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const [first = ''] = segments;
  let whole = segments;
  if (serverTopics.some(({ id }) => id === first)) whole = ['server', ...segments];
  if (treeTopics.some(({ id }) => id === first)) {
    const trees = isGroup(answers) ? own(answers, 'trees') : undefined;
    const names = isGroup(trees) ? Object.keys(trees) : [];
    const [only] = names;
    if (names.length !== 1 || only === undefined) {
      refuse(
        'which-tree',
        names.length === 0 ? 'there is no tree yet' : 'there is more than one tree',
        'name it: `--set trees.NAME.TOPIC.QUESTION=value`',
      );
    }
    whole = ['trees', only as string, ...segments];
  }
  const nested = whole.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return overlaid(answers, nested);
}
