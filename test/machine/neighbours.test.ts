import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';

/**
 * A wire in a network namespace: lan0 is the server's card, and 192.168.67.120 is somebody in a
 * second namespace. All of it ends with its first process.
 */
const wire = `
set -eu
mount -t sysfs sysfs /sys
unshare --net sleep infinity & holder=$!
until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
there() { nsenter --net=/proc/$holder/ns/net "$@"; }
ip link add lan0 type veth peer name cable netns $holder
ip address add 192.168.67.1/22 dev lan0
ip link set lan0 up
there ip link set cable address 02:00:00:00:01:20
there ip address add 192.168.67.120/22 dev cable
plug() {
  there ip link set cable up
  until ip -o link show dev lan0 | grep -q LOWER_UP; do :; done
}
find_them() { code=0; perl "$script" "$@" || code=$?; echo "code $code"; }
`;

const directory = temporaryDirectory('neighbours');
const before = leftovers(directory);
const script = join(directory, 'find-neighbours');
writeFileSync(script, asset('find-neighbours').content);
// An ordinary user shall read it.
chmodSync(directory, 0o755);

afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

function play(scene: string): string {
  const { stdout, stderr, status } = spawnSync(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
      ...['sh', '-c', `script=${script}\n${wire}${scene}`],
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );
  expect(status, stderr).toBe(0);
  return stdout;
}

const there = 'neighbour 192.168.67.120 02:00:00:00:01:20\n';

test('it is perl without a fault', () => {
  expect(spawnSync('perl', ['-c', script], { encoding: 'utf8' }).stderr).toMatch(/syntax OK/);
});

describe('find-neighbours', () => {
  test('finds who is there, and nobody where nobody is', () => {
    const said = play(
      'plug; find_them lan0 192.168.67.110 192.168.67.130; find_them lan0 192.168.67.140 192.168.67.150',
    );
    expect(said).toBe(`asked 21\n${there}code 0\nasked 11\ncode 0\n`);
  });

  test('as an ordinary user too', () => {
    const said = play(
      'plug; setpriv --reuid nobody --regid nogroup --clear-groups perl "$script" lan0 192.168.67.110 192.168.67.130',
    );
    expect(said).toBe(`asked 21\n${there}`);
  });

  test('who was known and went away is not there', () => {
    const said = play(
      `plug
       echo 1 >/proc/sys/net/ipv4/neigh/lan0/delay_first_probe_time
       ip neigh add 192.168.67.125 lladdr 02:00:00:00:01:25 dev lan0 nud stale
       ip neigh add 192.168.67.120 lladdr 02:00:00:00:01:20 dev lan0 nud stale
       find_them lan0 192.168.67.110 192.168.67.130`,
    );
    expect(said).toBe(`asked 21\n${there}code 0\n`);
  });

  test('who has a lease of ours is not named, whoever else has that address is', () => {
    const said = play(
      `plug
       echo '0 02:00:00:00:01:20 192.168.67.120 node1 *' >/tmp/leases.$$
       echo '0 02:00:00:00:09:99 192.168.67.120 node1 *' >/tmp/others.$$
       find_them lan0 192.168.67.110 192.168.67.130 /tmp/leases.$$
       find_them lan0 192.168.67.110 192.168.67.130 /tmp/others.$$
       find_them lan0 192.168.67.110 192.168.67.130 /tmp/none.$$
       rm /tmp/leases.$$ /tmp/others.$$`,
    );
    expect(said).toBe(`asked 21\ncode 0\nasked 21\n${there}code 0\nasked 21\n${there}code 0\n`);
  });

  test('asks for 512 addresses of a large range, and not for its own', () => {
    const said = play(
      'plug; find_them lan0 192.168.64.1 192.168.67.200; find_them lan0 192.168.67.1 192.168.67.3',
    );
    expect(said).toBe('asked 512\ncode 0\nasked 2\ncode 0\n');
  });

  test.each([
    ['there is no such card', 'plug; find_them eno9 192.168.67.110 192.168.67.130', 'card'],
    ['the range is elsewhere', 'plug; find_them lan0 10.0.0.1 10.0.0.9', 'elsewhere'],
    [
      'the range is half elsewhere',
      'plug; find_them lan0 192.168.67.200 192.168.68.9',
      'elsewhere',
    ],
    ['nothing is plugged in', 'find_them lan0 192.168.67.110 192.168.67.130', 'link'],
  ])('does not ask when %s', (_, scene, word) => {
    expect(play(scene)).toBe(`cannot ${word}\ncode 2\n`);
  });

  test.each([
    ['lan0 192.168.67.130 192.168.67.110', 'ends before'],
    ['lan0 mirror.example 192.168.67.130', 'usage'],
    ["'lan0;id' 192.168.67.110 192.168.67.130", 'usage'],
    ['lan0 192.168.67.110', 'usage'],
  ])('refuses %s', (words, why) => {
    expect(play(`plug; perl "$script" ${words} 2>&1 || :`)).toContain(why);
  });
});
