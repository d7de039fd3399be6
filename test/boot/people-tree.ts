import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { layout } from '../../src/core/layout.ts';
import { inTree, type Place } from '../../src/core/place.ts';
import type { Site } from '../../src/features/index.ts';
import { rehearsalTools, workshopStep } from '../../src/features/workshop.ts';
import { overlaid } from '../../src/planner/answers.ts';
import type { Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { copied as copiedTree, plain, ran, saidBy } from './further-tree.ts';
import { boot, builtSite, preset, root, system, tree as usual } from './rehearsal-root.ts';

// A tree whose users are in a directory, and the servers of its rehearsals: a real slapd, and what
// the tests add to it.

export const people = 'people';
/** The password of whom clients are to the directory; and the secret that it is, by its name. */
export const reading = 'only-to-look-around';
export const readingSecret = { 'people.directory': reading };
const place = inTree(people);
const workshop: Place = { workshop: 'trixie-people' };
export const mac = '52:54:00:aa:00:0d';
/** What rehearsals of this client share with their servers: /rehearsal, in there. */
export const own = `${layout.state}/rehearsal/${mac.replaceAll(':', '-')}`;

/** Answers of the usual tree, for one of its own whose users are in the directory. */
export function answersOf(directory: object, more: object = {}, clients: object[] = []): unknown {
  const { trees, ...others } = preset() as { trees: Record<string, object> };
  return {
    ...others,
    clients,
    trees: {
      [people]: overlaid(trees[usual] ?? {}, {
        directory: {
          uris: ['ldaps://sidus-server'],
          base: 'dc=school,dc=test',
          bindDn: 'cn=reader,dc=school,dc=test',
          authority: join(root, 'directory-ca.pem'),
          ...directory,
        },
        packages: { include: ['pamtester'] },
        ...more,
      }),
    },
  };
}

const servers = ['slapd', 'ldap-utils', 'openssl', 'krb5-kdc', 'krb5-admin-server'];

/** A workshop that has the servers of people beside the tools of every rehearsal. */
export async function readyWorkshop(): Promise<void> {
  const answers = (await builtSite()).trees[usual];
  if (answers === undefined) throw new Error('no tree');
  const { problem } = await new Session(system).apply(
    {
      schema: 1,
      title: { text: 'Build a workshop with a directory' },
      root,
      steps: [workshopStep(answers, [...rehearsalTools, ...servers], 'trixie-people')],
      notes: [],
    },
    'test',
    () => undefined,
    new AbortController().signal,
  );
  if (problem !== null) throw new Error(JSON.stringify(problem));
}

/** A realm: its database, and the keytabs of its server and of one client. */
export async function realm(): Promise<void> {
  await system.write(
    'server',
    `${own}/realm`,
    readFileSync('test/boot/people/realm', 'utf8'),
    plain,
  );
  const made = await system.exec(workshop, ['sh', '/rehearsal/realm'], {
    confined: true,
    privateNetwork: true,
    binds: [{ from: { place: 'server', path: own }, to: '/rehearsal', readOnly: false }],
  });
  expect(made.code, made.stderr + made.stdout).toBe(0);
}

/** An authority, and the certificate of the directory, which it signed; and another authority. */
export async function certificates(): Promise<void> {
  await system.makeDirectory('server', own, { ...plain, mode: 0o755 });
  await ran(
    'server',
    [
      'sh',
      '-euc',
      `cd "$1"
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$2" 2>/dev/null; }
authority ca 'School authority'
authority other 'Another authority'
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=sidus-server -addext subjectAltName=DNS:sidus-server 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 30 -copy_extensions copy -out server.pem 2>/dev/null
chmod 644 server.key
cp ca.pem "$2"`,
      'sh',
      { at: { place: 'server', path: own } },
      join(root, 'directory-ca.pem'),
    ],
    { confined: true },
  );
}

/** The usual tree, copied, which trusts another authority too. */
export async function copied(): Promise<void> {
  await copiedTree(people);
  const other = await system.read('server', `${own}/other.pem`);
  await system.write(place, '/etc/ssl/certs/another-authority.pem', other ?? '', plain);
}

async function servedFiles(): Promise<void> {
  for (const name of ['slapd.conf', 'people.ldif']) {
    const text = readFileSync(`test/boot/people/${name}`, 'utf8');
    await system.write('server', `${own}/${name}`, text, plain);
  }
}

export interface Asked {
  readonly said: Readonly<Record<string, string>>;
  readonly rehearsal: Rehearsal;
  /** What its console and its servers said. */
  readonly lines: readonly string[];
}

/**
 * What the client said, by its words. `on`: what the test does when it says a word. The servers
 * are the shell of these files of test/boot/people.
 */
export async function asked(
  site: Site,
  test: string,
  version: number,
  further: readonly string[],
  on: (word: string) => void = () => undefined,
): Promise<Asked> {
  await servedFiles();
  await noSignal('directory-off');
  const said: Record<string, string> = {};
  const lines: string[] = [];
  const rehearsal = await boot(site, {
    ...{ tree: people, version, mac, workshop, words: [`${test}.test`], hostname: 'desk' },
    further: further.map((name) => readFileSync(`test/boot/people/${name}`, 'utf8')).join('\n'),
    watch: (event) => {
      if (event.type === 'console' || event.type === 'server') lines.push(event.line);
      if (event.type !== 'console') return;
      const [word, rest] = saidBy(test, event.line) ?? [];
      if (word === undefined) return;
      said[word] = rest ?? '';
      on(word);
    },
    enough: (event) => event.type === 'console' && event.line.endsWith(`${test}: done`),
  });
  return { said, rehearsal, lines };
}

/** A file in what the servers share: they wait for it. */
export const signal = (name: string): Promise<void> =>
  system.write('server', `${own}/${name}`, '', plain);
export const noSignal = (name: string): Promise<void> => system.remove('server', `${own}/${name}`);

/** A directory on this machine's loopback, without any client. */
export async function runningDirectory(): Promise<{
  readonly signal: AbortSignal;
  end(): Promise<void>;
}> {
  await servedFiles();
  const stop = new AbortController();
  const served = system.exec(
    workshop,
    [
      'sh',
      '-euc',
      'mkdir -p /var/lib/ldap /run/slapd; rm -rf /var/lib/ldap/*; slapadd -f /rehearsal/slapd.conf -l /rehearsal/people.ldif; exec slapd -d 0 -f /rehearsal/slapd.conf -h ldaps://127.0.0.1/',
    ],
    {
      confined: true,
      binds: [{ from: { place: 'server', path: own }, to: '/rehearsal', readOnly: false }],
      signal: stop.signal,
    },
  );
  let ended = false;
  void served.finally(() => {
    ended = true;
  });
  await expect.poll(async () => ended || (await answers(636)), { timeout: 30_000 }).toBe(true);
  expect(ended).toBe(false);
  return {
    signal: stop.signal,
    end: async () => {
      stop.abort();
      await served;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}
