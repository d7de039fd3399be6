import { imageName } from '../core/form.ts';
import { bootLines } from './believable-boot.ts';
import { chainFrom, versionAt } from './believable-chain.ts';
import { reportOf } from './believable-report.ts';
import type { MemorySystem } from './memory.ts';
import { option, restOf, textOf } from './modelling.ts';
import { type Speaker, type Speech, type Spoken, said } from './speech.ts';
import type { ExecOptions } from './system.ts';

/** A virtual client of a world in memory: what its boot reads there decides how it goes and ends. */

export interface Client {
  readonly world: MemorySystem;
  /** The directory that the rehearsal shares with the workshop. */
  readonly work: string;
  /** The version, as a directory of the server. */
  readonly tree: string;
  /** The directory that is exported: the version, or that of its image. */
  readonly served: string;
  readonly mac: string;
  /** What DHCP calls it; empty: nothing. */
  readonly hostname: string;
  /** Mebibytes. */
  readonly memory: number;
  /** The kernel's command line. */
  readonly words: readonly string[];
  /** The boot script, as it is in the initrd. */
  readonly script: string;
  readonly firmware: 'bios' | 'uefi' | 'secureboot';
  readonly address: string;
  /** Who gave the address, and serves. */
  readonly server: string;
  readonly leaseSeconds: number;
  /** What is said before its kernel starts; null: what QEMU's own network says. */
  readonly loading: readonly string[] | null;
  /** Why no loader starts a kernel; null: one does. */
  readonly failure: string | null;
}

/** Seconds from power-on, without KVM, and at the login. */
const stages = { kernel: 8.2, root: 13.3, report: 28.9 } as const;

function clientFrom(world: MemorySystem, words: readonly string[], options: ExecOptions): Client {
  const shared = sharedBy(options);
  const served = option(words, '--tree') ?? '';
  const mac = option(words, '--mac') ?? '';
  const loader = textOf(world, `${shared}/tftp/boot.ipxe`);
  const [, line = ''] = /^kernel vmlinuz (.*)$/m.exec(loader) ?? [];
  const initrd = textOf(world, `${shared}/tftp/initrd.img`);
  return {
    world,
    work: shared,
    tree: versionAt(served),
    served,
    mac,
    hostname: option(words, '--hostname') ?? '',
    memory: Number(option(words, '--memory') ?? 1024),
    words: line.replaceAll('${net0/mac:hexhyp}', mac.replaceAll(':', '-')).split(' '),
    script: scriptIn(initrd),
    firmware: 'bios',
    address: '10.0.2.15',
    server: '10.0.2.2',
    leaseSeconds: 86_400,
    loading: null,
    failure: null,
  };
}

/** The same, where the site's own files lead there. */
function clientOfChain(
  world: MemorySystem,
  words: readonly string[],
  options: ExecOptions,
): Client {
  const work = sharedBy(options);
  const { initrd, lines, ...chain } = chainFrom(world, words, work);
  const firmware = option(words, '--firmware');
  return {
    ...chain,
    world,
    work,
    mac: option(words, '--mac') ?? '',
    memory: Number(option(words, '--memory') ?? 1024),
    script: scriptIn(initrd),
    firmware: firmware === 'uefi' || firmware === 'secureboot' ? firmware : 'bios',
    loading: lines,
  };
}

function sharedBy(options: ExecOptions): string {
  return options.binds?.find(({ to }) => to === '/rehearsal')?.from.path ?? '';
}

/** In memory an initrd is its name, and then the boot script. */
function scriptIn(initrd: string): string {
  return initrd.includes('\n') ? initrd.slice(initrd.indexOf('\n') + 1) : '';
}

const rehearsal = (text: string): Spoken => said(0, `rehearsal: ${text}`);
const consoleLine = (after: number, text: string): Spoken => said(after, `console: ${text}`);

function* failed(line: string): Speech {
  yield consoleLine(0.4, line);
  yield rehearsal(`failed: ${line}`);
  return { code: 1 };
}

/** As the boot script counts: the first three tries, then every fifth. */
const often = (attempt: number): boolean => attempt <= 3 || attempt % 5 === 0;

/** assets/rehearsal/client, line by line. */
function* booted(client: Client, held: boolean): Speech {
  const { world, work, tree, served, words } = client;
  const image = words.find((word) => word.startsWith('sidus.image='))?.slice('sidus.image='.length);
  const holds = served === tree ? 'usr' : imageName;
  if (client.failure === null && !world.nodes.has(`${served}/${holds}`)) {
    yield rehearsal(`failed: no version at '${served}'`);
    return { code: 2 };
  }
  if (!held) yield said(0.9, 'rehearsal: nfs ready');
  yield said(0.1, 'rehearsal: client on');
  if (held) yield rehearsal(`nfs held back until /rehearsal/serve-now exists`);

  if (client.loading === null) yield* spaced(bootLines(client, 'loader'), stages.kernel);
  else {
    yield said(5.5);
    for (const line of client.loading) yield said(0.1, line);
    if (client.failure !== null) return yield* failed(client.failure);
    yield* spaced(bootLines(client, 'loader').slice(-1), stages.kernel - 6);
  }
  yield rehearsal(`stage kernel ${stages.kernel.toFixed(1)}`);
  if (client.script === '') {
    return yield* failed("(initramfs) /init: .: line 251: can't open '/scripts/sidus'");
  }
  yield* spaced(bootLines(client, 'kernel'), stages.root - stages.kernel - 0.2);

  const [server = '', path = ''] = (words.find((word) => word.startsWith('nfsroot=')) ?? '')
    .slice('nfsroot='.length)
    .split(':');
  let attempt = 0;
  let waited = 0;
  while (held && !world.nodes.has(`${work}/serve-now`)) {
    attempt += 1;
    waited += 4;
    const wait = `sidus: waiting for ${server} to serve NFS (port 2049), try ${attempt}`;
    yield often(attempt) ? consoleLine(4, wait) : said(4);
  }
  // The server of a rehearsal serves one version, and no other directory; nobody gives up on it.
  for (attempt = 3; path !== served; attempt += 1) {
    const lacks = `sidus: cannot mount: ${server} has no ${path} for this machine (${client.address}); trying again, try ${attempt}`;
    yield often(attempt) ? consoleLine(6, lacks) : said(6);
  }
  // What is mounted is a root only where the boot script knows what to do with it.
  if ((served === tree) !== (image === undefined || !client.script.includes('sidus.image'))) {
    return yield* failed('Kernel panic - not syncing: No working init found.');
  }
  const report = reportOf(client);
  yield consoleLine(
    0.2,
    `sidus: root ready (${report.tree ?? 'draft'} version ${report.version ?? 'none'}) on eth0 ${client.address}`,
  );
  yield rehearsal(`stage root ${(stages.root + waited).toFixed(1)}`);
  yield* spaced(bootLines(client, 'root'), stages.report - stages.root);
  // Nobody starts the reporter: the client is up, and never says so.
  const wanted = `${tree}/etc/systemd/system/multi-user.target.wants/sidus-report.service`;
  while (!world.nodes.has(wanted)) yield said(10);
  yield rehearsal(`stage report ${(stages.report + waited).toFixed(1)}`);
  yield said(0, `report: ${JSON.stringify(report)}`);
  yield rehearsal('done');
  return { code: 0 };
}

/** Lines at their own places in so many seconds. */
function* spaced(
  lines: readonly (readonly [at: number, line: string])[],
  seconds: number,
): Iterable<Spoken> {
  let before = 0;
  for (const [at, line] of lines) {
    yield consoleLine((at - before) * seconds, line);
    before = at;
  }
  yield said((1 - before) * seconds);
}

/** null: not a client's business. */
export const clientWords: Speaker = (world, place, words, options) => {
  if (place === 'server' || !('workshop' in place)) return null;
  const quick = restOf('sh /rehearsal/quick', words);
  if (quick !== null) return booted(clientFrom(world, quick, options), quick.includes('--hold'));
  const full = restOf('sh /rehearsal/full', words);
  if (full !== null) return booted(clientOfChain(world, full, options), full.includes('--hold'));
  if (restOf('perl /rehearsal/count-bytes', words) === null) return null;
  const loader = textOf(world, `${sharedBy(options)}/tftp/boot.ipxe`);
  return counted(loader.includes(' sidus.image='));
};

function* counted(image: boolean): Speech {
  const files = 'received 72716408 sent 2691154 packets 81423';
  yield said(0.2, image ? 'received 52716408 sent 891154 packets 61423' : files);
  return { code: 0 };
}
