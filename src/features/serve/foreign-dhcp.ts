import { script } from '../../core/assets.ts';
import type { Fact } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import type { DhcpAnswer } from '../../core/overview.ts';
import type { Problem } from '../../core/problem.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { Site } from '../index.ts';

/** Who answers DHCP on a wire, or why that could not be asked. */
export type DhcpServers =
  | { readonly status: 'asked'; readonly servers: readonly DhcpAnswer[] }
  | { readonly status: 'no-card' }
  | { readonly status: 'only-root' }
  | { readonly status: 'unasked' };

/** Sends DISCOVERs, so it is a trial and no check; takes six seconds. */
export function dhcpServers(name: string, address: string): Fact<DhcpServers> {
  return {
    id: `serve/dhcp-servers/${name}/${address}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['perl', script('find-dhcp-servers'), name, address],
      anyExit: true,
    },
    otherwise: { status: 'unasked' },
    parse: parseDhcpServers,
  };
}

/** Reads what `assets/find-dhcp-servers` prints; its header says what each line means. */
export function parseDhcpServers(text: string): DhcpServers {
  if (/^cannot card$/m.test(text)) return { status: 'no-card' };
  if (/^cannot root$/m.test(text)) return { status: 'only-root' };
  if (!/^asked /m.test(text)) return { status: 'unasked' };
  const found = new Map<string, DhcpAnswer>();
  const of = (server: string): DhcpAnswer =>
    found.get(server) ?? { server, offer: null, boots: [] };
  for (const line of text.split('\n')) {
    const [, server, offer, seconds] = /^server (\S+) (\S+) (\d+)$/.exec(line) ?? [];
    if (server !== undefined && offer !== undefined) {
      found.set(server, { ...of(server), offer, seconds: Number(seconds) });
    }
    const [, who, kind, from, file] = /^boot (\S+) ([07]) (\S+) (\S+)$/.exec(line) ?? [];
    if (who === undefined || from === undefined || file === undefined) continue;
    const boot = { architecture: Number(kind), from, file };
    found.set(who, { ...of(who), boots: [...of(who).boots, boot] });
  }
  return { status: 'asked', servers: [...found.values()] };
}

const at = 'server.serve.dhcp';
const list = (servers: readonly DhcpAnswer[]): string =>
  servers.map(({ server }) => server).join(', ');

/** What others on the wire do, as far as the site's answer depends on it. */
function seen({ server: { network, serve } }: Site, servers: readonly DhcpAnswer[]) {
  const others = servers.filter(({ server }) => server !== network.address);
  const giving = others.filter(({ offer }) => offer !== null);
  // What each architecture is told to start, and that it is ours.
  const ours = (architecture: number, file: string): boolean =>
    giving.some(({ boots }) =>
      boots.some(
        (one) =>
          one.architecture === architecture && one.from === network.address && one.file === file,
      ),
    );
  return {
    name: network.interfaceName,
    giving,
    /** Who tells clients what to boot; with `existing` that is as it should be. */
    booting: serve.dhcp === 'existing' ? [] : others.filter(({ boots }) => boots.length > 0),
    told: ours(0, 'lpxelinux.0') && ours(7, 'shimx64.efi'),
  };
}

/** Words for what a server would give: `192.168.67.200 (would give 192.168.67.243/24)`. */
export function describeAnswer({ server, offer, boots }: DhcpAnswer): string {
  const [boot] = boots;
  const gives = [
    ...(offer === null ? [] : [`would give ${offer}`]),
    ...(boot === undefined
      ? []
      : [boot.file === '-' ? 'names boot files' : `names ${boot.file} on ${boot.from}`]),
  ];
  return `${server} (${gives.join(', ')})`;
}

/**
 * What of a served wire wants somebody's hand: after a run, so that remedies are commands.
 * `rootOption` is what they need of `--root`.
 */
export function wireProblems(
  site: Site,
  servers: readonly DhcpAnswer[],
  rootOption: string,
): readonly Problem[] {
  const { name, giving, booting, told } = seen(site, servers);
  const { dhcp } = site.server.serve;
  const values = { name, at: rootOption };
  if (dhcp === 'full' && giving.length > 0) {
    return [
      {
        code: 'wire/foreign-dhcp',
        summary: say('another DHCP server answers on {name}: {list}', {
          name,
          list: giving.map(describeAnswer).join(', '),
        }),
        remedy: say('switch it off, or run `sidus apply{at} --set serve.dhcp=proxy`', values),
      },
    ];
  }
  if (dhcp !== 'full' && giving.length === 0) {
    return [
      {
        code: 'wire/no-dhcp',
        summary: say('no DHCP server answers on {name}: clients get no address', { name }),
        remedy: say(
          'start the one that is meant, or run `sidus apply{at} --set serve.dhcp=full`',
          values,
        ),
      },
    ];
  }
  if (booting.length > 0) {
    return [
      {
        code: 'wire/foreign-boot',
        summary: say('{list}, on {name}: clients may follow either', {
          list: booting.map(describeAnswer).join(', '),
          name,
        }),
        remedy: say('have its administrator take the boot files out of it, or serve another wire'),
      },
    ];
  }
  if (dhcp !== 'existing' || told) return [];
  return [
    {
      code: 'wire/not-told',
      summary: say('{list} does not name the boot files of this server to clients', {
        list: list(giving),
      }),
      remedy: say(
        'give its administrator the lines of `sidus plan{at} --dhcp isc` (or kea, dnsmasq, windows)',
        values,
      ),
    },
  ];
}

function verdictOf(site: Site, found: DhcpServers): Verdict {
  const name = site.server.network.interfaceName;
  if (found.status === 'only-root') {
    return {
      warning: {
        code: 'serve/dhcp-unasked',
        at,
        summary: say('only root can ask whether a DHCP server answers on {name}', { name }),
        remedy: say('run the same command with `sudo`'),
      },
    };
  }
  if (found.status !== 'asked') return null;
  const { giving, booting, told } = seen(site, found.servers);
  const { dhcp } = site.server.serve;
  if (dhcp === 'full' && giving.length > 0) {
    return {
      warning: {
        code: 'serve/foreign-dhcp',
        at,
        summary: say('another DHCP server answers on {name}: {list}', {
          name,
          list: giving.map(describeAnswer).join(', '),
        }),
        remedy: say('choose proxy, or switch the other one off: `apply` refuses beside it'),
      },
    };
  }
  if (dhcp !== 'full' && giving.length === 0) {
    return {
      warning: {
        code: 'serve/no-dhcp',
        at,
        summary: say('no DHCP server answers on {name}', { name }),
        remedy: say('choose full, or start the one that is meant'),
      },
    };
  }
  if (booting.length > 0) {
    return {
      warning: {
        code: 'serve/foreign-boot',
        at,
        summary: say('clients on {name} are told already what to boot: {list}', {
          name,
          list: booting.map(describeAnswer).join(', '),
        }),
        remedy: say('choose another card, or have the boot files taken out of that server'),
      },
    };
  }
  return { good: goodOf(dhcp, name, list(giving), told) };
}

function goodOf(
  dhcp: Site['server']['serve']['dhcp'],
  name: string,
  servers: string,
  told: boolean,
): Message {
  if (dhcp === 'full') return say('no other DHCP server answers on {name}', { name });
  if (dhcp === 'proxy') return say('{servers} gives the addresses on {name}', { servers, name });
  return told
    ? say('{servers} answers on {name}, and names our boot files', { servers, name })
    : say('{servers} answers on {name}; it is yet to be told, as the plan says', { servers, name });
}

/** Whether the wire has the DHCP servers that the answer says. */
export function dhcpTrial(site: Site): Trial {
  const { interfaceName: name, address } = site.server.network;
  const fact = dhcpServers(name, address);
  return {
    at,
    title: say('asking on {name} for DHCP servers', { name }),
    fact,
    verdict: (facts) => verdictOf(site, facts.get(fact)),
  };
}
