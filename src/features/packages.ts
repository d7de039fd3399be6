import { z } from 'zod';
import { packages as installed } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { ask } from '../core/question.ts';
import type { Trial } from '../core/trial.ts';
import { archiveSolve, packageNames } from './archive-solve.ts';
import type { TreeTopic } from './feature.ts';
import { included, wantedAndKeptOut } from './package-lists.ts';
import { rootDirectory } from './server-facts.ts';
import { packageGlob, packageName } from './values.ts';

const answers = z.strictObject({
  include: ask(z.array(packageName()).max(5000).default([]), {
    title: 'Which packages do clients have?',
    help: 'By their names in Debian, such as firefox-esr; what they need comes too. In doubt: none; Change the answers, on the first screen, adds more later.',
    offered: packageNames,
  }),
  exclude: ask(z.array(packageGlob()).max(1000).default([]), {
    title: 'Which packages must never come in?',
    help: 'They stay out whatever recommends them; `*` stands for anything. In doubt: none.',
    offered: packageNames,
  }),
  recommends: ask(z.boolean().default(false), {
    title: 'Do recommended packages come too?',
    help: 'A fuller system, often twice the size. In doubt: no; a desktop lacks less with yes.',
  }),
});

export const packages: TreeTopic<'packages', typeof answers> = {
  id: 'packages',
  title: 'Packages',
  help: 'What is installed in the tree beside what every client needs.',
  scope: 'tree',
  answers,
  checks: ({ answers: given, wanted }) => [archiveSolve(given, wanted)],
  packages: included,
  problems: ({ name, answers: given, facts, wanted }) => {
    const problems: Problem[] = [];
    const at = `trees.${name}.packages.include`;
    const fact = archiveSolve(given, wanted);
    const solve = facts.has(fact) ? facts.get(fact) : null;
    if (solve === null || solve.status === 'ok' || solve.status === 'unchecked') return problems;
    if (solve.status === 'mirror') {
      problems.push({
        code: 'packages/no-mirror',
        at: `trees.${name}.tree.mirror`,
        summary: say('the mirror {mirror} does not give the lists of {suite}', {
          mirror: given.tree.mirror,
          suite: given.tree.suite,
        }),
        remedy: say('try `curl -I {mirror}/dists/{suite}/InRelease`, or name another mirror', {
          mirror: given.tree.mirror,
          suite: given.tree.suite,
        }),
        detail: solve.detail,
      });
    } else if (solve.status === 'unknown') {
      for (const { name: unknown, nearest } of solve.names) {
        problems.push({
          code: 'packages/unknown',
          at: included(given).includes(unknown) ? at : `trees.${name}`,
          summary: say('there is no package {unknown} in {suite}', {
            unknown,
            suite: given.tree.suite,
          }),
          remedy:
            nearest.length > 0
              ? say('write {nearest} if that was meant, or take it from the list', {
                  nearest: nearest.join(', '),
                })
              : say('take it from the list, or name what took its place'),
        });
      }
    } else {
      problems.push({
        code: 'packages/conflict',
        at,
        summary: say('the packages cannot be installed together'),
        remedy: say('take one of those that apt names below from the list'),
        detail: solve.detail,
      });
    }
    return problems;
  },
  trials: ({ name, answers: given, wanted }) => {
    const fact = archiveSolve(given, wanted);
    const both = wantedAndKeptOut(given);
    const contradicted: Trial[] =
      both.length === 0
        ? []
        : [
            {
              at: `trees.${name}.packages.exclude`,
              title: say('looking what is both wanted and kept out'),
              // The answers alone decide.
              fact: rootDirectory,
              verdict: () => ({
                warning: {
                  code: 'packages/both',
                  at: `trees.${name}.packages.exclude`,
                  summary: say('{list} is both wanted and kept out: it stays out', {
                    list: both.join(', '),
                  }),
                  remedy: say('take it out of one of the two lists'),
                },
              }),
            },
          ];
    const mega = (bytes: number): number => Math.round(bytes / 1e6);
    return [
      ...contradicted,
      {
        at: `trees.${name}.packages.include`,
        title: say('asking the archive whether it has {count} packages', { count: wanted.length }),
        fact,
        // Whatever else it says is a problem, and said there.
        verdict: (facts) => {
          const solve = facts.get(fact);
          return solve.status !== 'ok'
            ? null
            : {
                good: say(
                  '{packages} packages, {fetched} MB to fetch, {installed} MB in the tree',
                  {
                    packages: solve.packages,
                    fetched: mega(solve.downloadBytes),
                    installed: mega(solve.installedBytes),
                  },
                ),
              };
        },
      },
    ];
  },
  steps: ({ name, place, wanted, answers: given }) => [
    {
      id: `packages/${name}/installed`,
      title: say('Install what the tree lacks'),
      why: say('A tree that is there already gets what was asked for since.'),
      seconds: 5,
      after: [`tree/${name}/bootstrap`, `tree/${name}/archives`],
      effects: [installed(place, wanted, given.packages.recommends)],
    },
  ],
};
