import type { Fact, Facts } from '../core/fact.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { archiveSolve } from './archive-solve.ts';
import type { Site, TreeAnswers } from './index.ts';
import {
  rootDirectory,
  runsAsRoot,
  serverArchitecture,
  serverRelease,
  systemdRuns,
  treeSpace,
} from './server-facts.ts';
import { draftSuite } from './tree-facts.ts';

export const obstacleFacts: readonly Fact<unknown>[] = [
  rootDirectory,
  runsAsRoot,
  serverArchitecture,
  serverRelease,
  systemdRuns,
  treeSpace,
];

/** What on this server stands in the way of a run, whatever the answers are. */
export function obstacles(facts: Facts, purpose: 'serve' | 'build'): readonly Problem[] {
  const problems: Problem[] = [];
  const release = facts.get(serverRelease);
  if (release.id !== 'debian' || !['12', '13'].includes(release.version)) {
    problems.push({
      code: 'server/other-system',
      summary: say('this server runs {name}', { name: release.name }),
      remedy: say('use a server with Debian 13, or with Debian 12 and a Node of its own'),
    });
  }
  if (facts.get(serverArchitecture) !== 'amd64') {
    problems.push({
      code: 'server/other-architecture',
      summary: say('this server is {architecture}', {
        architecture: facts.get(serverArchitecture),
      }),
      remedy: say('use an amd64 server: a tree is built by running its own programs'),
    });
  }
  if (!facts.get(runsAsRoot)) {
    problems.push({
      code: 'server/not-root',
      summary: say('only root can build a tree'),
      remedy: say('run the same command with `sudo`'),
    });
  }
  if (purpose === 'serve' && facts.get(rootDirectory) === '/' && !facts.get(systemdRuns)) {
    problems.push({
      code: 'server/no-systemd',
      summary: say('systemd does not run here, so nothing could be served'),
      remedy: say(
        'rehearse here, prepare another server with `--root /srv/staged`, or take a machine on which systemd runs',
      ),
    });
  }
  return problems;
}

/** What the packages of a new tree weigh against the room there is: the draft and one version. */
export function spaceProblems(
  site: Site,
  facts: Facts,
  wanted: (tree: string) => { readonly answers: TreeAnswers; readonly wanted: readonly string[] },
): readonly Problem[] {
  const space = facts.get(treeSpace);
  if (space === null || Number.isNaN(space.freeBytes)) return [];
  let needed = 0;
  for (const tree of Object.keys(site.trees)) {
    if (facts.get(draftSuite(tree)) !== null) continue;
    const { answers, wanted: names } = wanted(tree);
    const fact = archiveSolve(answers, names);
    const solve = facts.has(fact) ? facts.get(fact) : null;
    // Without the archive's word: what the smallest tree takes, with its packages.
    needed +=
      solve?.status === 'ok' ? 2 * solve.installedBytes + solve.downloadBytes : 2 * 600 * 2 ** 20;
  }
  if (space.freeBytes >= needed) return [];
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  return [
    {
      code: 'server/no-space',
      summary: say('{needed} MiB are needed for the trees, and {free} MiB are free', {
        needed: mebibytes(needed),
        free: mebibytes(space.freeBytes),
      }),
      remedy: say('make room, or put another disk at /srv/nfsroot'),
    },
  ];
}
