import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsFrom } from '../../src/core/fact.ts';
import { httpCommand } from '../../src/features/serve/http.ts';
import { listeners, parseListeners, portProblems } from '../../src/features/serve/http-port.ts';
import { rootDirectory } from '../../src/features/server-facts.ts';
import { quote } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

// The HTTP server of a site, by its own command line, in a network that is ours alone.

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const { site } = plannedFrom({ server: { network }, trees: { lab: {} } });
const root = temporaryDirectory('http');
const before = leftovers(root);
const host = new Host({ root, cache: sharedCache });
const kernel = `${'kernel '.repeat(100_000)}\n`;
const attributes = { mode: 0o644, owner: 'root', group: 'root' };

beforeAll(async () => {
  await readyWorkshop();
  const put = (path: string, content: string, mode = 0o644) =>
    host.write('server', path, content, { ...attributes, mode });
  await put('/srv/tftp/sidus/lab/1/vmlinuz', kernel);
  await host.link('server', '/srv/tftp/sidus/lab/current', '1');
  await put('/srv/tftp/sidus/lab/1/private', 'of root\n', 0o600);
  await put('/srv/tftp/sidus/cgi-bin/run', '#!/bin/sh\necho; echo executed\n', 0o755);
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(root);
});

/** Runs the server, and then the scene, in which `ask PATH [HEADER…]` prints what is answered. */
async function play(scene: string, command = httpCommand(site)) {
  const served = `
set -eu
ip link set lo up
ip link add lan0 type veth peer name cable
ip link set cable up
ip address add 192.168.67.1/24 dev lan0
ip link set lan0 up
serve() {
  setpriv --reuid=65534 --regid=65534 --clear-groups "$@" >/run/http.log 2>&1 </dev/null &
  server=$!
  tries=0
  until ss -Hltn | grep -q ':7069 '; do
    tries=$((tries + 1)); [ "$tries" -lt 500 ] || { cat /run/http.log >&2; exit 9; }
    kill -0 "$server" || { cat /run/http.log >&2; exit 9; }
    sleep 0.02
  done
}
# As a client sends it, with nothing made tidy on the way.
ask() {
  perl -MIO::Socket::INET -e 'my ($path, @more) = @ARGV;
    my $s = IO::Socket::INET->new(PeerAddr => "192.168.67.1:7069", Timeout => 5) or die "nobody: $!";
    print $s join("\\r\\n", "GET $path HTTP/1.1", "Host: 192.168.67.1", @more, "", "");
    local $/; print <$s>;' "$@"
}
serve ${command.map(quote).join(' ')}
${scene}`;
  return host.exec(testWorkshop, ['sh', '-c', served], {
    privateNetwork: true,
    patience: 60,
    binds: [{ from: { place: 'server', path: '/srv/tftp' }, to: '/srv/tftp', readOnly: true }],
  });
}

const status = (answer: string): string => /^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1] ?? answer;

describe('the HTTP server of a site', () => {
  test('gives a kernel whole, with its length, also from its middle on', async () => {
    const whole = await play('ask /sidus/lab/1/vmlinuz');
    expect(whole.code, whole.stderr).toBe(0);
    expect(status(whole.stdout)).toBe('200');
    expect(whole.stdout).toMatch(new RegExp(`^Content-Length: ${kernel.length}\r$`, 'im'));
    expect(whole.stdout.slice(whole.stdout.indexOf('\r\n\r\n') + 4)).toBe(kernel);
    // GRUB asks so when it seeks.
    const rest = await play(`ask /sidus/lab/current/vmlinuz 'Range: bytes=699990-'`);
    expect(status(rest.stdout)).toBe('206');
    expect(rest.stdout.slice(rest.stdout.indexOf('\r\n\r\n') + 4)).toBe(kernel.slice(699_990));
  });

  test('lists nothing, leaves its directory nowhere, executes nothing, reads as nobody', async () => {
    const ask = async (path: string): Promise<string> =>
      status((await play(`ask ${quote(path)}`)).stdout);
    expect(await ask('/sidus/lab/1/')).toBe('404');
    expect(await ask('/')).toBe('404');
    for (const outside of [
      '/../../etc/passwd',
      '/sidus/../../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
    ])
      expect(['400', '403', '404']).toContain(await ask(outside));
    expect(await ask('/sidus/lab/1/private')).toBe('404');
    const { stdout } = await play('ask /sidus/cgi-bin/run');
    expect(stdout).not.toMatch(/^executed/m);
    const { stdout: pid } = await play('sed -n "s/^Uid:\\s*//p" /proc/$server/status');
    expect(pid.trim().split(/\s+/)).toEqual(['65534', '65534', '65534', '65534']);
  });

  test('listens on the card of the clients alone, and says who asked for what', async () => {
    const ran = await play(
      `ask /sidus/lab/1/vmlinuz >/run/got; cat /run/http.log; ${listenersOf()}`,
    );
    expect(ran.stdout).toMatch(/^192\.168\.67\.1:\d+: url:\/sidus\/lab\/1\/vmlinuz$/m);
    expect(parseListeners(ran.stdout).others).toEqual([
      { address: '192.168.67.1', port: 7069, program: 'busybox' },
    ]);
  });

  test('who has its port already is found, unless it is our own', async () => {
    const { stdout } = await play(listenersOf());
    const facts = (text: string) =>
      factsFrom(
        new Map<string, unknown>([
          [listeners.id, parseListeners(text)],
          [rootDirectory.id, '/'],
        ]),
      );
    expect(portProblems(site, facts(stdout)).map(({ code }) => code)).toEqual(['serve/port-taken']);
    expect(portProblems(site, facts(`ours 192.168.67.1:7069\n${stdout}`))).toEqual([]);
  });
});

/** The command of the fact, as it runs on a server. */
function listenersOf(): string {
  if (listeners.source.kind !== 'command') throw new Error('it is a command');
  return listeners.source.argv.map((word) => quote(String(word))).join(' ');
}
