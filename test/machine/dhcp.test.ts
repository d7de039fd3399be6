import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { factsFrom } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { parseDhcpServers } from '../../src/features/serve/dhcp-servers.ts';
import { dhcpTrial } from '../../src/features/serve/foreign-dhcp.ts';
import { type OtherServer, toldLines } from '../../src/features/serve/told-dhcp.ts';
import { textOf } from '../../src/planner/describe.ts';
import { quote } from '../../src/planner/script.ts';
import { explain } from '../../src/runner/explain.ts';
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
# proxied MAC ARCHITECTURE [CLASS]: what a server without addresses says, to one that has .200
proxied() { client perl /srv/sidus-test/network-client proxy cable "$1" "$2" 192.168.67.200 "\${3-}"; }
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
# On the other end of the wire: serve_foreign [OPTION...]
serve_foreign() {
  client /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --port=0 \
    --interface=cable --bind-dynamic --dhcp-range=192.168.67.240,192.168.67.250,1h \
    --dhcp-leasefile=/run/foreign.leases --log-facility=/run/foreign.log "$@" &
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
  clients,
});
const proxy = plannedFrom({
  server: { network, serve: { dhcp: 'proxy' } },
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
      await put(effect.path, textOf(effect.content));
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

  test('a ROM that is an iPXE is told in the offer that no proxy will come, and others are not', async () => {
    const ran = await play(
      full,
      `serve
       boot 52:54:00:00:01:04 0 ipxe | sed 's/^/ipxe./'
       boot 52:54:00:00:01:05 0`,
    );
    expect(ran.code, ran.stderr).toBe(0);
    // Its option 176, which is one byte: yes; and the end.
    expect(told(ran.stdout)).toMatchObject({
      ...{ 'ipxe.file': 'lpxelinux.0', 'ipxe.to-ipxe': 'b00101ff' },
      ...{ file: 'lpxelinux.0', 'to-ipxe': 'none' },
    });
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
      existing.plan,
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

describe.concurrent('beside another DHCP server, the dnsmasq of a site', () => {
  const beside = 'serve; serve_foreign';

  test.each([
    [7, 'snponly.efi'],
    [9, 'snponly.efi'],
  ])('tells UEFI of architecture %i its loader on port 4011', async (architecture, loader) => {
    const ran = await play(proxy, `serve; proxied 52:54:00:00:03:01 ${architecture}`);
    expect(ran.code, ran.stderr).toBe(0);
    expect(told(ran.stdout)).toMatchObject({
      'offer.server': '192.168.67.1',
      'offer.class': 'PXEClient',
      'offer.port': '67',
      'offer.next-server': '192.168.67.1',
      'ack.port': '4011',
      'ack.server': '192.168.67.1',
      'ack.next-server': '192.168.67.1',
      'ack.file': loader,
    });
  });

  test('shows a BIOS a menu of one, and tells it the loader on port 4011', async () => {
    const ran = await play(proxy, 'serve; proxied 52:54:00:00:03:02 0');
    expect(ran.code, ran.stderr).toBe(0);
    const found = told(ran.stdout);
    expect(found).toMatchObject({
      'offer.class': 'PXEClient',
      'ack.port': '4011',
      'ack.next-server': '192.168.67.1',
      'ack.file': 'lpxelinux.0',
    });
    // PXE 2.1, table 2-1: an entry of type 8000, which our address serves (boot servers, 8).
    expect(found['offer.menu']).toContain('08078000' + '01' + 'c0a84301');
  });

  test.each([7, 9])('gives iPXE its script, and no second iPXE: %i', async (architecture) => {
    const ran = await play(proxy, `serve; proxied 52:54:00:00:03:03 ${architecture} iPXE`);
    expect(ran.code, ran.stderr).toBe(0);
    expect(told(ran.stdout)).toMatchObject({
      'offer.next-server': '192.168.67.1',
      'offer.file': 'ipxe/boot.ipxe',
    });
  });

  test('a BIOS whose ROM is an iPXE gets lpxelinux like every other', async () => {
    const ran = await play(proxy, 'serve; proxied 52:54:00:00:03:04 0 iPXE');
    expect(told(ran.stdout)).toMatchObject({ 'ack.file': 'lpxelinux.0' });
  });

  test('gives nobody an address: those are the other server’s', async () => {
    const ran = await play(
      proxy,
      'serve; code=0; boot 52:54:00:00:03:05 0 || code=$?; echo "code $code"; cat /var/lib/sidus/*.leases 2>/dev/null || :',
    );
    expect(ran.stdout).toBe('code 3\n');
  });

  test('leaves the addresses to the other server, whose answer a client takes', async () => {
    const ran = await play(
      proxy,
      `${beside}; perl /srv/sidus-test/network-client boot lan0 52:54:00:00:03:06 0`,
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(told(ran.stdout)).toMatchObject({ server: '192.168.67.200', lease: '3600', file: '' });
  });

  test('serves the scripts of iPXE, and does not mind the other server', async () => {
    const ran = await play(
      proxy,
      `${beside}
       for file in ipxe/boot.ipxe sidus/lab/current/boot.ipxe; do
         fetch 192.168.67.1 "$file" >/run/got
         cmp /run/got "/srv/tftp/$file" && head -n 1 /run/got
       done`,
    );
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '#!ipxe\n#!ipxe\n' });
  });
});

describe.concurrent('the lines for another DHCP server are taken by it, and do what they say', () => {
  const lines = (server: OtherServer): string => toldLines(existing.site, server);
  const between = (text: string, from: RegExp, to: RegExp): string => {
    const all = text.split('\n');
    const first = all.findIndex((line) => from.test(line));
    return all
      .slice(first, all.findIndex((line, at) => at > first && to.test(line)) + 1)
      .join('\n');
  };
  const put = (path: string, text: string): string =>
    `mkdir -p /run/other; cat >/run/other/${path} <<'END'\n${text}\nEND\n`;

  /** The check that the lines themselves say to run before the restart. */
  const printedCheck = (text: string): string =>
    /^# {3}(.*) && systemctl restart/m.exec(text)?.[1] ?? 'false';

  /** How such a server is checked and started on the other end of the wire, with the lines in it. */
  const others: readonly (readonly [OtherServer, string])[] = [
    [
      'dnsmasq',
      // As Debian has it: a dnsmasq.conf that names no directory, and a service that does.
      `${put('sidus.conf', lines('dnsmasq'))}
       mkdir /run/etc
       cp -a /etc/. /run/etc
       mount --bind /run/etc /etc
       : >/etc/dnsmasq.conf
       mkdir -p /etc/dnsmasq.d
       cp /run/other/sidus.conf /etc/dnsmasq.d
       printed() { ${printedCheck(lines('dnsmasq'))}; }
       printed >&2
       # It reads them: spoilt, they are refused.
       echo no-such-option >>/etc/dnsmasq.d/sidus.conf
       if printed 2>/dev/null; then echo 'the check reads nothing' >&2; exit 9; fi
       sed -i '$d' /etc/dnsmasq.d/sidus.conf
       serve_foreign --conf-dir=/etc/dnsmasq.d`,
    ],
    [
      'isc',
      `${put(
        'dhcpd.conf',
        `authoritative; default-lease-time 600;
         subnet 192.168.67.0 netmask 255.255.255.0 { range 192.168.67.240 192.168.67.250;
         ${lines('isc')} }`,
      )}
       dhcpd -t -4 -cf /run/other/dhcpd.conf >&2
       : >/run/other/leases
       client dhcpd -4 -f -cf /run/other/dhcpd.conf -lf /run/other/leases -pf /run/other/pid cable 2>&2 &
       server=$! port=67
       listening client`,
    ],
    [
      'kea',
      `${put(
        'kea.json',
        `{ "Dhcp4": {
         ${between(lines('kea'), /client-classes": \[/, /^\],/)}
         "interfaces-config": { "interfaces": [ "cable" ], "dhcp-socket-type": "raw",
           "service-sockets-max-retries": 100, "service-sockets-retry-wait-time": 100 },
         "lease-database": { "type": "memfile", "persist": false },
         "subnet4": [ {
         ${between(lines('kea'), /reservations": \[/, /^\],/)}
         "id": 1, "subnet": "192.168.67.0/24",
         "pools": [ { "pool": "192.168.67.240 - 192.168.67.250" } ] } ] } }`,
      )}
       export KEA_PIDFILE_DIR=/run/other KEA_LOCKFILE_DIR=none
       client kea-dhcp4 -t /run/other/kea.json >&2
       client kea-dhcp4 -c /run/other/kea.json >&2 &
       server=$! port=67
       listening client`,
    ],
  ];

  /** From our end of the wire: the server of these tests plays the client here. */
  const asked = (mac: string, architecture: number | string): string =>
    `perl /srv/sidus-test/network-client boot lan0 ${mac} ${architecture}`;

  test.each(others)('%s', async (_, start) => {
    const ran = await play(
      existing.plan,
      `${start}
       for a in 0 7 9; do ${asked('52:54:00:00:00:20', '$a')} | sed "s/^/$a./"; done
       ${asked('52:54:00:00:00:21', 7)} | sed 's/^/second./'
       find_servers lan0 192.168.67.1 || :`,
    );
    expect(ran.code, ran.stderr).toBe(0);
    const found = told(ran.stdout);
    for (const [architecture, file] of [
      [0, 'lpxelinux.0'],
      [7, 'shimx64.efi'],
      [9, 'shimx64.efi'],
    ]) {
      expect(found[`${architecture}.file`]).toBe(file);
      expect(found[`${architecture}.next-server`]).toBe('192.168.67.1');
      expect(found[`${architecture}.server`]).toBe('192.168.67.200');
      expect(found[`${architecture}.address`]).toBe('192.168.67.20');
      expect(found[`${architecture}.name`]).toBe('node1');
    }
    expect(found['second.name']).toBe('node2');
    expect(found['second.address']).toMatch(/^192\.168\.67\.2[45]\d$/);
    // And the guard sees that it was told.
    const facts = factsFrom(
      new Map([[dhcpTrial(existing.site).fact.id, parseDhcpServers(ran.stdout)]]),
    );
    const verdict = dhcpTrial(existing.site).verdict(facts);
    expect(verdict !== null && 'good' in verdict ? render(verdict.good) : '').toBe(
      '192.168.67.200 answers on lan0, and names our boot files',
    );
  });

  test('one that is told nothing names nobody’s boot files', async () => {
    const ran = await play(existing.plan, 'serve_foreign; find_servers lan0 192.168.67.1 || :');
    expect(ran.stdout).not.toContain('boot ');
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
    expect(ran.stdout, ran.stderr).toMatch(
      /^asked cable\nserver 192\.168\.67\.1 192\.168\.67\.10[0-2]\/24 4294967295\nboot 192\.168\.67\.1 0 192\.168\.67\.1 lpxelinux\.0\nboot 192\.168\.67\.1 7 192\.168\.67\.1 shimx64\.efi\ncode 0\n$/,
    );
    // It asked, and took nothing.
    expect(ran.leases).toBe('');
  });

  test('names a foreign server, and what it would give', async () => {
    const ran = await play(full, `serve_foreign; ${ask}`);
    expect(ran.stdout, ran.stderr).toMatch(
      /^asked lan0\nserver 192\.168\.67\.200 (192\.168\.67\.2[45]\d\/24) 3600\nanother DHCP server answers on lan0: 192\.168\.67\.200 \(would give \1\)\ncode 1\n$/,
    );
  });

  test('names what a foreign server has clients boot', async () => {
    const ran = await play(full, `serve_foreign --dhcp-boot=wds.com,,192.168.67.9; ${ask}`);
    expect(ran.stdout, ran.stderr).toContain('boot 192.168.67.200 0 192.168.67.9 wds.com\n');
    expect(ran.stdout).toContain('boot 192.168.67.200 7 192.168.67.9 wds.com\n');
  });

  const closed = `
    nft -f - <<'RULES'
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ct state established,related accept
  }
}
RULES
    mkdir /run/proc; mount -t proc proc /run/proc
    echo 1 >/run/proc/sys/net/ipv4/conf/lan0/rp_filter`;
  const otherNetwork = `
    client ip address replace 10.9.0.1/24 dev cable
    client ip address delete 192.168.67.200/24 dev cable`;

  test.each([
    ['behind a firewall that drops', '', '', '192.168.67.200'],
    ['of another network', otherNetwork, '--dhcp-range=10.9.0.50,10.9.0.60,1h', '10.9.0.1'],
  ])('names a foreign server %s', async (_, before, option, address) => {
    const ran = await play(full, `${closed}${before}\nserve_foreign ${option}; ${ask}`);
    expect(ran.stdout, ran.stderr).toContain(`\nserver ${address} `);
    expect(ran.stdout).toMatch(/\ncode 1\n$/);
  });

  test('cannot ask without a link, and says so', async () => {
    for (const cut of ['client ip link set cable down', 'ip link set lan0 down']) {
      const ran = await play(full, `${cut}; ${ask}`);
      expect(ran.stdout).toBe('cannot link\ncode 3\n');
      const problem = explain('find-dhcp-servers', 3, ran.stderr.split('\n'));
      expect(describeProblem(problem)).toMatch(/^lan0 has no link: .*plug its cable.*run\/no-link/);
    }
    // Who asks into a cable that is pulled meanwhile has asked nobody.
    const pulled = await play(
      full,
      `find_servers lan0 192.168.67.1 >/run/said & asking=$!
       seen() { cat /sys/class/net/lan0/statistics/tx_packets; }
       until [ "$(seen)" -gt 3 ]; do sleep 0.1; done
       client ip link set cable down
       code=0; wait "$asking" || code=$?; cat /run/said; echo "code $code"`,
    );
    expect(pulled.stdout, pulled.stderr).toBe('cannot link\ncode 3\n');
  });

  test('asks on a bridge that has no port yet', async () => {
    const bridge = 'ip link add br0 type bridge; ip link set br0 up';
    const ran = await play(full, `${bridge}; ${ask.replace('lan0', 'br0')}`);
    expect(ran.stdout, ran.stderr).toBe('asked br0\ncode 0\n');
  });

  test('asks for longer where the link is new, and finds who answers late', async () => {
    const asked = 'find_servers lan0 192.168.67.1 /run/since';
    const late = await play(
      full,
      `client nft add table netdev late
       client nft add chain netdev late wire '{ type filter hook ingress device cable priority 0; }'
       client nft add rule netdev late wire udp dport 67 counter drop
       serve_foreign
       ${asked} >/run/said & asking=$!
       # As of a switch that forwards at last: after the first three questions.
       until client nft list table netdev late | grep -Eq 'packets ([4-9]|[1-9][0-9])'; do
         kill -0 "$asking" || break
         sleep 0.1
       done
       client nft delete table netdev late
       code=0; wait "$asking" || code=$?; cat /run/said; echo "code $code"`,
    );
    expect(late.stdout, late.stderr).toMatch(/another DHCP server answers on lan0: .*\ncode 1\n$/);

    const long = await play(
      full,
      `${asked} >/dev/null & asking=$!
       until [ -s /run/since ]; do sleep 0.1; done
       kill "$asking"
       # Long ago, and then over again: another link.
       sed -i 's/ [^ ]*$/ 0.00/' /run/since
       timeout 20 perl /srv/sidus-test/find-dhcp-servers lan0 192.168.67.1 /run/since
       ip link set lan0 down; ip link set lan0 up
       until [ "$(cat /sys/class/net/lan0/carrier)" = 1 ]; do :; done
       timeout 12 perl /srv/sidus-test/find-dhcp-servers lan0 192.168.67.1 /run/since || echo "still asks $?"`,
    );
    expect(long.stdout, long.stderr).toBe('asked lan0\nstill asks 124\n');
  });

  test('reads what is no answer, or one cut anywhere, as nothing', async () => {
    const ran = await play(
      full,
      `cat >/run/liar <<'PROGRAM'
use Socket;
socket(my $s, PF_INET, SOCK_DGRAM, 17) or die;
setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1) or die;
setsockopt($s, SOL_SOCKET, 25, "cable\\0") or die;    # SO_BINDTODEVICE
bind($s, sockaddr_in(67, INADDR_ANY)) or die;
while (defined recv($s, my $asked, 1500, 0)) {
  my $to = sockaddr_in(68, INADDR_BROADCAST);
  my $answer = chr(2) . substr($asked, 1, 15) . pack('C4', 10, 9, 0, 77) . substr($asked, 20, 220)
    . pack('C*', 53, 1, 2, 54, 4, 10, 9, 0, 3, 255);
  send($s, substr($answer, 0, $_), 0, $to) for 0, 1, 27, 28, 239, 240, 243;
  for my $at (0, 4, 28, 236) { my $other = $answer; substr($other, $at, 1) ^= chr(255); send($s, $other, 0, $to) }
  # Options that are longer than the packet, of a server without a name.
  send($s, substr($answer, 0, 240) . pack('C*', 53, 1, 2, 54, 255, 10), 0, $to) if -e '/run/lies';
}
PROGRAM
       client perl /run/liar & server=$! port=67
       listening client
       ${ask}; : >/run/lies; ${ask}`,
    );
    expect(ran.stdout, ran.stderr).toBe(
      [
        ...['asked lan0', 'code 0', 'asked lan0', 'server 192.168.67.200 10.9.0.77/32 0'],
        'another DHCP server answers on lan0: 192.168.67.200 (would give 10.9.0.77/32)',
        'code 1\n',
      ].join('\n'),
    );
  });

  test('takes our address in option 66 for the next server', async () => {
    const told = '--dhcp-boot=lpxelinux.0,,192.168.67.200 --dhcp-option-force=66,192.168.67.1';
    const ran = await play(full, `serve_foreign ${told}; ${ask}`);
    expect(ran.stdout, ran.stderr).toContain('boot 192.168.67.200 0 192.168.67.1 lpxelinux.0\n');
  });

  test('the guard of a plan refuses full beside it, and says who it is and what to do', async () => {
    const guard = full.steps.find(({ id }) => id === 'serve/guard');
    const [effect] = guard?.effects ?? [];
    if (effect?.kind !== 'run') throw new Error('the guard is a command');
    const words = effect.argv.map((word) =>
      quote(typeof word === 'string' ? word : '/srv/sidus-test/find-dhcp-servers'),
    );
    const ran = await play(full, `serve_foreign; ${words.join(' ')}`);
    expect(ran.code).toBe(1);
    const problem = explain('find-dhcp-servers', ran.code, ran.stdout.split('\n'));
    expect(describeProblem(problem)).toMatch(
      /another DHCP server answers on lan0: 192\.168\.67\.200 \(would give .*\); set `serve\.dhcp` to proxy/,
    );
  });

  test('the guard is left out where ours gives addresses already, and not where it is a proxy', async () => {
    const [effect] = full.steps.find(({ id }) => id === 'serve/guard')?.effects ?? [];
    if (effect?.kind !== 'run' || effect.unless?.kind !== 'succeeds') throw new Error('no guard');
    const words = effect.unless.argv.map((word) => quote(typeof word === 'string' ? word : '-'));
    const active = (code: number): string => `mkdir -p /run/at-work
      printf '#!/bin/sh\n[ "$*" = "is-active --quiet sidus-dnsmasq.service" ] && exit ${code}\n' >/run/at-work/systemctl
      chmod 755 /run/at-work/systemctl
      PATH=/run/at-work:$PATH ${words.join(' ')} && echo left out || echo asked`;
    expect((await play(full, active(0))).stdout).toBe('left out\n');
    expect((await play(full, active(3))).stdout).toBe('asked\n');
    expect((await play(proxy, active(0))).stdout).toBe('asked\n');
    const elsewhere = words.map((word) => (word === 'lan0' ? 'lan1' : word));
    expect(elsewhere).not.toEqual(words);
    expect((await play(full, active(0).replace(words.join(' '), elsewhere.join(' ')))).stdout).toBe(
      'asked\n',
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
  async function tried(dhcp: 'full' | 'proxy' | 'existing', scene: string): Promise<string> {
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
    ['full', 'serve_foreign', /on lan0: 192\.168\.67\.200 \(.*; choose proxy.*serve\/foreign-dhcp/],
    ['proxy', '', /^server\.serve\.dhcp: no DHCP server answers on lan0.*serve\/no-dhcp/],
    ['proxy', 'serve_foreign', /^192\.168\.67\.200 gives the addresses on lan0$/],
    ['existing', '', /^server\.serve\.dhcp: no DHCP server answers on lan0.*serve\/no-dhcp/],
    ['existing', 'serve_foreign', /^192\.168\.67\.200 answers on lan0; it is yet to be told/],
  ] as const)('with %s and %j', async (dhcp, scene, words) => {
    expect(await tried(dhcp, scene)).toMatch(words);
  });

  test('beside our own at work it still finds another', async () => {
    expect(await tried('full', 'serve')).toBe('no other DHCP server answers on lan0');
    expect(await tried('full', 'serve; serve_foreign')).toMatch(/: 192\.168\.67\.200 \(/);
    expect(await tried('proxy', 'serve; serve_foreign')).toMatch(/^192\.168\.67\.200 gives/);
  });
});
