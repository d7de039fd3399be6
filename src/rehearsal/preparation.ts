import { asset } from '../core/assets.ts';
import { exportedAt, type Form, imageName } from '../core/form.ts';
import { layout, whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import type { Argv } from '../core/text.ts';
import type { ExecOptions, System } from '../system/system.ts';
import type {
  FullChain,
  OwnFilesServed,
  QuickChain,
  Version,
  VirtualClient,
} from './virtual-client.ts';

const ours = { mode: 0o644, owner: 'root', group: 'root' } as const;

/** Lays what the scripts read into a directory that becomes /rehearsal in the workshop. */
export async function prepare(
  client: VirtualClient,
  directory: string,
  system: System,
): Promise<void> {
  for (const word of ['serve-now', 'enough']) {
    await system.remove('server', `${directory}/${word}`);
  }
  await expectKernel(client.version, system);
  for (const served of servedBy(client)) await expectImage(served, system);
  for (const name of ['quick', 'full', 'client', 'console', 'nfs', 'count-bytes']) {
    await system.write('server', `${directory}/${name}`, asset(`rehearsal/${name}`).content, ours);
  }
  await system.write('server', `${directory}/tell-time`, asset('tell-time').content, ours);
  await system.makeDirectory('server', `${directory}/tftp`, { ...ours, mode: 0o755 });
  // What an earlier rehearsal served: this one may serve less.
  await removeFiles(`${directory}/tftp`, system);
  await system.makeDirectory('server', `${directory}/state`, { ...ours, mode: 0o755 });
  await removeFiles(`${directory}/state`, system);
  await system.write('server', `${directory}/further-servers`, client.further ?? '', ours);
  const { chain } = client;
  if (chain.kind === 'quick') await prepareQuick(client.version, chain, directory, system);
  else await prepareFull(chain, client.own, directory, system);
}

/** Kernels and initrds are large, and nobody reads them any more. */
export async function tidy(directory: string, system: System): Promise<void> {
  await removeFiles(`${directory}/tftp`, system);
}

async function removeFiles(directory: string, system: System): Promise<void> {
  for (const name of (await system.list('server', directory)) ?? []) {
    const path = `${directory}/${name}`;
    if ((await system.stat('server', path))?.kind === 'directory') await removeFiles(path, system);
    else await system.remove('server', path);
  }
}

async function expectKernel(version: Version, system: System): Promise<void> {
  for (const path of ['/vmlinuz', '/initrd.img']) {
    if ((await system.hash(version, path)) !== null) continue;
    throw new ProblemError({
      code: 'rehearsal/no-kernel',
      summary: say('{tree} version {version} has no {path}', {
        tree: version.tree,
        version: version.version,
        path,
      }),
      remedy: say('run `sidus apply`, then publish the draft again with `sidus tree publish`'),
    });
  }
}

async function expectImage({ version, form }: Served, system: System): Promise<void> {
  const { place, path } = exportedAt(version.tree, version.version, form);
  if (form === 'files' || (await system.stat(place, `${path}/${imageName}`)) !== null) return;
  throw new ProblemError({
    code: 'rehearsal/no-image',
    summary: say('{tree} version {version} has no image', {
      tree: version.tree,
      version: version.version,
    }),
    remedy: say('run `sidus apply`, which makes it'),
  });
}

async function prepareQuick(
  version: Version,
  chain: QuickChain,
  directory: string,
  system: System,
): Promise<void> {
  for (const [from, to] of [
    ['/vmlinuz', 'vmlinuz'],
    ['/initrd.img', 'initrd.img'],
  ] as const) {
    await system.copy({ place: version, path: from }, 'server', `${directory}/tftp/${to}`, ours);
  }
  const words = `${chain.commandLine} BOOTIF=01-\${net0/mac:hexhyp} ${reporting.join(' ')}`;
  await system.write(
    'server',
    `${directory}/tftp/boot.ipxe`,
    `#!ipxe\nkernel vmlinuz initrd=initrd.img ${words}\ninitrd initrd.img\nboot\n`,
    ours,
  );
}

/** Where the client talks, and where it reports. */
export const reporting: readonly string[] = ['console=ttyS0,115200', 'sidus.report=/dev/ttyS1'];

async function prepareFull(
  chain: FullChain,
  own: OwnFilesServed | undefined,
  directory: string,
  system: System,
): Promise<void> {
  await system.write('server', `${directory}/dnsmasq.conf`, chain.dnsmasq, ours);
  if (chain.office !== undefined) {
    await system.write('server', `${directory}/office.conf`, chain.office.dnsmasq, ours);
  }
  await system.write('server', `${directory}/radvd.conf`, chain.advertisement, ours);
  const words = chain.http.map((word) => `${word}\n`).join('');
  await system.write('server', `${directory}/http-command`, words, ours);
  await system.write(
    'server',
    `${directory}/exports`,
    [
      ...chain.exports.map((one) => `${pathOf(one)} ${one.clients.join(' ')}\n`),
      ...(own === undefined ? [] : [`${own.path} ${own.clients}\n`]),
    ].join(''),
    ours,
  );
  for (const file of chain.files) {
    const path = `${directory}/tftp/${file.path}`;
    if ('link' in file) {
      await system.link('server', path, file.link);
      continue;
    }
    const attributes = { ...ours, mode: file.mode };
    if ('content' in file) await system.write('server', path, file.content, attributes);
    else await system.copy(file.from, 'server', path, attributes);
  }
}

interface Served {
  readonly version: Version;
  readonly form: Form;
}

/** The directory that a client mounts, by the path that it has on a server. */
function pathOf({ version: { tree, version }, form }: Served): string {
  const { place, path } = exportedAt(tree, version, form);
  return whereIs(place) + path;
}

function servedBy({ version, chain }: VirtualClient): readonly Served[] {
  return chain.kind === 'quick' ? [{ version, form: chain.form }] : chain.exports;
}

const shared = (directory: string) =>
  ({ from: { place: 'server', path: directory }, to: '/rehearsal', readOnly: false }) as const;

/** How the scripts run: in the workshop, where no network is but the one they make. */
export function inWorkshop(client: VirtualClient, directory: string): ExecOptions {
  const { chain, version } = client;
  // Whoever asks for KVM starts the version's kernel, in whatever form its files are served.
  const served = [...servedBy(client), { version, form: 'files' as const }];
  const bound = new Map(
    served.map((one) => {
      const { tree, version: number } = one.version;
      return [pathOf(one), exportedAt(tree, number, one.form)];
    }),
  );
  return {
    confined: true,
    privateNetwork: true,
    devices: true,
    signal: client.signal,
    binds: [
      shared(directory),
      ...[...bound].map(([to, from]) => ({ from, to, readOnly: true })),
      ...(client.own === undefined
        ? []
        : [
            {
              from: { place: 'server', path: client.own.path } as const,
              to: client.own.path,
              readOnly: true,
            },
          ]),
      ...(chain.kind === 'quick'
        ? []
        : [
            {
              from: { place: 'server', path: `${directory}/tftp` } as const,
              to: layout.tftp,
              readOnly: true,
            },
            // The leases of this rehearsal, and of no other.
            {
              from: { place: 'server', path: `${directory}/state` } as const,
              to: layout.state,
              readOnly: false,
            },
          ]),
    ],
  };
}

/** The script that boots the client, and its options (assets/rehearsal). */
export function bootWith(client: VirtualClient, accelerated: boolean): Argv {
  const { chain, mac, memory } = client;
  return [
    'sh',
    `/rehearsal/${chain.kind}`,
    ...['--work', '/rehearsal', '--mac', mac],
    ...['--memory', String(memory), '--accel', accelerated ? 'kvm' : 'tcg'],
    ...(client.nfs === '3' ? ['--nfs', '3'] : []),
    ...(client.clock === undefined ? [] : ['--rtc', client.clock]),
    ...(client.serveNow === undefined ? [] : ['--hold']),
    ...(client.enough === undefined ? [] : ['--stay']),
    ...(chain.kind === 'quick'
      ? [
          ...['--tree', pathOf({ version: client.version, form: chain.form })],
          ...(chain.hostname === '' ? [] : ['--hostname', chain.hostname]),
          ...(client.own === undefined ? [] : ['--own', client.own.path]),
        ]
      : [
          ...['--card', chain.card, '--address', chain.address, '--firmware', chain.firmware],
          ...(chain.office === undefined ? [] : ['--office', chain.office.address]),
        ]),
  ];
}
