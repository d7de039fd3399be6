import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { script } from '../../src/core/assets.ts';
import type { DirectoryQuestion } from '../../src/core/directory.ts';
import { Host } from '../../src/system/host.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// A directory is asked before clients are: by the real library, of real slapds on loopback.

const root = temporaryDirectory('directory');
const before = leftovers(root);
const host = new Host({
  root,
  cache: sharedCache,
  secrets: { 'lab.directory': 'reader-knows-this' },
});
const ending = new AbortController();
let slapds: Promise<unknown> = Promise.resolve();
let ports: { readonly plain: number; readonly tls: number; readonly expired: number };

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const isUp = (port: number): Promise<true | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(null));
  });

const person = (base: string, name: string, uid: number, password = 'none'): string => `
dn: uid=${name},ou=people,${base}
objectClass: inetOrgPerson
objectClass: posixAccount
uid: ${name}
cn: ${name}
sn: ${name}
uidNumber: ${uid}
gidNumber: 5000
homeDirectory: /home/${name}
loginShell: /bin/bash
userPassword: ${password}
`;

const tree = (base: string, more: string): string => `dn: ${base}
objectClass: dcObject
objectClass: organization
o: School
dc: ${/^dc=(\w+)/.exec(base)?.[1]}

dn: ou=people,${base}
objectClass: organizationalUnit
ou: people

dn: cn=reader,${base}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader-knows-this
${more}`;

const group = (base: string, name: string, gid: number, members: readonly string[]): string => `
dn: cn=${name},${base}
objectClass: posixGroup
cn: ${name}
gidNumber: ${gid}
${members.map((member) => `memberUid: ${member}\n`).join('')}`;

const school = 'dc=school,dc=test';
const many = 'dc=many,dc=test';
const closed = 'dc=closed,dc=test';
const ldifs = {
  school: tree(
    school,
    person(school, 'alice', 5001, 'alice-knows-this') +
      person(school, 'ro*t', 0, 'impostor') +
      group(school, 'students', 5000, []) +
      group(school, 'chess', 5002, ['alice']),
  ),
  many: tree(
    many,
    Array.from({ length: 700 }, (_, index) => person(many, `user${index}`, 20_000 + index)).join(
      '',
    ),
  ),
  closed: tree(closed, person(closed, 'carol', 5003, 'carol-knows-this')),
};

const config = (name: string, certificate: string, limit: string): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
${limit}
TLSCertificateFile /people/${certificate}.pem
TLSCertificateKeyFile /people/server.key
${['school', 'many', 'closed']
  .map(
    (base) => `
database mdb
suffix dc=${base},dc=test
directory /tmp/${name}/${base}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=reader,dc=${base},dc=test" read ${base === 'closed' ? '' : 'by * read'}
`,
  )
  .join('')}`;

const scene = `
set -eu
cd /people
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 90 -subj "/CN=School authority" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -days 90 -subj "/CN=Another authority" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=directory.test -addext "subjectAltName=DNS:directory.test,IP:127.0.0.1" 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 60 -copy_extensions copy -out server.pem 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -not_before 20200101000000Z -not_after 20210101000000Z -copy_extensions copy -out expired.pem 2>/dev/null
chmod 644 ca.pem other.pem
for name in good expired; do
  mkdir -p "/tmp/$name/school" "/tmp/$name/many" "/tmp/$name/closed"
  for base in school many closed; do
    slapadd -q -f "/people/$name.conf" -b "dc=$base,dc=test" -l "/people/$base.ldif"
  done
done
slapd -d 0 -f /people/expired.conf -h "ldaps://127.0.0.1:$3" &
exec slapd -d 0 -f /people/good.conf -h "ldap://127.0.0.1:$1 ldaps://127.0.0.1:$2"
`;

beforeAll(async () => {
  await readyWorkshop();
  const put = (name: string, text: string) =>
    host.write('server', `/people/${name}`, text, { mode: 0o644, owner: 'root', group: 'root' });
  for (const [name, text] of Object.entries(ldifs)) await put(`${name}.ldif`, text);
  await put('good.conf', config('good', 'server', ''));
  await put('expired.conf', config('expired', 'expired', ''));
  const [plain = 0, tls = 0, expired = 0] = await Promise.all([freePort(), freePort(), freePort()]);
  ports = { plain, tls, expired };
  let said = '';
  slapds = host
    .exec(testWorkshop, ['sh', '-c', scene, 'sh', ...[plain, tls, expired].map(String)], {
      binds: [{ from: { place: 'server', path: '/people' }, to: '/people', readOnly: false }],
      signal: ending.signal,
    })
    .then(({ stderr, code }) => {
      said = `slapd ended with ${code}: ${stderr}`;
    });
  for (const port of [plain, tls, expired]) {
    await until('slapd', 60, () => {
      if (said !== '') throw new Error(said);
      return isUp(port);
    });
  }
}, 600_000);
afterAll(async () => {
  ending.abort();
  await slapds;
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

const authority = (name = 'ca') =>
  [
    'sh',
    script('import-file'),
    'show',
    { cache: 'imported' },
    join(root, 'people', `${name}.pem`),
  ] as const;

const asking = (given: Partial<DirectoryQuestion> = {}, base = school): DirectoryQuestion => ({
  uris: [`ldaps://127.0.0.1:${ports.tls}`],
  encrypted: true,
  authority: authority(),
  bind: null,
  people: { base, schema: 'rfc2307', filter: '', elsewhere: false },
  ...given,
});
const reader = (base: string) => ({ dn: `cn=reader,${base}`, secret: 'lab.directory' });

describe('what a directory says', () => {
  test.each(['ldaps', 'ldap'])('over %s it answers, and is who it says', async (scheme) => {
    const port = scheme === 'ldap' ? ports.plain : ports.tls;
    const answer = await host.askDirectory(asking({ uris: [`${scheme}://127.0.0.1:${port}`] }));
    expect(answer.servers).toEqual([
      {
        uri: `${scheme}://127.0.0.1:${port}`,
        status: 'answers',
        words: '',
        milliseconds: expect.any(Number),
        certificate: {
          subject: 'directory.test',
          names: ['directory.test', '127.0.0.1'],
          issuer: 'School authority',
          until: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          daysLeft: 59,
          fault: null,
        },
      },
    ]);
    expect(answer).toMatchObject({
      bases: [school, many, closed],
      usualBase: null,
      base: { status: 'there' },
      users: [
        { name: 'alice', id: 5001 },
        { name: 'ro*t', id: 0 },
      ],
      moreUsers: false,
      groups: [
        { name: 'students', id: 5000 },
        { name: 'chess', id: 5002 },
      ],
    });
  });

  test.each([
    ['another authority', 'other', 'unknown-authority'],
    ['an authority that is not there', 'none', 'unknown-authority'],
  ])('%s is told, and nothing is said to who is not known', async (_, name, fault) => {
    const answer = await host.askDirectory(
      asking({ authority: authority(name), bind: reader(school) }),
    );
    expect(answer.servers[0]).toMatchObject({ status: 'untrusted', certificate: { fault } });
    expect(answer).toMatchObject({
      bind: { status: 'unasked' },
      base: { status: 'unasked' },
      bases: [],
    });
    const login = await host.tryLogin(asking({ authority: authority(name) }), {
      user: 'alice',
      password: 'alice-knows-this',
    });
    expect(login).toMatchObject({ status: 'unfound', uid: null });
  });

  test('a certificate of the past, one of another name, and a line that is not encrypted', async () => {
    const expired = await host.askDirectory(
      asking({ uris: [`ldaps://127.0.0.1:${ports.expired}`] }),
    );
    expect(expired.servers[0]?.certificate).toMatchObject({
      fault: 'expired',
      until: '2021-01-01T00:00:00.000Z',
    });
    const careless = asking({ authority: authority('other'), encrypted: false });
    expect((await host.askDirectory(careless)).servers[0]).toMatchObject({ status: 'untrusted' });
    const named = await host.askDirectory(asking({ uris: [`ldaps://localhost:${ports.tls}`] }));
    expect(named.servers[0]?.certificate).toMatchObject({ fault: 'other-name' });
    const clear = await host.askDirectory(asking({ uris: [`ldaps://127.0.0.1:${ports.plain}`] }));
    expect(clear.servers[0]).toMatchObject({ status: 'silent' });
  });

  test('the first that answers is asked, and each that does not is named', async () => {
    const nobody = `ldaps://127.0.0.1:${await freePort()}`;
    const answer = await host.askDirectory(
      asking({ uris: [nobody, `ldaps://127.0.0.1:${ports.tls}`] }),
    );
    expect(answer.servers.map(({ status, words }) => [status, words])).toEqual([
      ['silent', 'nobody listens there'],
      ['answers', ''],
    ]);
    expect(answer.users).toHaveLength(2);
  });

  test('who listens and says nothing is waited for 5 seconds, or until somebody stops', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const sockets: { destroy(): void }[] = [];
    mute.on('connection', (socket) => sockets.push(socket));
    for (const scheme of ['ldap', 'ldaps']) {
      const question = asking({ uris: [`${scheme}://127.0.0.1:${port}`] });
      const stop = new AbortController();
      const asked = host.askDirectory(question, stop.signal);
      await until('a caller', 5, () => (sockets.length > 0 ? true : null));
      stop.abort();
      expect((await asked).servers[0]).toMatchObject({ status: 'silent', words: 'stopped' });
      expect((await host.askDirectory(question)).servers[0]).toMatchObject({
        status: 'silent',
        words: 'nothing came in 5 seconds',
      });
    }
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  }, 30_000);

  test('a base that is not there, a filter, and more people than it gives away', async () => {
    expect(await host.askDirectory(asking({}, 'dc=nowhere'))).toMatchObject({
      base: { status: 'absent' },
      users: [],
    });
    const people = { base: school, schema: 'rfc2307', elsewhere: false } as const;
    const none = await host.askDirectory(asking({ people: { ...people, filter: '(cn=nobody)' } }));
    expect(none).toMatchObject({ base: { status: 'there' }, users: [] });
    const one = await host.askDirectory(asking({ people: { ...people, filter: '(!(cn=alice))' } }));
    expect(one.users).toEqual([{ name: 'ro*t', id: 0 }]);
    const crowd = await host.askDirectory(asking({}, many));
    expect(crowd).toMatchObject({ base: { status: 'there' }, moreUsers: true });
    expect(crowd.users.length).toBe(500);
  });

  test('who clients are to it: nobody, with the password, and with another', async () => {
    expect(await host.askDirectory(asking({}, closed))).toMatchObject({
      base: { status: 'absent' },
    });
    const bind = reader(closed);
    expect(await host.askDirectory(asking({ bind }, closed))).toMatchObject({
      bind: { status: 'accepted' },
      users: [{ name: 'carol', id: 5003 }],
    });
    const missing = { ...bind, secret: 'lab.other' };
    expect(await host.askDirectory(asking({ bind: missing }, closed))).toMatchObject({
      bind: { status: 'missing' },
      users: [],
    });
    const wrong = new Host({ root, cache: sharedCache, secrets: { 'lab.directory': 'guessed' } });
    expect(await wrong.askDirectory(asking({ bind }, closed))).toMatchObject({
      bind: { status: 'refused', words: 'name or password is wrong' },
      users: [],
    });
  });
});

describe('the built program', () => {
  const run = (args: readonly string[], input: string) =>
    new Promise<{ code: number | null; words: string }>((resolve) => {
      const child = spawn(process.execPath, ['dist/main.mjs', ...args]);
      let words = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (piece: Buffer) => {
          words += piece.toString();
        });
      }
      child.on('close', (code) => resolve({ code, words }));
      child.stdin.end(input);
    });
  const answers = () => {
    const path = join(root, 'site.yaml');
    const site = {
      server: { network: { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 } },
      trees: {
        lab: {
          tree: { mirror: 'http://mirror.example/debian' },
          directory: {
            service: 'sssd',
            uris: [`ldaps://127.0.0.1:${ports.tls}`],
            authority: join(root, 'people', 'ca.pem'),
            bindDn: `cn=reader,${closed}`,
            base: closed,
          },
        },
      },
    };
    writeFileSync(path, JSON.stringify(site));
    return ['--answers', path, '--offline', '--root', join(root, 'staged')];
  };

  test('tries a login, by a password from standard input, and keeps none', async () => {
    const secrets = join(root, 'given.json');
    writeFileSync(secrets, JSON.stringify({ 'lab.directory': 'reader-knows-this' }), {
      mode: 0o600,
    });
    const given = [
      'check',
      ...answers(),
      '--secrets',
      secrets,
      '--login',
      'carol',
      '--password-stdin',
    ];
    const good = await run([...given, '--json'], 'carol-knows-this\n');
    expect(JSON.parse(good.words).login, good.words).toMatchObject({
      ...{ tree: 'lab', user: 'carol', status: 'accepted', uid: 5003, home: '/home/carol' },
    });
    const bad = await run(given, 'carol-does-not');
    expect(bad.code).toBe(1);
    expect(bad.words).toMatch(/✗ the directory refuses carol: name or password is wrong/);
    const nobody = await run(given.slice(0, -1), '');
    expect(nobody.code).toBe(2);
    expect(nobody.words).toMatch(/add `--password-stdin`/);
    for (const { words } of [good, bad, nobody]) {
      for (const one of ['carol-knows-this', 'carol-does-not', 'reader-knows-this']) {
        expect(words).not.toContain(one);
      }
    }
    const holders = execFileSync(
      'sh',
      ['-c', 'grep -rlE "carol-(knows|does)" "$1" || true', 'sh', root],
      {
        encoding: 'utf8',
      },
    );
    expect(holders.trim()).toBe(join(root, 'people', 'closed.ldif'));
  });
});

describe('a login is tried', () => {
  const login = (
    user: string,
    password: string,
    given: Partial<DirectoryQuestion> = {},
    base = school,
  ) => host.tryLogin(asking(given, base), { user, password });

  test.each(['ldaps', 'ldap'])('over %s, by the right password and by others', async (scheme) => {
    const uris = [`${scheme}://127.0.0.1:${scheme === 'ldap' ? ports.plain : ports.tls}`];
    const alice = {
      uid: 5001,
      gid: 5000,
      groups: ['students', 'chess'],
      home: '/home/alice',
      shell: '/bin/bash',
    };
    expect(await login('alice', 'alice-knows-this', { uris })).toEqual({
      ...alice,
      status: 'accepted',
      words: '',
    });
    const words = 'name or password is wrong';
    expect(await login('alice', 'wrong', { uris })).toEqual({ ...alice, status: 'refused', words });
    // To a directory an empty one is a visit of nobody, which it grants.
    expect(await login('alice', '', { uris })).toMatchObject({ status: 'refused' });
  });

  test('names are names, and no filters', async () => {
    expect(await login('*', 'x')).toMatchObject({ status: 'unknown' });
    expect(await login('ro*', 'x')).toMatchObject({ status: 'unknown' });
    expect(await login('alice)(uid=*', 'x')).toMatchObject({ status: 'unknown' });
    expect(await login('ro*t', 'impostor')).toMatchObject({ status: 'accepted', uid: 0 });
  });

  test('where only a reader may look', async () => {
    expect(await login('carol', 'carol-knows-this', {}, closed)).toMatchObject({ uid: null });
    const bind = reader(closed);
    expect(await login('carol', 'carol-knows-this', { bind }, closed)).toMatchObject({
      status: 'accepted',
      uid: 5003,
    });
  });
});
