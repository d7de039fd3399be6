import { type Message, say } from '../../core/message.ts';
import type { DhcpAnswer } from '../../core/overview.ts';
import type { Problem } from '../../core/problem.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { Site } from '../index.ts';
import { type DhcpServers, dhcpServers } from './dhcp-servers.ts';
import { unaskedVerdict } from './unasked-dhcp.ts';

/** The answer that all of this is about. */
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
        // Its silence may end: a second server of addresses would be beside it then.
        remedy: say(
          'start that server, or ask its administrator to; only where there is none for good, `sidus wizard{at}` asks again who gives addresses',
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
  if (found.status !== 'asked') return unaskedVerdict(site, found);
  const { giving, booting, told } = seen(site, found.servers);
  const { dhcp } = site.server.serve;
  if (dhcp === 'full' && giving.length > 0) {
    return {
      refuses: true,
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
        remedy: say(
          'start that server, or ask its administrator to; choose full only where there is none for good',
        ),
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
