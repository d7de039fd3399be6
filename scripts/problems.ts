import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One thing that sidus may say is wrong, as the source has it: holes such as {path} are not filled. */
export interface FoundProblem {
  readonly code: string;
  readonly summary: string;
  readonly remedy: string;
  /** The file that says it. */
  readonly from: string;
}

/** What a name or a condition stands for while an expression is read. */
interface Known {
  readonly values: ReadonlyMap<string, ts.Expression>;
  readonly conditions: ReadonlyMap<string, boolean>;
}

const nothing: Known = { values: new Map(), conditions: new Map() };
const codePattern = /^[a-z][a-z-]*\/[a-z][a-z-]*$/;

/** Every problem in the source, read off its syntax. Throws where it cannot read one. */
export function problemsInSource(): readonly FoundProblem[] {
  const found = sourcesBelow('src').flatMap((path) => {
    const source = ts.createSourceFile(
      path,
      readFileSync(path, 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    return problemsOf(source);
  });
  const once = new Map(found.map((problem) => [JSON.stringify(problem), problem]));
  return [...once.values()].sort((a, b) => order(a.code, b.code) || order(a.from, b.from));
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sourcesBelow(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      if (statSync(path).isDirectory()) return sourcesBelow(path);
      // The assets are texts of scripts: what they say on a console is read from assets/ itself.
      return /\.tsx?$/.test(name) && path !== 'src/core/assets.ts' ? [path] : [];
    });
}

function problemsOf(source: ts.SourceFile): FoundProblem[] {
  const found: FoundProblem[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...inObject(node, source));
    if (ts.isArrayLiteralExpression(node)) found.push(...inRow(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `{ code, summary, remedy }`, also where a helper such as `refuse(code, …)` makes it. */
function inObject(node: ts.ObjectLiteralExpression, source: ts.SourceFile): FoundProblem[] {
  const part = (name: string): ts.Expression | undefined => {
    for (const property of node.properties) {
      if (property.name?.getText() !== name) continue;
      if (ts.isPropertyAssignment(property)) return property.initializer;
      if (ts.isShorthandPropertyAssignment(property)) return property.name;
    }
    return undefined;
  };
  const [code, summary, remedy] = [part('code'), part('summary'), part('remedy')];
  if (code === undefined || summary === undefined || remedy === undefined) return [];
  // A schema, or a problem that is only handed on: its words stand where it was made.
  if (ts.isCallExpression(code)) return [];
  if ([code, summary, remedy].every(ts.isIdentifier)) return [];

  const parts = [code, summary, remedy];
  const problems = callsBehind(code, source).flatMap((values) =>
    branchesOf([...parts, ...values.values()]).map((conditions) => {
      const known: Known = { values, conditions };
      return {
        code: textOf(code, known, source),
        summary: sentenceOf(summary, known, source),
        remedy: sentenceOf(remedy, known, source),
        from: source.fileName,
      };
    }),
  );
  return problems.map((problem) => checked(problem, node, source));
}

/** A row of a table, such as the one of src/runner/explain.ts: `[pattern, code, say(…), say(…)]`. */
function inRow(node: ts.ArrayLiteralExpression, source: ts.SourceFile): FoundProblem[] {
  const at = node.elements.findIndex(
    (element, index) =>
      ts.isStringLiteral(element) &&
      codePattern.test(element.text) &&
      isSay(node.elements[index + 1]) &&
      isSay(node.elements[index + 2]),
  );
  const [code, summary, remedy] = at < 0 ? [] : node.elements.slice(at, at + 3);
  if (code === undefined || summary === undefined || remedy === undefined) return [];
  const problem = {
    code: textOf(code, nothing, source),
    summary: sentenceOf(summary, nothing, source),
    remedy: sentenceOf(remedy, nothing, source),
    from: source.fileName,
  };
  return [checked(problem, node, source)];
}

function checked(problem: FoundProblem, node: ts.Node, source: ts.SourceFile): FoundProblem {
  if (codePattern.test(problem.code)) return problem;
  throw cannotRead(node, source, `${JSON.stringify(problem.code)} is no code of a problem`);
}

function cannotRead(node: ts.Node, source: ts.SourceFile, why: string): Error {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return new Error(
    `${source.fileName}:${line + 1}: ${why}; write code, summary and remedy in a form that scripts/problems.ts reads`,
  );
}

/** For `network/${code}`: what each call of the function around it gives its parameters. */
function callsBehind(
  code: ts.Expression,
  source: ts.SourceFile,
): ReadonlyMap<string, ts.Expression>[] {
  if (!ts.isTemplateExpression(code)) return [new Map()];
  let around: ts.Node = code;
  while (!ts.isFunctionLike(around)) around = around.parent;
  const { parent } = around;
  const name =
    ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)
      ? parent.name.text
      : ts.isFunctionDeclaration(around)
        ? around.name?.text
        : undefined;
  if (name === undefined) throw cannotRead(code, source, 'its code is made by a nameless function');
  const parameters = around.parameters.map((parameter) => parameter.name.getText());
  const calls: ReadonlyMap<string, ts.Expression>[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === name) {
      const given = node.arguments.flatMap((argument, index) => {
        const parameter = parameters[index];
        return parameter === undefined ? [] : [[parameter, argument] as const];
      });
      calls.push(new Map(given));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return calls;
}

/** Every way in which the conditions of these expressions can come out, each written once. */
function branchesOf(parts: readonly ts.Node[]): ReadonlyMap<string, boolean>[] {
  const conditions = new Set<string>();
  const visit = (node: ts.Node): void => {
    // What fills the holes of a sentence is no other sentence.
    if (isSay(node)) {
      const [text] = node.arguments;
      if (text !== undefined) visit(text);
      return;
    }
    if (ts.isConditionalExpression(node)) conditions.add(node.condition.getText());
    ts.forEachChild(node, visit);
  };
  parts.forEach(visit);
  return [...conditions].reduce<ReadonlyMap<string, boolean>[]>(
    (ways, condition) =>
      ways.flatMap((way) => [
        new Map([...way, [condition, true]]),
        new Map([...way, [condition, false]]),
      ]),
    [new Map()],
  );
}

function isSay(node: ts.Node | undefined): node is ts.CallExpression {
  return node !== undefined && ts.isCallExpression(node) && node.expression.getText() === 'say';
}

function sentenceOf(node: ts.Expression, known: Known, source: ts.SourceFile): string {
  const chosen = choose(node, known);
  const [text] = isSay(chosen) ? chosen.arguments : [];
  if (text === undefined) throw cannotRead(node, source, `${node.getText()} is no say(…)`);
  return textOf(text, known, source);
}

function textOf(node: ts.Expression, known: Known, source: ts.SourceFile): string {
  const chosen = choose(node, known);
  if (ts.isStringLiteralLike(chosen)) return chosen.text;
  if (ts.isTemplateExpression(chosen)) {
    return (
      chosen.head.text +
      chosen.templateSpans
        .map((span) => textOf(span.expression, known, source) + span.literal.text)
        .join('')
    );
  }
  throw cannotRead(node, source, `${chosen.getText()} is not text that stands there`);
}

/** Follows conditions and parameters as far as they are known. */
function choose(node: ts.Expression, known: Known): ts.Expression {
  if (ts.isParenthesizedExpression(node)) return choose(node.expression, known);
  if (ts.isConditionalExpression(node)) {
    const holds = known.conditions.get(node.condition.getText()) ?? true;
    return choose(holds ? node.whenTrue : node.whenFalse, known);
  }
  const value = ts.isIdentifier(node) ? known.values.get(node.text) : undefined;
  return value === undefined ? node : choose(value, known);
}

const bootScript = 'assets/tree/etc/initramfs-tools/scripts/sidus';

/** What the boot script says on a client's console when it waits or cannot go on. */
export function consoleSentences(): readonly string[] {
  const text = readFileSync(bootScript, 'utf8');
  const said = [...text.matchAll(/sidus_(say|cannot) "([^"]+)"/g)].flatMap(([, how, sentence]) => {
    const words = (sentence ?? '').replace(
      /\$\{?(?:sidus_)?(\w+)(?::-([^}]*))?\}?/g,
      (_, name) => `{${String(name).toLowerCase()}}`,
    );
    if (how === 'cannot') return [`cannot start: ${words}`];
    return /^root ready|\$\*/.test(words) ? [] : [words];
  });
  return [...new Set(said)].sort();
}

/** docs/problems.md. */
export function problemsDocument(): string {
  const problems = problemsInSource();
  const areas = [...new Set(problems.map(({ code }) => code.split('/')[0] ?? ''))];
  return [
    '# Every problem',
    '',
    'Generated from `src` and `assets` by `npm run generate`.',
    'What sidus says is wrong has a code, in square brackets at the end of its line, and always something to do.',
    'Words in {braces} are filled in when it is shown.',
    '',
    ...areas.flatMap((area) => [
      `## ${area}`,
      '',
      '| code | what is wrong | what to do | said by |',
      '| --- | --- | --- | --- |',
      ...problems
        .filter(({ code }) => code.startsWith(`${area}/`))
        .map(
          ({ code, summary, remedy, from }) =>
            `| \`${code}\` | ${cell(summary)} | ${cell(remedy)} | \`${from}\` |`,
        ),
      '',
    ]),
    '## What a client says on its console',
    '',
    `From \`${bootScript}\`; each line begins with \`sidus:\`.`,
    'What it waits for, it goes on waiting for.',
    'After `cannot start` it restarts in 60 seconds, or opens a shell where `sidus.debug` is on its kernel command line.',
    '',
    ...consoleSentences().map((sentence) => `- ${sentence}`),
    '',
  ].join('\n');
}

function cell(text: string): string {
  // Its words come from the question: which of the two, only the answer decides.
  if (/^\{\w+\}$/.test(text)) return 'as the question says: see [questions.md](questions.md)';
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
