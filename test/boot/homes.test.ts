import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layout } from '../../src/core/layout.ts';
import { inTree } from '../../src/core/place.ts';
import type { Site } from '../../src/features/index.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { leftovers } from '../support/machine.ts';
import { copied, plain, planted, published, ran, saidBy } from './further-tree.ts';
import { boot, broken, builtOf, preset, root, system, tree as usual } from './rehearsal-root.ts';

// A client whose homes are on another server than its version: a real nfs-ganesha on a machine of
// its own, which gives one directory by NFS 4 and one by NFS 3.

const named = 'homes';
const place = inTree(named);
const mac = '52:54:00:aa:00:0e';
const own = `${layout.state}/rehearsal/${mac.replaceAll(':', '-')}`;
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

/** A user whose home is on the client, one whose home came by NFS 3 for years, and the test's unit. */
async function peopled(): Promise<void> {
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
  await planted(named, 'homes', 'homes/inside');
}

/** What the client said, by its words. */
async function asked(words: readonly string[], on: (word: string) => void = () => undefined) {
  const said: Record<string, string> = {};
  const rehearsal = await boot(site, {
    ...{ tree: named, version, mac, words: ['homes.test', ...words], hostname: 'desk' },
    further: readFileSync('test/boot/homes/servers', 'utf8'),
    watch: (event) => {
      if (event.type !== 'console') return;
      const [word, rest] = saidBy('homes', event.line) ?? [];
      if (word === undefined) return;
      said[word] = rest ?? '';
      on(word);
    },
    enough: (event) => event.type === 'console' && event.line.endsWith('homes: done'),
  });
  return { said, rehearsal };
}

const reached = (): Promise<void> => system.write('server', `${own}/homes-on`, '', plain);

beforeAll(async () => {
  await copied(named);
  site = await builtOf(answers());
  await peopled();
  version = await published(named);
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
      counted: '0',
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
