import { file, unit } from '../../core/effect.ts';
import type { Fact } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import type { Step, StepId } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { sandbox } from './sandbox.ts';

/** Kernels and initrds over HTTP: what our service is, and where loaders find it. */

export const httpUnitName = 'sidus-http.service';
const unitPath = `/etc/systemd/system/${httpUnitName}`;

const listensAt = ({ server: { network, serve } }: Site): string =>
  `${network.address}:${serve.httpPort}`;

/** The address of a file below the TFTP directory, for pxelinux and iPXE. */
export function httpAddress(site: Site, path: string): string {
  return `http://${listensAt(site)}/${path}`;
}

/**
 * The same server as a device of GRUB, to which the path is added. null: this GRUB finds no device
 * with a port in its name (2.06 of bookworm; 2.12 does). The loaders are those of the first tree.
 */
export function grubDevice(site: Site): string | null {
  const [first] = Object.values(site.trees);
  return first?.tree.suite === 'bookworm' ? null : `(http,${listensAt(site)})`;
}

/**
 * busybox httpd: it lists no directory, and what it executes (/cgi-bin) lies nowhere. Without -c
 * it would read an /etc/httpd.conf that is somebody's. -vv says what is asked for.
 */
export function httpCommand(site: Site): readonly string[] {
  return [
    ...['/usr/bin/busybox', 'httpd', '-f', '-vv', '-c', '/dev/null'],
    ...['-p', listensAt(site), '-h', layout.tftp],
  ];
}

/** Nobody in particular, who sees of /srv the boot files alone, and writes nowhere. */
export function httpUnit(site: Site): string {
  return `[Unit]
Description=SIDUS: kernels for diskless clients, over HTTP
Documentation=man:busybox(1)
Wants=network-online.target
After=network-online.target
# The card may get its address late: it is tried for as long as it takes.
StartLimitIntervalSec=0

[Service]
ExecStart=${httpCommand(site).join(' ')}
Restart=always
RestartSec=5
DynamicUser=yes
TemporaryFileSystem=/srv:ro
BindReadOnlyPaths=${layout.tftp}/sidus
TasksMax=1000
UMask=0777
CapabilityBoundingSet=
ProtectClock=yes
${sandbox}
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}

/** The one of two packages with busybox that is there: they shut each other out. */
export const busyboxPackage: Fact<string> = {
  id: 'serve/busybox',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      'dpkg-query -W -f "\\${db:Status-Status}\\n" busybox-static 2>/dev/null || :',
      'busybox-static',
    ],
  },
  otherwise: 'busybox',
  parse: (text) => (text.trim() === 'installed' ? 'busybox-static' : 'busybox'),
};

export function httpStep(site: Site, staged: boolean, after: readonly StepId[]): Step {
  return {
    id: 'serve/http',
    title: say('Give kernels and initrds over HTTP on port {port}', {
      port: site.server.serve.httpPort,
    }),
    why: say(
      'Faster than TFTP, with a tenth of its packets. Only boot files can be read there; a loader that nobody answers takes TFTP.',
    ),
    after,
    effects: [
      file('server', unitPath, httpUnit(site)),
      ...(staged
        ? []
        : [
            unit('server', httpUnitName, 'enabled', {
              running: 'started',
              restartWhenChanged: true,
            }),
          ]),
    ],
  };
}
