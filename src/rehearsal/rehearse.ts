import { asset } from '../core/assets.ts';
import { type ClientReport, clientReport } from '../core/client-report.ts';
import { layout, whereIs } from '../core/layout.ts';
import { type Message, say } from '../core/message.ts';
import type { Place, TreePlace } from '../core/place.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { ExecOptions, System } from '../system/system.ts';
import { readLine } from './protocol.ts';

export type Stage = 'power' | 'kernel' | 'root' | 'report';

/** What happens while a client boots; screens and printers show it as it comes. */
export type RehearsalEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly seconds: number }
  | { readonly type: 'console'; readonly line: string }
  | { readonly type: 'note'; readonly note: Message };

export interface VirtualClient {
  readonly version: TreePlace & { readonly version: number };
  readonly workshop: Place;
  readonly mac: string;
  readonly hostname: string;
  /** Mebibytes. */
  readonly memory: number;
  /** The kernel command line, without what the rehearsal itself adds. */
  readonly commandLine: string;
  /** Seconds for the whole boot. */
  readonly patience: number;
  /** The NFS server comes only when `serveNow` settles: what a client does after a power cut. */
  readonly serveNow?: (event: RehearsalEvent) => boolean;
  readonly signal: AbortSignal;
}

export interface Timings {
  /** Seconds from power-on to the kernel's first line. */
  readonly firmware: number;
  /** From there to the root. */
  readonly kernel: number;
  /** From the root until the system is up and asks for a login. */
  readonly root: number;
  /** From power-on to the login. */
  readonly login: number;
}

export interface Rehearsal {
  readonly report: ClientReport;
  readonly timings: Timings;
  /** Over the wire, firmware and loader included. */
  readonly bytes: { readonly received: number; readonly sent: number };
  readonly accelerated: boolean;
  /** A first try that failed in a way that a virtual machine sometimes does. */
  readonly retried: string | null;
}

/** The address under which QEMU's user network shows the server to its guest. */
export const serverInRehearsal = '10.0.2.2';

/**
 * Boots one virtual client from a version, in namespaces of its own, with servers of its own.
 * Throws a ProblemError when it does not get as far as to report.
 */
export async function rehearse(
  client: VirtualClient,
  system: System,
  emit: (event: RehearsalEvent) => void,
): Promise<Rehearsal> {
  const directory = `${layout.state}/rehearsal/${client.mac.replaceAll(':', '-')}`;
  await prepare(client, directory, system);
  const accelerated = await kvmWorks(client, directory, system);
  let retried: string | null = null;
  for (;;) {
    const tried = await boot(client, directory, accelerated, system, emit);
    if ('why' in tried) {
      if (client.signal.aborted) throw new ProblemError(stopped());
      // One of 18 boots without KVM panicked in the guest's early kernel (boot.md 9).
      if (
        retried !== null ||
        !/Kernel panic|Oops: |ended before it reported|fell silent/.test(tried.why)
      ) {
        throw new ProblemError(failed(tried.why, tried.tail));
      }
      retried = tried.why;
      emit({ type: 'note', note: say('Trying once more: {why}', { why: tried.why }) });
      continue;
    }
    const counted = await countBytes(client, directory, system);
    return { ...tried, bytes: counted, accelerated, retried };
  }
}

/** Seconds; the longest gap seen on two busy cores was 60. */
const silence = 120;

const ours = { mode: 0o644, owner: 'root', group: 'root' } as const;

/** What the loader fetches, and the scripts, in a directory that becomes /rehearsal in the workshop. */
async function prepare(client: VirtualClient, directory: string, system: System): Promise<void> {
  const { version } = client;
  await system.remove('server', `${directory}/serve-now`);
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
  for (const [from, to] of [
    ['/vmlinuz', 'vmlinuz'],
    ['/initrd.img', 'initrd.img'],
  ] as const) {
    await system.copy({ place: version, path: from }, 'server', `${directory}/tftp/${to}`, ours);
  }
  const words = `${client.commandLine} BOOTIF=01-\${net0/mac:hexhyp} console=ttyS0,115200 sidus.report=/dev/ttyS1`;
  await system.write(
    'server',
    `${directory}/tftp/boot.ipxe`,
    `#!ipxe\nkernel vmlinuz initrd=initrd.img ${words}\ninitrd initrd.img\nboot\n`,
    ours,
  );
  for (const name of ['quick', 'count-bytes']) {
    await system.write('server', `${directory}/${name}`, asset(`rehearsal/${name}`).content, ours);
  }
}

function inWorkshop(client: VirtualClient, directory: string): ExecOptions {
  return {
    confined: true,
    privateNetwork: true,
    devices: true,
    signal: client.signal,
    binds: [
      { from: { place: 'server', path: directory }, to: '/rehearsal', readOnly: false },
      {
        from: { place: client.version, path: '/' },
        to: whereIs(client.version),
        readOnly: true,
      },
    ],
  };
}

/**
 * A kernel that really runs: /dev/kvm may open and still be useless (boot.md 1). Asked only
 * where there is one; eight seconds at the most.
 */
async function kvmWorks(
  client: VirtualClient,
  directory: string,
  system: System,
): Promise<boolean> {
  if ((await system.exec('server', ['test', '-w', '/dev/kvm'])).code !== 0) return false;
  let seen = false;
  const enough = new AbortController();
  await system.exec(
    client.workshop,
    [
      'qemu-system-x86_64',
      ...['-accel', 'kvm', '-cpu', 'host', '-m', '512', '-nodefaults', '-no-reboot'],
      ...['-display', 'none', '-serial', 'stdio', '-kernel', '/rehearsal/tftp/vmlinuz'],
      ...['-append', 'console=ttyS0 earlyprintk=serial,ttyS0 panic=-1'],
    ],
    {
      ...inWorkshop(client, directory),
      signal: AbortSignal.any([client.signal, enough.signal]),
      patience: 8,
      unbuffered: true,
      line: (line) => {
        if (!line.includes('Linux version')) return;
        seen = true;
        enough.abort();
      },
    },
  );
  return seen;
}

type Tried =
  | { readonly report: ClientReport; readonly timings: Timings }
  | { readonly why: string; readonly tail: readonly string[] };

async function boot(
  client: VirtualClient,
  directory: string,
  accelerated: boolean,
  system: System,
  emit: (event: RehearsalEvent) => void,
): Promise<Tried> {
  const stages = new Map<string, number>();
  const tail: string[] = [];
  let report: ClientReport | null = null;
  let why: string | null = null;
  let served = false;
  // A guest that is emulated may hang for ever; one that boots is never silent for so long.
  const stalled = new AbortController();
  let timer = setTimeout(() => undefined, 0);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      why = `it fell silent for ${silence} s`;
      stalled.abort();
    }, silence * 1000);
  };
  heard();
  const tell = (event: RehearsalEvent): void => {
    emit(event);
    if (served || client.serveNow?.(event) !== true) return;
    served = true;
    void system.write('server', `${directory}/serve-now`, '', ours);
  };
  const ran = await system.exec(
    client.workshop,
    [
      'sh',
      '/rehearsal/quick',
      ...['--work', '/rehearsal'],
      ...['--tree', whereIs(client.version), '--mac', client.mac],
      ...(client.hostname === '' ? [] : ['--hostname', client.hostname]),
      ...['--memory', String(client.memory), '--accel', accelerated ? 'kvm' : 'tcg'],
      ...(client.serveNow === undefined ? [] : ['--hold']),
    ],
    {
      ...inWorkshop(client, directory),
      signal: AbortSignal.any([client.signal, stalled.signal]),
      patience: client.patience,
      unbuffered: true,
      line: (line) => {
        heard();
        const said = readLine(line);
        tail.push(line);
        if (tail.length > 30) tail.shift();
        if (said.kind === 'stage') {
          stages.set(said.stage, said.seconds);
          tell({ type: 'stage', stage: said.stage as Stage, seconds: said.seconds });
        } else if (said.kind === 'console') tell({ type: 'console', line: said.line });
        else if (said.kind === 'failed') why = said.why;
        else if (said.kind === 'report') {
          const parsed = clientReport.safeParse(said.json);
          if (parsed.success) report = parsed.data;
          else why = `its report is not what it should be: ${parsed.error.issues[0]?.message}`;
        } else if (said.text === 'client on') tell({ type: 'stage', stage: 'power', seconds: 0 });
      },
    },
  );
  clearTimeout(timer);
  if (report !== null && why === null) return { report, timings: timingsOf(stages, report) };
  return { why: why ?? `it did not report within ${client.patience} s (${ran.code})`, tail };
}

function timingsOf(stages: ReadonlyMap<string, number>, report: ClientReport): Timings {
  const firmware = stages.get('kernel') ?? 0;
  const root = stages.get('root') ?? firmware;
  const { kernel, userspace } = report.timings;
  const login =
    kernel === null || userspace === null
      ? (stages.get('report') ?? 0)
      : firmware + kernel + userspace;
  const tenth = (seconds: number): number => Math.round(seconds * 10) / 10;
  return {
    firmware: tenth(firmware),
    kernel: tenth(root - firmware),
    root: tenth(login - root),
    login: tenth(login),
  };
}

async function countBytes(
  client: VirtualClient,
  directory: string,
  system: System,
): Promise<{ readonly received: number; readonly sent: number }> {
  const ran = await system.exec(
    client.workshop,
    ['perl', '/rehearsal/count-bytes', '/rehearsal/net.pcap', client.mac],
    inWorkshop(client, directory),
  );
  const [, received, sent] = /^received (\d+) sent (\d+)/m.exec(ran.stdout) ?? [];
  return { received: Number(received ?? 0), sent: Number(sent ?? 0) };
}

function failed(why: string, tail: readonly string[]): Problem {
  return {
    code: 'rehearsal/failed',
    summary: say('the virtual client did not boot: {why}', { why }),
    remedy: say('read its last lines below; then mend the tree, or report it as a fault of sidus'),
    detail: tail.join('\n'),
  };
}

function stopped(): Problem {
  return {
    code: 'rehearsal/stopped',
    summary: say('the rehearsal was stopped'),
    remedy: say('run it again: what was built is kept'),
  };
}
