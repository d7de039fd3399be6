import { describe, expect, test } from 'vitest';
import { type Fact, factsFrom } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { parseExports } from '../../src/features/exports-text.ts';
import {
  homesExportsFile,
  homesExportsPath,
  homesFilesystemId,
  homesHere,
} from '../../src/features/homes/exports.ts';
import { fstab } from '../../src/features/homes/fstab.ts';
import { clientsWithoutKeytab } from '../../src/features/homes/keytabs.ts';
import { homesOfListed, mountsOf } from '../../src/features/homes/mounts.ts';
import { fileSystemOf, keepsQuotas, usedOtherwise } from '../../src/features/homes/server-facts.ts';
import {
  type ExportAnswer,
  exportAnswer,
  exportTrials,
  leavesOut,
  parseExportAnswer,
} from '../../src/features/homes/trial.ts';
import { importedFile } from '../../src/features/imported.ts';
import type { TreeAnswers } from '../../src/features/index.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { type Known, plannedFrom } from '../support/facts.ts';

const network = {
  ...{ interfaceName: 'lan0', address: '192.168.67.1', prefix: 24, router: null },
  ...{ rangeFirst: '192.168.67.100', rangeLast: '192.168.67.103' },
};
const users = [{ name: 'alice', uid: 2001 }];
const realm = {
  service: 'sssd',
  ...{ uris: ['ldaps://ldap.example.org'], base: 'dc=example,dc=org', realm: 'EXAMPLE.ORG' },
};

const keytabs: Known = Object.fromEntries(
  ['/root/desk.keytab', '/root/k', '/root/d.keytab'].map((path) => [
    importedFile(path).id,
    { status: 'there', sha256: 'a'.repeat(64), bytes: 300 },
  ]),
);

function planOf(homes: unknown, more: unknown = {}, known: Known = {}) {
  return plannedFrom(
    overlaid({ server: { network }, trees: { lab: { accounts: { users }, homes } } }, more),
    { ...keytabs, ...known },
  );
}

function effectsOf(homes: unknown, more: unknown = {}, known: Known = {}) {
  return planOf(homes, more, known).plan.steps.flatMap(({ effects }) => effects);
}

function fileOf(path: string, ...given: Parameters<typeof effectsOf>): string | null {
  const found = effectsOf(...given).find((one) => one.kind === 'file' && one.path === path);
  return found?.kind === 'file' && typeof found.content === 'string' ? found.content : null;
}

/** The codes of what is wrong. */
function wrong(...given: Parameters<typeof planOf>): readonly string[] {
  try {
    planOf(...given);
    return [];
  } catch (error) {
    return [...String(error).matchAll(/"code": ?"([^"]+)"|\[([a-z]+\/[a-z-]+)\]/g)].map(
      ([, one, other]) => one ?? other ?? '',
    );
  }
}

const nfs4 = { kind: 'nfs4', server: 'homes.example.org', path: '/export/home', listed: 'server' };

describe('what a client mounts', () => {
  test('nothing, where nobody asks for it', () => {
    expect(fileOf('/etc/fstab', {})).toBe(
      '# The root is made by boot=sidus; only what is mounted beside it belongs here.\n',
    );
    expect(
      effectsOf({}).some((one) => one.kind === 'run' && one.argv[0] === 'pam-auth-update'),
    ).toBe(false);
  });

  test('homes by NFS 4 and a share by NFS 3', () => {
    const given = {
      ...nfs4,
      shares: [
        {
          ...{ server: '10.0.0.9', path: '/vol 1/a#b', mountPoint: '/srv/shared' },
          ...{ version: 'nfs3', readOnly: true },
        },
      ],
    };
    expect(fileOf('/etc/fstab', given)?.split('\n').slice(1)).toEqual([
      'homes.example.org:/export/home /home nfs4 rw,vers=4.1,proto=tcp,sec=sys,hard,retry=0,noatime,nosuid,nodev,_netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=15 0 0',
      '10.0.0.9:/vol\\0401/a#b /srv/shared nfs ro,vers=3,mountproto=tcp,proto=tcp,sec=sys,hard,retry=0,noatime,nosuid,nodev,_netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=15 0 0',
      '',
    ]);
    expect(fileOf('/etc/systemd/system/mount.d/sidus.conf', given)).toContain(
      'StartLimitIntervalSec=0',
    );
  });

  test('the domain of names, which NFS 3 does not have', () => {
    const path = '/etc/idmapd.conf.d/sidus.conf';
    expect(fileOf(path, { ...nfs4, domain: 'lab.example.org' })).toBe(
      '[General]\nDomain = lab.example.org\n',
    );
    expect(fileOf(path, { ...nfs4, kind: 'nfs3', domain: 'lab.example.org' })).toBeNull();
  });

  test('an escape is undone to what it was', () => {
    const mount = {
      ...nfs4,
      at: '/home',
      version: 'nfs4',
      security: 'sys',
      readOnly: false,
    } as const;
    const [, line = ''] = fstab([{ ...mount, path: '/a b\\c\td' }]).split('\n');
    expect(line.split(' ')[0]).toBe('homes.example.org:/a\\040b\\134c\\011d');
  });
});

describe('homes of the users under Accounts', () => {
  const of = (homes: unknown, more: unknown = {}) =>
    planOf(homes, more).site.trees.lab as TreeAnswers;
  test('lie where a server that is away does not matter, or on it', () => {
    expect(homesOfListed(of({}))).toBe('/home');
    expect(homesOfListed(of(nfs4))).toBe('/home');
    const beside = { ...nfs4, listed: 'client' };
    const more = { trees: { lab: { directory: realm } } };
    expect(homesOfListed(of(beside, more))).toBe('/var/home');
    expect(homesOfListed(of({ ...beside, mountPoint: '/home/class' }, more))).toBe('/var/home');
    expect(homesOfListed(of({ ...beside, mountPoint: '/data' }, more))).toBe('/home');
  });

  test('are made in the tree, or at the first login', () => {
    const made = (homes: unknown, more: unknown = {}) =>
      effectsOf(homes, more).flatMap((one) =>
        one.kind === 'run' && /make-home|usermod|pam-auth/.test(String(one.argv[0]))
          ? [one.argv.slice(0, 1).concat(one.argv.slice(-2)).join(' ')]
          : [],
      );
    expect(made({}).slice(-2)).toEqual([
      'usermod /home/alice alice',
      '/usr/lib/sidus/make-home /usr/lib/sidus/make-home alice',
    ]);
    expect(made(nfs4)).toContain('usermod /home/alice alice');
    expect(made(nfs4).join()).not.toContain('make-home');
    expect(made(nfs4).join()).toContain('pam-auth-update --enable sidus-home');
    const more = { trees: { lab: { directory: realm } } };
    expect(made({ ...nfs4, listed: 'client' }, more)).toContain('usermod /var/home/alice alice');
  });

  test('PAM is told when it was otherwise', () => {
    const known = { 'homes/lab/made': true };
    const runs = effectsOf({}, {}, known).filter(
      (one) => one.kind === 'run' && one.argv[0] === 'pam-auth-update',
    );
    expect(runs).toMatchObject([{ argv: ['pam-auth-update', '--disable', 'sidus-home'] }]);
  });
});

describe('homes on this server', () => {
  const here = { kind: 'here' };
  test('are exported to the clients alone, and root is nobody', () => {
    const text = fileOf(homesExportsPath, here) ?? '';
    expect(parseExports(text, '')).toEqual([
      { path: '/srv/homes', to: '192.168.67.100/30', writable: true, file: '' },
    ]);
    expect(text).toContain(',sync,root_squash,');
    expect(effectsOf(here)).toContainEqual({
      ...{ kind: 'directory', place: 'server', path: '/srv/homes' },
      ...{ mode: 0o1777, owner: 'root', group: 'root' },
    });
    expect(fileOf('/etc/fstab', here)).toContain('\nsidus-server:/srv/homes /home nfs4 ');
    // Told apart from what assets/export-versions takes back with the versions.
    expect(homesFilesystemId('/srv/homes')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8/);
  });

  test('of two trees in one directory are exported once', () => {
    const { site } = planOf(here, { trees: { other: { homes: here, accounts: { users } } } });
    expect(homesHere(site)).toEqual([{ path: '/srv/homes', security: 'sys' }]);
    expect(homesExportsFile(site, homesHere(site)).match(/^\/srv/gm)).toHaveLength(1);
  });

  test('that somebody exports already are left alone, and it is said', () => {
    const known = {
      'server/exports': [{ path: '/srv/homes', to: '*', writable: true, file: '/etc/exports' }],
    };
    const { plan } = planOf(here, {}, known);
    expect(plan.steps.map(({ id }) => id)).not.toContain('serve/homes');
    expect(plan.notes.map(render).join('\n')).toContain('/etc/exports exports /srv/homes to *');
    const reading = { 'server/exports': [{ ...known['server/exports'][0], writable: false }] };
    expect(wrong(here, {}, reading)).toEqual(['homes/exported-read-only']);
  });

  test('and none any more: the export goes', () => {
    const effects = effectsOf({}, {}, { 'homes/exported-before': true });
    expect(effects).toContainEqual({ kind: 'absent', place: 'server', path: homesExportsPath });
  });

  test.each([
    '/',
    '/home',
    '/srv',
    '/etc/homes',
    '/srv/nfsroot/x',
    '/srv/a b',
    '/root/x',
    '/srv/é',
  ])('are not in %s', (path) => {
    expect(wrong({ ...here, path })).toEqual(['homes/no-place-for-homes']);
  });

  test('quotas, where the file system keeps them', () => {
    const fact = fileSystemOf('/srv/homes');
    const on = (text: string) => ({ [fact.id]: fact.parse(text) });
    const plain = 'FSTYPE="ext4" OPTIONS="rw,relatime" TARGET="/"\n';
    expect(fact.parse('')).toBeNull();
    expect(wrong({ ...here, quota: true }, {}, on(plain))).toEqual(['homes/no-quota']);
    expect(
      wrong({ ...here, quota: true }, {}, on('FSTYPE="xfs" OPTIONS="rw,usrquota" TARGET="/srv"')),
    ).toEqual([]);
    for (const options of ['usrquota', 'uquota', 'quota', 'usrjquota=aquota.user']) {
      expect(keepsQuotas({ type: 'ext4', options: ['rw', options], at: '/' }), options).toBe(true);
    }
    for (const options of ['grpquota', 'noquota', 'pquota', 'usrjquota=', 'uqnoenforce']) {
      expect(keepsQuotas({ type: 'xfs', options: ['rw', options], at: '/' }), options).toBe(false);
    }
  });
});

describe('what is refused', () => {
  test('homes without a server, or for nobody', () => {
    expect(wrong({ kind: 'nfs4', listed: 'server' })).toEqual(['homes/no-server']);
    expect(wrong({ ...nfs4, listed: 'client' })).toEqual(['homes/for-nobody']);
  });

  test('one place for two, and one inside another', () => {
    const share = (mountPoint: string) => ({ server: 'a', path: '/x', mountPoint });
    const of = (...places: readonly string[]) => wrong({ ...nfs4, shares: places.map(share) });
    expect(of('/srv/a', '/srv/b', '/srv/ab')).toEqual([]);
    expect(of('/home/shared')).toEqual(['homes/inside-another']);
    expect(of('/home')).toEqual(['homes/inside-another']);
    expect(of('/srv/a', '/srv/a/b', '/srv/a')).toHaveLength(2);
  });

  test('ssh keys that would lie on the server', () => {
    const keys = [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlq2WWA9I8cVw6mRE3vyw0VmPLdFhhqF7Qh4m2o3bXs a@b',
    ];
    const more = { trees: { lab: { accounts: { users: [{ name: 'alice', uid: 2001, keys }] } } } };
    expect(wrong(nfs4, more)).toEqual(['homes/keys-on-server']);
  });

  test('tickets without a realm, a list or a keytab', () => {
    const secure = { ...nfs4, security: 'krb5p' };
    const desk = (keytab?: string) => ({
      ...{ mac: '52:54:00:00:00:01', name: 'desk', address: '192.168.67.20' },
      ...(keytab === undefined ? {} : { keytab }),
    });
    const of = (clients: readonly object[], directory: object = realm) =>
      wrong(secure, { clients, trees: { lab: { directory } } });
    expect(of([desk('/root/desk.keytab')], {})).toEqual(['homes/no-realm']);
    expect(of([])).toEqual(['homes/no-client-listed']);
    expect(of([desk()])).toEqual(['homes/no-keytab']);
    expect(of([desk('/root/desk.keytab')])).toEqual([]);
    const hereSecure = { kind: 'here', security: 'krb5' };
    const rest = { clients: [desk('/root/k')], trees: { lab: { directory: realm } } };
    expect(wrong(hereSecure, rest)).toEqual(['homes/here-with-tickets']);
  });

  test('users on a server without a number, or with that of somebody else', () => {
    const of = (...users: readonly object[]) =>
      wrong({ kind: 'here', listed: 'server' }, { trees: { lab: { accounts: { users } } } });
    expect(of({ name: 'alice', uid: 2001 }, { name: 'carol', uid: 2002 })).toEqual([]);
    expect(of({ name: 'alice', uid: 2001 }, { name: 'carol' })).toEqual(['homes/no-number']);
    expect(of({ name: 'alice', uid: 2001 }, { name: 'carol', uid: 2001 })).toEqual([
      'homes/number-twice',
    ]);
  });

  test('a user who is somebody else in another tree, with homes in the same place', () => {
    const here = { kind: 'here', listed: 'server', path: '/srv/homes' };
    const of = (user: object, homes: object = here) =>
      wrong(here, { trees: { room: { accounts: { users: [user] }, homes } } });
    expect(of({ name: 'alice', uid: 2001 })).toEqual([]);
    expect(of({ name: 'carol', uid: 2002 })).toEqual([]);
    expect(of({ name: 'alice', uid: 2002 })).toEqual(['homes/two-numbers']);
    expect(of({ name: 'carol', uid: 2001 })).toEqual(['homes/number-elsewhere']);
    expect(of({ name: 'carol', uid: 2001 }, { ...here, path: '/srv/others' })).toEqual([]);
  });

  test('a directory of this server that somebody uses', () => {
    const used = { [usedOtherwise('/srv/homes').id]: true };
    const here = { kind: 'here', path: '/srv/homes' };
    expect(wrong(here, {}, used)).toEqual(['homes/somebodys-directory']);
    expect(wrong(here, {}, { ...used, 'homes/exported-before': true })).toEqual([]);
    expect(wrong(here)).toEqual([]);
  });

  test('only machines that boot the tree need a keytab', () => {
    const own = { address: '192.168.67.23', keytab: '/root/d.keytab' };
    const { site } = planOf(
      {},
      {
        trees: { other: {} },
        groups: { room: { tree: 'other' } },
        clients: [
          { mac: '52:54:00:00:00:01', name: 'a' },
          { mac: '52:54:00:00:00:02', name: 'b', tree: 'other' },
          { mac: '52:54:00:00:00:03', name: 'c', group: 'room' },
          { mac: '52:54:00:00:00:04', name: 'd', ...own },
        ],
      },
    );
    expect(clientsWithoutKeytab(site, 'lab')).toEqual(['a']);
    expect(clientsWithoutKeytab(site, 'other')).toEqual(['b', 'c']);
  });
});

describe('whether the export is there', () => {
  const said = (answer: ExportAnswer, homes: object = nfs4, more: unknown = {}): string | null => {
    const { site } = planOf(homes, more);
    const answers = site.trees.lab as TreeAnswers;
    const [trial] = exportTrials(site, 'lab', answers);
    if (trial === undefined) return 'not asked';
    const values = new Map([[(trial.fact as Fact<unknown>).id, answer]]);
    const verdict = trial.verdict(factsFrom(values));
    if (verdict === null) return null;
    if ('good' in verdict) return render(verdict.good);
    expect(verdict.warning.at).toBe(trial.at);
    return describeProblem(verdict.warning);
  };
  const there: ExportAnswer = { status: 'there', address: '192.168.67.9', to: [], offers: [] };
  const named = { server: { network: { nameservers: ['192.168.67.53'] } } };

  test('each answer has words of its own', () => {
    expect(said({ status: 'unasked' })).toBeNull();
    expect(said(there, nfs4, named)).toBe('/export/home is there, by NFS 4.1');
    expect(said(there, { kind: 'here' })).toBe('not asked');
    expect(said({ ...there, status: 'kerberos' }, nfs4, named)).toContain('[homes/only-kerberos]');
    expect(said({ ...there, status: 'file' })).toContain('[homes/export-no-directory]');
    expect(said({ ...there, status: 'absent', offers: ['/a', '/b'] })).toContain(
      'exports no /export/home, but /a, /b;',
    );
    expect(said({ ...there, status: 'absent' })).toContain('shows this server no /export/home;');
    expect(said({ status: 'silent', words: 'port 2049: refused' })).toContain(
      'port 2049: refused;',
    );
    expect(said({ status: 'denied', words: 'no' })).toContain('[homes/export-denied]');
    expect(said({ status: 'version', words: 'it speaks NFS 4.0, and not 4.1' })).toContain(
      'does not speak NFS 4.1: it speaks',
    );
    const only = { ...there, to: ['10.0.0.0/8', '172.16.0.0/255.240.0.0'] };
    expect(said(only, { ...nfs4, kind: 'nfs3' }, named)).toContain('[homes/not-for-clients]');
    const those = { ...there, to: ['192.168.0.0/16'] };
    expect(said(those, { ...nfs4, kind: 'nfs3' }, named)).toBe(
      '/export/home is there, for 192.168.0.0/16',
    );
  });

  test('clients must reach it, and find its address', () => {
    const away = { ...there, address: '10.0.0.9' };
    expect(said(away, nfs4, named)).toContain('[homes/server-beyond]');
    const none = { server: { network: { nameservers: [] } } };
    expect(said(there, nfs4, none)).toContain('[homes/server-unnamed]');
    expect(said(there, { ...nfs4, server: '192.168.67.9' }, none)).toContain('is there');
  });

  test('as ask-homes says', () => {
    expect(parseExportAnswer('')).toEqual({ status: 'unasked' });
    expect(parseExportAnswer('address 1.2.3.4\nto 10.0.0.0/8\nto *.lab\nstatus there\n')).toEqual({
      ...{ status: 'there', address: '1.2.3.4', to: ['10.0.0.0/8', '*.lab'], offers: [] },
    });
    expect(parseExportAnswer('status silent port 111: gone\n')).toEqual({
      ...{ status: 'silent', words: 'port 111: gone' },
    });
    const fact = exportAnswer(mountsOf(planOf(nfs4).site.trees.lab as TreeAnswers)[0] as never);
    expect(fact.id).toBe('homes/export/nfs4/homes.example.org//export/home');
  });

  test('a name may be anybody’s, a number only its own', () => {
    const address = '192.168.67.100';
    expect(leavesOut([], address)).toBe(false);
    expect(leavesOut(['*'], address)).toBe(false);
    expect(leavesOut(['10.0.0.1', 'desk.lab'], address)).toBe(false);
    expect(leavesOut(['10.0.0.1'], address)).toBe(true);
    expect(leavesOut(['192.168.67.100'], address)).toBe(false);
    expect(leavesOut(['192.168.67.0/255.255.255.0'], address)).toBe(false);
    expect(leavesOut(['192.168.66.0/24'], address)).toBe(true);
  });
});
