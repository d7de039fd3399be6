import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advertisement, advertiserCommand } from '../../src/features/serve/router-advertisement.ts';
import { quote } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// The real radvd, with the configuration of a plan, on a wire of its own.

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const root = temporaryDirectory('advertisement');
const before = leftovers(root);
const host = new Host({ root, cache: sharedCache });

beforeAll(async () => {
  await readyWorkshop();
  const { site } = plannedFrom({ server: { network }, trees: { lab: {} } });
  const attributes = { mode: 0o644, owner: 'root', group: 'root' };
  await host.write('server', '/srv/radvd.conf', advertisement(site) ?? '', attributes);
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

function play(scene: string) {
  const script = `
set -eu
ip link set lo up
unshare --net sleep infinity &
holder=$!
until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
client() { nsenter --net=/proc/$holder/ns/net "$@"; }
ip link add lan0 type veth peer name cable netns $holder
ip address add 192.168.67.1/24 dev lan0
ip link set lan0 up
client ip link set cable up
heard() { client awk '$1 == "Icmp6InRouterAdvertisements" { print $2 }' /proc/self/net/snmp6; }
${scene}`;
  return host.exec(testWorkshop, ['sh', '-c', script], {
    privateNetwork: true,
    patience: 60,
    binds: [{ from: { place: 'server', path: '/srv' }, to: '/srv', readOnly: true }],
  });
}

describe('what full mode advertises', () => {
  test('is heard on a card that has no IPv6 address of anybody, and changes nothing on a client', async () => {
    const ran = await play(`
${advertiserCommand('/srv/radvd.conf', '/run').map(quote).join(' ')} >/run/radvd.log 2>&1 </dev/null &
server=$!
tries=0
until [ "$(heard)" != 0 ]; do
  tries=$((tries + 1)); [ "$tries" -lt 400 ] || { cat /run/radvd.log; exit 9; }
  kill -0 "$server" || { cat /run/radvd.log; exit 9; }
  sleep 0.05
done
# As long as the kernel takes it in: a second one has been heard.
until [ "$(heard)" -ge 2 ]; do sleep 0.05; done
echo "routes: $(client ip -6 route show default)"
echo "addresses: $(client ip -6 -oneline address show dev cable scope global)"
echo "link: $(client ip -6 -oneline address show dev cable scope link | wc -l)"`);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe('routes: \naddresses: \nlink: 1\n');
  });

  test('is nothing where others give addresses', () => {
    for (const dhcp of ['proxy', 'existing'] as const) {
      const { site, plan } = plannedFrom({
        server: { network, serve: { dhcp } },
        trees: { lab: {} },
      });
      expect(advertisement(site)).toBeNull();
      const words = JSON.stringify(plan);
      expect(words).not.toContain('AdvSendAdvert');
      expect(words).not.toContain('Wants=sidus-radvd.service');
      expect(plan.steps.flatMap(({ effects }) => effects)).toContainEqual({
        ...{ kind: 'absent', place: 'server', path: '/etc/sidus/radvd.conf' },
      });
    }
  });
});
