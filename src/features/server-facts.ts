import type { Fact } from '../core/fact.ts';
import { layout } from '../core/layout.ts';

/** Facts about the server that no single topic owns. Commands run on the machine itself; files lie below --root. */

/** '/' or the directory of --root. */
export const rootDirectory: Fact<string> = {
  id: 'server/root',
  source: { kind: 'root' },
  otherwise: '/',
  parse: (text) => text,
};

export const runsAsRoot: Fact<boolean> = {
  id: 'server/user',
  source: { kind: 'user' },
  otherwise: false,
  parse: (text) => text === 'root',
};

/** sd_booted(3): this directory exists only where systemd is the system's manager. */
export const systemdRuns: Fact<boolean> = {
  id: 'server/systemd',
  source: { kind: 'command', place: 'server', argv: ['test', '-d', '/run/systemd/system'] },
  otherwise: false,
  parse: () => true,
};

export interface Release {
  readonly id: string;
  readonly version: string;
  readonly name: string;
}

/** os-release(5). */
export const serverRelease: Fact<Release> = {
  id: 'server/release',
  source: { kind: 'command', place: 'server', argv: ['cat', '/etc/os-release'] },
  otherwise: { id: 'unknown', version: '', name: 'an unknown system' },
  parse: (text) => {
    const value = (key: string): string =>
      new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
    return { id: value('ID'), version: value('VERSION_ID'), name: value('PRETTY_NAME') };
  },
};

export const serverArchitecture: Fact<string> = {
  id: 'server/architecture',
  source: { kind: 'command', place: 'server', argv: ['dpkg', '--print-architecture'] },
  otherwise: 'unknown',
  parse: (text) => text.trim(),
};

export interface Space {
  readonly freeBytes: number;
  readonly filesystem: string;
  /** null: unknown. */
  readonly sizeBytes: number | null;
}

/** Where the trees will lie, or the nearest directory above that exists. */
export const treeSpace: Fact<Space | null> = {
  id: 'server/space',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      'd=$1; until [ -d "$d" ]; do d=$(dirname "$d"); done; df -B1 --output=avail,fstype,size "$d"',
      'df',
      { at: { place: 'server', path: layout.trees } },
    ],
  },
  otherwise: null,
  parse: (text) => {
    const [free, filesystem, size] = text.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
    return {
      freeBytes: Number(free),
      filesystem: filesystem ?? '',
      sizeBytes: size === undefined ? null : Number(size),
    };
  },
};
