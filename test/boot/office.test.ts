import { beforeAll, describe, expect, test } from 'vitest';
import type { Site } from '../../src/features/index.ts';
import { builtSite, tree, tried } from './rehearsal-root.ts';

// Beside a DHCP server of others, which is a machine of its own on the same wire.

let site: Site;
beforeAll(async () => {
  site = await builtSite();
});

const beside = (dhcp: 'proxy' | 'existing', clients: Site['clients'] = []): Site => ({
  ...site,
  clients,
  server: { ...site.server, serve: { ...site.server.serve, dhcp } },
});
const kernel = `/sidus/${tree}/1/vmlinuz`;

describe('beside an office’s DHCP server that knows nothing of booting', () => {
  test('a BIOS boots by lpxelinux, with an address of the office', async () => {
    const { broken, said, rehearsal } = await tried(beside('proxy'), 'bios');
    expect(broken).toEqual([]);
    expect(rehearsal.report.firmware.kind).toBe('bios');
    expect(said).toMatch(/^office: .* DHCPACK\(cable\)/m);
    expect(said).not.toMatch(/^dnsmasq-dhcp.* DHCPACK/m);
    expect(said).toMatch(/sent \/srv\/tftp\/lpxelinux\.0 /);
    expect(said).toContain(`url:${kernel}\n`);
  });

  test('UEFI boots by iPXE; a listed machine by its own script, with the name that the office gives', async () => {
    const mac = '52:54:00:aa:00:08';
    const clients = [{ mac, name: 'bench8', address: '10.0.2.88', options: ['sidus.test=eight'] }];
    const { broken, said, rehearsal } = await tried(beside('proxy', clients), 'uefi', { mac });
    expect(broken).toEqual([]);
    expect(rehearsal.report.firmware.kind).toBe('uefi');
    expect(rehearsal.report.hostname).toBe('bench8');
    expect(rehearsal.report.addresses).toEqual(['10.0.2.88']);
    expect(rehearsal.report.kernelCommandLine).toContain(' sidus.test=eight ');
    expect(said).toMatch(/sent \/srv\/tftp\/snponly\.efi /);
    expect(said).toMatch(/sent \/srv\/tftp\/ipxe\/01-52-54-00-aa-00-08\.ipxe /);
    expect(said).toContain(`url:${kernel}\n`);
    // Nothing that asks the other server for files.
    expect(said).not.toMatch(/sent \/srv\/tftp\/(shimx64|grubx64)\.efi /);
  });

  test('and where nobody is listed, by the script for all, over TFTP where HTTP does not answer', async () => {
    const lines: string[] = [];
    const booting = tried(beside('proxy'), 'uefi', {
      change: (chain) => ({ ...chain, http: [] }),
      until: (line) => lines.push(line) > 0 && line.includes('Linux version '),
    });
    await expect(booting).rejects.toThrow('stopped');
    const said = lines.join('\n');
    expect(said).toMatch(new RegExp(`sent /srv/tftp/sidus/${tree}/current/boot\\.ipxe `));
    expect(said).toMatch(new RegExp(`sent /srv/tftp${kernel} `));
  });
});

describe('beside a DHCP server that was told what the plan prints', () => {
  test('a BIOS boots to its login, and UEFI with Secure Boot enforced to its kernel', async () => {
    const { broken, said } = await tried(beside('existing'), 'bios');
    expect(broken).toEqual([]);
    expect(said).toMatch(/^office: .* DHCPACK\(cable\)/m);

    const lines: string[] = [];
    const booting = tried(beside('existing'), 'secureboot', {
      until: (line) => lines.push(line) > 0 && line.includes('Linux version '),
    });
    await expect(booting).rejects.toThrow('stopped');
    expect(lines.join('\n')).toMatch(/sent \/srv\/tftp\/shimx64\.efi /);
  });
});
