import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { draftSuite } from '../../features/tree-facts.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { publishing } from '../../planner/chores.ts';
import type { Common, CommonOptions } from '../common-options.ts';
import { carryOut } from './apply.ts';

type Options = CommonOptions & AnswerOptions;

/** The name given, or the only tree there is. */
export function nameOf(given: string | undefined, names: readonly string[]): string {
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

export async function asked(
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
  const tree = nameOf(name, Object.keys(found.site.trees));
  if (found.facts.get(draftSuite(tree)) === null) {
    throw new ProblemError({
      code: 'tree/no-draft',
      summary: say('{tree} has no draft', { tree }),
      remedy: say('build it with `sidus apply`'),
    });
  }
  const plan = await publishing(found.site, found.facts, tree, common.session);
  return carryOut(plan, options, common);
}

export async function shell(
  name: string | undefined,
  argv: readonly string[],
  options: Options,
  common: Common,
) {
  const found = await asked(options, common, 'build');
  const tree = nameOf(name, Object.keys(found.site.trees));
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
