import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Asks again until there is an answer. What never comes fails with its name, not with a guess. */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => T | null | Promise<T | null>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A directory of the test's own, of which `leftovers` then knows. */
export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `sidus-test-${name}-`));
}

export function removeDirectory(path: string): void {
  if (!path.startsWith(join(tmpdir(), 'sidus-test-'))) throw new Error(`${path} is not a test's`);
  rmSync(path, { recursive: true, force: true });
}

interface Seen {
  /** Mount points, each with where it comes from. */
  readonly mounts: ReadonlySet<string>;
  /** Processes that lie in one of our directories: by what they run, where they are, what they mount. */
  readonly processes: ReadonlySet<string>;
  /** Namespaces of those processes, and named ones. */
  readonly namespaces: ReadonlySet<string>;
  readonly loopDevices: ReadonlySet<string>;
}

function attempt<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    // Processes come and go between the listing and the look.
    return otherwise;
  }
}

function see(directories: readonly string[]): Seen {
  const ours = (text: string): boolean => directories.some((directory) => text.includes(directory));
  const mounts = new Set<string>();
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, , , from, point, , ...rest] = line.split(' ');
    if (point === undefined) continue;
    // What lies under other people's temporary directories is theirs.
    if (/^\/(tmp|var\/tmp|srv|mnt)\//.test(point) && !ours(line)) continue;
    mounts.add(`${point} from ${from} ${rest.slice(rest.indexOf('-') + 1).join(' ')}`);
  }
  const processes = new Set<string>();
  const namespaces = new Set<string>();
  const own = new Set(
    ['net', 'mnt', 'pid'].map((kind) => attempt(() => readlinkSync(`/proc/self/ns/${kind}`), '')),
  );
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const link = (name: string): string => attempt(() => readlinkSync(`/proc/${pid}/${name}`), '');
    const text = (name: string): string =>
      attempt(() => readFileSync(`/proc/${pid}/${name}`, 'utf8'), '').replaceAll('\0', ' ');
    const inPrivateMounts = !own.has(link('ns/mnt')) && ours(text('mountinfo'));
    const command = text('cmdline');
    if (!ours(`${link('cwd')} ${link('root')} ${link('exe')} ${command}`) && !inPrivateMounts) {
      continue;
    }
    processes.add(`${pid} ${command.trim()}`);
    for (const kind of ['net', 'mnt', 'pid']) {
      const namespace = link(`ns/${kind}`);
      if (namespace !== '' && !own.has(namespace)) namespaces.add(namespace);
    }
  }
  for (const name of attempt(() => readdirSync('/run/netns'), [])) namespaces.add(`netns ${name}`);
  const loopDevices = new Set<string>();
  for (const name of attempt(() => readdirSync('/sys/block'), [])) {
    const backing = attempt(() => readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8'), '');
    if (ours(backing)) loopDevices.add(`${name} on ${backing.trim()}`);
  }
  return { mounts, processes, namespaces, loopDevices };
}

/**
 * What the machine has of ours, to be compared when a test is over. `directories` are the test's:
 * the machine may be at work for others meanwhile.
 */
export function leftovers(...directories: readonly string[]): {
  /** One line for each thing that was not there before, and each that is gone. */
  differences(): readonly string[];
  /** As `differences`, once the kernel has let go of what was killed. */
  settled(seconds?: number): Promise<readonly string[]>;
} {
  const before = see(directories);
  const differences = (): readonly string[] => {
    const now = see(directories);
    return (['mounts', 'processes', 'namespaces', 'loopDevices'] as const).flatMap((kind) => [
      ...[...now[kind]].filter((one) => !before[kind].has(one)).map((one) => `new ${kind}: ${one}`),
      ...(kind === 'mounts'
        ? [...before[kind]].filter((one) => !now[kind].has(one)).map((one) => `gone mount: ${one}`)
        : []),
    ]);
  };
  return {
    differences,
    settled: async (seconds = 10) => {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const found = differences();
        if (found.length === 0 || Date.now() > deadline) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
