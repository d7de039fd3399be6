import type { Fact } from '../../../core/fact.ts';
import { parseRuleset, type Ruleset } from './ruleset.ts';

/**
 * What firewalls the server has. Only root is told; for others there is none to be seen. Nothing
 * of it is about a staged root: what serves there is another machine.
 */

/** What nftables does now, sets left out (nft(8), --terse). Others load their rules there too. */
export const liveRuleset: Fact<Ruleset> = {
  id: 'firewall/live-ruleset',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['nft', '--json', '--terse', 'list', 'ruleset'],
  },
  otherwise: [],
  parse: parseRuleset,
};

export interface OwnRuleset {
  /** Whether nftables.service loads it when the server starts. */
  readonly atStart: boolean;
  readonly ruleset: Ruleset;
}

/** The file that Debian's nftables.service loads. */
export const mainFile = '/etc/nftables.conf';

/**
 * What the main file makes, asked of the kernel itself: it is loaded into a network namespace
 * that ends with the command. There stand-ins for the server's cards are made first, because
 * nft looks a card up that a rule names by `iif`.
 */
export const ownRuleset: Fact<OwnRuleset> = {
  id: 'firewall/own-ruleset',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `[ -f "$1" ] || exit 1
state=$(systemctl is-enabled nftables.service 2>/dev/null) || : # with a word, or with none
echo "\${state:-no}"
exec unshare --net sh -c '
  for card in /sys/class/net/*; do
    card=\${card##*/}
    ip link add name "$card" type dummy || ip link add name "$card" type veth
  done 2>/dev/null
  nft --file "$1" && exec nft --json --terse list ruleset' sh "$1"`,
      'ruleset',
      mainFile,
    ],
  },
  otherwise: { atStart: false, ruleset: [] },
  parse: (text) => {
    const end = text.indexOf('\n');
    return {
      atStart: text.slice(0, end).startsWith('enabled'),
      ruleset: parseRuleset(text.slice(end + 1)),
    };
  },
};

export const ufwActive: Fact<boolean> = {
  id: 'firewall/ufw',
  source: { kind: 'command', place: 'server', argv: ['env', 'LC_ALL=C', 'ufw', 'status'] },
  otherwise: false,
  parse: (text) => /^Status: active$/m.test(text),
};

export interface Zone {
  readonly name: string;
  readonly isDefault: boolean;
  readonly cards: readonly string[];
  /** Networks, addresses, and other words. */
  readonly sources: readonly string[];
}

/** The zones of firewalld that are at work, the default one among them; null: it does not run. */
export const firewalldZones: Fact<readonly Zone[] | null> = {
  id: 'firewall/firewalld',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      'firewall-cmd --quiet --state && firewall-cmd --get-default-zone && firewall-cmd --get-active-zones',
      'firewalld',
    ],
  },
  otherwise: null,
  parse: (text) => {
    const [usual = '', ...lines] = text.split('\n');
    if (usual === '') return null;
    const zones: { name: string; cards: string[]; sources: string[] }[] = [];
    for (const line of lines) {
      const [, kind, values = ''] = /^ {2}(interfaces|sources): (.*)$/.exec(line) ?? [];
      const words = values.split(' ').filter((one) => one !== '');
      const [, name] = /^([^\s]+)( \(default\))?$/.exec(line) ?? [];
      if (kind === 'interfaces') zones.at(-1)?.cards.push(...words);
      else if (kind === 'sources') zones.at(-1)?.sources.push(...words);
      else if (name !== undefined) zones.push({ name, cards: [], sources: [] });
    }
    if (!zones.some(({ name }) => name === usual)) {
      zones.push({ name: usual, cards: [], sources: [] });
    }
    return zones.map((zone) => ({ ...zone, isDefault: zone.name === usual }));
  },
};

/**
 * The chain INPUT of iptables(8), where nft does not show it: of iptables-legacy, once its
 * tables are there, and of iptables-nft on a server without nft. Asking would make them otherwise.
 */
export const iptablesDrop: Fact<boolean> = {
  id: 'firewall/iptables',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `if grep -qsx filter /proc/net/ip_tables_names; then iptables-legacy -S INPUT; fi
command -v nft >/dev/null || iptables-nft -S INPUT
:`,
      'iptables',
    ],
  },
  otherwise: false,
  // A drop or a refusal of everything that comes that far; what is let through before is not known.
  parse: (text) => /^(-P INPUT DROP|-A INPUT -j (DROP|REJECT)( --reject-with \S+)?)$/m.test(text),
};

export const firewallFacts: readonly Fact<unknown>[] = [
  liveRuleset,
  ownRuleset,
  ufwActive,
  firewalldZones,
  iptablesDrop,
];
