import { script } from '../../core/assets.ts';
import type { Fact } from '../../core/fact.ts';
import type { DhcpAnswer, DhcpUnasked } from '../../core/overview.ts';

/** Who answers DHCP on a wire, or why that could not be asked. */
export type DhcpServers =
  | { readonly status: 'asked'; readonly servers: readonly DhcpAnswer[] }
  | { readonly status: Exclude<DhcpUnasked, 'unasked'> }
  /** In the words of the system. */
  | { readonly status: 'unasked'; readonly why: string };

const silent = 'perl(1) says nothing';

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
    otherwise: { status: 'unasked', why: silent },
    parse: parseDhcpServers,
  };
}

/** Reads what `assets/find-dhcp-servers` prints; its header says what each line means. */
export function parseDhcpServers(text: string): DhcpServers {
  if (/^cannot card$/m.test(text)) return { status: 'no-card' };
  if (/^cannot link$/m.test(text)) return { status: 'no-link' };
  if (/^cannot root$/m.test(text)) return { status: 'only-root' };
  if (!/^asked /m.test(text)) {
    return { status: 'unasked', why: /^cannot (.+)$/m.exec(text)?.[1] ?? silent };
  }
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
