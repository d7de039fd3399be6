import type { Site } from '../index.ts';
import { networkOf, toText } from '../ipv4.ts';

/** A port on which clients come to the server. */
export interface Opening {
  readonly service: 'DHCP' | 'TFTP' | 'PXE' | 'NTP' | 'NFS' | 'HTTP';
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** 'anybody': who asks for an address has none yet, and calls from 0.0.0.0. */
  readonly from: 'anybody' | 'network';
}

/**
 * All the ports that a site serves its clients on, and the one place to add another. TFTP sends
 * each file from a port of its own, and the server speaks first there: what the client answers
 * belongs to a connection that is known, and needs no opening. NFS 3 is left out: it would take
 * rpcbind and mountd as well, and a client asks for it only where a server has no NFS 4.
 */
export function openings({ server }: Site): readonly Opening[] {
  const { dhcp, httpPort } = server.serve;
  const { timeServers } = server.network;
  const found: Opening[] = [];
  const open = (
    service: Opening['service'],
    protocol: Opening['protocol'],
    port: number,
    from: Opening['from'] = 'network',
  ): unknown => found.push({ service, protocol, port, from });

  if (dhcp === 'full' || dhcp === 'proxy') open('DHCP', 'udp', 67, 'anybody');
  open('TFTP', 'udp', 69);
  if (timeServers.length === 0) open('NTP', 'udp', 123);
  // Beside another DHCP server UEFI asks for the name of its loader there.
  if (dhcp === 'proxy') open('PXE', 'udp', 4011);
  open('NFS', 'tcp', 2049);
  open('HTTP', 'tcp', httpPort);
  return found;
}

/** The network that clients are in, as address/bits. What single ones may read is said in exports(5). */
export function clientNetwork({ server }: Site): string {
  const { address, prefix } = server.network;
  return `${toText(networkOf(address, prefix))}/${prefix}`;
}

/** 'UDP 67 and 69, TCP 2049 and 7069' */
export function openingWords(given: readonly Opening[]): string {
  return (['udp', 'tcp'] as const)
    .map((protocol) => [protocol, given.filter((one) => one.protocol === protocol)] as const)
    .filter(([, ports]) => ports.length > 0)
    .map(([protocol, ports]) => {
      const numbers = ports.map(({ port }) => String(port));
      const last = numbers.pop();
      const list = numbers.length === 0 ? last : `${numbers.join(', ')} and ${last}`;
      return `${protocol.toUpperCase()} ${list}`;
    })
    .join(', ');
}
