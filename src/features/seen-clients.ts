import ipaddr from 'ipaddr.js';
import type { Fact } from '../core/fact.ts';
import { layout } from '../core/layout.ts';

/** Who was given an address, and who is connected. */

export interface Lease {
  readonly address: string;
  readonly mac: string;
  readonly name: string | null;
  /** Seconds since 1970; null: it never ends. */
  readonly ends: number | null;
}

/** The leases of our own dnsmasq: expiry, Ethernet address, address, name, client id on each line. */
export const leases: Fact<readonly Lease[]> = {
  id: 'clients/leases',
  source: { kind: 'file', at: { place: 'server', path: `${layout.state}/dnsmasq.leases` } },
  otherwise: [],
  parse: (text) =>
    text.split('\n').flatMap((line) => {
      const [ends = '', hardware = '', address = '', name = ''] = line.split(' ');
      const mac = hardware.toLowerCase();
      // What is not Ethernet has its kind before it; leases of IPv6 stand behind a line `duid`.
      if (!/^\d+$/.test(ends) || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return [];
      if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return [];
      const known = /^[\w.-]+$/.test(name) ? name : null;
      return [{ address, mac, name: known, ends: ends === '0' ? null : Number(ends) }];
    }),
};

export interface NfsClient {
  readonly address: string;
  readonly name: string | null;
  readonly minorVersion: number;
}

export interface NfsServer {
  /** null: the kernel's NFS server is not there. */
  readonly threads: number | null;
  /** Of NFS 4 alone. Whoever mounts by NFS 3 is only seen by its connection. */
  readonly clients: readonly NfsClient[];
}

/**
 * The kernel's own tables (nfsd(7)). /var/lib/nfs/rmtab, which would be that of NFS 3, is left
 * out: it keeps those who are long gone.
 */
export const nfsServer: Fact<NfsServer> = {
  id: 'clients/nfs',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `cd /proc/fs/nfsd && cat threads && cat clients/*/info 2>/dev/null
:`,
      'nfsd',
    ],
  },
  otherwise: { threads: null, clients: [] },
  parse: (text) => ({
    threads: /^\d+\n/.test(text) ? Number.parseInt(text, 10) : null,
    clients: text
      .split(/^clientid: /m)
      .slice(1)
      .flatMap((info) => {
        const value = (key: string): string | undefined =>
          new RegExp(`^${key}: "?(.*?)"?$`, 'm').exec(info)?.[1];
        const address = addressOf(value('address') ?? '');
        // A courtesy is shown to clients that went away without a word.
        const gone = /^(unconfirmed|courtesy|expirable)$/.test(value('status') ?? '');
        if (address === null || gone) return [];
        const minorVersion = Number(value('minor version') ?? 0);
        return [{ address, name: nameIn(value('name') ?? ''), minorVersion }];
      }),
  }),
};

/**
 * What a client of Linux says it is: `Linux NFSv4.2 NAME`, or `ID/NAME` where it was given an id;
 * with NFS 4.0 the name comes first, and the server's address last (fs/nfs/nfs4proc.c).
 */
function nameIn(owner: string): string | null {
  const [, minor, said = ''] = /^Linux NFSv4\.([0-9]+) (.+)$/.exec(owner) ?? [];
  const name = minor === '0' ? said.split('/')[0] : said.split('/').at(-1);
  const isName = name !== undefined && /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name);
  return isName && !ipaddr.isValid(name) ? name : null;
}

/** Addresses with a connection to the NFS server, of any version (ss(8)). */
export const nfsConnections: Fact<readonly string[]> = {
  id: 'clients/connections',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['ss', '-tnH', 'state', 'established', 'sport', '=', ':2049'],
  },
  otherwise: [],
  parse: (text) => {
    const found = text.split('\n').flatMap((line) => {
      const ends = line.split(/\s+/).filter((word) => /:\d+$/.test(word));
      const [own, other] = ends.map(addressOf);
      if (ends[0]?.endsWith(':2049') !== true || other === undefined || other === null) return [];
      // The server itself is no client of ours.
      return other === own || isLoopback(other) ? [] : [other];
    });
    return [...new Set(found)];
  },
};

/**
 * The address of `192.168.67.101:891`, `[fe80::1]%lan0:891` or `[fe80::1%lan0]:891`; an IPv4 one
 * in IPv6 as itself.
 */
export function addressOf(text: string): string | null {
  const plain = text.replace(/%[^\]:]*/, '');
  const [, six, four] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):\d+$/i.exec(plain) ?? [];
  const address = six ?? four ?? '';
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}

function isLoopback(address: string): boolean {
  return ipaddr.parse(address).range() === 'loopback';
}
