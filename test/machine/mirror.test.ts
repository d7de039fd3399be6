import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { packageNames } from '../../src/features/archive-solve.ts';
import { mainArchive, securityArchive, serverArchives } from '../../src/features/tree/archives.ts';
import { type MirrorAnswer, mirrorAnswer } from '../../src/features/tree/mirror-trials.ts';
import { gather } from '../../src/runner/gather.ts';
import { Host } from '../../src/system/host.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { sharedCache } from '../support/workshop.ts';

const directory = temporaryDirectory('mirror');
const before = leftovers(directory);
const cache = join(directory, 'cache');
mkdirSync(cache);
const host = new Host({ root: '/', cache });

afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

const release = (more: readonly string[]): string =>
  [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA256',
    '',
    'Origin: Debian',
    'Date: Sat, 14 Nov 2026 08:12:45 UTC',
    ...more,
    'SHA256:',
    ' 0123 1 main/binary-amd64/Packages',
    '',
  ].join('\n');

/** A mirror on loopback, as long as it is asked. */
async function asked(suite: string, answer: RequestListener): Promise<MirrorAnswer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const fact = mirrorAnswer(`http://127.0.0.1:${port}/debian`, suite);
    return (await gather([fact], host)).facts.get(fact);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // Nothing that was fetched is left.
    expect(readdirSync(join(cache, 'mirrors'))).toEqual([]);
  }
}

const gives =
  (text: string): RequestListener =>
  (request, response) => {
    if (request.url === '/debian/dists/trixie/InRelease') response.end(text);
    else response.writeHead(404).end('no such file');
  };

describe('ask-mirror', () => {
  test('a mirror that holds the suite says of which day', async () => {
    expect(await asked('trixie', gives(release(['Codename: trixie'])))).toEqual({
      status: 'ok',
      codename: 'trixie',
      date: '14 Nov 2026',
      expired: null,
      milliseconds: expect.any(Number),
    });
  });

  test('a mirror that gives another suite there', async () => {
    const found = await asked('trixie', gives(release(['Codename: bookworm'])));
    expect(found).toMatchObject({ status: 'ok', codename: 'bookworm' });
  });

  test('a mirror that was left alone: its time is up, and another one’s is not', async () => {
    const until = (when: string) => release(['Codename: trixie', `Valid-Until: ${when}`]);
    const old = await asked('trixie', gives(until('Sat, 21 Nov 2015 08:12:45 UTC')));
    expect(old).toMatchObject({ status: 'ok', expired: '21 Nov 2015' });
    const good = await asked('trixie', gives(until('Mon, 21 Nov 2095 08:12:45 UTC')));
    expect(good).toMatchObject({ status: 'ok', expired: null });
  });

  test('a mirror without the suite', async () => {
    const found = await asked('bookworm', gives(release(['Codename: trixie'])));
    expect(found).toMatchObject({ status: 'absent', words: expect.stringMatching(/^404/) });
  });

  test('a page that asks for a log-in is no mirror', async () => {
    const found = await asked('trixie', gives('<html>Welcome to our network</html>'));
    expect(found).toEqual({ status: 'absent', words: 'what it gives is no InRelease' });
  });

  test('control characters and orders to a terminal are not handed on', async () => {
    const found = await asked('trixie', gives(release(['Codename: tri\x1b[31mxie\x07'])));
    expect(found).toMatchObject({ codename: 'tri31mxie' });
  });

  test('nobody there', async () => {
    const fact = mirrorAnswer('http://127.0.0.1:9/debian', 'trixie');
    const { facts } = await gather([fact], host);
    expect(facts.get(fact)).toMatchObject({
      status: 'silent',
      words: expect.stringMatching(/127\.0\.0\.1:9/),
    });
  });

  test('a mirror that takes the call and says nothing is given up', async () => {
    const begun = Date.now();
    const found = await asked('trixie', () => undefined);
    expect(found).toMatchObject({ status: 'silent' });
    expect(Date.now() - begun).toBeLessThan(20_000);
  });

  test('a mirror that sends one byte now and then is given up', async () => {
    let timer: NodeJS.Timeout | undefined;
    const begun = Date.now();
    const found = await asked('trixie', (_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      timer = setInterval(() => response.write('x'), 500);
    });
    clearInterval(timer);
    expect(found).toEqual({ status: 'silent', words: 'no InRelease in 12 seconds' });
    expect(Date.now() - begun).toBeLessThan(20_000);
  });

  test('a mirror that does not end does not fill the disk', async () => {
    const block = 'x'.repeat(2 ** 20);
    const found = await asked('trixie', (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(block));
        response.once('drain', more);
      };
      more();
    });
    expect(found).toMatchObject({ status: 'silent' });
  });

  test.each([
    ['/tmp', 'file:///etc', 'trixie'],
    ['/tmp', 'http://127.0.0.1:9/debian', '../../etc'],
    ['/nonexistent', 'http://127.0.0.1:9/debian', 'trixie'],
  ])('is not asked with %s %s %s', (...words) => {
    const script = join(directory, 'ask-mirror');
    writeFileSync(script, asset('ask-mirror').content);
    const { stdout, status } = spawnSync('sh', [script, ...words], { encoding: 'utf8' });
    expect(stdout).toMatch(/^status unasked /);
    expect(status).toBe(2);
  });
});

test('the names of all packages come from the lists that a solve keeps', async () => {
  // The lists are the machine's own, so that they are fetched once.
  const shared = new Host({ root: directory, cache: sharedCache });
  const { facts } = await gather([serverArchives], shared);
  const mirror = mainArchive(facts.get(serverArchives));
  const securityMirror = securityArchive(facts.get(serverArchives));
  const tree = { suite: 'trixie', architecture: 'amd64', mirror, securityMirror };
  const fact = packageNames({ tree: { ...tree, components: ['main'] } });
  if (fact === null) throw new Error('apt here has no archives: run `apt-get update` first');
  const names = (await gather([fact], shared)).facts.get(fact);
  expect(names.length).toBeGreaterThan(30_000);
  expect(names).toEqual(expect.arrayContaining(['openssh-server', 'emacs', 'zstd']));
  expect(names.filter((name) => !/^[a-z0-9][a-z0-9+.-]+$/.test(name))).toEqual([]);
});

test('the scripts of trials have no fault that shellcheck knows', () => {
  for (const name of ['ask-mirror', 'solve']) {
    const { stdout, status } = spawnSync('shellcheck', ['-'], {
      input: asset(name).content,
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  }
});
