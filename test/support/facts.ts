import { readdirSync, readFileSync } from 'node:fs';
import { type Fact, type Facts, factsFrom } from '../../src/core/fact.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Site } from '../../src/features/index.ts';
import { obstacleFacts } from '../../src/features/obstacles.ts';
import { overlaid, parseAnswers } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import {
  derive,
  firstFacts,
  furtherFacts,
  problemsOf,
  type Scope,
} from '../../src/planner/derive.ts';

/** A server as the tests want it, by the ids of facts: no machine is looked at. */
const server: Readonly<Record<string, unknown>> = {
  'server/root': '/',
  'server/user': true,
  'server/systemd': true,
  'server/architecture': 'amd64',
  'server/release': { id: 'debian', version: '13', name: 'Debian GNU/Linux 13 (trixie)' },
  'server/space': { freeBytes: 200 * 2 ** 30, filesystem: 'ext4', sizeBytes: 400 * 2 ** 30 },
  'tree/server-archives': [
    { address: 'http://mirror.example/debian', suite: 'trixie' },
    { address: 'http://mirror.example/debian', suite: 'trixie-updates' },
    { address: 'http://mirror.example/debian-security', suite: 'trixie-security' },
  ],
  'network/interfaces': [{ name: 'lan0', address: '192.168.67.1', prefix: 24 }],
  'network/gateway': null,
  'network/nameservers': ['192.168.67.53'],
  'locale/server-language': 'en_US.UTF-8',
  'locale/server-timezone': 'Europe/Paris',
  'locale/server-keyboard': 'us',
};

/** As much in the way of clients as a server can have. */
export const behindFirewalls: Known = {
  'firewall/own-ruleset': {
    atStart: true,
    ruleset: [
      {
        ...{ family: 'inet', table: 'filter', chain: 'input' },
        base: { type: 'filter', hook: 'input', policy: 'drop' },
        rules: [],
      },
    ],
  },
  'firewall/ufw': true,
  'firewall/firewalld': [{ name: 'public', isDefault: true, cards: [], sources: [] }],
};

export type Known = Readonly<Record<string, unknown>>;

/** A file that somebody names is there. */
const readyMade = { status: 'there', sha256: '5'.repeat(64), bytes: 1200 };

/** The fixed values of these facts; one that is not fixed is as if nothing had been found. */
export function fixedFacts(wanted: readonly Fact<unknown>[], known: Known = {}): Facts {
  const values = { ...server, ...known };
  return factsFrom(
    new Map(
      wanted.map(({ id, otherwise }) => [
        id,
        id in values ? values[id] : id.startsWith('imported/') ? readyMade : otherwise,
      ]),
    ),
  );
}

export const presets: readonly string[] = readdirSync('presets')
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length))
  .sort();

export interface Planned {
  readonly site: Site;
  readonly facts: Facts;
  readonly plan: Plan;
}

/** A site from answers, with no fact but the fixed ones. Throws with every problem. */
export function plannedFrom(answers: unknown, known: Known = {}, scope: Scope = 'all'): Planned {
  const first = [...firstFacts(), ...obstacleFacts];
  const { site, problems } = complete(answers, fixedFacts(first, known));
  if (site === null) throw new Error(JSON.stringify(problems, null, 2));
  const facts = fixedFacts([...first, ...furtherFacts(site)], known);
  const wrong = problemsOf(site, facts, scope);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong, null, 2));
  return { site, facts, plan: derive(site, facts, scope) };
}

/** A preset that names its own network is for a server that is in it. */
const ownCards: Readonly<Record<string, Known>> = {
  rehearsal: { 'network/interfaces': [{ name: 'lan0', address: '10.0.2.2', prefix: 24 }] },
};

export function planned(preset: string, known: Known = {}, more: unknown = {}): Planned {
  const text = readFileSync(`presets/${preset}.yaml`, 'utf8');
  const answers = overlaid(parseAnswers(text, preset), more);
  return plannedFrom(answers, { ...ownCards[preset], ...known });
}
