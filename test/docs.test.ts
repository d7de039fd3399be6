import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generated } from '../scripts/documents.ts';
import { consoleSentences, problemsInSource } from '../scripts/problems.ts';
import type { Outside } from '../src/cli/outside.ts';
import { program } from '../src/cli/program.ts';
import { extras } from '../src/features/hardware/index.ts';
import { parseAnswers } from '../src/planner/answers.ts';
import { plannedFrom, presets } from './support/facts.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

function markdownBelow(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return markdownBelow(path);
    return name.endsWith('.md') ? [path] : [];
  });
}

const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...markdownBelow('docs'),
].sort();
const readme = read('README.md');
const scripts = Object.keys(JSON.parse(read('package.json')).scripts as object);

describe('problems', () => {
  const problems = problemsInSource();
  const document = read('docs/problems.md');

  // What a person can be told to do. A remedy without one of these is a wish, not a remedy.
  const verbs =
    /\b(add|answer|apply|ask|begin|build|choose|did you mean|end|give|install|leave|look|make|mend|move|name|paste|publish|put|read|remove|report|run|see|set|start|swap|take|try|use|wait|write)\b/i;

  test('are found in every part that says any', () => {
    expect(problems.length).toBeGreaterThan(60);
    const codes = new Set(problems.map(({ code }) => code));
    // One of each form: a literal, a condition, a helper's parameter, a row of a table.
    for (const code of [
      'answers/missing',
      'answers/key-twice',
      'answers/not-yaml',
      'answers/which-tree',
      'network/range-taken',
      'run/no-space',
    ]) {
      expect(codes).toContain(code);
    }
  });

  test('that no scan can miss: every code that stands in the source is found', () => {
    const codes = new Set(problems.map(({ code }) => code));
    const missed = sourcesBelow('src').flatMap((path) =>
      [...read(path).matchAll(/\bcode: '([a-z-]+\/[a-z-]+)'/g)].flatMap(([, code = '']) =>
        codes.has(code) ? [] : [`${path}: ${code}`],
      ),
    );
    expect(missed).toEqual([]);
  });

  test.each(problems.map((problem) => [problem.code, problem] as const))(
    '%s has something to do',
    (_, { summary, remedy }) => {
      expect(summary.trim()).not.toBe('');
      expect(remedy.trim()).not.toBe('');
      // `answers/wrong` takes both its words from the question, which are tested below.
      if (/^\{\w+\}$/.test(remedy)) return;
      expect(verbs.test(remedy) || /`[^`]+`/.test(remedy), `nothing to do in: ${remedy}`).toBe(
        true,
      );
      // Written once for all: what is, then what to do; no blame, no begging (architecture 2.9).
      expect(`${summary} ${remedy}`).not.toMatch(/\b(please|invalid|illegal|sorry)\b/i);
      // Shown as `where: what is; what to do`: neither is a sentence of its own.
      expect(`${summary} ${remedy}`).not.toMatch(/\.$/);
    },
  );

  test('of a single answer say what to do after a semicolon', () => {
    const wordless = sourcesBelow('src/features').flatMap((path) =>
      [...read(path).matchAll(/^\s*'((?:is|are|lacks|cannot|leaves) [^'\n]+)',?$/gm)].flatMap(
        ([, words = '']) => (/; .*/.test(words) ? [] : [`${path}: ${words}`]),
      ),
    );
    expect(wordless).toEqual([]);
  });

  test.each([...new Set(problems.map(({ code }) => code))])('%s is in docs/problems.md', (code) => {
    expect(document, 'run `npm run generate`').toContain(`| \`${code}\` |`);
  });

  test('that a client shows on its console are there too', () => {
    expect(consoleSentences().length).toBeGreaterThan(10);
    for (const sentence of consoleSentences()) expect(document).toContain(`- ${sentence}`);
  });
});

function sourcesBelow(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return sourcesBelow(path);
    return /\.tsx?$/.test(name) && path !== 'src/core/assets.ts' ? [path] : [];
  });
}

/** As GitHub makes an anchor of a heading. */
function anchorsOf(path: string): readonly string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('%s', (page) => {
  const text = read(page);
  const prose = text.replace(/^```.*?^```$/gms, '');

  test('links lead somewhere', () => {
    const dead = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^https?:/.test(target)) return [];
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(file)) return [target];
      return anchor === undefined || anchorsOf(file).includes(anchor) ? [] : [target];
    });
    expect(dead).toEqual([]);
  });

  test('paths in the repository that it names are there', () => {
    // But not those that a recipe has its reader make.
    const named = [
      ...prose.matchAll(/(?<!\b(?:Write|as) )`((?:src|assets|scripts|test|presets)\/[\w./-]*)`/g),
    ];
    expect(named.flatMap(([, path = '']) => (existsSync(path) ? [] : [path]))).toEqual([]);
  });

  test('npm commands that it names are in package.json', () => {
    const named = [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)];
    const unknown = named.map(([, run, short]) => run ?? short ?? '');
    expect(unknown.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

describe('README', () => {
  test('begins with two commands that exist', () => {
    expect(readme).toContain('npm ci && npm start -- rehearse --preset rehearsal');
    expect(readme).toContain('npm ci && npm test');
    expect(scripts).toEqual(expect.arrayContaining(['start', 'test', 'prepare']));
  });

  test('its site file validates', () => {
    const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(readme) ?? [];
    expect(example).not.toBe('');
    const { site, plan } = plannedFrom(parseAnswers(example, 'README.md'));
    expect(Object.keys(site.trees)).toEqual(['classroom']);
    expect(plan.steps.length).toBeGreaterThan(10);
  });

  test('names every preset', () => {
    for (const name of presets) expect(readme).toContain(`| \`${name}\` |`);
  });

  test('has a row for every command, and none for another', async () => {
    const commands = (await helpOf()).flatMap((name) => (name === 'tree' ? [] : [name]));
    const ofTrees = (await helpOf('tree')).map((name) => `tree ${name}`);
    const rows = [...readme.matchAll(/^\| `sidus ((?:tree )?[a-z]+)/gm)].map(([, name]) => name);
    expect([...rows].sort()).toEqual([...commands, ...ofTrees].sort());
  });
});

/** The commands that the program itself lists. */
async function helpOf(...words: readonly string[]): Promise<readonly string[]> {
  let said = '';
  const outside = {
    version: '0',
    say: (text: string) => {
      said += text;
    },
    complain: () => undefined,
  } as unknown as Outside;
  expect(await program([...words, '--help'], outside)).toBe(0);
  const [, list = ''] = /^Commands:\n(.*)/ms.exec(said) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : [name],
  );
}

test.each(generated())('%s is as `npm run generate` makes it', (path, content) => {
  expect(read(path) === content, `${path} is stale: run \`npm run generate\``).toBe(true);
});

test('every hardware extra is in the list, under the name of its file', () => {
  const files = readdirSync('src/features/hardware')
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => name !== 'index' && name !== 'extra');
  expect(extras.map(({ id }) => id).sort()).toEqual(files.sort());
});

test('docs/tests.md names every file of tests that starts the program', () => {
  const document = read('docs/tests.md');
  const files = ['test/terminal', 'test/machine', 'test/boot', 'test/long'].flatMap((directory) =>
    existsSync(directory)
      ? readdirSync(directory)
          .filter((name) => name.endsWith('.test.ts'))
          .map((name) => `${directory}/${name}`)
      : [],
  );
  expect(files.filter((path) => !document.includes(path))).toEqual([]);
});
