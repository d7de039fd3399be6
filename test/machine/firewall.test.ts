import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assets } from '../../src/core/assets.ts';
import type { Fact } from '../../src/core/fact.ts';
import type { Plan } from '../../src/core/plan.ts';
import { firewallFacts } from '../../src/features/serve/firewall/facts.ts';
import { quote, scriptOf } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

/**
 * Real firewalls on a server of our own: a network namespace with an /etc that ends with it, a
 * client behind a cable. The step is done by the script that the plan exports, with the product's
 * own facts before it.
 */
const server = `
set -eu
mkdir /run/etc
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
ip link set lo up
unshare --net sleep infinity &
holder=$!
until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
client() { nsenter --net=/proc/$holder/ns/net "$@"; }
ip link add lan0 type veth peer name cable netns $holder
ip link add eth0 type veth peer name house
ip address add 192.168.67.1/24 dev lan0
ip link set lan0 up
client ip link set lo up
client ip address add 192.168.67.200/24 dev cable
client ip link set cable up
client_program() { timeout 20 nsenter --net=/proc/$holder/ns/net perl /srv/sidus-test/network-client "$@"; }
connect() { client perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "192.168.67.1:$ARGV[0]", Timeout => 2)' "$1"; }
said() { name=$1; shift; if "$@"; then echo "$name yes"; else echo "$name no"; fi; }
fetched() { client_program fetch 192.168.67.1 large >/run/fetched && cmp -s /run/fetched /srv/tftp/large; }
booted() { client_program boot cable "52:54:00:00:01:$1" 0 >/run/booted; }
# Whether a new client gets an address, a file of many packets, and its NFS server; and what was closed before.
reach() { said DHCP booted "$1"; said TFTP fetched; said NFS connect 2049; said HTTP connect 7069; said other connect 2050; }
serve() {
  sed 's#^dhcp-leasefile=.*#dhcp-leasefile=/run/leases#' /srv/sidus-test/dnsmasq.conf >/run/dnsmasq.conf
  /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/run/dnsmasq.conf --pid-file= \\
    --log-facility=/run/dnsmasq.log &
  for port in 2049 2050 7069; do
    perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1) or die; while (my $c = $s->accept) {}' $port &
  done
  tries=0
  until [ "$(ss -Hlntu '( sport = :67 or sport = :69 or sport = :2049 or sport = :2050 or sport = :7069 )' | wc -l)" -ge 5 ]; do
    tries=$((tries + 1)); [ "$tries" -lt 500 ] || { echo 'not everybody listens' >&2; exit 9; }
    sleep 0.02
  done
}
# Asked for a mount namespace, unshare(1) wants / to be a mount point, which it is not here.
mkdir /run/bin
cat >/run/bin/unshare <<'PROGRAM'
#!/bin/sh
[ "$1" != --net ] || exec /usr/bin/unshare "$@"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
PROGRAM
printf '#!/bin/sh\\necho enabled\\n' >/run/bin/systemctl
chmod 755 /run/bin/*
PATH=/run/bin:$PATH
step() { sh /srv/sidus-test/step >/run/step.log 2>&1 || { cat /run/step.log >&2; exit 9; }; }
files() { find /etc -type f | sort | xargs sha256sum; }
`;

const nftables = (rules: string): string => `
cat >/etc/nftables.conf <<'RULES'
#!/usr/sbin/nft -f

flush ruleset

${rules}
RULES
nft -f /etc/nftables.conf
# Somebody else's table, which no file names.
nft add table ip somebody
live() { nft --stateless list ruleset; }
`;

const defaultDrop = nftables(`table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    iif "eth0" tcp dport 443 accept
    ct state invalid drop
    tcp dport 22 accept
  }
}`);
const twoChains = nftables(`table ip closed {
  chain early {
    type filter hook input priority -10;
    iifname "lo" accept
    ct state established,related accept
    udp dport 67 accept
    reject
  }
}
table inet late {
  chain incoming {
    type filter hook input priority 10; policy drop;
    ct state vmap { established : accept, related : accept }
  }
}`);
const ufw = `
ufw --force enable >/run/ufw.log
ufw allow 22/tcp >>/run/ufw.log
live() { iptables-save | sed 's/^#.*//; s/\\[[0-9:]*\\]//'; ufw show added; }
`;
const firewalld = `
mkdir -p /run/dbus
dbus-daemon --system --fork --nopidfile 2>/dev/null
/usr/sbin/firewalld --nofork --nopid >/run/firewalld.log 2>&1 &
tries=0
until firewall-cmd --quiet --state; do
  tries=$((tries + 1)); [ "$tries" -lt 300 ] || { cat /run/firewalld.log >&2; exit 9; }
  sleep 0.1
done
live() { nft --stateless list table inet firewalld; }
`;

const root = temporaryDirectory('firewall');
const before = leftovers(root);
const attributes = { mode: 0o644, owner: 'root', group: 'root' };
beforeAll(() => readyWorkshop());
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

async function play(scene: string, plan: Plan): Promise<string> {
  const host = new Host({ root: mkdtempSync(join(root, 'scene-')), cache: sharedCache });
  const put = (path: string, content: string) => host.write('server', path, content, attributes);
  const steps = plan.steps.filter(({ id }) => id === 'serve/firewall');
  const dnsmasq = plan.steps
    .flatMap(({ effects }) => effects)
    .find((effect) => effect.kind === 'file' && effect.path === '/etc/sidus/dnsmasq.conf');
  if (dnsmasq?.kind !== 'file' || typeof dnsmasq.content !== 'string')
    throw new Error('no dnsmasq');
  await put('/srv/sidus-test/dnsmasq.conf', dnsmasq.content);
  await put('/srv/sidus-test/network-client', readFileSync('test/support/network-client', 'utf8'));
  await put('/srv/sidus-test/step', scriptOf({ ...plan, steps }));
  const asset = assets.find(({ name }) => name === 'firewall')?.content ?? '';
  await put('/srv/sidus-test/firewall', asset);
  await put('/srv/tftp/large', 'a line of some letters\n'.repeat(1000));
  const at = (path: string) => ({
    from: { place: 'server', path } as const,
    to: path,
    readOnly: true,
  });
  const ran = await host.exec(testWorkshop, ['sh', '-c', `${server}${scene}`], {
    privateNetwork: true,
    patience: 300,
    binds: [at('/srv/tftp'), at('/srv/sidus-test')],
  });
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
  return ran.stdout;
}

const answers = {
  server: {
    network: {
      ...{ interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 },
      ...{ rangeFirst: '192.168.67.100', rangeLast: '192.168.67.102' },
    },
  },
  trees: { lab: {} },
};

/** The plan for a server on which the product's own facts were asked. */
async function planFor(firewall: string): Promise<Plan> {
  const commands = firewallFacts.map(({ source }) => {
    if (source.kind !== 'command') throw new Error('it is a command');
    const words = source.argv.map((word) => quote(String(word)));
    return `{ ${words.join(' ')} || echo 'nothing'; } 2>/dev/null`;
  });
  const asked = `${firewall}
${commands.join("\nprintf '\\001'\n")}`;
  const said = (await play(asked, plannedFrom(answers).plan)).split('\u0001');
  const known = firewallFacts.map((fact: Fact<unknown>, index) => {
    const text = said[index] ?? '';
    return [fact.id, text === 'nothing\n' ? fact.otherwise : fact.parse(text)];
  });
  return plannedFrom(answers, Object.fromEntries(known)).plan;
}

const all = 'DHCP yes\nTFTP yes\nNFS yes\nHTTP yes\nother no\n';
const none = 'DHCP no\nTFTP no\nNFS no\nHTTP no\nother no\n';

describe.concurrent('clients are let in by', () => {
  test.each([
    ['nftables that drops by default', defaultDrop, 'nft -f /etc/nftables.conf', none],
    ['two chains of nftables', twoChains, 'nft -f /etc/nftables.conf', none],
    ['ufw', ufw, 'ufw reload >/dev/null', none],
    ['firewalld', firewalld, 'firewall-cmd --reload >/dev/null', none],
  ])('%s', async (_, firewall, reload, closed) => {
    const plan = await planFor(firewall);
    expect(plan.steps.map(({ id }) => id)).toContain('serve/firewall');
    const told = await play(
      `${firewall}
serve
files >/run/files.before; live >/run/live.before
reach 01
step; echo done
reach 02
files >/run/files.once; live >/run/live.once
step; echo again
files | cmp - /run/files.once; live | cmp - /run/live.once
${reload}; echo reloaded
reach 03
`,
      plan,
    );
    expect(told).toBe(`${closed}done\n${all}again\nreloaded\n${all}`);
  });

  test.each([
    [
      'nftables',
      defaultDrop,
      ['rm /etc/sidus/firewall.nft'],
      'nftables follow /etc/sidus/firewall.nft /etc/nftables.conf',
    ],
    ['ufw', ufw, ['rm /etc/sidus/firewall.ufw'], 'ufw follow /etc/sidus/firewall.ufw'],
    [
      'firewalld',
      firewalld,
      ['rm /etc/firewalld/policies/sidus.xml'],
      'firewalld follow /etc/firewalld/policies/sidus.xml',
    ],
  ])('%s, and all of it goes when its files do', async (_, firewall, remove, follow) => {
    const plan = await planFor(firewall);
    const told = await play(
      `${firewall}
[ ! -e /etc/nftables.conf ] || cp -a /etc/nftables.conf /run/main
files >/run/files.before; live >/run/live.before
step
live | cmp -s - /run/live.before && echo 'nothing was opened'
${remove.join('\n')}
[ ! -e /run/main ] || cp -a /run/main /etc/nftables.conf
sh /srv/sidus-test/firewall ${follow} >/run/follow.log
files >/run/files.after; live >/run/live.after
cmp /run/files.before /run/files.after && cmp /run/live.before /run/live.after && echo as before
`,
      plan,
    );
    expect(told).toBe('as before\n');
  });
});

test('a main file that would not load with ours stays as it is', async () => {
  const plan = await planFor(defaultDrop);
  const told = await play(
    `${defaultDrop}
echo 'table nonsense {' >>/etc/nftables.conf
cp /etc/nftables.conf /run/main; live >/run/live.before
code=0; (step) 2>/dev/null || code=$?
echo "code $code"
cmp /run/main /etc/nftables.conf && live | cmp - /run/live.before && echo as before
`,
    plan,
  );
  expect(told).toBe('code 9\nas before\n');
});

test('other rules take the place of ours, and chains jump to them once', async () => {
  const plan = await planFor(twoChains);
  const told = await play(
    `${twoChains}
step
# A table that is no longer one of those, and a rule that is another.
sed -i '/^table inet late {/,/^insert rule inet late/d; s/dport 69 accept/dport 169 accept/; s/"sidus [0-9a-f]*"/"sidus 0"/' /etc/sidus/firewall.nft
follow() { sh /srv/sidus-test/firewall nftables "$@" /etc/sidus/firewall.nft; }
follow follows || echo 'to be followed'
sh /srv/sidus-test/firewall nftables follow /etc/sidus/firewall.nft /etc/nftables.conf
follow follows && nft list ruleset | grep -E 'jump|sidus_clients|dport 169|policy drop' | sort
`,
    plan,
  );
  const lines = told.split('\n').map((line) => line.trim());
  expect(lines.filter((line) => line !== '').sort()).toEqual([
    'chain sidus_clients {',
    'iifname "lan0" ip saddr 192.168.67.0/24 udp dport 169 accept',
    'jump sidus_clients',
    'to be followed',
    'type filter hook input priority filter + 10; policy drop;',
  ]);
});

test('what is gone does not keep the firewall from being loaded: a table of it, or our file', async () => {
  const plan = await planFor(defaultDrop);
  const told = await play(
    `${defaultDrop}
step
sed -i 's/inet filter/inet renamed/' /etc/nftables.conf
nft -f /etc/nftables.conf && nft list chain inet renamed input | grep -c 'policy drop'
rm /etc/sidus/firewall.nft
nft -f /etc/nftables.conf && nft list chain inet renamed input | grep -c 'policy drop'
`,
    plan,
  );
  expect(told).toBe('1\n1\n');
});

test('without a firewall there is no step, and everything is reached', async () => {
  const plan = await planFor('');
  expect(await play('serve; reach 01', plan)).toBe(all.replace('other no', 'other yes'));
  expect(plan.steps.map(({ id }) => id)).not.toContain('serve/firewall');
  expect(plan.notes.filter(({ text }) => text.includes('hold clients up'))).toEqual([]);
});
