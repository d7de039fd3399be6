import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { clientReport } from '../../src/core/client-report.ts';
import { layout } from '../../src/core/layout.ts';
import type { Site } from '../../src/features/index.ts';
import { workshop } from '../../src/features/workshop.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { quieting } from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { bootWith, inWorkshop, prepare, reporting, tidy } from '../../src/rehearsal/preparation.ts';
import type { VirtualClient } from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { builtSite, memory, system, tree } from '../boot/rehearsal-root.ts';

// A root hangs on an address, and the lease of the address on another's server.

let site: Site;
beforeAll(async () => {
  const built = await builtSite();
  const serve = { ...built.server.serve, dhcp: 'proxy' as const };
  site = { ...built, server: { ...built.server, serve } };
});

const mac = '52:54:00:aa:00:0a';
const idleSeconds = 240;

/** What the client does once it has reported (systemd.system-credentials(7): extra-unit). */
const later = `[Unit]
After=sidus-report.service
[Service]
ExecStart=/bin/sh -c 'sleep ${idleSeconds}; echo 3 >/proc/sys/vm/drop_caches; cat /usr/bin/* >/dev/null && echo "sidus-test: reads with $$(hostname -I)" >/dev/console'
`;

/** Two addresses for one minute each. dnsmasq(8) gives none for less than two. */
const udhcpd = `start 10.0.2.100
end 10.0.2.101
interface cable
lease_file /rehearsal/udhcpd.leases
pidfile /run/udhcpd.pid
auto_time 5
min_lease 30
option lease 60
option subnet 255.255.255.0
`;

/**
 * Runs the rehearsal's script with that server in the office, and lets others ask on the same wire
 * when the client has idled.
 */
const scene = `
mkdir -p /run/bin
cat >/run/bin/dnsmasq <<'END'
#!/bin/sh
case "$*" in
*office.conf*) exec busybox udhcpd -f /rehearsal/udhcpd.conf ;;
esac
exec /usr/sbin/dnsmasq "$@"
END
chmod 755 /run/bin/dnsmasq
PATH=/run/bin:$PATH
card=$1
shift
mkfifo /run/said
sh "$@" --until-off >/run/said &
while IFS= read -r line; do
  printf '%s\\n' "$line"
  case $line in
  *'sidus-test: reads'*)
    for other in b c; do
      perl /rehearsal/network-client boot "$card" "52:54:00:aa:00:0$other" 0 | sed "s/^/$other: /"
    done
    # Until the file is written: every five seconds.
    before=$(stat -c %Y /rehearsal/udhcpd.leases)
    until [ "$(stat -c %Y /rehearsal/udhcpd.leases)" != "$before" ]; do sleep 0.2; done
    busybox dumpleases -r -f /rehearsal/udhcpd.leases | sed 's/^/leases: /'
    # With this shell all ends that was started here.
    exit 0
    ;;
  esac
done </run/said
`;

test('after four idle minutes with leases of one, a client reads its root at its old address, and others get others', async () => {
  const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(site)]);
  const credential = Buffer.from(later).toString('base64');
  const { expected, ...chain } = wholeChain(site, facts, {
    ...{ tree, version: 1, mac, firmware: 'bios' },
    before: quieting,
    after: [
      ...reporting,
      `systemd.set_credential_binary=systemd.extra-unit.later.service:${credential}`,
      'systemd.wants=later.service',
    ],
  });
  const client: VirtualClient = {
    version: { tree: expected.tree, version: expected.version },
    ...{ workshop, mac, memory, patience: 600 },
    chain: { kind: 'full', firmware: 'bios', ...chain },
    signal: new AbortController().signal,
  };
  const directory = `${layout.state}/rehearsal/leases`;
  const put = (name: string, text: string) =>
    system.write('server', `${directory}/${name}`, text, {
      ...{ mode: 0o644, owner: 'root', group: 'root' },
    });
  await prepare(client, directory, system);
  await put('udhcpd.conf', udhcpd);
  await put('udhcpd.leases', '');
  await put('network-client', readFileSync('test/support/network-client', 'utf8'));

  const [, ...words] = bootWith(client, false);
  const ran = await system.exec(
    workshop,
    ['sh', '-c', scene, 'sh', site.server.network.interfaceName, ...words],
    { ...inWorkshop(client, directory), patience: 600 },
  );
  await tidy(directory, system);
  const lines = ran.stdout.split('\n');
  const tail = lines.slice(-40).join('\n');
  const after = (start: string): readonly string[] =>
    lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));

  const [json = '{}'] = after('report: ');
  const report = clientReport.parse(JSON.parse(json));
  const { address, seconds, renewing } = report.lease;
  expect([seconds, renewing]).toEqual([60, true]);
  // It read every program again, with nothing kept in memory.
  const [, still] = /sidus-test: reads with (\S+)/.exec(ran.stdout) ?? [];
  expect(still, tail).toBe(address);
  // And by the server it has what it has: four minutes are four leases.
  expect(
    after('leases: ').some((line) => line.includes(` ${address} `) && !/expired/.test(line)),
    tail,
  ).toBe(true);
  // There are two addresses: one other client gets the other, and a third one none.
  const [second] = after('b: address ');
  expect(['10.0.2.100', '10.0.2.101'].filter((one) => one !== address)).toEqual([second]);
  expect(after('c: address ')).toEqual([]);
});
