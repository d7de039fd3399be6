import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { inTree } from '../../src/core/place.ts';
import { answers as directoryAnswers } from '../../src/features/directory/answers.ts';
import { sssdFile } from '../../src/features/directory/sssd.ts';
import type { Site } from '../../src/features/index.ts';
import { textOf } from '../../src/planner/describe.ts';
import { judgeLogin, rehearseLogin } from '../../src/rehearsal/login.ts';
import { sidus } from '../support/engine.ts';
import { leftovers } from '../support/machine.ts';
import { planted, published } from './further-tree.ts';
import {
  answersOf,
  asked,
  certificates,
  copied,
  people,
  reading,
  readingSecret,
  readyWorkshop,
  runningDirectory,
  signal,
} from './people-tree.ts';
import { builtOf, cache, root, system } from './rehearsal-root.ts';
import { openToOthers, placesOf } from './secret-places.ts';

// A client whose users are in a directory, with a real slapd on the server of its rehearsal.

const before = leftovers(root);
let site: Site;
/** All that consoles and servers said. */
const heard: string[] = [];
/** A password that nobody has. */
const typed = 'typed-by-mistake-and-kept-nowhere';

async function answers(version: number) {
  const { said, rehearsal, lines } = await asked(site, 'people', version, ['servers'], (word) => {
    if (word === 'asked') void signal('directory-off');
  });
  heard.push(...lines);
  expect(rehearsal.report.units.failed).toEqual([]);
  return { said, report: rehearsal.report };
}

const alice = /^alice:[x*]:5001:5000:Alice:\/home\/alice:\/bin\/bash$/;

beforeAll(async () => {
  await certificates();
  await copied();
  await planted(people, 'people', 'people/people');
  site = await builtOf(answersOf({ service: 'sssd' }), readingSecret);
  await readyWorkshop();
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
});

describe('a client knows the users of a directory', () => {
  test('a login is tried in the draft, before anybody boots it', async () => {
    const directory = await runningDirectory();
    const tried = (user: string, password: string) =>
      rehearseLogin(
        { tree: people, user, password, server: '127.0.0.1', signal: directory.signal },
        system,
      );
    try {
      const right = await tried('alice', 'alice-knows-this');
      expect(right).toMatchObject({
        entry: { uid: 5001, gid: 5000, home: '/home/alice', shell: '/bin/bash' },
        groups: ['students', 'chess'],
        right: true,
        wrong: false,
      });
      const wrong = await tried('alice', typed);
      expect(wrong).toMatchObject({ right: false, wrong: false });
      expect(wrong.words).toMatch(/authentication failure/i);
      expect(await tried('nobody-at-all', 'x')).toMatchObject({ entry: null });
    } finally {
      await directory.end();
    }
    // With the directory gone it says so.
    const alone = await rehearseLogin(
      {
        ...{ tree: people, user: 'alice', password: 'alice-knows-this', server: '127.0.0.1' },
        signal: new AbortController().signal,
      },
      system,
    );
    expect(judgeLogin('alice', alone).map(({ holds }) => holds)).toEqual([false]);
    // What was tried left nothing in the draft.
    expect(await system.list(inTree(people), '/var/lib/sss/db')).toEqual([]);
    expect(await system.list(inTree(people), '/home')).not.toContain('alice');
  });

  test('sssd’s own checker reads what was answered, however odd', async () => {
    const odd = directoryAnswers.parse({
      service: 'sssd',
      uris: ['ldaps://a.example.org:636', 'ldaps://10.0.0.5'],
      base: 'ou=Élèves \\, 2026,o=Lycée [Zola] $HOME `id`,c=FR',
      filter: "(&(objectClass=*)(|(uid=a*)(cn=\\28x\\29 $HOME %u ; 'x' = [y]))(!(uid=z)))",
      bindDn: 'cn=a\\#b,dc=example,dc=org',
      realm: 'EXAMPLE.ORG',
      kdcs: ['kdc.example.org'],
    });
    const check = (text: string) =>
      system.exec(
        inTree(people),
        [
          'sh',
          '-c',
          'umask 077; mkdir /tmp/sssd && cat >/tmp/sssd/sssd.conf && sssctl config-check -c /tmp/sssd/sssd.conf -s /tmp/sssd/conf.d',
        ],
        { stdin: text, privateNetwork: true },
      );
    const written = textOf(sssdFile('people', odd));
    const read = await check(written);
    expect(read.stdout + read.stderr).toMatch(/Issues identified by validators: 0/);
    // And it is no checker that likes everything.
    const wrong = await check(written.replace('ldap_uri =', 'ldap_uris ='));
    expect(wrong.stdout + wrong.stderr).toMatch(/Issues identified by validators: 1/);
  });

  test('by sssd, also while the directory is away', async () => {
    const { said, report } = await answers(await published(people));
    expect(said).toMatchObject({
      passwd: expect.stringMatching(alice),
      groups: 'students chess',
      root: 'root:x:0:0:root:/root:/bin/bash',
      right: '0',
      signed: '0',
      away: '0',
    });
    for (const word of ['wrong', 'impostor', 'unsigned', 'away-wrong']) {
      expect(said[word], word).not.toBe('0');
    }
    expect(said.words).toMatch(/certificate verify failed/i);
    expect(report.directory).toEqual({ service: 'sssd', state: 'active' });
  });

  test('by nslcd, in the same tree, and by nobody else any more', async () => {
    site = await builtOf(answersOf({ service: 'nslcd' }), readingSecret);
    const { said, report } = await answers(await published(people));
    expect(said).toMatchObject({
      passwd: expect.stringMatching(alice),
      groups: 'students chess',
      right: '0',
      signed: '0',
    });
    for (const word of ['wrong', 'impostor', 'unsigned', 'away']) {
      expect(said[word], word).not.toBe('0');
    }
    expect(said.words).toMatch(/certificate/i);
    expect(report.directory).toEqual({ service: 'nslcd', state: 'active' });
  });

  test('its secrets lie where the documents say, and nowhere else', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sidus-secrets-'));
    const file = join(directory, 'site.yaml');
    writeFileSync(file, stringify(answersOf({ service: 'nslcd' })));
    for (const form of ['--json', '--script']) {
      const { stdout } = await sidus(
        ...['plan', form, '--answers', file, '--root', root, '--cache', cache, '--offline'],
      );
      expect(stdout.length).toBeGreaterThan(1000);
      expect(stdout).not.toContain(reading);
    }
    rmSync(directory, { recursive: true });
    const trees = `/srv/nfsroot/${people}`;
    const kept = JSON.parse(readFileSync(`${root}/etc/sidus/secrets.json`, 'utf8'));
    const made = kept[`${people}.users.alpha`];
    const secrets: readonly string[] = [reading, made, 'alice-knows-this', typed];
    const [ofClients, ofUsers, ...ofNobody] = placesOf(secrets);
    expect(ofClients).toEqual([
      '/etc/sidus/secrets.json',
      `${trees}/draft/etc/nslcd.conf`,
      `${trees}/versions/1/etc/sssd/sssd.conf`,
      `${trees}/versions/2/etc/sssd/sssd.conf`,
      `${trees}/versions/3/etc/nslcd.conf`,
    ]);
    expect(ofUsers).toEqual([`/etc/sidus/accounts/${people}.csv`, '/etc/sidus/secrets.json']);
    expect(openToOthers([...(ofClients ?? []), ...(ofUsers ?? [])])).toEqual([]);
    // What was typed, rightly and by mistake; and what consoles and servers of all boots said.
    expect(ofNobody).toEqual([[], []]);
    expect(heard.length).toBeGreaterThan(100);
    for (const secret of secrets) {
      expect(heard.filter((line) => line.includes(secret))).toEqual([]);
    }
  });
});
