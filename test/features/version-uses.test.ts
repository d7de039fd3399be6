import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import { parseExports } from '../../src/features/exports-text.ts';
import { treesOnDisk } from '../../src/features/trees-on-disk.ts';
import {
  halfDeleted,
  namedInBootFiles,
  nfs3Mounts,
  nfsIdentities,
  serverMounts,
  versionSizes,
} from '../../src/features/version-facts.ts';
import { runningOn } from '../../src/features/version-users.ts';
import { deletion, deletionFacts, deletionProblems } from '../../src/planner/deletion.ts';
import { rollback } from '../../src/planner/rollback.ts';
import { versionsOfTree } from '../../src/planner/version-standing.ts';
import { fixedFacts, type Known, plannedFrom } from '../support/facts.ts';

const recorded = (name: string): string => readFileSync(`test/facts/${name}/usual.out`, 'utf8');

describe('facts', () => {
  test('who says what it runs, and who does not', () => {
    const { threads, whole, clients } = nfsIdentities.parse(recorded('identities'));
    expect({ threads, whole }).toEqual({ threads: 16, whole: true });
    expect(
      clients.map(({ entry, address, renews, root }) => [
        entry,
        address,
        renews,
        root === null ? null : `${root.tree} ${root.version} ${root.mac}`,
      ]),
    ).toEqual([
      ['3', '192.168.67.128', true, 'lab 2 525400123456'],
      ['12', '192.168.67.129', false, 'lab 1 525400123457'],
      ['13', '192.168.67.130', true, null],
      ['14', '192.168.67.131', true, 'lab 1 525400123459'],
      // It runs a draft, or what was mounted by hand.
      ['15', '192.168.67.132', true, null],
    ]);
    expect(nfsIdentities.parse('0\n').threads).toBeNull();
    expect(nfsIdentities.parse('').threads).toBeNull();
    expect(nfsIdentities.parse('8\ngrace ended: N\n').whole).toBe(false);
  });

  test.each([
    ['/srv/nfsroot/lab/versions/2', 'lab', 2],
    ['/srv/nfsroot/lab/images/12', 'lab', 12],
    ['/elsewhere/nfsroot/two-rooms/images/3', 'two-rooms', 3],
    ['/srv/nfsroot/lab/draft', null, null],
    ['/somewhere/by/hand', null, null],
  ])('a client of %s tells the server so', (path, tree, version) => {
    const directory = mkdtempSync(join(tmpdir(), 'sidus-identity-'));
    try {
      mkdirSync(join(directory, 'module/nfs/parameters'), { recursive: true });
      // The boot script's own function, with another /sys: the table shows what the kernel is told.
      const [identify = ''] =
        /^sidus_identify\(\) \{$[\s\S]*?^\}$/m.exec(
          readFileSync('assets/tree/etc/initramfs-tools/scripts/sidus', 'utf8'),
        ) ?? [];
      const script = `${identify.replace('/sys/', '"$sys"/')}
sidus_path=$1 sidus_mac=$2 sys=$3
sidus_identify`;
      const ran = spawnSync('sh', ['-euc', script, 'sh', path, '52:54:00:12:34:56', directory], {
        encoding: 'utf8',
      });
      expect(ran.status, ran.stderr).toBe(0);
      const told = readFileSync(join(directory, 'module/nfs/parameters/nfs4_unique_id'), 'utf8');
      expect(told).toMatch(/^sidus:.*525400123456$/);
      // nfs4_init_uniform_client_string (fs/nfs/nfs4proc.c): the id, and behind it the host's name.
      const { clients } = nfsIdentities.parse(
        `8\nentry: clients/3/\naddress: "192.168.67.128:891"\nstatus: confirmed\nname: "Linux NFSv4.1 ${told}/node1"\n`,
      );
      expect(clients.map(({ root }) => root)).toEqual([
        tree === null ? null : { tree, version, mac: '525400123456' },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('a boot file may name an image, too', () => {
    expect(
      namedInBootFiles.parse('./by hand.ipxe:/lab/images/2\n./grub/own.cfg:/lab/images/12\n'),
    ).toEqual([
      { file: 'by hand.ipxe', tree: 'lab', version: 2 },
      { file: 'grub/own.cfg', tree: 'lab', version: 12 },
    ]);
  });

  test('whom mountd wrote down, what is mounted where, which boot file names what', () => {
    expect(nfs3Mounts.parse(recorded('rmtab')).map(({ address }) => address)).toEqual([
      '192.168.67.140',
      '192.168.67.141',
      'fe80::5054:ff:fe12:3457',
    ]);
    expect(serverMounts.parse(recorded('mounts')).mounted.map(({ at }) => at)).toEqual([
      '/',
      '/proc',
      '/mnt/old one',
      '/srv/nfsroot/lab/versions/2/proc',
    ]);
    expect(namedInBootFiles.parse(recorded('boot-files'))).toEqual([
      { file: 'pxelinux.cfg/01-52-54-00-12-34-56', tree: 'lab', version: 2 },
      { file: 'by hand.ipxe', tree: 'lab', version: 1 },
    ]);
    for (const fact of [nfs3Mounts, namedInBootFiles]) {
      expect(fact.parse('\n:\n\u001b[2J:/x:0x1\n./a:/versions/\n')).toEqual(
        fact === nfs3Mounts ? [{ address: '\u001b[2J', path: '/x' }] : [],
      );
    }
    expect(halfDeleted('lab').parse('.2.gone\n.12.gone\n.3.partial\n4\n.5.begun')).toEqual([2, 12]);
    expect(versionSizes('lab').parse('1024\t1\nx\t2\n2048\t12\n')).toEqual(
      new Map([
        [1, 1024],
        [12, 2048],
      ]),
    );
  });
});

const ready = { threads: 8, whole: true, clients: [] };
const network = '192.168.67.128/25';

function world(known: Known = {}, answers: object = {}) {
  const base: Known = {
    'tree/lab/versions': [1, 2, 3],
    'tree/lab/last-version': 3,
    'tree/lab/current': 2,
    'tree/all-published': [1, 2, 3].map((version) => ({ tree: 'lab', version })),
    'clients/identities': ready,
    'clients/connections-known': [],
    'server/exports': parseExports(
      [1, 2, 3].map((n) => `/srv/nfsroot/lab/versions/${n} ${network}(ro)\n`).join(''),
      '/etc/exports.d/sidus.exports',
    ),
    ...known,
  };
  const { site, facts } = plannedFrom({ trees: { lab: {} }, ...answers }, base);
  const more = fixedFacts([...deletionFacts('lab'), versionSizes('lab'), treesOnDisk], base);
  return {
    site,
    facts: {
      get: <T>(fact: Parameters<typeof facts.get<T>>[0]): T =>
        (more.has(fact) ? more : facts).get(fact),
      has: () => true,
    },
  };
}

function codes(version: number, known: Known = {}, answers: object = {}): readonly string[] {
  const { site, facts } = world(known, answers);
  return deletionProblems(site, facts, 'lab', version).map(({ code }) => code);
}

const identity = (version: number, more: object = {}) => ({
  entry: '3',
  address: '192.168.67.130',
  renews: true,
  root: { tree: 'lab', version, mac: '525400123456' },
  ...more,
});
const identities = (...clients: readonly object[]): Known => ({
  'clients/identities': { ...ready, clients },
});

describe('what stands in the way of deleting a version', () => {
  test('one line tells the server of a whole room that was switched off', () => {
    const remedyFor = (count: number): string => {
      const clients = Array.from({ length: count }, (_, n) =>
        identity(1, { entry: String(n + 3) }),
      );
      const { site, facts } = world(identities(...clients));
      const [problem] = deletionProblems(site, facts, 'lab', 1);
      return problem === undefined ? '' : render(problem.remedy);
    };
    expect(remedyFor(1)).toContain('`echo expire >/proc/fs/nfsd/clients/3/ctl`');
    expect(remedyFor(3)).toContain(
      '`for n in 3 4 5; do echo expire >/proc/fs/nfsd/clients/$n/ctl; done`',
    );
    expect(/for n in ([0-9 ]+);/.exec(remedyFor(300))?.[1]?.split(' ')).toHaveLength(50);
  });

  test('nothing, where nothing names it', () => {
    expect(codes(1)).toEqual([]);
    expect(codes(3)).toEqual([]);
  });

  test.each<[string, number, Known, object, readonly string[]]>([
    ['clients boot it', 2, {}, {}, ['tree/version-current']],
    ['a group asks for it', 1, {}, { groups: { old: { version: 1 } } }, ['tree/version-wanted']],
    [
      'a client asks for it',
      1,
      {},
      { clients: [{ mac: '52:54:00:12:34:56', name: 'node1', version: 1 }] },
      ['tree/version-wanted'],
    ],
    [
      'a client asks for another',
      1,
      {},
      { clients: [{ mac: '52:54:00:12:34:56', name: 'node1', version: 3 }] },
      [],
    ],
    [
      'a boot file made by hand names it',
      1,
      { 'serve/named-in-boot-files': [{ file: 'by-hand.cfg', tree: 'lab', version: 1 }] },
      {},
      ['tree/version-in-boot-file'],
    ],
    [
      'a boot file that is written anew first',
      1,
      { 'serve/named-in-boot-files': [{ file: 'grub/grub.cfg', tree: 'lab', version: 1 }] },
      {},
      [],
    ],
    ['a client runs it', 1, identities(identity(1)), {}, ['tree/version-running']],
    ['a client runs another', 1, identities(identity(3)), {}, []],
    [
      'a client of it fell silent: it may come back',
      1,
      identities(identity(1, { renews: false })),
      {},
      ['tree/version-running'],
    ],
    [
      'that machine booted another since',
      1,
      identities(identity(1, { renews: false }), identity(3, { entry: '4' })),
      {},
      [],
    ],
    [
      'a client does not say what it runs',
      1,
      identities(identity(1, { root: null })),
      {},
      ['tree/version-perhaps-running'],
    ],
    [
      'one of another network, to which no version is exported',
      1,
      identities(identity(1, { root: null, address: '192.168.99.7' })),
      {},
      [],
    ],
    [
      'somebody is connected by NFS 3',
      1,
      { 'clients/connections-known': ['192.168.67.131'] },
      {},
      ['tree/version-perhaps-running'],
    ],
    [
      'somebody of another network is',
      1,
      { 'clients/connections-known': ['192.168.67.9'] },
      {},
      [],
    ],
    [
      'mountd knows what the one with NFS 3 has',
      1,
      {
        'clients/connections-known': ['192.168.67.131'],
        'clients/nfs3-mounts': [{ address: '192.168.67.131', path: '/srv/nfsroot/lab/versions/2' }],
      },
      {},
      [],
    ],
    [
      'it was mounted by NFS 3 once',
      1,
      {
        'clients/nfs3-mounts': [{ address: '192.168.67.131', path: '/srv/nfsroot/lab/versions/1' }],
      },
      {},
      ['tree/version-mounted-once'],
    ],
    [
      'its image was',
      1,
      { 'clients/nfs3-mounts': [{ address: '192.168.67.131', path: '/srv/nfsroot/lab/images/1' }] },
      {},
      ['tree/version-mounted-once'],
    ],
    [
      'and that machine says by now that it runs another',
      1,
      {
        'clients/nfs3-mounts': [{ address: '192.168.67.130', path: '/srv/nfsroot/lab/versions/1' }],
        ...identities(identity(3)),
      },
      {},
      [],
    ],
    [
      'it is mounted on this server',
      1,
      { 'server/mounts': serverMounts.parse(recorded('mounts')) },
      {},
      ['tree/version-mounted'],
    ],
    [
      'other directories and other disks are mounted elsewhere',
      1,
      {
        'server/mounts': serverMounts.parse(
          [
            '/srv/nfsroot',
            '22 1 254:1 / / rw - ext4 /dev/vda1 rw',
            '23 22 254:2 /disk /srv rw - ext4 /dev/vdb1 rw',
            'elsewhere',
            '90 80 254:1 /disk/nfsroot/lab/versions/1 /mnt rw - ext4 /dev/vda1 rw',
            '91 80 254:2 /disk/nfsroot/lab/versions/11 /mnt rw - ext4 /dev/vdb1 rw',
            '92 80 254:2 /disk/nfsroot/lab/versions/3/usr /elsewhere/usr ro - ext4 /dev/vdb1 rw',
          ].join('\n'),
        ),
      },
      {},
      [],
    ],
    [
      'a rehearsal has a part of it mounted',
      3,
      {
        'server/mounts': serverMounts.parse(
          [
            '/srv/nfsroot',
            '23 22 254:2 /disk /srv rw - ext4 /dev/vdb1 rw',
            'elsewhere',
            '92 80 254:2 /disk/nfsroot/lab/versions/3/usr /elsewhere/usr ro - ext4 /dev/vdb1 rw',
          ].join('\n'),
        ),
      },
      {},
      ['tree/version-mounted'],
    ],
    [
      'a rehearsal has its image mounted',
      1,
      {
        'server/mounts': serverMounts.parse(
          [
            '/srv/nfsroot',
            '23 22 254:2 /disk /srv rw - ext4 /dev/vdb1 rw',
            'elsewhere',
            '92 80 254:2 /disk/nfsroot/lab/images/1 /mnt/image ro - ext4 /dev/vdb1 rw',
          ].join('\n'),
        ),
      },
      {},
      ['tree/version-mounted'],
    ],
    [
      'only its image is exported, to somebody who does not say what it runs',
      1,
      {
        'server/exports': parseExports(
          `/srv/nfsroot/lab/images/1 ${network}(ro)\n`,
          '/etc/exports.d/sidus.exports',
        ),
        ...identities(identity(1, { root: null })),
      },
      {},
      ['tree/version-perhaps-running'],
    ],
    [
      'something is mounted in it',
      2,
      { 'tree/lab/current': 3, 'server/mounts': serverMounts.parse(recorded('mounts')) },
      {},
      ['tree/version-mounted'],
    ],
    [
      'the NFS server does not run',
      1,
      { 'clients/identities': { threads: null, whole: true, clients: [] } },
      {},
      ['tree/nobody-knows'],
    ],
    [
      'it has just started',
      1,
      { 'clients/identities': { ...ready, whole: false } },
      {},
      ['tree/nobody-knows'],
    ],
    [
      'nobody can say who is connected',
      1,
      { 'clients/connections-known': null },
      {},
      ['tree/nobody-knows'],
    ],
    [
      'nothing of it was ever exported',
      1,
      {
        'server/exports': [],
        'clients/identities': { threads: null, whole: true, clients: [] },
        'clients/connections-known': ['192.168.67.131'],
      },
      {},
      [],
    ],
    [
      'under another directory nobody is served',
      1,
      { 'server/root': '/srv/staged', ...identities(identity(1)) },
      {},
      [],
    ],
    [
      'it is the only one',
      1,
      { 'tree/lab/versions': [1], 'tree/lab/current': null },
      {},
      ['tree/only-version'],
    ],
  ])('%s', (_, version, known, answers, found) => {
    expect(codes(version, known, answers)).toEqual(found);
  });

  test.each([
    ['*', true],
    ['*.lab', true],
    ['@machines', true],
    ['192.168.67.131', true],
    ['192.168.67.132', false],
    ['192.168.67.0/255.255.255.0', true],
    ['192.168.66.0/24', false],
    ['fd00::/64', false],
  ])('an export to %s', (to, counts) => {
    const { facts } = world({
      'server/exports': parseExports(`/srv/nfsroot ${to}(ro)\n`, '/etc/exports'),
      'clients/connections-known': ['192.168.67.131'],
    });
    const { possible } = runningOn(facts, { tree: 'lab', version: 1 });
    expect(possible).toEqual(counts ? ['192.168.67.131'] : []);
  });
});

describe('plans', () => {
  test('a deletion unexports, and installs, builds and switches nothing', () => {
    const { site, facts } = world();
    const plan = deletion(site, facts, 'lab', [3, 1]);
    expect(plan.steps.map(({ id }) => id)).toEqual([
      'tree/lab/unused-3',
      'tree/lab/unused-1',
      'serve/exports',
      'serve/menus',
      'tree/lab/deleted-1',
      'tree/lab/deleted-3',
    ]);
    const exports = JSON.stringify(plan.steps.find(({ id }) => id === 'serve/exports')?.effects);
    expect(exports).toContain('"version":2');
    expect(exports).not.toMatch(/"version":[13]/);
    expect(render(plan.title)).toBe('Delete lab versions 1, 3');
  });

  test('an image is unexported with its version, and those of other trees stay', () => {
    const { site, facts } = world({
      'tree/all-published': [
        ...[1, 2, 3].map((version) => ({ tree: 'lab', version })),
        { tree: 'left', version: 1 },
      ],
      'tree/all-images': [1, 2]
        .map((version) => ({ tree: 'lab', version }))
        .concat({
          tree: 'left',
          version: 1,
        }),
    });
    const plan = deletion(site, facts, 'lab', [1]);
    const exports = JSON.stringify(plan.steps.find(({ id }) => id === 'serve/exports')?.effects);
    expect(exports.match(/[a-z]+\/images\/\d+/g)).toEqual(['lab/images/2', 'left/images/1']);
    expect(plan.steps.map(({ id }) => id)).toContain('tree/lab/deleted-1');
  });

  test('all that stands in the way is said at once', () => {
    const { site, facts } = world(identities(identity(1)));
    const wrong = (): unknown => deletion(site, facts, 'lab', [1, 2]);
    expect(wrong).toThrow(/192\.168\.67\.130 runs lab version 1[\s\S]*clients boot lab version 2/);
    expect(() => deletion(site, facts, 'lab', [9])).toThrow(/lab has no version 9/);
    const last = world({ 'tree/lab/current': null });
    expect(() => deletion(last.site, last.facts, 'lab', [1, 2, 3])).toThrow(/no version left/);
  });

  test('of a tree that left the site every version can go, its link first', () => {
    const { site, facts } = world(
      { 'tree/lab/versions': [2], 'tree/all-published': [{ tree: 'lab', version: 2 }] },
      { trees: { office: {} } },
    );
    const plan = deletion(site, facts, 'lab', [2]);
    const ids = plan.steps.map(({ id }) => id);
    expect(ids.indexOf('tree/lab/left')).toBeGreaterThan(ids.indexOf('serve/menus'));
    expect(ids.slice(-2)).toEqual(['tree/lab/unused-2', 'tree/lab/deleted-2']);
  });

  test('a rollback goes to the version before the current one, or to the one named', () => {
    const { site, facts } = world(
      {},
      { clients: [{ mac: '52:54:00:12:34:56', name: 'node1', version: 3 }] },
    );
    const plan = rollback(site, facts, 'lab', null);
    expect(plan.steps.flatMap(({ effects }) => effects)).toContainEqual(
      expect.objectContaining({ kind: 'link', path: '/srv/tftp/sidus/lab/current', target: '1' }),
    );
    expect(plan.notes.map(render).join('\n')).toMatch(/gets version 1[\s\S]*node1 \(3\)/);
    expect(render(rollback(site, facts, 'lab', 3).title)).toContain('version 3');
    expect(() => rollback(site, facts, 'lab', 7)).toThrow(/no version 7/);
    const first = world({ 'tree/lab/current': 1 });
    expect(() => rollback(first.site, first.facts, 'lab', null)).toThrow(/no version before 1/);
    const none = world({ 'tree/lab/current': null });
    expect(() => rollback(none.site, none.facts, 'lab', null)).toThrow(/boot no version/);
  });
});

test('how versions stand: who boots, who runs, what is in the way', () => {
  const { site, facts } = world(
    {
      ...identities(identity(3)),
      'clients/leases': [
        { address: '192.168.67.130', mac: '52:54:00:12:34:56', name: 'node1', ends: null },
      ],
      'tree/lab/sizes': new Map([[1, 2 ** 30]]),
    },
    { clients: [{ mac: '52:54:00:12:34:56', name: 'node1', version: 3 }] },
  );
  const { versions } = versionsOfTree(site, facts, 'lab');
  expect(
    versions.map(({ version, current, entries, running, inTheWay, sizeBytes }) => [
      version,
      current,
      entries,
      running,
      inTheWay.map(({ code }) => code),
      sizeBytes,
    ]),
  ).toEqual([
    [1, false, [], [], [], 2 ** 30],
    [2, true, [], [], ['tree/version-current'], null],
    [3, false, ['node1'], ['node1'], ['tree/version-wanted', 'tree/version-running'], null],
  ]);
});
