import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fact } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import { describeProblem } from '../../src/core/problem.ts';
import {
  alreadyServed,
  alreadyServedNotes,
  servedPorts,
  unsharedDhcp,
} from '../../src/features/serve/already-served.ts';
import { overlaidFacts } from '../../src/planner/overlaid-facts.ts';
import { quote } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// Who serves on a server already, asked as the product asks it, of real dnsmasqs in a network
// namespace of their own: one for DNS, one for virtual machines, one for the clients' card.

const root = temporaryDirectory('served');
const before = leftovers(root);
beforeAll(() => readyWorkshop());
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const { site, facts } = plannedFrom({ server: { network }, trees: { lab: {} } });

const server = `
set -eu
ip link set lo up
for card in lan0 virbr0; do ip link add $card type veth peer name $card-far; ip link set $card up; done
ip address add 192.168.67.1/24 dev lan0
ip address add 192.168.122.1/24 dev virbr0
# serve NAME WORDS...: until it listens, which dnsmasq does before it goes into the background.
serve() { name=$1; shift; /usr/sbin/dnsmasq --conf-file=/dev/null --leasefile-ro --pid-file=/run/$name.pid "$@"; }
serve dns --no-resolv --no-hosts
serve machines --port=0 --interface=virbr0 --bind-interfaces --dhcp-range=192.168.122.2,192.168.122.9 \\
  --enable-tftp --tftp-root=/srv
`;

function command({ source }: Fact<unknown>): string {
  if (source.kind !== 'command') throw new Error('it is a command');
  return source.argv.map((word) => quote(String(word))).join(' ');
}

/** What is in the way in a scene, with the numbers of processes as PID; and what is only noted. */
async function inTheWay(scene: string, noted: string[] = []): Promise<readonly string[]> {
  const ask = `${command(servedPorts(site))} && printf '\\nunshared\\n' && ${command(unsharedDhcp)}`;
  const host = new Host({ root: mkdtempSync(join(root, 'scene-')), cache: sharedCache });
  const ran = await host.exec(testWorkshop, ['sh', '-c', `${server}${scene}\n${ask}`], {
    privateNetwork: true,
    patience: 60,
  });
  expect(ran.code, ran.stderr).toBe(0);
  const fact = servedPorts(site);
  const [sockets = '', unshared = ''] = ran.stdout.split('\nunshared\n');
  const known = overlaidFacts(facts, [
    [fact, fact.parse(sockets)],
    [unsharedDhcp, unsharedDhcp.parse(unshared)],
  ]);
  noted.push(...alreadyServedNotes(site, known).map(render));
  return alreadyServed(site, known).map((problem) =>
    describeProblem(problem).replace(/`kill \d+`/, '`kill PID`'),
  );
}

test('DNS, and what serves virtual machines on a bridge of theirs, are left alone', async () => {
  expect(await inTheWay('')).toEqual([]);
});

test('whoever serves the card of the clients is found, at once for all it serves', async () => {
  expect(
    await inTheWay(
      'serve ours --port=0 --interface=lan0 --bind-interfaces --dhcp-range=192.168.67.2,192.168.67.9 --enable-tftp --tftp-root=/srv',
    ),
  ).toEqual([
    'server.serve.dhcp: dnsmasq has UDP port 67 of lan0: it serves DHCP there; end it with `kill PID`, bind it to another card, or choose existing  [serve/already-served]',
    'dnsmasq has UDP port 69 of lan0; end it with `kill PID`, or bind it to another address  [serve/already-served]',
  ]);
});

test('once it is ended as the remedy says, nobody is in the way, and ours starts', async () => {
  const words = '--port=0 --interface=lan0 --bind-dynamic --enable-tftp --tftp-root=/srv';
  const range = '--dhcp-range=192.168.67.2,192.168.67.9';
  expect(
    await inTheWay(`
/usr/sbin/dnsmasq --conf-file=/dev/null --leasefile-ro --keep-in-foreground --pid-file= ${words} ${range} &
until ss -Hlnu 'sport = :69' | grep -q 192.168.67.1; do kill -0 $!; done
kill $!
wait $! || :
serve ours ${words} ${range}
kill "$(cat /run/ours.pid)"
while kill -0 "$(cat /run/ours.pid)" 2>/dev/null; do :; done`),
  ).toEqual([]);
});

test('beside the machines’ server ours has the same ports', async () => {
  expect(
    await inTheWay(`
serve ours --port=0 --interface=lan0 --bind-dynamic --dhcp-range=192.168.67.2,192.168.67.9 --enable-tftp --tftp-root=/srv
for socket in %lan0:67 %virbr0:67 192.168.67.1:69 192.168.122.1:69; do ss -Hlnu | grep -q "$socket "; done
kill "$(cat /run/ours.pid)"
while kill -0 "$(cat /run/ours.pid)" 2>/dev/null; do :; done`),
  ).toEqual([]);
});

const ours =
  'serve ours --port=0 --interface=lan0 --except-interface=lo --bind-dynamic --dhcp-range=192.168.67.2,192.168.67.9 --enable-tftp --tftp-root=/srv';
/** Ours starts beside what is there, and goes. */
const oursStarts = `${ours}
kill "$(cat /run/ours.pid)"
while kill -0 "$(cat /run/ours.pid)" 2>/dev/null; do :; done`;
const machines = '--dhcp-range=192.168.122.20,192.168.122.29';

test('one for another card that has the port of all cards to itself is in the way of ours', async () => {
  const scene = `
kill "$(cat /run/machines.pid)"
while kill -0 "$(cat /run/machines.pid)" 2>/dev/null; do :; done
serve other --port=0 --interface=virbr0 ${machines}
! ${ours} 2>/run/said
grep -q 'DHCP server socket: Address already in use' /run/said`;
  expect(await inTheWay(scene)).toEqual([
    'server.serve.dhcp: dnsmasq has UDP port 67 of all cards, and shares it with no other server; let it serve its own cards alone (dnsmasq: `bind-dynamic`), or choose existing  [serve/port-unshared]',
  ]);
});

test.each([
  [
    'as NetworkManager starts one',
    '--bind-interfaces --except-interface=lo --listen-address=192.168.122.1',
  ],
  ['once it has the lines of the remedy', '--bind-dynamic --no-dhcp-interface=lan0'],
])('%s, it shares the port of all cards, and ours starts', async (_, words) => {
  const scene = `
kill "$(cat /run/machines.pid)"
while kill -0 "$(cat /run/machines.pid)" 2>/dev/null; do :; done
serve other --port=0 ${words} ${machines}
ss -Hlnu 'sport = :67' | grep -q ' 0\\.0\\.0\\.0:67 '
${oursStarts}`;
  const noted: string[] = [];
  expect(await inTheWay(scene, noted)).toEqual([]);
  expect(noted).toEqual([
    expect.stringMatching(/^dnsmasq has UDP port 67 of all cards, and shares/),
  ]);
});
