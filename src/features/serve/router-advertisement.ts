import { absent, type Effect, file } from '../../core/effect.ts';
import type { Site } from '../index.ts';

/**
 * A machine whose network card boots by iPXE asks for an IPv6 router too, and waits 13 seconds for
 * one before it fetches its first file (boot.md 9). On a network where this server alone gives
 * addresses one is there: it lives for no time at all and names no prefix, so that nobody gets an
 * address by it, and nobody sends anything through this server. Never on a network of others.
 */

const configurationPath = '/etc/sidus/radvd.conf';
const unitName = 'sidus-radvd.service';
const unitPath = `/etc/systemd/system/${unitName}`;

const isOurs = ({ server }: Site): boolean => server.serve.dhcp === 'full';

/**
 * radvd.conf(5); null: nothing is advertised. Said every few seconds, the least that the manual allows:
 * who asks is often not heard, because ICMPv6 has to pass the server's firewall.
 */
export function advertisement(site: Site): string | null {
  if (!isOurs(site)) return null;
  return `# Written by sidus for ${unitName}; a radvd of yours has its own file.
interface ${site.server.network.interfaceName} {
  AdvSendAdvert on;
  AdvDefaultLifetime 0;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
};
`;
}

/** The command, with the file that it reads: radvd(8). */
export function advertiserCommand(configuration: string, directory: string): readonly string[] {
  return [
    ...['/usr/sbin/radvd', '--nodaemon', '--logmethod', 'stderr', '--config', configuration],
    ...['--pidfile', `${directory}/radvd.pid`],
  ];
}

/** It comes and goes with our DHCP server, and only where that has found itself alone. */
const unit = `[Unit]
Description=SIDUS: an advertisement that iPXE waits for
Documentation=man:radvd(8)
ConditionPathExists=${configurationPath}
ConditionPathExists=/proc/net/if_inet6
BindsTo=sidus-dnsmasq.service
After=sidus-dnsmasq.service
StartLimitIntervalSec=0

[Service]
ExecStart=${advertiserCommand(configurationPath, '/run/sidus-radvd').join(' ')}
Restart=on-failure
RestartSec=30
RuntimeDirectory=sidus-radvd
CapabilityBoundingSet=CAP_NET_RAW
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
`;

/** For the unit of the DHCP server: what comes with it. */
export function withAdvertiser(site: Site): string {
  return isOurs(site) ? `Wants=${unitName}\n` : '';
}

export function advertiserPackages(site: Site): readonly string[] {
  return isOurs(site) ? ['radvd'] : [];
}

export function advertiserFiles(site: Site): readonly Effect[] {
  const configuration = advertisement(site);
  return configuration === null
    ? [absent('server', configurationPath), absent('server', unitPath)]
    : [file('server', configurationPath, configuration), file('server', unitPath, unit)];
}
