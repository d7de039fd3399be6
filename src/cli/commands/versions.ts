import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { allPublished } from '../../features/tree-facts.ts';
import { treesOnDisk } from '../../features/trees-on-disk.ts';
import { versionSizes } from '../../features/version-facts.ts';
import { deletion, deletionFacts } from '../../planner/deletion.ts';
import { rollback } from '../../planner/rollback.ts';
import { treesWithVersions, versionsOfTree } from '../../planner/version-standing.ts';
import { type Common, exit } from '../common-options.ts';
import { describeVersions } from '../versions-text.ts';
import { type ApplyOptions, carryOut } from './apply.ts';
import { asked, nameOf } from './tree.ts';

/** A tree and numbers of its versions: a tree's name begins with a letter, and may be left out. */
function treeAndNumbers(words: readonly string[]): {
  readonly tree: string | undefined;
  readonly numbers: readonly number[];
} {
  const [first, ...rest] = words;
  const named = first !== undefined && /^[a-z]/.test(first);
  const numbers = (named ? rest : words).map((word) => {
    if (/^[1-9][0-9]{0,8}$/.test(word)) return Number(word);
    throw new ProblemError({
      code: 'request/no-version-number',
      summary: say('{word} is no number of a version', { word: JSON.stringify(word.slice(0, 40)) }),
      remedy: say('see the numbers with `sidus tree versions`'),
    });
  });
  return { tree: named ? first : undefined, numbers };
}

export async function versions(
  name: string | undefined,
  options: ApplyOptions,
  common: Common,
): Promise<number> {
  const { outside, session } = common;
  const { site, facts } = await asked(options, common, null);
  const known = treesWithVersions(site, facts);
  const trees = name === undefined ? known : [nameOf(name, known)];
  const learnt = await session.gather([
    treesOnDisk,
    allPublished,
    ...known.flatMap((tree) => [...deletionFacts(tree), versionSizes(tree)]),
  ]);
  const listed = trees.map((tree) => versionsOfTree(site, learnt, tree));
  outside.say(
    options.json === true
      ? `${JSON.stringify({ schema: 1, trees: listed }, null, 1)}\n`
      : describeVersions(listed),
  );
  return exit.done;
}

export async function rollBack(words: readonly string[], options: ApplyOptions, common: Common) {
  const { tree: name, numbers } = treeAndNumbers(words);
  const { site, facts } = await asked(options, common, 'serve');
  const tree = nameOf(name, Object.keys(site.trees));
  return carryOut(rollback(site, facts, tree, numbers[0] ?? null), options, common);
}

/** What is gone does not come back: as `apply`, it asks. */
export async function deleteVersions(
  words: readonly string[],
  options: ApplyOptions,
  common: Common,
) {
  const { tree: name, numbers } = treeAndNumbers(words);
  const { site, facts: first } = await asked(options, common, 'serve');
  const tree = nameOf(name, treesWithVersions(site, first));
  if (numbers.length === 0) {
    throw new ProblemError({
      code: 'request/no-version-number',
      summary: say('nobody said which versions of {tree}', { tree }),
      remedy: say('see the numbers with `sidus tree versions {tree}`', { tree }),
    });
  }
  const facts = await common.session.gather([...deletionFacts(tree)]);
  return carryOut(deletion(site, facts, tree, numbers), options, common, options.yes !== true);
}
