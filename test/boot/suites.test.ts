import { beforeAll, describe, expect, test } from 'vitest';
import type { Site } from '../../src/features/index.ts';
import { bookworm, siteOfTwo, tree, tried } from './rehearsal-root.ts';

// One site of two trees, of the two suites, on the two versions of NFS; trixie on 4.1 is what all other
// boots are.

const listed = '52:54:00:aa:00:0d';
let site: Site;
beforeAll(async () => {
  site = await siteOfTwo([{ mac: listed, name: 'newer', tree, options: ['sidus.test=newer'] }]);
});

describe('a site whose machines boot Debian 12', () => {
  test('on NFS 4.1, by shim and GRUB of its own, which take TFTP', async () => {
    const { rehearsal, broken, said } = await tried(site, 'uefi', { tree: bookworm });
    expect(broken).toEqual([]);
    expect(rehearsal.report.tree).toBe(bookworm);
    expect(rehearsal.report.kernel).toMatch(/^6\.1\./);
    expect(rehearsal.report.units.failed).toEqual([]);
    // Its GRUB finds no device with a port in its name.
    expect(said).toContain(` sent /srv/tftp/sidus/${bookworm}/1/vmlinuz to `);
    expect(said).not.toMatch(/^httpd: .* url:\/sidus\//m);
  });

  test('on NFS 3, as its kernel words say, by lpxelinux', async () => {
    const { rehearsal, broken, said } = await tried(site, 'bios', {
      ...{ tree: bookworm, nfs: '3' },
      words: [`nfsroot=10.0.2.2:/srv/nfsroot/${bookworm}/versions/1,vers=3`],
    });
    expect(broken).toEqual([]);
    expect(rehearsal.report.tree).toBe(bookworm);
    expect(rehearsal.report.root.nfsVersion).toBe('3');
    expect(said).toMatch(new RegExp(`^httpd: .* url:/sidus/${bookworm}/1/vmlinuz$`, 'm'));
    expect(rehearsal.report.units.failed).toEqual([]);
  });

  test('but for one that is listed: it boots trixie, on NFS 3, as it finds out by itself', async () => {
    const { rehearsal, broken, said } = await tried(site, 'bios', { mac: listed, nfs: '3' });
    expect(broken).toEqual([]);
    expect(rehearsal.report.tree).toBe(tree);
    expect(rehearsal.report.hostname).toBe('newer');
    expect(rehearsal.report.kernel).toMatch(/^6\.12\./);
    expect(rehearsal.report.kernelCommandLine).toContain(' sidus.test=newer ');
    expect(rehearsal.report.root.nfsVersion).toBe('3');
    expect(said).toMatch(/sent \/srv\/tftp\/pxelinux\.cfg\/01-52-54-00-aa-00-0d /);
    expect(said).toMatch(new RegExp(`^httpd: .* url:/sidus/${tree}/1/vmlinuz$`, 'm'));
    expect(rehearsal.report.units.failed).toEqual([]);
  });
});
