import { absent, type Effect, file, link } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';

/**
 * What makes a tree nobody's in particular: each client gets its own name, machine-id and keys
 * at boot, from its own network card (debian.md 7, per-client identity).
 */
export function identityEffects(
  place: TreePlace,
  hostKeys: 'own' | 'kept' | 'shared',
): readonly Effect[] {
  return [
    // A name in the tree would win over the one that DHCP gives.
    absent(place, '/etc/hostname'),
    // Empty, not missing: missing or "uninitialized" starts systemd's first-boot units.
    file(place, '/etc/machine-id', '', { mode: 0o444 }),
    // D-Bus keeps a copy of its own, and systemd would take that one for every client.
    link(place, '/var/lib/dbus/machine-id', '/etc/machine-id'),
    // Made when packages were set up: the same for every client would be no secret and no chance.
    absent(place, '/var/lib/systemd/credential.secret'),
    absent(place, '/var/lib/systemd/random-seed'),
    link(place, '/etc/mtab', '../proc/self/mounts'),
    file(
      place,
      '/etc/hosts',
      '127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n# The client adds its own name and sidus-server when it boots.\n',
    ),
    // A plain file, so that the boot script can fill it from the lease and the cord can cover it.
    file(place, '/etc/resolv.conf', ''),
    file(
      place,
      '/etc/network/interfaces',
      '# The boot card holds the root: nothing may touch it.\nauto lo\niface lo inet loopback\n',
    ),
    file(
      place,
      '/etc/systemd/journald.conf.d/sidus.conf',
      '[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\n',
    ),
    ...(hostKeys !== 'shared'
      ? ['rsa', 'ecdsa', 'ed25519'].flatMap((type) => [
          absent(place, `/etc/ssh/ssh_host_${type}_key`),
          absent(place, `/etc/ssh/ssh_host_${type}_key.pub`),
        ])
      : []),
  ];
}

/**
 * Units meant for installed systems: they would check, trim, update or back up a root that is
 * gone at the next boot (debian.md 7, systemd on the client).
 */
export const maskedUnits: readonly string[] = [
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'man-db.timer',
  'nfs-blkmap.service',
  'open-iscsi.service',
  'packagekit.service',
  'sshd-keygen.service',
  'systemd-firstboot.service',
  'systemd-machine-id-commit.service',
  'systemd-networkd-wait-online.service',
  'systemd-pstore.service',
  'NetworkManager-wait-online.service',
  'unattended-upgrades.service',
];
