import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { factsFrom } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { dhcpTrial } from '../../src/features/serve/foreign-dhcp.ts';
import { quote } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

/**
 * A wire of our own: a network namespace that only the cord's processes are in, and a second one
 * inside it for the clients. Nothing here can reach another network.
 */
const wire = `
set -eu
ip link set lo up
# A second namespace, kept by a process: ip netns wants / to be a mount point, which it is not here.
unshare --net sleep infinity &
holder=$!
until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
# With the /sys that shows its cards.
client() {
  nsenter --net=/proc/$holder/ns/net unshare --mount --propagation unchanged \\
    sh -c 'mount -t sysfs sysfs /sys; exec "$@"' sh "$@"
}
ip link add lan0 type veth peer name cable netns $holder
ip address add 192.168.67.1/24 dev lan0
ip link set lan0 up
client ip link set lo up
client ip address add 192.168.67.200/24 dev cable
client ip link set cable up
boot() { client perl /srv/sidus-test/network-client boot cable "$@"; }
fetch() { client perl /srv/sidus-test/network-client fetch "$@"; }
find_servers() { perl /srv/sidus-test/find-dhcp-servers "$@"; }
# listening NAMESPACE-WORDS PORT: until somebody does
listening() {
  tries=0
  until "$@" ss -Huln | grep -q ":$port "; do
    tries=$((tries + 1)); [ "$tries" -lt 500 ] || { echo "nobody listens on $port" >&2; exit 9; }
    kill -0 "$server" || { echo 'dnsmasq ended' >&2; exit 9; }
    sleep 0.02
  done
}
serve() {
  /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/etc/sidus/dnsmasq.conf --pid-file= \
    --log-facility=/var/lib/sidus/dnsmasq.log &
  server=$! port=\${1:-67}
  listening env
}
serve_foreign() {
  client /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --port=0 \
    --interface=cable --bind-dynamic --dhcp-range=192.168.67.240,192.168.67.250,1h \
    --dhcp-leasefile=/run/foreign.leases --log-facility=/run/foreign.log &
  server=$! port=67
  listening client
}
`;

const root = temporaryDirectory('dhcp');
const before = leftovers(root);
const attributes = { mode: 0o644, owner: 'root', group: 'root' };

const network = {
  interfaceName: 'lan0',
  address: '192.168.67.1',
  prefix: 24,
  rangeFirst: '192.168.67.100',
  rangeLast: '192.168.67.102',
  nameservers: ['192.168.67.53', '192.168.67.54'],
  router: '192.168.67.254',
  domain: 'lab.example.org',
};
const clients = [
  { mac: '52:54:00:00:00:20', name: 'node1', address: '192.168.67.20' },
  { mac: '52:54:00:00:00:21', name: 'node2' },
];
const full = plannedFrom({ server: { network }, trees: { lab: {} }, clients }).plan;
const bare = plannedFrom({
  server: { network: { ...network, router: null, nameservers: [], domain: null } },
  trees: { lab: {} },
}).plan;
const existing = plannedFrom({
  server: { network, serve: { dhcp: 'existing' } },
  trees: { lab: {} },
}).plan;

beforeAll(() => readyWorkshop());
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

/** Plays a scene on a wire of its own, with the files that a plan writes for dnsmasq and for TFTP. */
async function play(plan: Plan, scene: string) {
  const host = new Host({ root: mkdtempSync(join(root, 'scene-')), cache: sharedCache });
  const put = (path: string, content: string) => host.write('server', path, content, attributes);
  await put('/srv/sidus-test/network-client', readFileSync('test/support/network-client', 'utf8'));
  await put('/srv/sidus-test/find-dhcp-servers', asset('find-dhcp-servers').content);
  for (const path of ['/srv/tftp', '/var/lib/sidus']) {
    await host.makeDirectory('server', path, { ...attributes, mode: 0o755 });
  }
  for (const effect of plan.steps.flatMap(({ effects }) => effects)) {
    if (effect.place !== 'server') continue;
    if (effect.kind === 'file' && /^\/(srv\/tftp\/|etc\/sidus\/)/.test(effect.path)) {
      await put(effect.path, typeof effect.content === 'string' ? effect.content : 'of parts\n');
    }
    if (effect.kind === 'link') await host.link('server', effect.path, effect.target);
  }
  const at = (path: string, readOnly: boolean) => ({
    from: { place: 'server', path } as const,
    to: path,
    readOnly,
  });
  const ran = await host.exec(testWorkshop, ['sh', '-c', `${wire}${scene}`], {
    privateNetwork: true,
    patience: 300,
    binds: [
      at('/etc/sidus/dnsmasq.conf', true),
      at('/srv/tftp', true),
      at('/srv/sidus-test', true),
      at('/var/lib/sidus', false),
    ],
  });
  const read = async (path: string) => (await host.read('server', path)) ?? '';
  return {
    ...ran,
    log: await read('/var/lib/sidus/dnsmasq.log'),
    leases: await read('/var/lib/sidus/dnsmasq.leases'),
  };
}

function told(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const at = line.indexOf(' ');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

describe.concurrent('the dnsmasq of a site answers the firmware of a client', () => {
  test.each([
    [0, 'lpxelinux.0'],
    [7, 'shimx64.efi'],
    [9, 'shimx64.efi'],
  ])('of architecture %i with %s', async (architecture, loader) => {
    const ran = await play(full, `serve; boot 52:54:00:00:01:01 ${architecture}`);
    expect(ran.code, ran.stderr).toBe(0);
    expect(told(ran.stdout)).toMatchObject({
      file: loader,
      'next-server': '192.168.67.1',
      server: '192.168.67.1',
      lease: String(2 ** 32 - 1),
      netmask: '255.255.255.0',
      router: '192.168.67.254',
      nameserver: '192.168.67.53,192.168.67.54',
      domain: 'lab.example.org',
    });
    expect(told(ran.stdout).address).toMatch(/^192\.168\.67\.10[0-2]$/);
  });

  test('another architecture gets an address and no loader', async () => {
    const ran = await play(full, 'serve; boot 52:54:00:00:01:02 11');
    expect(told(ran.stdout)).toMatchObject({ file: '', lease: String(2 ** 32 - 1) });
  });

  test('nothing is named that the site does not have', async () => {
    const ran = await play(bare, 'serve; boot 52:54:00:00:01:03 0');
    expect(ran.code, ran.stderr).toBe(0);
    expect(told(ran.stdout)).toMatchObject({ router: 'none', nameserver: '', domain: 'none' });
  });

  test('a listed machine gets its name and its address, and the range is for the others', async () => {
    const ran = await play(
      full,
      `serve
       boot 52:54:00:00:00:20 0 >/run/one
       boot 52:54:00:00:00:21 7 >/run/two
       for n in 1 2; do boot 52:54:00:00:02:0$n 0 >/run/other$n; done
       code=0; boot 52:54:00:00:02:03 0 || code=$?
       echo "the last: $code"
       for f in one two other1 other2; do sed "s/^/$f./" /run/$f; done`,
    );
    expect(ran.code, ran.stderr).toBe(0);
    const found = told(ran.stdout);
    expect(found['one.address']).toBe('192.168.67.20');
    expect(found['one.name']).toBe('node1');
    expect(found['two.name']).toBe('node2');
    const ranged = ['two', 'other1', 'other2'].map((name) => found[`${name}.address`]).sort();
    expect(ranged).toEqual(['192.168.67.100', '192.168.67.101', '192.168.67.102']);
    // Three addresses are three: the next one gets none.
    expect(ran.stdout).toContain('the last: 3\n');
    expect(ran.log).toContain('no address available');
  });

  test('beside an existing server it answers nobody, and gives files all the same', async () => {
    const ran = await play(
      existing,
      `serve 69
       code=0; boot 52:54:00:00:01:04 0 || code=$?
       echo "boot: $code"
       fetch 192.168.67.1 grub/grub.cfg`,
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('boot: 3\n');
    expect(ran.stdout).toContain('regexp --set=1:m1');
  });
});

describe.concurrent('TFTP', () => {
  test('gives what the loaders read, byte for byte, and follows the link `current`', async () => {
    const ran = await play(
      full,
      `serve 69
       fetch 192.168.67.1 pxelinux.cfg/default >/run/default
       cmp /run/default /srv/tftp/pxelinux.cfg/default
       fetch 192.168.67.1 /sidus/lab/current/grub.cfg >/run/entry
       cmp /run/entry /srv/tftp/sidus/lab/1/grub.cfg
       [ -s /run/entry ] && echo same`,
    );
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'same\n' });
  });

  test('gives nothing from outside its directory, and says that a file is not there', async () => {
    const ran = await play(
      full,
      `serve 69
       for file in ../../etc/sidus/dnsmasq.conf /etc/passwd no-such-file; do
         fetch 192.168.67.1 "$file" && echo "got $file"
       done; :`,
    );
    expect(ran.stdout).toBe('');
    expect(ran.stderr.match(/refused: /g)).toHaveLength(3);
  });
});

describe.concurrent('find-dhcp-servers', () => {
  const ask = 'code=0; find_servers lan0 192.168.67.1 || code=$?; echo "code $code"';

  test('finds nobody on a silent wire', async () => {
    expect((await play(full, ask)).stdout).toBe('asked lan0\ncode 0\n');
  });

  test('does not mind our own server', async () => {
    const asked = ask.replace('find_servers', 'client perl /srv/sidus-test/find-dhcp-servers');
    const ran = await play(full, `serve; ${asked.replace('lan0', 'cable')}`);
    expect(ran.stdout, ran.stderr).toBe('asked cable\nserver 192.168.67.1\ncode 0\n');
    // It asked, and took nothing.
    expect(ran.leases).toBe('');
  });

  test('names a foreign server', async () => {
    const ran = await play(full, `serve_foreign; ${ask}`);
    expect(ran.stdout, ran.stderr).toBe(
      'asked lan0\nserver 192.168.67.200\nanother DHCP server answers on lan0: 192.168.67.200\ncode 1\n',
    );
  });

  test('says that it could not ask', async () => {
    const ran = await play(
      full,
      'code=0; find_servers none0 192.168.67.1 || code=$?; echo "$code"',
    );
    expect(ran.stdout).toBe('cannot card\n2\n');
    expect(ran.stderr).toContain('there is no such card');
  });

  test('says that only root can ask', async () => {
    const user = 'setpriv --reuid nobody --regid nogroup --clear-groups perl /srv/sidus-test';
    const asked = ask.replace('find_servers', `${user}/find-dhcp-servers`);
    expect((await play(full, asked)).stdout).toBe('cannot root\ncode 2\n');
  });
});

describe.concurrent('the trial of DHCP servers', () => {
  /** The command of the trial's own fact, on the wire, and what comes of it. */
  async function tried(dhcp: 'full' | 'existing', scene: string): Promise<string> {
    const { site, plan } = plannedFrom({
      server: { network, serve: { dhcp } },
      trees: { lab: {} },
    });
    const trial = dhcpTrial(site);
    const { source } = trial.fact;
    if (source.kind !== 'command') throw new Error('it is a command');
    const words = source.argv.map((word) =>
      quote(typeof word === 'string' ? word : '/srv/sidus-test/find-dhcp-servers'),
    );
    const ran = await play(plan, `${scene}\n${words.join(' ')} || :`);
    const facts = factsFrom(new Map([[trial.fact.id, trial.fact.parse(ran.stdout)]]));
    const verdict = trial.verdict(facts);
    if (verdict === null) return 'nothing';
    return 'good' in verdict ? render(verdict.good) : describeProblem(verdict.warning);
  }

  test.each([
    ['full', '', /^no other DHCP server answers on lan0$/],
    ['full', 'serve_foreign', /on lan0: 192\.168\.67\.200; choose existing.*serve\/foreign-dhcp/],
    ['existing', '', /^server\.serve\.dhcp: no DHCP server answers on lan0.*serve\/no-dhcp/],
    ['existing', 'serve_foreign', /^192\.168\.67\.200 answers on lan0$/],
  ] as const)('with %s and %j', async (dhcp, scene, words) => {
    expect(await tried(dhcp, scene)).toMatch(words);
  });

  test('does not ask beside our own, unless that one only gives files', async () => {
    const active = `mkdir -p /run/at-work /run/systemd/system
      printf '#!/bin/sh\\n[ "$*" = "is-active --quiet sidus-dnsmasq.service" ]\\n' >/run/at-work/systemctl
      chmod 755 /run/at-work/systemctl
      PATH=/run/at-work:$PATH`;
    expect(await tried('full', active)).toBe('sidus-dnsmasq is at work on lan0 already');
    expect(await tried('existing', `serve_foreign; ${active}`)).toMatch(/^192\.168\.67\.200/);
  });
});
