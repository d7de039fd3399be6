import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { fstab, mountPatience } from '../../src/features/homes/fstab.ts';
import type { Mount } from '../../src/features/homes/mounts.ts';
import { parseExportAnswer } from '../../src/features/homes/trial.ts';
import { exportedPath, mountPoint } from '../../src/features/homes/values.ts';
import { Host } from '../../src/system/host.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// What clients are told to mount, read by those who mount it; servers that are asked for it; and
// homes that are made at a login.

const root = temporaryDirectory('homes');
const before = leftovers(root);
const host = new Host({ root, cache: sharedCache });
const plain = { mode: 0o644, owner: 'root', group: 'root' } as const;

beforeAll(async () => {
  await readyWorkshop();
  for (const name of ['ask-homes', 'tree/usr/lib/sidus/session-home']) {
    const path = `/srv/${name.slice(name.lastIndexOf('/') + 1)}`;
    await host.write('server', path, asset(name).content, { ...plain, mode: 0o755 });
  }
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

async function play(scene: string): Promise<string> {
  const ran = await host.exec(testWorkshop, ['sh', '-c', `set -eu\nip link set lo up\n${scene}`], {
    privateNetwork: true,
    patience: 120,
    binds: [{ from: { place: 'server', path: '/srv' }, to: '/srv', readOnly: false }],
  });
  expect(ran.code, ran.stderr + ran.stdout).toBe(0);
  return ran.stdout;
}

describe('fstab', () => {
  const usual: Mount = {
    ...{ server: 'homes.example.org', path: '/export/home', at: '/home' },
    ...{ version: 'nfs4', security: 'sys', readOnly: false },
  };
  const strange = [
    '/',
    '/a b',
    '/a   b/c d',
    '/#x',
    '/a#b',
    '/%n/%h',
    '/a:b,c',
    '/"x"',
    "/'x'",
    '/$(touch x)`id`',
    '/Élèves/日本',
    '/x;reboot',
    '/*?[a]{b}',
    '/~root',
    '/-o',
    '/LABEL=x',
    '/{x}',
    '/noauto',
  ];
  const places = ['/home', '/data', '/srv/a-b', '/srv/a.b', '/srv/a_b', '/mnt/0', '/srv/A'];

  test('every path that is accepted is what libmount and systemd read', async () => {
    for (const path of strange) expect(exportedPath().safeParse(path).success, path).toBe(true);
    for (const at of places) expect(mountPoint().safeParse(at).success, at).toBe(true);
    const mounts = [
      ...places.map((at): Mount => ({ ...usual, at })),
      ...strange.map((path, index): Mount => {
        const version = index % 2 === 0 ? 'nfs3' : 'nfs4';
        return { ...usual, path, at: `/srv/strange${index}`, version, readOnly: index % 3 === 0 };
      }),
    ];
    await host.write('server', '/srv/fstab', fstab(mounts), plain);
    const [read = '', units = ''] = (
      await play(`
findmnt --tab-file /srv/fstab --json --output SOURCE,TARGET,FSTYPE,OPTIONS
echo =
mkdir -p /run/units/early /run/units/late /run/units/normal
SYSTEMD_FSTAB=/srv/fstab /usr/lib/systemd/system-generators/systemd-fstab-generator /run/units/normal /run/units/early /run/units/late
cd /run/units/normal
for unit in *.mount; do
  echo "@$unit"; cat "$unit"; cat "\${unit%.mount}.automount"
  [ -e "remote-fs.target.wants/\${unit%.mount}.automount" ] && echo wanted
done
ls -d *.requires */*.requires 2>/dev/null || :`)
    ).split('\n=\n');
    const found = (JSON.parse(read) as { filesystems: Record<string, string>[] }).filesystems;
    expect(found.map(({ source, target, fstype }) => [source, target, fstype])).toEqual(
      mounts.map(({ server, path, at, version }) => [
        `${server}:${path}`,
        at,
        version === 'nfs4' ? 'nfs4' : 'nfs',
      ]),
    );
    for (const { options } of found) {
      expect(options).toContain(',hard,');
      expect(options).toContain(',_netdev,nofail,x-systemd.automount,');
      expect(options).not.toContain('nolock');
    }
    const seen = units
      .split(/^@.*\n/m)
      .slice(1)
      .map((unit) => {
        const field = (name: string): string =>
          new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
        expect(unit).toContain('\nwanted');
        expect(unit).toContain('[Automount]');
        expect(field('TimeoutSec')).toBe(`${mountPatience}s`);
        return `${field('Where')} ${field('What').replaceAll('%%', '%')}`;
      });
    expect(seen.sort()).toEqual(
      mounts.map(({ server, path, at }) => `${at} ${server}:${path}`).sort(),
    );
    // Nothing of it is needed for a client to start.
    expect(units).not.toContain('.requires');
  });

  test.each([
    '/a\nb',
    '/a\\',
    '/a\\040b',
    '/a ',
    '/ a',
    '/a/ b',
    '/a\tb',
    '/a\0',
    '/../etc',
    '/a/./b',
    'a',
    '//a',
    '/a/',
    '',
    '/a\u2028b',
    '/a\u00a0b',
    '/a\u202eb',
  ])('no server exports %j', (path) => {
    expect(exportedPath().safeParse(path).success).toBe(false);
  });

  test.each([
    ...['/', '/etc', '/usr/share', '/var/home', '/run/x', '/tmp', '/root', '/opt', '/media'],
    ...['/home/', '/home/../etc', '/a b', '/a%n', '/.x', '/-x', '/a\n', 'home', '', '/$(id)'],
  ])('nothing is mounted at %j', (path) => {
    expect(mountPoint().safeParse(path).success).toBe(false);
  });
});

describe('ask-homes', () => {
  test('finds what a real server exports, by both versions', async () => {
    const said = await play(`
ip link add here type veth peer name there
ip link set there up
ip address add 10.99.0.1/24 dev here
ip link set here up
mkdir -p /run/rpcbind /run/ganesha /var/lib/nfs/ganesha /srv/export/homes /srv/export/other
echo file >/srv/export/homes/file
[ -e /etc/mtab ] || ln -s ../proc/self/mounts /etc/mtab
cat >/run/ganesha.conf <<'CONF'
NFS_CORE_PARAM { Protocols = 3, 4; NFS_Port = 2049; Enable_NLM = false; Enable_RQUOTA = false; Bind_addr = 0.0.0.0; allow_set_io_flusher_fail = true; }
NFSv4 { Graceless = true; Only_Numeric_Owners = true; RecoveryBackend = fs; Minor_Versions = 0, 1; }
EXPORT { Export_Id = 1; Path = "/srv/export/homes"; Pseudo = "/srv/homes"; Access_Type = RW; SecType = sys; Protocols = 3, 4; Transports = TCP; FSAL { Name = VFS; } }
EXPORT { Export_Id = 2; Path = "/srv/export/other"; Pseudo = "/srv/other"; Access_Type = None; SecType = sys; Protocols = 3, 4; Transports = TCP; FSAL { Name = VFS; } CLIENT { Clients = 192.168.67.0/24; Access_Type = RW; } }
CONF
ask() { echo "@$*"; perl /srv/ask-homes "$@" || [ $? = 1 ]; }
ask nfs3 10.99.0.1 /nobody
rpcbind -f >/run/rpcbind.log 2>&1 &
until rpcinfo -p 127.0.0.1 >/dev/null 2>&1; do sleep 0.1; done
ask nfs3 127.0.0.1 /srv/export/homes
ganesha.nfsd -F -L /run/ganesha.log -f /run/ganesha.conf -p /run/ganesha.pid -N NIV_EVENT >/dev/null 2>&1 &
server=$!
until grep -q 'NFS SERVER INITIALIZED' /run/ganesha.log 2>/dev/null; do kill -0 $server || { cat /run/ganesha.log; exit 9; }; sleep 0.1; done
ask nfs4 10.99.0.1 /srv/homes
ask nfs4 10.99.0.1 /srv/homes/file
ask nfs4 10.99.0.1 /srv/homes/file/x
ask nfs4 10.99.0.1 /srv/none
ask nfs4 10.99.0.1 /srv/other
ask nfs3 10.99.0.1 /srv/export/homes
ask nfs3 10.99.0.1 /srv/export/homes/alice
ask nfs3 10.99.0.1 /srv/export/other
ask nfs3 10.99.0.1 /srv/export/none
echo '@as nobody'
setpriv --reuid 65534 --regid 65534 --clear-groups perl /srv/ask-homes nfs4 10.99.0.1 /srv/homes
ask nfs4 nobody.invalid /srv/homes
perl /srv/ask-homes nfs4 '-x' / 2>/dev/null || echo "wrong call $?"`);
    const answers = Object.fromEntries(
      said
        .split('@')
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf('\n')), parseExportAnswer(part)]),
    );
    const there = { status: 'there', address: '10.99.0.1', to: [], offers: [] };
    const absent = { ...there, status: 'absent' };
    const offered = { ...absent, offers: ['/srv/export/homes'] };
    expect(answers).toEqual({
      'nfs3 10.99.0.1 /nobody': { status: 'silent', words: 'port 111: Connection refused' },
      'nfs3 127.0.0.1 /srv/export/homes': {
        ...{ status: 'version', words: 'it has no NFS 3 over TCP' },
      },
      'nfs4 10.99.0.1 /srv/homes': there,
      'nfs4 10.99.0.1 /srv/homes/file': { ...there, status: 'file' },
      'nfs4 10.99.0.1 /srv/homes/file/x': { ...there, status: 'file' },
      'nfs4 10.99.0.1 /srv/none': absent,
      'nfs4 10.99.0.1 /srv/other': absent,
      'nfs3 10.99.0.1 /srv/export/homes': there,
      'nfs3 10.99.0.1 /srv/export/homes/alice': there,
      'nfs3 10.99.0.1 /srv/export/other': offered,
      'nfs3 10.99.0.1 /srv/export/none': offered,
      'as nobody': there,
      'nfs4 nobody.invalid /srv/homes': { status: 'silent', words: 'its name is not known here' },
    });
    expect(said).toContain('\nwrong call 2\n');
  });

  // What it answers to each call: a record, in which X is the number of the call.
  const accepted = 'X 00000001 00000000 00000000 00000000 00000000';
  const made = `${accepted} 00000000 00000000 00000001`;
  const client = `${made} 0000002a 00000000 0000000000000001 00000001 00000000 00000000`;
  const session = `${made} 0000002b 00000000 ${'ab'.repeat(16)} 00000001 00000000`;
  const ended = (status: string): string =>
    `${accepted} ${status} 00000000 00000001 00000035 ${status}`;
  const record = (words: string): string => {
    const bytes = words.replaceAll(' ', '');
    const length = (bytes.length - 1) / 2 + 4;
    return (0x80000000 + length).toString(16) + bytes;
  };
  test.each<[string, number, readonly string[], object]>([
    [
      'only for tickets',
      2049,
      [record(accepted), record(client), record(session), record(ended('00002720'))],
      { status: 'kerberos' },
    ],
    [
      'no AUTH_SYS at all',
      2049,
      [record(accepted), record('X 00000001 00000001 00000001 00000005')],
      { status: 'kerberos' },
    ],
    [
      'NFS 4.0',
      2049,
      [record(accepted), record(ended('00002725'))],
      { status: 'version', words: 'it speaks NFS 4.0, and not 4.1' },
    ],
    [
      'NFS 3',
      2049,
      [record('X 00000001 00000000 00000000 00000000 00000002 00000002 00000003')],
      { status: 'version', words: 'it speaks NFS versions 2 to 3' },
    ],
    ['nothing', 2049, [''], { status: 'silent', words: 'it ended the connection' }],
    ['half a record', 2049, ['800000ff'], { status: 'silent', words: 'it ended the connection' }],
    ['an endless record', 2049, ['ffffffff'], { status: 'unasked' }],
    ['empty pieces', 2049, ['00000000'.repeat(50)], { status: 'unasked' }],
    [
      'another number',
      2049,
      ['80000018deadbeef0000000100000000000000000000000000000000'],
      { status: 'unasked' },
    ],
    [
      'text',
      2049,
      [Buffer.from('HTTP/1.1 400 Bad\r\n\r\n').toString('hex')],
      { status: 'unasked' },
    ],
    ['a short answer', 2049, [record(accepted), record(accepted)], { status: 'unasked' }],
    [
      'a length beyond its end',
      2049,
      [record(accepted), record(`${accepted} 00000000 7fffffff`)],
      { status: 'unasked' },
    ],
    [
      'no port',
      111,
      [record(`${accepted} 00000000`)],
      { status: 'version', words: 'it has no NFS 3 over TCP' },
    ],
    ['a port that is none', 111, [record(`${accepted} 7fffffff`)], { status: 'unasked' }],
  ])('a server that answers: %s', async (_, port, answers, expected) => {
    const said = await play(`
cat >/run/server <<'PERL'
use strict; use IO::Socket::INET;
my ($port, @answers) = @ARGV;
my $listener = IO::Socket::INET->new(LocalPort => $port, Listen => 5, ReuseAddr => 1) or die $!;
print "ready\\n"; close STDOUT;
while (my $client = $listener->accept) {
    for my $answer (@answers) {
        sysread($client, my $call, 65536) or last;
        my $xid = unpack('H8', substr($call, 4));
        syswrite($client, pack('H*', $answer =~ s/X/$xid/gr));
    }
    close $client;
}
PERL
mkfifo /run/ready
perl /run/server ${port} ${answers.map((one) => `'${one}'`).join(' ')} >/run/ready &
read -r _ </run/ready
perl /srv/ask-homes ${port === 111 ? 'nfs3' : 'nfs4'} 127.0.0.1 /srv/homes || [ $? = 1 ]`);
    expect(parseExportAnswer(said), said).toMatchObject(expected);
    // Nothing that could draw on a terminal.
    expect(said).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe('session-home', () => {
  test('makes a home once, of the skeleton, and only where it lasts', async () => {
    const said = await play(`
cp -a /etc /run/etc && mount --bind /run/etc /etc
mount -t tmpfs tmpfs /home
mkdir /etc/skel/sub && echo hello >/etc/skel/sub/file
useradd --home-dir /home/alice --uid 5001 alice
useradd --home-dir /home/class/bob --uid 5002 bob
useradd --home-dir /nonexistent --uid 5003 carol
useradd --home-dir /home/alice --uid 5004 eve
useradd --system --home-dir /home/daemon daemon2
login() { PAM_TYPE=open_session PAM_USER=$1 sh /srv/session-home 2>&1 || echo "code $?"; }
shown() { find /home -mindepth 1 -printf '%P %u %m\\n' | grep -v '[.]bash\\|[.]profile' | sort; }
: >/etc/fstab
for user in alice alice bob carol daemon2 root nobody "-x" '' 'a b' '$(id)' eve; do echo "@$user"; login "$user"; done
chmod 755 /home; login eve; chmod 1777 /home
shown
echo changed >/home/alice/sub/file; login alice; cat /home/alice/sub/file
PAM_TYPE=close_session PAM_USER=alice sh /srv/session-home
rm -rf /home/*
echo 'homes.example.org:/x /home nfs4 rw 0 0' >/etc/fstab
echo '@away'; login alice; shown
echo 'homes.example.org:/x /home/class nfs rw 0 0' >/etc/fstab
echo '@beside'; login alice; login bob; shown`);
    expect(said).toBe(
      [
        '@alice',
        '@alice',
        '@bob',
        '@carol',
        '@daemon2',
        '@root',
        '@nobody',
        '@-x',
        '@',
        '@a b',
        '@$(id)',
        '@eve',
        // Nobody is let in where anybody may have made it; where only root could, she is.
        'Your home /home/alice belongs to somebody else; tell whoever looks after these machines.',
        'code 1',
        'Your home /home/alice belongs to somebody else; tell whoever looks after these machines.',
        'alice alice 700',
        'alice/sub alice 700',
        'alice/sub/file alice 600',
        'class root 755',
        'class/bob bob 700',
        'class/bob/sub bob 700',
        'class/bob/sub/file bob 600',
        'changed',
        '@away',
        'Your home is on homes.example.org, which does not answer. You have none now: log in again once it is back.',
        '@beside',
        'Your home /home/alice lies on this machine alone: what you keep there is gone at its next restart.',
        'Your home is on homes.example.org, which does not answer. You have none now: log in again once it is back.',
        'alice alice 700',
        'alice/sub alice 700',
        'alice/sub/file alice 600',
        '',
      ].join('\n'),
    );
  });
});
