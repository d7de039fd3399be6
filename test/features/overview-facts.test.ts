import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { handsOut, parseExports, serverExports } from '../../src/features/exports-text.ts';
import { leases, nfsConnections, nfsServer } from '../../src/features/seen-clients.ts';
import { treeSpace } from '../../src/features/server-facts.ts';
import { serviceStates } from '../../src/features/service-facts.ts';
import { rootsByHand, treesOnDisk } from '../../src/features/trees-on-disk.ts';
import { exportsCases, written } from '../support/exports-cases.ts';

const recorded = (name: string): string => readFileSync(`test/facts/${name}`, 'utf8');

describe('exports(5)', () => {
  test.each(exportsCases)('%s', (_, text, served) => {
    expect(parseExports(text, '/etc/exports').map(written)).toEqual(served);
  });

  test.each([
    ['nothing', ''],
    ['a path that is none', 'srv *(rw)\n'],
    ['a quote that never ends', '"/srv/tree *(rw)\n/other *(rw)\n'],
    ['only quotes', '"" *(rw)\n'],
    ['binary', '\u0001\u0002\\\\\u0003('],
  ])('%s exports nothing', (_, text) => {
    expect(parseExports(text, '/etc/exports')).toEqual([]);
  });

  test('options that are broken by a space stay those of their client', () => {
    expect(parseExports('/srv a(rw, sync) b(ro)', '/etc/exports').map(written)).toEqual([
      '/srv a rw',
      '/srv b ro',
    ]);
  });

  test('ten thousand lines take no time', () => {
    const text = Array.from({ length: 10_000 }, (_, n) => `/srv/${n} 10.0.0.1(ro)`).join('\n');
    const begun = performance.now();
    expect(parseExports(text, 'x')).toHaveLength(10_000);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test('each export knows its file, and no file reaches into the next', () => {
    const text = '\0etc/exports\n/srv/a *(ro) \\\n\n\0/etc/exports.d/b.exports\n/srv/b *(rw)\n\n\n';
    expect(serverExports.parse(text)).toEqual([
      { path: '/srv/a', to: '*', writable: false, file: '/etc/exports' },
      { path: '/srv/b', to: '*', writable: true, file: '/etc/exports.d/b.exports' },
    ]);
  });

  test.each([
    ['/srv/nfsroot/lab', true],
    ['/srv/nfsroot/lab/draft', true],
    ['/srv/nfsroot/lab/versions/3', true],
    ['/srv', true],
    ['/', true],
    ['/srv/nfsroot/lab/versions/3/home', false],
    ['/srv/nfsroot/laboratory', false],
    ['/srv/nfsroot/la', false],
  ])('%s hands out a tree at /srv/nfsroot/lab: %s', (path, expected) => {
    const one = { path, to: '*', writable: true, file: '/etc/exports' };
    expect(handsOut(one, '/srv/nfsroot/lab')).toBe(expected);
  });
});

describe('clients', () => {
  test('leases are those of Ethernet and IPv4; 0 never ends', () => {
    expect(leases.parse(recorded('leases/usual.leases'))).toEqual([
      { address: '192.168.67.128', mac: '52:54:00:12:34:56', name: 'reading-room', ends: null },
      { address: '192.168.67.129', mac: '52:54:00:ab:cd:ef', name: null, ends: 1795257600 },
      { address: '192.168.67.1', mac: '52:54:00:12:34:58', name: null, ends: null },
    ]);
    for (const odd of ['', '\n', 'x y z', '0 52:54:00:12:34:56 999.1.1.1 a *\n']) {
      expect(leases.parse(odd)).toEqual([]);
    }
  });

  test('of NFS 4, those who are there, by the name they give themselves', () => {
    expect(nfsServer.parse(recorded('nfsd/usual.out'))).toEqual({
      threads: 16,
      clients: [
        { address: '192.168.67.128', name: 'reading-room', minorVersion: 2 },
        { address: 'fe80::5054:ff:fe12:3457', name: 'pc2', minorVersion: 1 },
        { address: '192.168.67.131', name: null, minorVersion: 2 },
        { address: '192.168.67.132', name: null, minorVersion: 0 },
      ],
    });
    expect(nfsServer.parse('')).toEqual({ threads: null, clients: [] });
    expect(nfsServer.parse('8\n')).toEqual({ threads: 8, clients: [] });
    const hostile = '1\nclientid: 0x1\naddress: "10.0.0.1:1"\nname: "Linux NFSv4.2 \\033[2Jpc"\n';
    expect(nfsServer.parse(hostile).clients).toEqual([
      { address: '10.0.0.1', name: null, minorVersion: 0 },
    ]);
  });

  test('connections are counted once for each client, and the server is none', () => {
    expect(nfsConnections.parse(recorded('ss/usual.out'))).toEqual([
      '192.168.67.128',
      '192.168.67.9',
      'fe80::5054:ff:fe12:3457',
    ]);
    expect(nfsConnections.parse('')).toEqual([]);
    expect(nfsConnections.parse('Netid State\nnonsense\n:2049 :1\n')).toEqual([]);
  });
});

describe('services', () => {
  test('a service that is tried again and again has failed; one that ran once runs', () => {
    expect(serviceStates.parse(recorded('services/usual.out'))).toEqual([
      { name: 'sidus-dnsmasq.service', state: 'failed', enabled: true },
      { name: 'nfs-server.service', state: 'running', enabled: true },
    ]);
  });

  test.each([
    ['loaded', 'inactive', 'dead', 'disabled', 'stopped', false],
    ['not-found', 'inactive', 'dead', '', 'missing', null],
    ['masked', 'inactive', 'dead', 'masked', 'stopped', false],
    ['loaded', 'failed', 'failed', 'enabled', 'failed', true],
    ['loaded', 'activating', 'start-pre', 'enabled', 'starting', true],
  ])('%s, %s, %s, %s', (load, active, sub, file, state, enabled) => {
    const text = `Id=a.service\nLoadState=${load}\nActiveState=${active}\nSubState=${sub}\nUnitFileState=${file}\n`;
    expect(serviceStates.parse(text)).toEqual([{ name: 'a.service', state, enabled }]);
  });

  test('what is no answer of systemd says nothing', () => {
    expect(serviceStates.parse('')).toEqual([]);
    expect(serviceStates.parse('System has not been booted with systemd')).toEqual([]);
  });
});

describe('trees', () => {
  test('versions with their date and kernel, suites, and what lies beside them', () => {
    const text = [
      './lab/current\t1763720000.5000000000\t10',
      './lab/last-version:12',
      './dangling/current\t1763720000.0000000000\t2',
      './lab/versions/9/etc/sidus/version\t1763720000.1234567890\t',
      './lab/versions/10/etc/sidus/version\t1763730000.0000000000\t',
      './lab/versions/9/vmlinuz\t1763720000.0000000000\tboot/vmlinuz-6.12.48+deb13-amd64',
      './lab/images/9/root.erofs\t1763730000.0000000000\t',
      './old/etc/debian_version\t1.0\t',
      './with space/etc/os-release\t1.0\t../usr/lib/os-release',
      './lab/draft/etc/sidus/suite:trixie',
      './next/draft/etc/sidus/suite:forky',
      './../etc/etc/sidus/suite:evil',
      '',
    ].join('\n');
    expect(treesOnDisk.parse(text)).toEqual({
      trees: [
        { name: 'dangling', draft: null, current: 2, last: 0, versions: [] },
        {
          name: 'lab',
          draft: 'trixie',
          current: 10,
          last: 12,
          versions: [
            {
              ...{ version: 9, date: '2025-11-21T10:13:20.000Z' },
              ...{ kernel: '6.12.48+deb13-amd64', image: true },
            },
            { version: 10, date: '2025-11-21T13:00:00.000Z', kernel: null, image: false },
          ],
        },
        { name: 'next', draft: 'forky', current: null, last: 0, versions: [] },
      ],
      byHand: ['old', 'with space'],
    });
    expect(treesOnDisk.parse('')).toEqual({ trees: [], byHand: [] });
  });

  test('roots made by hand, by their number among the directories asked for', () => {
    const fact = rootsByHand(['/srv/home', '/srv/old tree', '/srv/u', '/srv/sid']);
    const text = [
      'root 2\ndebian 12.15\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian',
      'VERSION_CODENAME=bookworm\nkernel 6.1.0-18-amd64\nroot 3\ndebian trixie/sid',
      'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nVERSION_CODENAME=noble\nroot 4\ndebian trixie/sid',
      'root 99\n',
    ].join('\n');
    expect(fact.parse(text)).toEqual([
      {
        directory: '/srv/old tree',
        release: 'Debian 12.15',
        suite: 'bookworm',
        kernel: '6.1.0-18-amd64',
      },
      { directory: '/srv/u', release: 'Ubuntu 24.04 LTS', suite: 'noble', kernel: null },
      { directory: '/srv/sid', release: 'Debian trixie/sid', suite: null, kernel: null },
    ]);
    expect(rootsByHand([]).parse('')).toEqual([]);
  });

  test('space, with its size where df says it', () => {
    expect(treeSpace.parse('Avail Type 1B-blocks\n 100 ext4 300\n')).toEqual({
      freeBytes: 100,
      filesystem: 'ext4',
      sizeBytes: 300,
    });
    expect(treeSpace.parse('Avail Type\n100 ext4\n')?.sizeBytes).toBeNull();
  });
});
