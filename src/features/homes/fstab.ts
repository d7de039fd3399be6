import type { Mount } from './mounts.ts';

/**
 * Seconds that a server may take to let a client mount. Whoever uses the directory waits for it,
 * and is told that there is nothing; the next one who does tries again.
 */
export const mountPatience = 15;

/**
 * What would end a field, and what would begin an escape: systemd undoes those that getmntent(3)
 * names, and no others.
 */
export function fstabField(text: string): string {
  return text.replace(
    /[ \t\n\\]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/**
 * 4.1 and not what the two agree on: with 4.2 some servers give wrong data (nfs-ganesha's READ_PLUS,
 * boot.md 8), and 4.1 is what a Windows server, a NAS and every kernel of ten years speak. Of NFS 3
 * all parts go over TCP. Never `nolock`: two programs would write one file. `retry=0`: who asks
 * next is the one who tries again.
 */
function optionsOf({ version, security, readOnly }: Mount): readonly string[] {
  return [
    readOnly ? 'ro' : 'rw',
    ...(version === 'nfs4' ? ['vers=4.1'] : ['vers=3', 'mountproto=tcp']),
    'proto=tcp',
    `sec=${security}`,
    'hard',
    'retry=0',
    'noatime',
    'nosuid',
    'nodev',
    '_netdev',
    'nofail',
    'x-systemd.automount',
    `x-systemd.mount-timeout=${mountPatience}`,
  ];
}

export function fstab(mounts: readonly Mount[]): string {
  return [
    '# The root is made by boot=sidus; only what is mounted beside it belongs here.\n',
    ...mounts.map((mount) =>
      [
        fstabField(`${mount.server}:${mount.path}`),
        mount.at,
        mount.version === 'nfs4' ? 'nfs4' : 'nfs',
        `${optionsOf(mount).join(',')} 0 0\n`,
      ].join(' '),
    ),
  ].join('');
}
