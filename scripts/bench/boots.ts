import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inTree } from '../../src/core/place.ts';
import { workshop } from '../../src/features/workshop.ts';
import { quieting } from '../../src/planner/rehearsal.ts';
import { reporting } from '../../src/rehearsal/preparation.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import type { FullChain, Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { Host } from '../../src/system/host.ts';
import { detail, row } from './rows.ts';
import { type Built, command, versionOf } from './trees.ts';

type Boot = Pick<Rehearsal, 'timings' | 'bytes'> & { readonly calls: number | null };

const reporter = [
  'assets/tree/usr/lib/sidus/report',
  'assets/tree/etc/systemd/system/sidus-report.service',
];
const mac = '52:54:00:12:34:56';
const server = '10.0.2.2';

/** The whole way from the firmware, by the files that the site makes. */
function ours({ root, cache }: Built, form: 'files' | 'image'): Boot {
  const said = command(
    process.execPath,
    ...[
      'dist/main.mjs',
      'rehearse',
      '--full',
      '--firmware',
      'bios',
      '--json',
      '--preset',
      'rehearsal',
    ],
    ...['--set', `tree.form=${form}`, '--root', root, '--cache', cache, '--offline'],
  );
  const last = said.trim().split('\n').at(-1) ?? '';
  const { timings, bytes, report, holds } = JSON.parse(last) as Rehearsal & { holds: boolean };
  if (!holds) throw new Error(`a rehearsal does not hold: ${last}`);
  return { timings, bytes, calls: report.nfsCalls };
}

/** What dnsmasq's manual shows; the firmware of the card is an iPXE, as QEMU brings it. */
const dnsmasq = [
  ...[
    'port=0',
    'interface=lan0',
    'bind-dynamic',
    'dhcp-range=10.0.2.15,10.0.2.31,255.255.255.0,1h',
  ],
  ...['enable-tftp', 'tftp-root=/srv/tftp', `dhcp-boot=boot.ipxe,,${server}`],
  ...['dhcp-leasefile=/var/lib/sidus/dnsmasq.leases', ''],
].join('\n');

/** A tree that others' ways made, on the same wire, with the same reporter. */
async function byHand(
  { root, cache }: Built,
  name: string,
  script: readonly string[],
  files: FullChain['files'],
): Promise<Boot> {
  const system = new Host({ root, cache, program: [process.execPath, resolve('dist/main.mjs')] });
  const version = { ...inTree(name), version: 1 } as const;
  const { timings, bytes, report } = await rehearse(
    {
      version,
      workshop,
      mac,
      memory: 1024,
      chain: {
        ...({ kind: 'full', firmware: 'bios', card: 'lan0', address: `${server}/24` } as const),
        ...{ dnsmasq, advertisement: '', http: [] },
        files: [{ path: 'boot.ipxe', mode: 0o644, content: script.join('\n') }, ...files],
        exports: [{ version, form: 'files', clients: ['10.0.2.0/24'] }],
      },
      // What initramfs-tools mounts by itself.
      nfs: '3',
      patience: 400,
      signal: new AbortController().signal,
    },
    system,
    () => undefined,
  );
  return { timings, bytes, calls: report.nfsCalls };
}

const words = [...quieting, ...reporting].join(' ');
const at = (name: string): string => `/srv/nfsroot/${name}/versions/1`;
const from = (name: string, path: string) => ({ place: { ...inTree(name), version: 1 }, path });
const copied = (name: string, path: string, file: string): FullChain['files'][number] => ({
  path,
  mode: 0o644,
  from: from(name, file),
});

/** MODULES=netboot, everything over TFTP, mounted as the initrd mounts it. */
function naive(built: Built): () => Promise<Boot> {
  command('sh', 'scripts/bench/by-hand', 'naive', versionOf('naive'), ...reporter);
  return () =>
    byHand(
      built,
      'naive',
      [
        '#!ipxe',
        `kernel vmlinuz initrd=initrd.img boot=nfs root=/dev/nfs nfsroot=${server}:${at('naive')} ip=dhcp ro ${words}`,
        ...['initrd initrd.img', 'boot', ''],
      ],
      [copied('naive', 'vmlinuz', '/vmlinuz'), copied('naive', 'initrd.img', '/initrd.img')],
    );
}

/** A squashfs on NFS, behind two initrds: its own one brings LTSP's programs to every client. */
function ltsp(built: Built): () => Promise<Boot> {
  const out = versionOf('ltsp');
  if (!existsSync(out)) mkdirSync(join(out), { recursive: true });
  command('sh', 'scripts/bench/by-hand', 'ltsp', versionOf('old'), ...reporter, out);
  return () =>
    byHand(
      built,
      'ltsp',
      [
        '#!ipxe',
        `kernel /ltsp/x86_64/vmlinuz initrd=ltsp.img initrd=initrd.img root=/dev/nfs nfsroot=${server}:${at('ltsp')} ltsp.image=images/x86_64.img loop.max_part=9 BOOTIF=01-\${mac:hexhyp} ${words}`,
        ...['initrd /ltsp/ltsp.img', 'initrd /ltsp/x86_64/initrd.img', 'boot', ''],
      ],
      [
        copied('ltsp', 'ltsp/x86_64/vmlinuz', '/vmlinuz'),
        copied('ltsp', 'ltsp/x86_64/initrd.img', '/initrd.img'),
        copied('ltsp', 'ltsp/ltsp.img', '/ltsp.img'),
      ],
    );
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function said(what: string, { timings, bytes, calls }: Boot): void {
  const { firmware, kernel, root, login } = timings;
  detail(
    `${what}: ${login} s (firmware ${firmware}, kernel to root ${kernel}, root to login ${root}), ${mega(bytes.received)} to it, ${mega(bytes.sent)} from it, ${calls ?? '?'} NFS calls`,
  );
}

/** The boot of the middle: machines have moods, and a round of all four lasts longer than one. */
const middle = (boots: readonly Boot[]): Boot => {
  const sorted = [...boots].sort((a, b) => a.timings.login - b.timings.login);
  const found = sorted[Math.floor(boots.length / 2)];
  if (found === undefined) throw new Error('nothing was booted');
  return found;
};

/** From the firmware to the login, one after the other, in rounds. */
export async function measureBoots(built: Built): Promise<void> {
  const rounds = 3;
  const ways: Readonly<Record<'image' | 'files' | 'ltsp' | 'naive', () => Promise<Boot>>> = {
    image: async () => ours(built, 'image'),
    files: async () => ours(built, 'files'),
    ltsp: ltsp(built),
    naive: naive(built),
  };
  const boots = { image: [], files: [], ltsp: [], naive: [] } as Record<keyof typeof ways, Boot[]>;
  for (let round = 0; round < rounds; round++) {
    for (const way of ['image', 'files', 'ltsp', 'naive'] as const) {
      boots[way].push(await ways[way]());
    }
  }
  const [image, files] = [middle(boots.image), middle(boots.files)];
  const peers = [
    ['LTSP', middle(boots.ltsp), 0.5, 0.45],
    ['the naive NFS root', middle(boots.naive), null, null],
  ] as const;
  for (const [peer, theirs, bytes, time] of peers) {
    for (const [form, mine] of [
      ['image', image],
      ['files', files],
    ] as const) {
      // The aims are those of the better of our two forms.
      const best = form === 'image';
      row(
        `boot, as ${form} / ${peer}: bytes to the client`,
        mine.bytes.received / theirs.bytes.received,
        best ? bytes : null,
      );
      row(
        `boot, as ${form} / ${peer}: seconds to the login`,
        mine.timings.login / theirs.timings.login,
        best ? time : null,
      );
    }
  }
  said('as an image', image);
  said('as files', files);
  for (const [peer, theirs] of peers) said(peer, theirs);
}
