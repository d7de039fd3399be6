import { layout } from '../../core/layout.ts';
import { render } from '../../core/message.ts';
import { describeProblem, type Problem } from '../../core/problem.ts';
import type { Verdict } from '../../core/trial.ts';
import { gateway, interfaces, nameservers } from '../../features/network-facts.ts';
import { obstacleFacts, obstacles } from '../../features/obstacles.ts';
import { type Firewall, firewallOf, firewallWords } from '../../features/serve/firewall/index.ts';
import {
  runsAsRoot,
  serverArchitecture,
  serverRelease,
  systemdRuns,
  treeSpace,
} from '../../features/server-facts.ts';
import { mainArchive, serverArchives } from '../../features/tree/archives.ts';
import { type AnswerOptions, examine, givenAnswers } from '../../planner/asked-site.ts';
import { remarksOf, trialsOf } from '../../planner/trials.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';
import {
  type LoginOptions,
  loginText,
  noDirectory,
  type TriedLogin,
  tryLogin,
} from './check-login.ts';

/** What this server is, what stands in the way, and what the outside says. Changes nothing. */
export async function check(options: CommonOptions & AnswerOptions & LoginOptions, common: Common) {
  const { outside, session, root } = common;
  const facts = await session.gather([
    ...obstacleFacts,
    interfaces,
    gateway,
    nameservers,
    serverArchives,
  ]);
  const problems: Problem[] = [...obstacles(facts, 'serve')];
  const { answers: given } = await givenAnswers(options, root, outside);
  if (options.login !== undefined && Object.keys(given as object).length === 0) throw noDirectory();
  let remarks: Readonly<Record<string, NonNullable<Verdict>>> = {};
  let firewall: Firewall | null = null;
  let login: TriedLogin | null = null;
  if (Object.keys(given as object).length > 0) {
    const examined = await examine(given, session, {
      scope: 'all',
      obstacles: 'serve',
      solve: options.offline !== true,
      offline: options.offline === true,
    });
    const { site } = examined.completed;
    if (options.login !== undefined) {
      login = await tryLogin(options.login, options, examined.completed, common);
    }
    if (site !== null) firewall = firewallOf(site, examined.facts);
    const known = new Set(problems.map(({ code }) => code));
    problems.push(...examined.problems.filter(({ code }) => !known.has(code)));
    if (options.offline !== true) {
      const trials = trialsOf(examined.completed.values, examined.problems);
      if (options.json !== true) {
        for (const { title } of trials) outside.complain(`${render(title)} …\n`);
      }
      remarks = remarksOf(trials, await session.gather(trials.map(({ fact }) => fact)));
      problems.push(...Object.values(remarks).flatMap(refusal));
    }
  }
  const space = facts.get(treeSpace);
  const found = {
    system: facts.get(serverRelease).name,
    architecture: facts.get(serverArchitecture),
    systemd: facts.get(systemdRuns),
    cards: facts.get(interfaces),
    router: facts.get(gateway),
    nameservers: facts.get(nameservers),
    mirror: mainArchive(facts.get(serverArchives)),
    space,
    firewall,
  };
  if (options.json === true) {
    outside.say(
      `${JSON.stringify({ schema: 1, found, problems, remarks, ...(login === null ? {} : { login }) }, null, 1)}\n`,
    );
  } else {
    const rows: readonly (readonly [string, string])[] = [
      ['system', `${found.system}, ${found.architecture}`],
      ['systemd', found.systemd ? 'runs' : 'does not run'],
      [
        'network cards',
        found.cards.map(({ name, address, prefix }) => `${name} ${address}/${prefix}`).join(', ') ||
          'none with an address',
      ],
      ['router', found.router ?? 'none'],
      ['name servers', found.nameservers.join(', ') || 'none that clients could ask'],
      ['mirror', found.mirror ?? "none in the server's own apt sources"],
      [
        `room at ${layout.trees}`,
        space === null
          ? 'unknown'
          : `${Math.floor(space.freeBytes / 2 ** 30)} GiB (${space.filesystem})`,
      ],
      ...(firewall === null
        ? []
        : [
            [
              'firewall',
              facts.get(runsAsRoot) ? firewallRow(firewall) : 'unknown: only root is told',
            ] as const,
          ]),
    ];
    for (const [name, value] of rows) outside.say(`${name.padEnd(22)}${value}\n`);
    outside.say(problems.length === 0 ? '\nNothing stands in the way.\n' : '\nIn the way:\n');
    for (const problem of problems) outside.say(`  ${describeProblem(problem)}\n`);
    const tried = Object.entries(remarks).filter(([, verdict]) => refusal(verdict).length === 0);
    if (tried.length > 0) outside.say('\nTried on the outside:\n');
    for (const [at, verdict] of tried) {
      outside.say(
        'good' in verdict
          ? `  ${outside.paint('green', '✓')} ${at}: ${render(verdict.good)}\n`
          : `  ${outside.paint('yellow', '!')} ${describeProblem(verdict.warning)}\n`,
      );
    }
    if (login !== null) outside.say(loginText(login, outside.paint).text);
  }
  if (login !== null && !loginText(login, outside.paint).good) return exit.failed;
  return problems.length === 0 ? exit.done : exit.wrong;
}

/** What a run would end at stands in the way, whoever says it. */
function refusal(verdict: NonNullable<Verdict>): readonly Problem[] {
  return 'warning' in verdict && verdict.refuses === true ? [verdict.warning] : [];
}

/** What holds clients up, and who lets them in. */
function firewallRow(firewall: Firewall): string {
  const opened = firewallWords(firewall);
  const byHand = firewall.byHand.map(({ what }) => what);
  const parts = [
    ...(opened.length === 0 ? [] : [`${opened.join(', ')} (the plan opens what clients need)`]),
    ...(byHand.length === 0 ? [] : [`${byHand.join(', ')} (by hand: the plan says how)`]),
  ];
  return parts.join(', ') || 'none that holds clients up';
}
