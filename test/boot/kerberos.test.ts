import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTree } from '../../src/core/place.ts';
import { answers as directoryAnswers } from '../../src/features/directory/answers.ts';
import { kerberosFile } from '../../src/features/directory/kerberos.ts';
import type { Site } from '../../src/features/index.ts';
import { leftovers } from '../support/machine.ts';
import { planted, published } from './further-tree.ts';
import {
  answersOf,
  asked,
  certificates,
  copied,
  mac,
  own,
  people,
  readingSecret,
  readyWorkshop,
  realm,
} from './people-tree.ts';
import { builtOf, root, system } from './rehearsal-root.ts';
import { openToOthers, placesOf } from './secret-places.ts';

// Passwords in a Kerberos realm, and homes that only tickets open: a real KDC, and nfs-ganesha with
// sec=krb5p.

const before = leftovers(root);
const client = {
  mac,
  name: 'desk',
  address: '10.0.2.15',
  keytab: `${root}${own}/desk.keytab`,
};
const answers = (clients: object[]) =>
  answersOf(
    { service: 'sssd', realm: 'SCHOOL.TEST', kdcs: ['sidus-server'] },
    {
      homes: {
        ...{ kind: 'nfs4', server: 'homes.school.test', path: '/srv/homes' },
        ...{ security: 'krb5p', domain: 'school.test' },
      },
    },
    clients,
  );
function longestLine(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [longest = ''] = lines.sort((one, other) => other.length - one.length);
  return Buffer.from(longest, 'latin1');
}

let site: Site;
let version: number;

beforeAll(async () => {
  await certificates();
  await copied();
  await planted(people, 'kerberos', 'people/kerberos');
  await readyWorkshop();
  await realm();
  site = await builtOf(answers([client]), readingSecret);
  // The name server of this school.
  const hosts = await system.read(inTree(people), '/etc/hosts');
  await system.write(inTree(people), '/etc/hosts', `${hosts ?? ''}10.99.1.2 homes.school.test\n`, {
    mode: 0o644,
    owner: 'root',
    group: 'root',
  });
  version = await published(people);
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
});

describe('passwords and homes of a Kerberos realm', () => {
  test('krb5.conf says to Kerberos’ own parser what was answered', async () => {
    const given = directoryAnswers.parse({
      ...{ service: 'sssd', uris: ['ldaps://x.example.org'], base: 'dc=x' },
      realm: 'A-1.EXAMPLE.ORG',
      kdcs: ['k-1.example.org'],
    });
    const { stdout } = await system.exec(
      inTree(people),
      [
        'sh',
        '-c',
        'cat >/tmp/krb5.conf; echo x | KRB5_CONFIG=/tmp/krb5.conf KRB5_TRACE=/tmp/trace timeout 20 kinit alice >/dev/null 2>&1; cat /tmp/trace',
      ],
      { stdin: kerberosFile(given), privateNetwork: true },
    );
    expect(stdout).toMatch(/initial credentials for alice@A-1\.EXAMPLE\.ORG/);
    expect(stdout).toMatch(/Resolving hostname k-1\.example\.org/);
  });

  test('a client with a keytab: a ticket after login, and a home that it opens', async () => {
    const { said, rehearsal } = await asked(site, 'kerberos', version, ['servers', 'kdc']);
    expect(said).toMatchObject({
      keytab: 'root 600',
      right: '0',
      ticket: 'krbtgt/SCHOOL.TEST@SCHOOL.TEST',
      written: 'kept',
      mounted: 'homes.school.test:/srv/homes sec=krb5p',
      gssd: 'active',
      failed: '',
    });
    expect(said.wrong).not.toBe('0');
    expect(rehearsal.report.own).toBe('copied');
    // The last bytes of its key; a count of four bytes ends the file (MIT's keytab format). grep looks
    // line by line.
    const key = readFileSync(client.keytab).subarray(-28, -4);
    const [places = []] = placesOf([longestLine(key)]);
    expect(places).toEqual([
      `/srv/nfsroot/${people}/clients/${mac.replaceAll(':', '-')}/etc/krb5.keytab`,
    ]);
    expect(openToOthers(places)).toEqual([]);
    expect(rehearsal.report.units.failed).toEqual([]);
  });

  test('one without says so and has no home, and nothing else fails', async () => {
    // The same version, for a machine that nobody listed.
    const unlisted: Site = { ...site, clients: [] };
    const { said, rehearsal } = await asked(unlisted, 'kerberos', version, ['servers', 'kdc']);
    expect(said).toMatchObject({ keytab: 'none', right: '0' });
    // Whoever looks there has it tried: that unit may have failed by now, and no other.
    expect(['', 'home.mount']).toContain(said.failed);
    expect(said.ticket).toBe('krbtgt/SCHOOL.TEST@SCHOOL.TEST');
    expect(said.told).toMatch(/this one has none \(\/etc\/krb5\.keytab\)/);
    expect(said.mounted).toBe('');
    expect(said.gssd).toBe('inactive');
    expect(rehearsal.report.units.failed.filter((unit) => unit !== 'home.mount')).toEqual([]);
  });
});
