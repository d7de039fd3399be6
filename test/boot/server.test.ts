import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import type { Overview } from '../../src/core/overview.ts';
import type { Site } from '../../src/features/index.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { judged } from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { Session } from '../../src/runner/session.ts';
import { leftovers } from '../support/machine.ts';
import { copied, planted } from './further-tree.ts';
import {
  builtOf,
  memory,
  preset,
  root,
  system,
  tree as usual,
  usualMac,
} from './rehearsal-root.ts';
import { serverImage, siteOfServer } from './server/server-image.ts';
import { type LabClient, labDirectory, ServerLab } from './server/server-lab.ts';

// A Debian 13 with systemd, and with exports, names and a firewall of its own, becomes a server of
// clients, and is taken back. One story: each test goes on where the one before it ended.

const tree = 'school';
const version = 1;
const before = leftovers(root);
let site: Site;
let expected: ReturnType<typeof wholeChain>['expected'];
let lab: ServerLab;
beforeAll(async () => {
  await copied(tree);
  await planted(tree, 'kept', 'server/inside');
  const { trees, ...others } = preset() as { trees: Record<string, object> };
  const built = await builtOf({
    ...others,
    trees: {
      [tree]: overlaid(trees[usual] ?? {}, {
        tree: { hostKeys: 'kept' },
        homes: { kind: 'here', path: '/srv/homes', listed: 'server' },
        // What it is in the usual tree already.
        accounts: { users: [{ name: 'alpha', groups: ['video', 'plugdev'], uid: 1000 }] },
        packages: { include: ['pamtester'] },
      }),
    },
  });
  site = siteOfServer(built);
  const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(built)]);
  const words = { before: [], after: [] };
  expected = wholeChain(site, facts, {
    tree,
    version,
    mac: usualMac,
    firmware: 'bios',
    ...words,
  }).expected;
  await serverImage(built, labDirectory);
  lab = await ServerLab.on();
});
afterAll(async () => {
  await lab?.off();
  expect(await before.settled()).toEqual([]);
});

/** All that lies in /etc: kind, mode, owner, group, where links lead, and what is in it. */
const etc =
  "cd / && find etc -printf '%p %y %m %u %g %l\\n' | sort && find etc -type f -exec sha256sum {} + | sort -k 2";
const units = 'systemctl list-unit-files --no-legend --no-pager | sort';
/** What the server did before, and must go on doing. */
const own = `
systemctl is-active dnsmasq nfs-server nftables
getent hosts printer.school.test
exportfs -s | grep -v -e /srv/nfsroot -e /srv/homes | sort
nft list chain inet filter input | grep -E 'policy|dport 22'`;
const rules = 'nft list ruleset';
const answers = '--offline --answers /root/site.yaml';

function events(output: string): readonly Event[] {
  return output
    .split('\n')
    .flatMap((line) => (line.startsWith('{"type"') ? [JSON.parse(line)] : []));
}

/** What the server wrote down last: of its runs, and of its own. */
const logged = async (): Promise<string> =>
  (await lab.run('tail -n 20 /var/lib/sidus/runs/*/full.log; journalctl --no-pager -n 30')).output;

const ownKey = `/srv/nfsroot/${tree}/clients/52-54-00-aa-00-01/etc/ssh/ssh_host_ed25519_key`;
const hostKey = async (): Promise<string> =>
  (await lab.output(`sha256sum <${ownKey}`)).slice(0, 64);

/** What does not hold of a client. */
function broken({ report }: LabClient): readonly string[] {
  return judged(site, { ...expected, mac: usualMac, memory }, report)
    .filter(({ holds }) => !holds)
    .map(({ what, found }) => `${what}: ${found}`);
}

describe('a server that was somebody’s before', () => {
  const was = { etc: '', units: '', own: '', rules: '' };

  test('has a life of its own', async () => {
    was.etc = await lab.output(etc);
    was.units = await lab.output(units);
    was.own = await lab.output(own);
    was.rules = await lab.output(rules);
    expect(was.own).toMatch(/^active\nactive\nactive\n10\.77\.0\.9 +printer\.school\.test/);
    expect(was.own).toMatch(/\/srv\/papers +10\.77\.0\.0\/24/);
  });

  test('is set up by apply, which finds the tree built and does not build it again', async () => {
    const { code, output } = await lab.run(`sidus apply --yes --json ${answers}`);
    const happened = events(output);
    expect(code, output.slice(-3000)).toBe(0);
    const started = happened.flatMap((event) =>
      event.type === 'step-started' ? [event.step] : [],
    );
    // Beside its own part only what lies in /etc/sidus, which came on no disk: the answers, and who has which password.
    expect(started.filter((step) => !step.startsWith('serve/'))).toEqual([
      'site/answers',
      `accounts/${tree}/sheet`,
      `clients/${tree}/own-files`,
    ]);
    expect(started).toContain('serve/exports');
    expect(await lab.output(own)).toBe(was.own);
    // And nothing is left to be done.
    expect((await lab.run(`sidus plan ${answers}`)).code).toBe(0);
  });

  // A client that a failed test left on would be in the way of the next one's.
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await lab.clientOff();
  });

  test('boots a client to its login, which holds what the site promises', async () => {
    const client = await lab.client(usualMac).catch(async (error: unknown) => {
      throw new Error(`${error}\n${await logged()}`);
    });
    expect(broken(client)).toEqual([]);
    expect(client.report.own).toBe('copied');
    expect(client.said).toMatchObject({
      session: '0',
      home: 'alpha 700 sidus-server:/srv/homes nfs4',
      before: 'none',
      written: 'kept',
      root: 'kept out',
      key: `root 600 ${await hostKey()}`,
      // To its own address alone, by the server's own nfsd.
      own: expect.stringMatching(/^[1-9]$/),
      other: 'refused',
    });
    expect(
      await lab.output(
        `grep -rlF -e "$(sed -n 3p ${ownKey})" /etc /root /srv/tftp /srv/nfsroot/${tree}/clients /var/lib /var/log`,
      ),
    ).toBe(`${ownKey}\n`);
    // By HTTP before its root was there, and by NTP since, both through the server's own firewall.
    expect(client.report.clock).toMatchObject({
      atBoot: expect.stringMatching(/^(right|set by -?\d+ seconds)$/),
      offSeconds: expect.any(Number),
      kept: true,
    });
    const status = JSON.parse(await lab.output('sidus status --json')) as Overview;
    const seen = JSON.stringify(status, null, 1);
    expect(status.clients, seen).toMatchObject([
      { mac: usualMac, sees: 'both', tree, version, address: client.report.addresses[0] },
    ]);
    // Tests before this one worked in the draft that the second disk brings.
    const problems = status.problems.filter(({ code }) => code !== 'tree/draft-ahead');
    expect(problems, seen).toEqual([]);
    await lab.clientOff();
  });

  test('is back after a restart, with all that it serves', async () => {
    await lab.reboot();
    expect(await lab.output(own)).toBe(was.own);
    // A link that is new: the wire is asked for half a minute before addresses are given.
    await lab.output(
      "timeout 120 sh -c 'until systemctl is-active --quiet sidus-dnsmasq.service; do sleep 1; done'",
    );
    expect((await lab.run(`sidus plan ${answers}`)).code).toBe(0);
    const status = JSON.parse(await lab.output('sidus status --json')) as Overview;
    expect(status.server.services.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'nfs-server.service running',
      'sidus-dnsmasq.service running',
      'sidus-http.service running',
      'sidus-time.service running',
    ]);
    const client = await lab.client(usualMac);
    expect(broken(client)).toEqual([]);
    expect(client.said).toMatchObject({
      session: '0',
      before: 'kept',
      written: 'kept',
      key: `root 600 ${await hostKey()}`,
      other: 'refused',
    });
  });

  test('is not taken from under a client: nfsd’s own table says who runs what', async () => {
    const { code, output } = await lab.run('sidus undo --yes 2>&1');
    expect(code).toBe(2);
    expect(output).toContain('undo/clients-run');
    expect(output).toMatch(new RegExp(`desk runs ${tree} version ${version}`));
    await lab.clientOff();
  });

  test('is as before after undo: its files, its units, its rules, and what it did for others', async () => {
    const { code, output } = await lab.run('sidus undo --yes --disconnect');
    expect(code, `${output.slice(-2000)}\n${await logged()}`).toBe(0);
    expect(await lab.output(etc)).toBe(was.etc);
    expect(await lab.output(units)).toBe(was.units);
    expect(await lab.output(rules)).toBe(was.rules);
    expect(await lab.output(own)).toBe(was.own);
    // Somebody may run on it still: a version is deleted by `tree delete` alone.
    expect((await lab.run(`test -d /srv/nfsroot/${tree}/versions/${version}`)).code).toBe(0);
    // And what users keep is theirs.
    expect(await lab.output('cat /srv/homes/alpha/note')).toBe('kept\nkept\n');
  });
});
