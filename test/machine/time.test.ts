import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { httpCommand } from '../../src/features/serve/http.ts';
import { quote } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// What tells clients the time, and how the boot script takes it, in a network of their own. The
// machine's clock is nobody's to change here: whoever may is kept from it.

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const { site } = plannedFrom({ server: { network }, trees: { lab: {} } });
const root = temporaryDirectory('time');
const before = leftovers(root);
const host = new Host({ root, cache: sharedCache });
const attributes = { mode: 0o755, owner: 'root', group: 'root' };

beforeAll(async () => {
  await readyWorkshop();
  for (const name of ['tell-time', 'tree/usr/lib/sidus/ask-time']) {
    const path = `/srv/time/${name.split('/').at(-1)}`;
    await host.write('server', path, asset(name).content, attributes);
  }
  // GIVEN is answered to whoever connects, after WAIT seconds of silence.
  await host.write(
    'server',
    '/srv/time/say',
    `use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my ($given, $wait) = @ARGV;
my $server = IO::Socket::INET->new(LocalAddr => '192.168.67.1:7069', Listen => 5) or die "listen: $!";
while (my $client = $server->accept) { select(undef, undef, undef, $wait // 0); print $client $given; close $client }
`,
    attributes,
  );
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

async function play(scene: string) {
  const script = `
set -eu
ip link set lo up
ip link add lan0 type veth peer name cable
ip link set cable up
ip address add 192.168.67.1/24 dev lan0
ip link set lan0 up
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"; }
# serve KIND PORT COMMAND...: until it has its port, of tcp or udp
serve() {
  kind=$1 port=$2
  shift 2
  "$@" >/run/server.log 2>&1 </dev/null &
  server=$!
  tries=0
  until ss -Hln "--$kind" | grep -q ":$port "; do
    tries=$((tries + 1)); [ "$tries" -lt 500 ] || { cat /run/server.log >&2; exit 9; }
    kill -0 "$server" || { cat /run/server.log >&2; exit 9; }
    sleep 0.02
  done
}
mkdir -p /usr/lib/sidus
mount --bind /srv/time /usr/lib/sidus
${scene}`;
  return host.exec(testWorkshop, ['sh', '-c', script], {
    privateNetwork: true,
    patience: 60,
    binds: [{ from: { place: 'server', path: '/srv/time' }, to: '/srv/time', readOnly: true }],
  });
}

describe('tell-time', () => {
  /** Sends each packet (hex) on one socket, then waits for as many answers: hex, a line each. */
  const asking = (packets: readonly string[], answers: number): string =>
    `perl -MSocket -e '
my ($answers, @packets) = @ARGV;
socket(my $s, PF_INET, SOCK_DGRAM, 17) or die;
send($s, pack("H*", $_), 0, sockaddr_in(7123, inet_aton("192.168.67.1"))) // die "send: $!" for @packets;
alarm 20;
for (1 .. $answers) { recv($s, my $answer, 2048, 0) // die; print time, " ", unpack("H*", $answer), "\\n" }
' ${answers} ${packets.join(' ')}`;
  const responder = 'serve udp 7123 nobody /usr/lib/sidus/tell-time 192.168.67.1 7123\n';
  const packet = (version: number, mode: number, mark: string, length = 48): string =>
    Buffer.concat([
      Buffer.from([(version << 3) | mode, 0, 6, 0xec]),
      Buffer.alloc(36),
      Buffer.from(mark.padEnd(8, '.')),
      Buffer.alloc(100),
    ])
      .subarray(0, length)
      .toString('hex');

  test('answers clients of every version, as RFC 5905 wants it, with this machine’s time', async () => {
    const { code, stdout, stderr } = await play(
      responder + asking([packet(4, 3, 'four'), packet(3, 3, 'three'), packet(1, 3, 'one')], 3),
    );
    expect(code, stderr).toBe(0);
    const answers = stdout.trim().split('\n');
    expect(answers).toHaveLength(3);
    for (const [index, line] of answers.entries()) {
      const [now = '', hex = ''] = line.split(' ');
      const answer = Buffer.from(hex, 'hex');
      expect(answer).toHaveLength(48);
      const first = answer.readUInt8(0);
      expect([first >> 6, (first >> 3) & 7, first & 7]).toEqual([
        expect.toBeOneOf([0, 1, 2]),
        [4, 3, 1][index],
        4,
      ]);
      // 5 where somebody keeps this machine's clock right, 10 where nobody does.
      expect([5, 10]).toContain(answer.readUInt8(1));
      expect(answer.readUInt8(2)).toBe(6);
      // Within what systemd-timesyncd takes (RootDistanceMaxSec=): 5 seconds, in 16.16.
      expect(answer.readUInt32BE(8)).toBeLessThan(5 * 2 ** 16);
      expect(answer.subarray(24, 32).toString()).toBe(
        ['four', 'three', 'one'][index]?.padEnd(8, '.'),
      );
      const [reference = 0n, received = 0n, sent = 0n] = [16, 32, 40].map((at) =>
        answer.readBigUInt64BE(at),
      );
      expect(sent >= received && received >= reference).toBe(true);
      const seconds = Number((sent >> 32n) - 2_208_988_800n);
      expect(Math.abs(seconds - Number(now))).toBeLessThanOrEqual(1);
    }
  });

  test('answers nothing that is no question, and goes on', async () => {
    const whole = packet(4, 3, 'whole');
    const malformed = [
      ...[0, 1, 2, 4, 5, 6, 7].map((mode) => packet(4, mode, 'mode')),
      ...[0, 5, 6, 7].map((version) => packet(version, 3, 'version')),
      ...[1, 4, 47, 49, 50].map((length) => packet(4, 3, 'length', length)),
      // An empty one.
      "''",
    ];
    // One socket: the answers to those before would come before that to the last.
    const { code, stdout, stderr } = await play(responder + asking([...malformed, whole], 1));
    expect(code, stderr).toBe(0);
    const answer = Buffer.from(stdout.trim().split(' ')[1] ?? '', 'hex');
    expect(answer.subarray(24, 32).toString()).toBe('whole...');
  });

  test('has the card of the clients alone, and no port without the right to it', async () => {
    const { stdout } = await play(`${responder}ss -Hlnu
nobody /usr/lib/sidus/tell-time 192.168.67.1 2>&1 || echo "code $?"
nobody /usr/lib/sidus/tell-time 192.168.99.1 7124 2>&1 || echo "code $?"`);
    expect(stdout).toMatch(/ 192\.168\.67\.1:7123 /);
    expect(stdout).not.toMatch(/ (0\.0\.0\.0|\*):7123 /);
    expect(stdout).toMatch(/^cannot answer on 192\.168\.67\.1: Permission denied$/m);
    expect(stdout).toMatch(/^cannot answer on 192\.168\.99\.1: Cannot assign requested address$/m);
    expect(stdout.match(/^code \d+$/gm)).toHaveLength(2);
  });
});

const answered = (date: string): string =>
  `serve tcp 7069 perl /srv/time/say "$(printf '%b' ${quote(`HTTP/1.1 404 Not Found\r\n${date}\r\nConnection: close\r\n\r\nDate: Mon, 01 Jan 2029 00:00:00 GMT\r\n`.replaceAll('\r\n', '\\r\\n'))})"\n`;
const ask = '/usr/lib/sidus/ask-time 192.168.67.1 7069 || echo "code $?"\n';

describe('ask-time', () => {
  test('reads the time off the HTTP server of a site', async () => {
    const { stdout, stderr } = await play(`mkdir -p /srv/tftp
serve tcp 7069 nobody ${httpCommand(site).map(quote).join(' ')}
${ask}date +%s`);
    expect(stderr).toBe('');
    const [said, now] = stdout.trim().split('\n').map(Number);
    expect(Math.abs((said ?? 0) - (now ?? 9))).toBeLessThanOrEqual(2);
  });

  test.each([
    ['Date: Sun, 06 Nov 1994 08:49:37 GMT', '784111777'],
    ['date: Mon, 29 Feb 2028 23:59:59 GMT', '1835481599'],
    ['Date: Sun, 06 Nov 1994 08:49:37 CET', 'code 1'],
    ['Date: Sunday, 06-Nov-94 08:49:37 GMT', 'code 1'],
    ['Date: Sun, 06 Nom 1994 08:49:37 GMT', 'code 1'],
    ['Date: Sun, 31 Feb 1994 88:49:37 GMT', 'code 1'],
    ['Date: $(echo owned >&2), 06 Nov 1994 08:49:37 GMT', 'code 1'],
    ['Date: Sun, 06 Nov 1994 08:49:37 GMT; echo owned', 'code 1'],
    ['X-Date: Sun, 06 Nov 1994 08:49:37 GMT', 'code 1'],
    // What is in the body is no header.
    ['Server: none', 'code 1'],
  ])('of %s makes %s', async (header, seconds) => {
    const { stdout, stderr } = await play(answered(header) + ask);
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(seconds);
  });

  test('waits for nobody: neither for who is not there, nor for who says nothing', async () => {
    const { stdout } = await play(
      `${ask}serve tcp 7069 perl /srv/time/say nothing 600\nread begun _ </proc/uptime\n${ask}
read now _ </proc/uptime; echo "took $begun $now"`,
    );
    const [, begun, now] = /^code 1\ncode 1\ntook (\S+) (\S+)$/.exec(stdout.trim()) ?? [];
    expect(Number(now) - Number(begun)).toBeLessThan(10);
  });
});

describe('the boot script', () => {
  const source = readFileSync('assets/tree/etc/initramfs-tools/scripts/sidus', 'utf8');
  const [own = ''] = /^sidus_clock\(\) \{$[\s\S]*?^\}$/m.exec(source) ?? [];

  /** Its own function, under the shell of the initrd; setting the clock is only said. */
  const clock = async (off: number | string, word = 'sidus.clock=7069', kernel = '2026-01-01') => {
    const date =
      typeof off === 'string'
        ? off
        : `$(date -u -d "@$(($(date +%s) + ${off}))" "+%a, %d %b %Y %T GMT")`;
    const scene = `
serve tcp 7069 perl /srv/time/say "HTTP/1.1 200 OK
Date: ${date}

"
cat >/run/clock <<'END'
mkdir -p /run/sidus
sidus_server=192.168.67.1 sidus_tries=1
sidus_say() { echo "said: $*"; }
sidus_option() { echo ${quote(word)} | sed -n "s/^$1=//p"; }
uname() { echo '#1 SMP PREEMPT_DYNAMIC Debian 6.12.57-1 (${kernel})'; }
date() { case " $* " in *' -s '*) echo "date $*" >/run/set ;; *) busybox date "$@" ;; esac; }
${own}
sidus_clock
END
setpriv --bounding-set=-sys_time --inh-caps=-sys_time busybox sh /run/clock
echo "clock: $(cat /run/sidus/clock)"
[ ! -e /run/set ] || cat /run/set`;
    expect(own).toContain('date -u -s');
    const { stdout, stderr } = await play(scene);
    expect(stderr).toBe('');
    return stdout;
  };

  test('leaves a clock alone that is right within two seconds', async () => {
    expect(await clock(0)).toBe('clock: right\n');
  });

  test.each([
    ['behind', 31_536_000],
    ['ahead', -25_000_000],
  ])('sets one that is far %s', async (_, off) => {
    // The year that the kernel was made in does not matter here.
    const said = await clock(off, undefined, '2020-01-01');
    const [, by] = /^clock: set by (-?\d+) seconds$/m.exec(said) ?? [];
    expect(Math.abs(Number(by) - off)).toBeLessThanOrEqual(2);
    expect(said).toMatch(/^date -u -s @\d+$/m);
    expect(said).toContain(
      `said: the clock was wrong; set by ${by} seconds, to that of 192.168.67.1`,
    );
  });

  test.each([
    ['before its kernel was made', 'Sat, 02 May 2020 10:00:00 GMT'],
    ['a generation later', 'Sat, 02 May 2048 10:00:00 GMT'],
  ])('takes no time that is %s', async (_, date) => {
    const said = await clock(date, undefined, '2020-05-03');
    expect(said).toMatch(/^clock: not plausible$/m);
    expect(said).not.toContain('date -u -s');
    expect(said).toMatch(/^said: 192\.168\.67\.1 says a day that cannot be \(20(20|48)-05-02\)/m);
  });

  test('goes on where nobody says, and where nobody told it whom to ask', async () => {
    const alone = await clock(0, 'sidus.clock=7070');
    expect(alone).toMatch(/^said: 192\.168\.67\.1 does not say what time it is \(port 7070\)/m);
    expect(alone).toMatch(/^clock: nobody said$/m);
    expect(await clock(0, 'quiet')).toBe('clock: not asked\n');
    expect(await clock(0, 'sidus.clock=$(reboot)')).toBe('clock: not asked\n');
  });
});
