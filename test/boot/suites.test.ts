import { describe, expect, test } from 'vitest';
import { bookworm, boot, broken, builtSite, tree, tried } from './rehearsal-root.ts';

// The two suites on the two versions of NFS; trixie on 4.1 is what all other boots are.

describe('trixie', () => {
  test('on NFS 3, where the server speaks nothing newer: found out by the client itself', async () => {
    const site = await builtSite();
    const rehearsal = await boot(site, { nfs: '3' });
    expect(broken(site, rehearsal, { nfs: '3' })).toEqual([]);
    expect(rehearsal.report.root.nfsVersion).toBe('3');
    expect(rehearsal.report.units.failed).toEqual([]);
  });
});

describe('bookworm', () => {
  test('on NFS 4.1, by shim and GRUB of its own, which take TFTP', async () => {
    const site = await builtSite(bookworm);
    const { rehearsal, broken: unmet, said } = await tried(site, 'uefi', { on: bookworm });
    expect(unmet).toEqual([]);
    expect(rehearsal.report.kernel).toMatch(/^6\.1\./);
    expect(rehearsal.report.units.failed).toEqual([]);
    // Its GRUB finds no device with a port in its name.
    expect(said).toContain(` sent /srv/tftp/sidus/${tree}/1/vmlinuz to `);
    expect(said).not.toMatch(/^httpd: /m);
  });

  test('on NFS 3, as its kernel words say, by lpxelinux', async () => {
    const site = await builtSite(bookworm);
    const {
      rehearsal,
      broken: unmet,
      said,
    } = await tried(site, 'bios', {
      on: bookworm,
      nfs: '3',
      words: [`nfsroot=10.0.2.2:/srv/nfsroot/${tree}/versions/1,vers=3`],
    });
    expect(unmet).toEqual([]);
    expect(rehearsal.report.root.nfsVersion).toBe('3');
    expect(said).toMatch(new RegExp(`^httpd: .* url:/sidus/${tree}/1/vmlinuz$`, 'm'));
    expect(rehearsal.report.units.failed).toEqual([]);
  });
});
