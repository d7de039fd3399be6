import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import {
  allImages,
  currentVersion,
  draftSuite,
  publishedVersions,
} from '../../features/tree-facts.ts';
import { type AnswerOptions, type Asked, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { publishing } from '../../planner/chores.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';
import { carryOut } from './apply.ts';

type Options = CommonOptions & AnswerOptions;

/** The name given, or the only tree there is. */
function nameOf(given: string | undefined, { site }: Asked): string {
  const names = Object.keys(site.trees);
  const [only] = names;
  if (given !== undefined && names.includes(given)) return given;
  if (given === undefined && names.length === 1 && only !== undefined) return only;
  throw new ProblemError({
    code: 'tree/which',
    summary:
      given === undefined
        ? say('there is more than one tree')
        : say('there is no tree called {given}', { given: JSON.stringify(given.slice(0, 60)) }),
    remedy: say('name one of {names}', { names: names.join(', ') }),
  });
}

async function asked(
  options: Options,
  { outside, root, session }: Common,
  build: 'serve' | 'build' | null,
) {
  const { answers } = await givenAnswers(options, root, outside);
  return askSite(answers, session, {
    scope: 'all',
    obstacles: build,
    solve: false,
  });
}

export async function publish(name: string | undefined, options: Options, common: Common) {
  const found = await asked(options, common, 'serve');
  const tree = nameOf(name, found);
  if (found.facts.get(draftSuite(tree)) === null) {
    throw new ProblemError({
      code: 'tree/no-draft',
      summary: say('{tree} has no draft', { tree }),
      remedy: say('build it with `sidus apply`'),
    });
  }
  const plan = await publishing(found.site, found.facts, tree, (whole) =>
    common.session.draftIsAhead(whole, tree),
  );
  return carryOut(plan, options, common);
}

export async function versions(name: string | undefined, options: Options, common: Common) {
  const { outside } = common;
  const found = await asked(options, common, null);
  const trees = name === undefined ? Object.keys(found.site.trees) : [nameOf(name, found)];
  const listed = trees.map((tree) => ({
    tree,
    versions: found.facts.get(publishedVersions(tree)),
    current: found.facts.get(currentVersion(tree)),
    images: found.facts
      .get(allImages)
      .filter((one) => one.tree === tree)
      .map(({ version }) => version),
  }));
  if (options.json === true)
    outside.say(`${JSON.stringify({ schema: 1, trees: listed }, null, 1)}\n`);
  else {
    for (const { tree, versions: numbers, current, images } of listed) {
      if (numbers.length === 0)
        outside.say(`${tree}: no version yet; \`sidus tree publish ${tree}\`\n`);
      for (const number of numbers) {
        const more = [
          ...(number === current ? ['clients boot this one'] : []),
          ...(images.includes(number) ? ['image too'] : []),
        ];
        outside.say(`${tree} ${number}${more.map((one) => `  ${one}`).join('')}\n`);
      }
    }
  }
  return exit.done;
}

export async function shell(
  name: string | undefined,
  argv: readonly string[],
  options: Options,
  common: Common,
) {
  const found = await asked(options, common, 'build');
  const tree = nameOf(name, found);
  if (found.facts.get(draftSuite(tree)) === null) {
    throw new ProblemError({
      code: 'tree/no-draft',
      summary: say('{tree} has no draft', { tree }),
      remedy: say('build it with `sidus apply`'),
    });
  }
  if (argv.length === 0) {
    common.outside.complain(
      `A shell in the draft of ${tree}. What you change reaches clients with \`sidus tree publish ${tree}\`.\n`,
    );
  }
  return common.shell(tree, argv.length === 0 ? ['/bin/bash', '-l'] : argv);
}
