import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { script } from '../../src/core/assets.ts';
import { layout } from '../../src/core/layout.ts';
import { inTree } from '../../src/core/place.ts';
import type { Site } from '../../src/features/index.ts';
import type { Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { boot, broken, builtSite, root, system, tree, usualMac } from './rehearsal-root.ts';

let site: Site;
let first: Rehearsal;
beforeAll(async () => {
  site = await builtSite();
  first = await boot(site);
});

describe('clients of one version', () => {
  test('what the site promises holds in the booted client', () => {
    expect(broken(site, first)).toEqual([]);
    expect(first.report.units.failed).toEqual([]);
    expect(first.report.units.state).toBe('running');
    // By the server's own responder, heard before all was started.
    expect(first.report.clock).toMatchObject({ offSeconds: expect.any(Number), kept: true });
    // mtr-tiny has one: without the unit that restores it, NFS would have lost it.
    expect(first.report.capabilities.join(' ')).toContain('mtr-packet cap_net_raw');
    expect(first.bytes.received).toBeGreaterThan(10_000_000);
    expect(first.bytes.sent).toBeGreaterThan(100_000);
    expect(first.timings.login).toBeGreaterThan(first.timings.firmware + first.timings.kernel);
  });

  test('two clients differ in all that is theirs, and in nothing else', async () => {
    const mac = '52:54:00:aa:00:02';
    // Its battery is empty: by its own clock all of this is a year ago.
    const clock = new Date(Date.now() - 365 * 86_400_000).toISOString().slice(0, 19);
    const said: string[] = [];
    const second = await boot(site, {
      ...{ mac, hostname: 'node2', clock },
      watch: (event) => event.type === 'console' && said.push(event.line),
    });
    // Right before the root is there, so before anybody looks at the date of a certificate.
    const set = said.findIndex((line) =>
      /sidus: the clock was wrong; set by 315\d{5} sec/.test(line),
    );
    expect(set).toBeGreaterThanOrEqual(0);
    expect(set).toBeLessThan(said.findIndex((line) => line.includes('sidus: root ready')));
    expect(second.report.clock.atBoot).toMatch(/^set by 315\d{5} seconds$/);
    expect(Math.abs(second.report.clock.offSeconds ?? 1e9)).toBeLessThanOrEqual(2);
    expect(first.report.clock.atBoot).toBe('right');
    expect(broken(site, second, { mac, hostname: 'node2' })).toEqual([]);
    expect(second.report.machineId).not.toBe(first.report.machineId);
    expect(second.report.hostname).not.toBe(first.report.hostname);
    expect(first.report.sshHostKeys.length).toBeGreaterThan(0);
    for (const key of second.report.sshHostKeys)
      expect(first.report.sshHostKeys).not.toContain(key);
    expect(second.report.version).toBe(first.report.version);
    expect(second.report.kernel).toBe(first.report.kernel);
    expect(second.report.users).toEqual(first.report.users);
  });

  test('a client that is up before the server waits, says what for, and goes on', async () => {
    const waited: string[] = [];
    const late = await boot(site, {
      mac: '52:54:00:aa:00:03',
      hostname: 'node3',
      serveNow: (event) =>
        // Twice, so that it has counted and tried again.
        event.type === 'console' &&
        /sidus: waiting for .*10\.0\.2\.2/.test(event.line) &&
        waited.push(event.line) === 2,
    });
    expect(waited.length).toBeGreaterThanOrEqual(2);
    expect(waited[0]).not.toBe(waited[1]);
    expect(broken(site, late, { mac: '52:54:00:aa:00:03', hostname: 'node3' })).toEqual([]);
  });

  test('a wrong hostname, a plain tmpfs root and a wrong version are each found out', async () => {
    const place = inTree(tree);
    const path = '/etc/initramfs-tools/scripts/sidus';
    const honest = (await system.read(place, path)) ?? '';
    const attributes = { mode: 0o644, owner: 'root', group: 'root' };
    // The overlay is moved aside for a tmpfs, with copies of what is small and binds of the rest.
    const planted = honest.replace(
      /\n\tsidus_identity\n/,
      (call) => `${call}
	mkdir -p /run/planted
	mount -n -o move "$rootmnt" /run/planted
	mount -t tmpfs -o mode=0755 planted "$rootmnt"
	cp -a /run/planted/etc /run/planted/root /run/planted/home "$rootmnt/"
	for directory in usr var boot opt srv media mnt; do
		mkdir -p "$rootmnt/$directory"
		mount -o bind "/run/planted/$directory" "$rootmnt/$directory"
	done
	mkdir -p "$rootmnt/proc" "$rootmnt/sys" "$rootmnt/dev" "$rootmnt/run" "$rootmnt/tmp"
	for link in bin sbin lib lib64; do ln -s "usr/$link" "$rootmnt/$link"; done
`,
    );
    expect(planted).not.toBe(honest);
    const publish = async (number: number): Promise<void> => {
      const made = await system.exec(place, ['/usr/lib/sidus/make-initrd'], { confined: true });
      expect(made.code, made.stderr).toBe(0);
      const published = await system.exec(
        'server',
        [
          ...(['sh', script('publish')] as const),
          { at: { place: 'server', path: `${layout.trees}/${tree}` } },
          tree,
          String(number),
        ],
        { confined: true },
      );
      expect(published.code, published.stderr).toBe(0);
    };
    const last = Number((await system.read('server', `${layout.trees}/${tree}/last-version`)) ?? 0);
    await system.write(place, path, planted, attributes);
    try {
      await publish(last + 1);
    } finally {
      await system.write(place, path, honest, attributes);
    }
    const impostor = await boot(site, { version: last + 1, hostname: 'impostor' });
    rmSync(`${root}/srv/nfsroot/${tree}/versions/${last + 1}`, { recursive: true });
    const found = broken(site, impostor, { version: 1, hostname: 'node1' });
    expect(impostor.report.root.type).toBe('tmpfs');
    expect(found).toContain('hostname');
    expect(found).toContain('root');
    expect(found).toContain('version');
    // And nothing is found fault with that is as it should be.
    expect(impostor.report.mac).toBe(usualMac);
    expect(found).not.toContain('boot card');
    expect(found).not.toContain('machine-id');
  });
});
