import { type ClientReport, clientReport } from '../core/client-report.ts';
import { layout, whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { System } from '../system/system.ts';
import { bootWith, inWorkshop, prepare, tidy } from './preparation.ts';
import { readLine } from './protocol.ts';
import type { Rehearsal, RehearsalEvent, Stage, Timings, VirtualClient } from './virtual-client.ts';

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
  try {
    await prepare(client, directory, system);
    return await booted(client, directory, system, emit);
  } finally {
    await tidy(directory, system);
  }
}

async function booted(
  client: VirtualClient,
  directory: string,
  system: System,
  emit: (event: RehearsalEvent) => void,
): Promise<Rehearsal> {
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
        throw new ProblemError(
          tried.code === 3 ? noServers(tried.why, tried.tail) : failed(tried.why, tried.tail),
        );
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
      ...['-display', 'none', '-serial', 'stdio', '-kernel', `${whereIs(client.version)}/vmlinuz`],
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
  | { readonly why: string; readonly tail: readonly string[]; readonly code: number };

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
  const told = new Set<string>();
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
  // What the script waits for, as files that it looks for.
  const word = (name: string): void => {
    if (told.has(name)) return;
    told.add(name);
    const attributes = { mode: 0o644, owner: 'root', group: 'root' };
    void system.write('server', `${directory}/${name}`, '', attributes);
  };
  const tell = (event: RehearsalEvent): void => {
    emit(event);
    if (client.serveNow?.(event) === true) word('serve-now');
    if (client.enough?.(event) === true) word('enough');
  };
  const ran = await system.exec(client.workshop, bootWith(client, accelerated), {
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
      else if (said.kind === 'server') tell({ type: 'server', line: said.line });
      else if (said.kind === 'failed') why = said.why;
      else if (said.kind === 'report') {
        const parsed = clientReport.safeParse(said.json);
        if (parsed.success) report = parsed.data;
        else why = `its report is not what it should be: ${parsed.error.issues[0]?.message}`;
      } else if (said.text === 'client on') tell({ type: 'stage', stage: 'power', seconds: 0 });
    },
  });
  clearTimeout(timer);
  if (report !== null && why === null) return { report, timings: timingsOf(stages, report) };
  return {
    why: why ?? `it did not report within ${client.patience} s (${ran.code})`,
    tail,
    code: ran.code,
  };
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

function noServers(why: string, tail: readonly string[]): Problem {
  return {
    code: 'rehearsal/no-servers',
    summary: say('the servers of the rehearsal did not start: {why}', { why }),
    remedy: say(
      'load what they need with `modprobe -a tun bridge`, then run the rehearsal again: it also completes the workshop',
    ),
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
