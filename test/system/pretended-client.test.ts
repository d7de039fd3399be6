import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { layout } from '../../src/core/layout.ts';
import { inTree } from '../../src/core/place.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { judge } from '../../src/features/expectation.ts';
import type { Site } from '../../src/features/index.ts';
import { obstacleFacts } from '../../src/features/obstacles.ts';
import { workshop } from '../../src/features/workshop.ts';
import { overlaid, parseAnswers } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { derive, firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { bootWords, judged, rehearsalPlan, usualForm } from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { reporting } from '../../src/rehearsal/preparation.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import {
  type Firmware,
  firmwares,
  type Rehearsal,
  type RehearsalEvent,
  serverInRehearsal,
  type VirtualClient,
} from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { presets } from '../support/facts.ts';

const never = new AbortController().signal;
const mac = '52:54:00:12:34:56';

const make = (failing: string | null = null): Pretend =>
  new Pretend({ failing, haste: 1, sleep: async () => undefined });

async function built(
  system: Pretend,
  preset: string,
  more: unknown = {},
  kind: 'quick' | 'full' = 'quick',
): Promise<{ site: Site; tree: string; events: readonly Event[] }> {
  const session = new Session(system);
  const answers = overlaid(
    parseAnswers(readFileSync(`presets/${preset}.yaml`, 'utf8'), preset),
    more,
  );
  const first = await session.gather([...firstFacts(), ...obstacleFacts]);
  const { site, problems } = complete(answers, first);
  if (site === null) throw new Error(JSON.stringify(problems));
  const facts = await session.gather([...firstFacts(), ...obstacleFacts, ...furtherFacts(site)]);
  const events: Event[] = [];
  const plan = rehearsalPlan(site, facts, kind);
  const report = await session.apply(plan, 'test', (event) => events.push(event), never);
  expect(report.problem).toBeNull();
  return { site, tree: Object.keys(site.trees)[0] ?? '', events };
}

async function boot(
  system: Pretend,
  site: Site,
  tree: string,
  more: Partial<VirtualClient> = {},
): Promise<Rehearsal & { events: readonly RehearsalEvent[] }> {
  const events: RehearsalEvent[] = [];
  const rehearsal = await rehearse(
    {
      version: { tree, version: 1 },
      workshop,
      mac,
      memory: 1024,
      chain: {
        kind: 'quick',
        hostname: 'node1',
        form: usualForm(site, tree),
        commandLine: bootWords(site, serverInRehearsal, tree, 1, []),
      },
      patience: 300,
      signal: never,
      ...more,
    },
    system,
    (event) => events.push(event),
  );
  return { ...rehearsal, events };
}

function broken(site: Site, tree: string, { report }: Rehearsal): readonly string[] {
  const given = { tree, version: 1, mac, hostname: 'node1', memoryBytes: 2 ** 30 };
  return judge(site, given, report).flatMap(({ what, holds }) => (holds ? [] : [what]));
}

describe.each(presets)('a pretended rehearsal of %s', (preset) => {
  test('holds, and takes the same time whenever it is looked at', async () => {
    const seen = await Promise.all(
      [1, 2].map(async () => {
        const system = make();
        const { site, tree, events } = await built(system, preset);
        const rehearsal = await boot(system, site, tree);
        expect(broken(site, tree, rehearsal)).toEqual([]);
        return JSON.stringify([events, rehearsal, system.now()]);
      }),
    );
    expect(seen[0]).toBe(seen[1]);
  });
});

const modes = (['full', 'proxy', 'existing'] as const).flatMap((dhcp) =>
  // Beside another server UEFI starts by iPXE, which is not signed.
  firmwares
    .filter((firmware) => dhcp !== 'proxy' || firmware !== 'secureboot')
    .map((firmware) => [dhcp, firmware] as const),
);

/** From the firmware on, by the files that this site makes. */
async function wholly(preset: string, firmware: Firmware, answers: object) {
  const system = make();
  const { site, tree } = await built(system, preset, answers, 'full');
  const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(site)]);
  const { expected, ...chain } = wholeChain(site, facts, {
    ...{ tree, version: 1, mac, firmware },
    before: [],
    after: reporting,
  });
  const rehearsal = await boot(system, site, tree, {
    chain: { kind: 'full', firmware, ...chain },
  });
  const findings = judged(site, { ...expected, mac, memory: 1024 }, rehearsal.report);
  return { rehearsal, broken: findings.filter(({ holds }) => !holds) };
}

describe.each(presets)('a pretended rehearsal of the whole chain of %s', (preset) => {
  test.each(modes)(
    'with %s and the firmware %s holds, for a machine that is not listed',
    async (dhcp, firmware) => {
      const { rehearsal, broken } = await wholly(preset, firmware, { server: { serve: { dhcp } } });
      expect(broken).toEqual([]);
      expect(
        rehearsal.events.flatMap((event) => (event.type === 'stage' ? [event.stage] : [])),
      ).toEqual(['power', 'address', 'loader', 'kernel', 'root', 'report']);
    },
  );
});

test.each(modes)('of Debian 12 it holds with %s and the firmware %s', async (dhcp, firmware) => {
  const answers = {
    server: { serve: { dhcp } },
    trees: { rehearsal: { tree: { suite: 'bookworm' } } },
  };
  expect((await wholly('rehearsal', firmware, answers)).broken).toEqual([]);
});

describe('a pretended chain that is broken', () => {
  type Files = ReturnType<typeof wholeChain>['files'];

  async function tried(
    firmware: Firmware,
    change: (files: Files) => Files,
    more: { readonly http?: readonly string[] } = {},
    dhcp = 'full',
  ): Promise<readonly string[]> {
    const system = make();
    const answers = { server: { serve: { dhcp } } };
    const { site: given, tree } = await built(system, 'minimal', answers, 'full');
    const own = { mac, name: 'desk1', options: ['own.word=1'] };
    const site = { ...given, clients: [own] };
    const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(site)]);
    const { expected, files, ...chain } = wholeChain(site, facts, {
      ...{ tree, version: 1, mac, firmware },
      before: [],
      after: reporting,
    });
    const { report } = await boot(system, site, tree, {
      chain: { kind: 'full', firmware, files: change(files), ...chain, ...more },
    });
    return judged(site, { ...expected, mac, memory: 1024 }, report).flatMap(({ what, holds }) =>
      holds ? [] : [what],
    );
  }

  test.each([
    ['bios', 'lpxelinux.0'],
    ['bios', 'ldlinux.c32'],
    ['uefi', 'shimx64.efi'],
    ['uefi', 'grubx64.efi'],
    ['uefi', 'sidus/minimal/1/vmlinuz'],
  ] as const)('with the firmware %s does not boot without %s', async (firmware, path) => {
    const without = (files: Files): Files => files.filter((file) => file.path !== path);
    await expect(tried(firmware, without)).rejects.toThrow('did not boot');
  });

  test.each([
    ['proxy', 'bios', 'lpxelinux.0'],
    ['proxy', 'uefi', 'snponly.efi'],
    ['proxy', 'uefi', 'ipxe/boot.ipxe'],
    ['proxy', 'uefi', 'sidus/minimal/1/vmlinuz'],
    ['existing', 'uefi', 'shimx64.efi'],
  ] as const)(
    'with %s and the firmware %s does not boot without %s',
    async (dhcp, firmware, path) => {
      const without = (files: Files): Files => files.filter((file) => file.path !== path);
      await expect(tried(firmware, without, {}, dhcp)).rejects.toThrow('did not boot');
      // And with all of them it does, with the name that the other server was told.
      expect(await tried(firmware, (files) => files, {}, dhcp)).toEqual([]);
    },
  );

  test('whose iPXE does not find what is its own boots what everybody does, and is found out', async () => {
    const without = (files: Files): Files =>
      files.filter(({ path }) => !path.startsWith('ipxe/01-'));
    expect(await tried('uefi', without, {}, 'proxy')).toEqual(['kernel command line']);
  });

  test.each([
    // The name of the label that failed is added to its words.
    ['bios', ['kernel command line', 'kernel came over']],
    ['uefi', ['kernel came over']],
  ] as const)(
    'with the firmware %s boots without its HTTP server, and is found out',
    async (firmware, found) => {
      const same = (files: Files): Files => files;
      expect(await tried(firmware, same, { http: [] })).toEqual(found);
      expect(await tried(firmware, same)).toEqual([]);
      const elsewhere = ['/usr/bin/busybox', 'httpd', '-p', '192.168.67.1:80', '-h', '/srv/tftp'];
      expect(await tried(firmware, same, { http: elsewhere })).toEqual(found);
    },
  );

  test('whose GRUB does not find what is its own boots what everybody does, and is found out', async () => {
    expect(await tried('uefi', (files) => files)).toEqual([]);
    const listing = (files: Files): Files =>
      files.map((file) =>
        'content' in file && file.path === 'grub/grub.cfg'
          ? { ...file, content: file.content.replace('[ -s ', '[ -e ') }
          : file,
      );
    expect(await tried('uefi', listing)).toEqual(['kernel command line']);
  });
});

describe('a version as an image', () => {
  const image = { trees: { rehearsal: { tree: { form: 'image' } } } };

  test('holds, with fewer bytes, and is not taken for one as files', async () => {
    const system = make();
    const { site, tree } = await built(system, 'rehearsal', image);
    const rehearsal = await boot(system, site, tree);
    expect(broken(site, tree, rehearsal)).toEqual([]);
    expect(rehearsal.report.root.form).toBe('image');
    expect(rehearsal.bytes.received).toBeLessThan(72_716_408);
    const files = await built(make(), 'rehearsal');
    expect(broken(files.site, tree, rehearsal)).toEqual([
      'tree below its layer',
      'path on its server',
    ]);
  });

  test.each(modes)('holds over the whole chain with %s and the firmware %s', async (dhcp, fw) => {
    // Listed machines have files of their own: what every loader reads for this one is its own.
    const clients = [{ mac, name: 'node7', options: ['quiet'] }];
    const own = await wholly('rehearsal', fw, { ...image, server: { serve: { dhcp } }, clients });
    expect(own.broken).toEqual([]);
    expect(own.rehearsal.report.root.form).toBe('image');
    const everybody = await wholly('rehearsal', fw, { ...image, server: { serve: { dhcp } } });
    expect(everybody.broken).toEqual([]);
    expect(everybody.rehearsal.report.root.form).toBe('image');
  });

  test('is no root for an initrd that knows of none; without an image nothing is booted', async () => {
    const system = make();
    const { site, tree } = await built(system, 'rehearsal', image);
    const initrd = '/boot/initrd.img-6.12.117+deb13-amd64';
    const before = (await system.read(inTree(tree, 1), initrd)) ?? '';
    const attributes = { mode: 0o644, owner: 'root', group: 'root' };
    const older = before.replaceAll('sidus.image', 'other.words');
    await system.write(inTree(tree, 1), initrd, older, attributes);
    await expect(boot(system, site, tree)).rejects.toThrow('No working init');
    await system.remove('server', '/srv/nfsroot/rehearsal/images/1/root.erofs');
    await expect(boot(system, site, tree)).rejects.toThrow('has no image');
  });
});

describe('what is otherwise in the tree is otherwise in the client', () => {
  let system: Pretend;
  let site: Site;
  const tree = 'rehearsal';
  const version = inTree(tree, 1);
  const root = { mode: 0o644, owner: 'root', group: 'root' };
  const initrd = '/boot/initrd.img-6.12.117+deb13-amd64';
  beforeAll(async () => {
    system = make();
    ({ site } = await built(system, 'rehearsal'));
  });

  /** Boots with one file of the version changed, and puts it back. */
  async function withFile(path: string, edit: (text: string) => string): Promise<Rehearsal> {
    const before = (await system.read(version, path)) ?? '';
    const after = edit(before);
    expect(after).not.toBe(before);
    await system.write(version, path, after, root);
    try {
      return await boot(system, site, tree);
    } finally {
      await system.write(version, path, before, root);
    }
  }

  test('the stages and the console are those of a boot', async () => {
    const { events, timings, bytes, accelerated } = await boot(system, site, tree);
    expect(events.filter(({ type }) => type === 'stage')).toEqual([
      { type: 'stage', stage: 'power', seconds: 0 },
      { type: 'stage', stage: 'kernel', seconds: 8.2 },
      { type: 'stage', stage: 'root', seconds: 13.3 },
      { type: 'stage', stage: 'report', seconds: 28.9 },
    ]);
    expect(events.filter(({ type }) => type === 'console').length).toBeGreaterThan(55);
    expect(timings).toEqual({ firmware: 8.2, kernel: 5.1, root: 15.3, login: 28.6 });
    expect(bytes.received).toBe(72_716_408);
    expect(accelerated).toBe(false);
  });

  test('a boot script with a hostname of its own', async () => {
    const wrong = await withFile(initrd, (text) =>
      text.replace(
        'echo "$sidus_host" >/proc/sys/kernel/hostname',
        'echo "impostor" >/proc/sys/kernel/hostname',
      ),
    );
    expect(wrong.report.hostname).toBe('impostor');
    expect(broken(site, tree, wrong)).toEqual(['hostname']);
  });

  test('a boot script that mounts a tmpfs over the root', async () => {
    const wrong = await withFile(initrd, (text) =>
      text.replace(/\n\tsidus_identity\n/, '$&\tmount -t tmpfs planted "$rootmnt"\n'),
    );
    expect(broken(site, tree, wrong)).toEqual(['root']);
  });

  test.each([
    ['/etc/sidus/version', 'VERSION=1', 'VERSION=7', ['version']],
    ['/etc/locale.conf', 'fr_FR', 'de_DE', ['language']],
    ['/etc/default/keyboard', '"fr"', '"de"', ['keyboard']],
    ['/etc/group', /(video:.*)alpha/, '$1', ['groups of alpha']],
    ['/etc/passwd', /\/bin\/bash\n$/, '/bin/zsh\n', ['shell of alpha']],
    ['/etc/shadow', 'root:*', 'root:$y$open', ['root by password']],
    ['/etc/systemd/journald.conf.d/sidus.conf', 'volatile', 'auto', ['journal']],
  ] as const)('%s', async (path, from, to, wanted) => {
    const wrong = await withFile(path, (text) => text.replace(from, to));
    expect(broken(site, tree, wrong)).toEqual(wanted);
  });

  test('an initrd without a boot script ends in a shell', async () => {
    await expect(withFile(initrd, (text) => text.split('\n')[0] ?? '')).rejects.toThrow(
      '(initramfs)',
    );
  });

  test('a client waits for a server that comes later', async () => {
    const waited: string[] = [];
    const late = await boot(system, site, tree, {
      serveNow: (event) =>
        event.type === 'console' &&
        /sidus: waiting for 10\.0\.2\.2/.test(event.line) &&
        waited.push(event.line) === 2,
    });
    expect(waited.length).toBeGreaterThanOrEqual(2);
    expect(broken(site, tree, late)).toEqual([]);
  });

  test('one that is sent to another version asks for it until patience ends', async () => {
    const commandLine = bootWords(site, serverInRehearsal, tree, 2, []);
    const chain = { kind: 'quick', hostname: 'node1', form: 'files', commandLine } as const;
    await expect(boot(system, site, tree, { chain })).rejects.toThrow('did not report');
  });

  test('a draft is as it was when its maker is stopped', async () => {
    const stop = new AbortController();
    const slow = new Pretend({
      failing: null,
      haste: 1,
      sleep: async () => stop.abort(),
    });
    const ran = await slow.exec(
      'server',
      ['sh', { asset: 'bootstrap', sha256: '' }, '/srv/nfsroot/lab/draft', '', '', '', 'trixie'],
      { confined: true, signal: stop.signal, line: () => undefined },
    );
    expect(ran.code).toBe(137);
    expect(await slow.stat(inTree('lab'), '/usr')).toBeNull();
  });
});

describe('what was asked to fail', () => {
  test('a boot says so on its console, and the next one goes well', async () => {
    const system = make('quick');
    const { site, tree } = await built(system, 'rehearsal');
    const failed = await boot(system, site, tree).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ProblemError);
    expect((failed as ProblemError).problems[0]?.code).toBe('rehearsal/failed');
    expect((failed as ProblemError).message).toContain('sidus: cannot start: ');
    expect(broken(site, tree, await boot(system, site, tree))).toEqual([]);
  });

  test.each([
    ['bootstrap', 'run/mirror-failed'],
    ['make-initrd', 'run/command-failed'],
    ['publish', 'run/no-space'],
    ['apt-get', 'run/mirror-failed'],
    ['find-dhcp-servers', 'run/foreign-dhcp'],
    ['sidus-dnsmasq', 'run/command-failed'],
  ])('%s: %s', async (word, code) => {
    const system = make(word);
    const session = new Session(system);
    const answers = parseAnswers(readFileSync('presets/minimal.yaml', 'utf8'), 'minimal');
    const first = await session.gather([...firstFacts(), ...obstacleFacts]);
    const { site } = complete(answers, first);
    if (site === null) throw new Error('no site');
    const facts = await session.gather([...firstFacts(), ...obstacleFacts, ...furtherFacts(site)]);
    const plan = derive(site, facts);
    const report = await session.apply(plan, 'test', () => undefined, never);
    expect(report.problem?.code).toBe(code);
    const second = await session.apply(plan, 'test', () => undefined, never);
    expect(second.outcome).toBe('ok');
    // Some time after the service was started, machines of the room appear.
    const leases = `${layout.state}/dnsmasq.leases`;
    expect(await system.read('server', leases)).toBeNull();
    system.pass(13);
    const one = await system.read('server', leases);
    expect(one).toBe('0 3c:52:82:1f:0a:01 192.168.67.128 * 01:3c:52:82:1f:0a:01\n');
    system.pass(20);
    expect((await system.read('server', leases))?.trim().split('\n')).toHaveLength(2);
  });
});

test('facts take no time, and their order does not matter', async () => {
  const system = make();
  const before = system.now();
  await new Session(system).gather([...firstFacts(), ...obstacleFacts]);
  expect(system.now()).toEqual(before);
  expect(before.toISOString()).toBe('2026-11-21T10:00:00.000Z');
});
