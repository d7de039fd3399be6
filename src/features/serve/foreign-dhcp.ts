import { script } from '../../core/assets.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { Site } from '../index.ts';

/** Which DHCP servers answer on a wire, or why that could not be asked. */
export type DhcpServers =
  | { readonly status: 'asked'; readonly servers: readonly string[] }
  /** Our own is at work there: nobody is asked. */
  | { readonly status: 'ours' }
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
      argv: [
        'sh',
        '-c',
        // In a chroot systemctl(1) says yes to everything.
        'if [ -d /run/systemd/system ] && systemctl is-active --quiet sidus-dnsmasq.service && grep -qx "interface=$2" "$4" && grep -q "^dhcp-range=" "$4"; then echo ours; else exec perl "$1" "$2" "$3"; fi 2>/dev/null',
        'sh',
        script('find-dhcp-servers'),
        name,
        address,
        '/etc/sidus/dnsmasq.conf',
      ],
      anyExit: true,
    },
    otherwise: { status: 'unasked' },
    parse: parseDhcpServers,
  };
}

/** Reads what `assets/find-dhcp-servers` prints; its header says what each line means. */
export function parseDhcpServers(text: string): DhcpServers {
  if (/^ours$/m.test(text)) return { status: 'ours' };
  if (/^cannot card$/m.test(text)) return { status: 'no-card' };
  if (/^cannot root$/m.test(text)) return { status: 'only-root' };
  if (!/^asked /m.test(text)) return { status: 'unasked' };
  const servers = [...text.matchAll(/^server ([0-9.]+)$/gm)].map(([, server = '']) => server);
  return { status: 'asked', servers };
}

const at = 'server.serve.dhcp';

function verdictOf({ server }: Site, found: DhcpServers): Verdict {
  const { interfaceName: name, address } = server.network;
  const full = server.serve.dhcp === 'full';
  if (found.status === 'ours') {
    return full ? { good: say('sidus-dnsmasq is at work on {name} already', { name }) } : null;
  }
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
  const others = found.servers.filter((one) => one !== address);
  const list = others.join(', ');
  if (full) {
    return others.length === 0
      ? { good: say('no other DHCP server answers on {name}', { name }) }
      : {
          warning: {
            code: 'serve/foreign-dhcp',
            at,
            summary: say('another DHCP server answers on {name}: {list}', { name, list }),
            remedy: say('choose existing, or switch the other one off: `apply` refuses beside it'),
          },
        };
  }
  return others.length === 0
    ? {
        warning: {
          code: 'serve/no-dhcp',
          at,
          summary: say('no DHCP server answers on {name}', { name }),
          remedy: say('choose full, or start the one that is meant'),
        },
      }
    : { good: say('{list} answers on {name}', { list, name }) };
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
