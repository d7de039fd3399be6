import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { script } from '../../src/core/assets.ts';
import { layout } from '../../src/core/layout.ts';
import { inTree } from '../../src/core/place.ts';
import type { Site } from '../../src/features/index.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { leftovers } from '../support/machine.ts';
import {
  boot,
  broken,
  builtOf,
  builtSite,
  preset,
  root,
  system,
  tree as usual,
} from './rehearsal-root.ts';

// A client whose homes are on another server than its version: a real nfs-ganesha on a machine of
// its own, which gives one directory by NFS 4 and one by NFS 3.

const named = 'homes';
const place = inTree(named);
const mac = '52:54:00:aa:00:0e';
const own = `${layout.state}/rehearsal/${mac.replaceAll(':', '-')}`;
const plain = { mode: 0o644, owner: 'root', group: 'root' } as const;
const before = leftovers(root);
let site: Site;
let version: number;

const answers = (): unknown => {
  const { trees, ...others } = preset() as { trees: Record<string, object> };
  const server = '10.99.1.2';
  return {
    ...others,
    trees: {
      [named]: overlaid(trees[usual] ?? {}, {
        homes: {
          ...{ kind: 'nfs4', server, path: '/srv/homes', listed: 'server' },
          shares: [{ server, path: '/rehearsal/old', mountPoint: '/srv/old', version: 'nfs3' }],
        },
        // What it is in the usual tree already.
        accounts: { users: [{ name: 'alpha', groups: ['video', 'plugdev'], uid: 1000 }] },
        packages: { include: ['pamtester'] },
      }),
    },
  };
};

async function ran(...argv: Parameters<typeof system.exec>): Promise<void> {
  const done = await system.exec(...argv);
  expect(done.code, done.stderr + done.stdout).toBe(0);
}

/** The usual tree, copied: what makes it another one is all that is left to do. */
async function copied(): Promise<void> {
  await builtSite();
  await ran(
    'server',
    [
      ...(['sh', '-euc', 'mkdir -p "$2" && cp -a --reflink=auto "$1" "$2"', 'sh'] as const),
      { at: { place: inTree(usual), path: '' } },
      { at: { place: 'server', path: `${layout.trees}/${named}` } },
    ],
    { confined: true },
  );
}

/** A user whose home is on the client, one whose home came by NFS 3 for years, and the test's unit. */
async function planted(): Promise<void> {
  await ran(
    place,
    [
      'sh',
      '-euc',
      `mkdir -p /var/home
useradd --create-home --home-dir /var/home/keeper --shell /bin/bash keeper
useradd --no-create-home --home-dir /srv/old/bravo --shell /bin/bash bravo
printf '%s:a-pass-word\\n' alpha bravo keeper | chpasswd`,
    ],
    { privateNetwork: true },
  );
  const inside = readFileSync('test/boot/homes/inside', 'utf8');
  await system.write(place, '/usr/local/lib/homes-test', inside, { ...plain, mode: 0o755 });
  await system.write(
    place,
    '/etc/systemd/system/homes-test.service',
    '[Unit]\nConditionKernelCommandLine=homes.test\nAfter=multi-user.target\n[Service]\nType=exec\nExecStart=/usr/local/lib/homes-test\n',
    plain,
  );
  await system.link(
    place,
    '/etc/systemd/system/multi-user.target.wants/homes-test.service',
    '../homes-test.service',
  );
}

async function published(): Promise<number> {
  const home = `${layout.trees}/${named}`;
  const next = Number((await system.read('server', `${home}/last-version`)) ?? 0) + 1;
  await ran(
    'server',
    ['sh', script('publish'), { at: { place: 'server', path: home } }, named, `${next}`],
    { confined: true },
  );
  return next;
}

/** What the client said, by its words. */
async function asked(words: readonly string[], on: (word: string) => void = () => undefined) {
  const said: Record<string, string> = {};
  const rehearsal = await boot(site, {
    ...{ tree: named, version, mac, words: ['homes.test', ...words], hostname: 'desk' },
    further: readFileSync('test/boot/homes/servers', 'utf8'),
    watch: (event) => {
      if (event.type !== 'console') return;
      const [, word = '', rest = ''] = /homes: (\S+) ?(.*?)\s*$/.exec(event.line) ?? [];
      if (word === '') return;
      said[word] = rest;
      on(word);
    },
    enough: (event) => event.type === 'console' && event.line.endsWith('homes: done'),
  });
  return { said, rehearsal };
}

const reached = (): Promise<void> => system.write('server', `${own}/homes-on`, '', plain);

beforeAll(async () => {
  await copied();
  site = await builtOf(answers());
  await planted();
  version = await published();
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
});

const both = '/home nfs4 vers=4.1 ;/srv/old nfs vers=3 ;';

describe('homes on another server', () => {
  test('are made by their users at the first login, on NFS 4 and on NFS 3', async () => {
    await system.makeDirectory('server', own, { ...plain, mode: 0o755 });
    await reached();
    const { said, rehearsal } = await asked([]);
    expect(said).toMatchObject({
      'mounted-before': '',
      alpha: expect.stringMatching(/^0 \d+$/),
      'alpha-home': expect.stringMatching(/^alpha 700 .*\.bashrc/),
      'alpha-writes': 'kept by four',
      bravo: expect.stringMatching(/^0 \d+$/),
      'bravo-home': 'bravo 700',
      'bravo-writes': 'kept by three',
      root: 'kept out',
      keeper: expect.stringMatching(/^0 \d+$/),
      mounted: both,
    });
    expect([...rehearsal.report.automounts].sort()).toEqual(['/home', '/srv/old']);
    // The test added two users of its own.
    expect(broken(site, rehearsal, { tree: named, version, mac, hostname: 'desk' })).toEqual([
      'users',
    ]);
  });

  test('keep nobody out while their server is away at boot, and are there once it is back', async () => {
    await system.remove('server', `${own}/homes-on`);
    const { said } = await asked(['homes.away'], (word) => {
      if (word === 'called') void reached();
    });
    const [code = '', seconds = ''] = (said['keeper-away'] ?? '').split(' ');
    expect(code, JSON.stringify(said)).toBe('0');
    expect(Number(seconds)).toBeLessThan(30);
    expect(said).toMatchObject({
      'mounted-away': '',
      'alpha-away': expect.stringMatching(
        /^0 \d+ Your home is on 10\.99\.1\.2, which does not answer\./,
      ),
      'made-away': '0',
      'alpha-note': 'kept by four',
      'bravo-note': 'kept by three',
      'alpha-back': expect.stringMatching(/^0 \d+$/),
      mounted: both,
      units: 'active active',
    });
    expect(Number(said['alpha-away']?.split(' ')[1])).toBeLessThan(60);
  });
});
