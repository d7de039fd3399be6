import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { file, run, unit } from '../../../src/core/effect.ts';
import type { Place } from '../../../src/core/place.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import type { Site } from '../../../src/features/index.ts';
import { workshopStep } from '../../../src/features/workshop.ts';
import { quieting } from '../../../src/planner/rehearsal.ts';
import { reporting } from '../../../src/rehearsal/preparation.ts';
import { Session } from '../../../src/runner/session.ts';
import { cache, root, system, usualMac } from '../rehearsal-root.ts';

const name = 'trixie-server';
const place: Place = { workshop: name };

/** What somebody's Debian 13 has before sidus comes: names, exports and a firewall of its own. */
const installed: readonly string[] = [
  'busybox',
  'radvd',
  'dbus',
  'debian-archive-keyring',
  'dnsmasq',
  'initramfs-tools',
  'iproute2',
  'iputils-ping',
  'kmod',
  'linux-image-amd64',
  'mmdebstrap',
  'nfs-kernel-server',
  'nftables',
  'nodejs',
  'openssh-client',
  'perl',
  'procps',
  'systemd-sysv',
  'udev',
  'zstd',
];

export const wire = {
  interfaceName: 'eth0',
  address: '10.77.0.1',
  prefix: 24,
  rangeFirst: '10.77.0.100',
  rangeLast: '10.77.0.199',
  router: null,
  nameservers: ['10.77.0.1'],
} as const;

/** Files of that server, none of them ours. */
const own: Readonly<Record<string, string>> = {
  '/etc/fstab': '/dev/vda / ext4 noatime 0 1\n/dev/vdb /srv/nfsroot ext4 noatime 0 2\n',
  '/etc/hostname': 'school\n',
  '/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 school\n',
  '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
  '/etc/machine-id': '',
  '/etc/systemd/network/10-eth0.network': `[Match]\nName=eth0\n[Network]\nAddress=${wire.address}/${wire.prefix}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n`,
  '/etc/dnsmasq.d/names.conf': `no-resolv\naddress=/printer.school.test/10.77.0.9\n`,
  '/etc/exports': '/srv/papers 10.77.0.0/24(rw,sync,no_subtree_check)\n',
  '/etc/exports.d/music.exports': '/srv/music 10.77.0.0/24(ro,no_subtree_check)\n',
  '/srv/papers/paper': 'handmade\n',
  '/srv/music/song': 'handmade\n',
  '/etc/nftables.conf': `#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state established,related accept
		icmp type echo-request accept
		tcp dport 22 accept
	}
}
`,
  '/etc/systemd/system/test-agent.service':
    '[Unit]\nAfter=nfs-server.service dnsmasq.service nftables.service network-online.target\nWants=network-online.target\n[Service]\nExecStart=/usr/local/lib/agent\nEnvironment=HOME=/root\nTimeoutStopSec=3\nKillMode=process\nRestart=on-failure\n[Install]\nWantedBy=multi-user.target\n',
};

/** What an emulated machine would spend its first minutes with. */
const masked: readonly string[] = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'logrotate.timer',
  'systemd-networkd-persistent-storage.service',
  'systemd-pstore.service',
];

async function carryOut(title: string, steps: Parameters<Session['apply']>[0]['steps']) {
  const { problem } = await new Session(system).apply(
    { schema: 1, title: { text: title }, root, steps, notes: [] },
    'test',
    () => undefined,
    new AbortController().signal,
  );
  if (problem !== null) throw new ProblemError(problem);
}

/** Two machines with files of their own; one of them is never on. */
const clients: Site['clients'] = [
  { mac: usualMac, name: 'desk', address: '10.77.0.20' },
  { mac: '52:54:00:aa:00:09', name: 'other', address: '10.77.0.21' },
];

/** What the person who sets up this server answers: the site of the tree, on its own wire. */
export function siteOfServer(site: Site): Site {
  return {
    ...site,
    clients,
    server: {
      ...site.server,
      network: { ...site.server.network, ...wire, nameservers: [...wire.nameservers] },
      // Where the client talks, and where it reports.
      serve: { ...site.server.serve, options: [...quieting, ...reporting, 'kept.test'] },
    },
  };
}

function image(from: string, to: string, size: number): void {
  rmSync(to, { force: true });
  writeFileSync(to, '');
  truncateSync(to, size);
  execFileSync('mkfs.ext4', ['-q', '-F', '-d', from, to]);
}

/** A real path in the server's tree. */
const at = (path: string): string => join(cache, 'workshop', name, path);

/**
 * The server, as files of a directory: its kernel and its two disks. The second holds the trees as
 * a build elsewhere left them.
 */
export async function serverImage(site: Site, directory: string): Promise<void> {
  const answers = Object.values(site.trees)[0];
  if (answers === undefined) throw new Error('the site has no tree');
  await carryOut('Build a server to try sidus on', [workshopStep(answers, installed, name)]);
  await carryOut('Make it somebody’s', [
    {
      id: 'tests/server',
      title: { text: 'Make it somebody’s' },
      why: { text: 'A server has a life of its own.' },
      effects: [
        ...Object.entries(own).map(([path, content]) => file(place, path, content)),
        file(place, '/usr/local/lib/agent', readFileSync('test/boot/server/agent', 'utf8'), {
          mode: 0o755,
        }),
        file(place, '/usr/local/sbin/sidus', '#!/bin/sh\nexec node /opt/sidus/main.mjs "$@"\n', {
          mode: 0o755,
        }),
        ...['systemd-networkd', 'nftables', 'test-agent'].map((one) =>
          unit(place, `${one}.service`, 'enabled'),
        ),
        ...masked.map((one) => unit(place, one, 'masked')),
        run(
          place,
          [
            'sh',
            '-c',
            'test -e /boot/initrd.img || update-initramfs -c -k "$(ls /lib/modules)" && cp -L /boot/initrd.img-* /boot/initrd.img',
          ],
          {
            unless: { kind: 'exists', at: { place, path: '/boot/initrd.img' } },
          },
        ),
      ],
    },
  ]);
  rmSync(at('opt/sidus'), { recursive: true, force: true });
  mkdirSync(at('opt/sidus'), { recursive: true });
  for (const one of readdirSync('dist')) copyFileSync(resolve('dist', one), at(`opt/sidus/${one}`));
  execFileSync('cp', ['-r', resolve('package.json'), resolve('presets'), at('opt/sidus')]);

  // What whoever builds elsewhere takes along beside the trees: what is finished, the secrets, the loaders.
  for (const path of ['/var/lib/sidus/journal.jsonl', '/etc/sidus/secrets.json']) {
    mkdirSync(join(at(path), '..'), { recursive: true, mode: 0o700 });
    execFileSync('cp', ['-p', join(root, path), at(path)]);
  }
  mkdirSync(at('var/cache/sidus'), { recursive: true });
  rmSync(at('var/cache/sidus/loaders'), { recursive: true, force: true });
  execFileSync('cp', ['-r', join(cache, 'loaders'), at('var/cache/sidus/loaders')]);
  await system.write(place, '/root/site.yaml', stringify(siteOfServer(site)), {
    mode: 0o600,
    owner: 'root',
    group: 'root',
  });

  mkdirSync(directory, { recursive: true });
  const kernel = readdirSync(at('boot')).find((one) => one.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error('the server has no kernel');
  copyFileSync(at(`boot/${kernel}`), join(directory, 'vmlinuz'));
  copyFileSync(at('boot/initrd.img'), join(directory, 'initrd.img'));
  image(at(''), join(directory, 'system.img'), 3 * 2 ** 30);
  // The tree alone: other tests have theirs beside it.
  const trees = join(directory, 'trees');
  rmSync(trees, { recursive: true, force: true });
  mkdirSync(trees);
  const [tree = ''] = Object.keys(site.trees);
  execFileSync('cp', ['-al', join(root, 'srv/nfsroot', tree), trees]);
  image(trees, join(directory, 'trees.img'), 4 * 2 ** 30);
  rmSync(trees, { recursive: true });
}
