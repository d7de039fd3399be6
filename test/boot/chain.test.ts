import { beforeAll, describe, expect, test } from 'vitest';
import type { Site } from '../../src/features/index.ts';
import type { FullChain } from '../../src/rehearsal/virtual-client.ts';
import { builtSite, tree, tried } from './rehearsal-root.ts';

// From the firmware's first DISCOVER to the login, by the files that the site makes for real clients.

let site: Site;
beforeAll(async () => {
  // For the one machine that boots an image; all others have their files.
  await builtSite('image');
  site = await builtSite();
});

/** What was asked for over HTTP, but for the time (of /), and what was sent over TFTP. */
const overHttp = (said: string): readonly string[] =>
  [...said.matchAll(/^httpd: [0-9.:]+: url:(\/\S+)$/gm)].map(([, path = '']) => path);
const overTftp = (said: string): readonly string[] =>
  [...said.matchAll(/ sent \/srv\/tftp(\S+) to /g)].map(([, path = '']) => path);
const kernel = `/sidus/${tree}/1/vmlinuz`;
const initrd = `/sidus/${tree}/1/initrd.img`;

describe('the whole chain', () => {
  test('a BIOS boots by lpxelinux: what the site promises holds', async () => {
    const { rehearsal, broken, said } = await tried(site, 'bios');
    expect(broken).toEqual([]);
    expect(rehearsal.report.firmware).toEqual({ kind: 'bios', secureBoot: null });
    expect(said).toMatch(/sent \/srv\/tftp\/lpxelinux\.0 /);
    expect(overHttp(said)).toEqual([kernel, initrd]);
    expect(overTftp(said)).not.toContain(kernel);
  });

  test('UEFI boots by shim and GRUB; a listed machine has its own name, address, words and form', async () => {
    const mac = '52:54:00:aa:00:07';
    const seven = { mac, name: 'bench7', address: '10.0.2.77', options: ['sidus.test=seven'] };
    const clients = [{ ...seven, form: 'image' as const }];
    const { rehearsal, broken, said } = await tried({ ...site, clients }, 'uefi', { mac });
    expect(broken).toEqual([]);
    expect(rehearsal.report.hostname).toBe('bench7');
    expect(rehearsal.report.root).toMatchObject({ form: 'image', lower: 'erofs' });
    expect(rehearsal.report.addresses).toEqual(['10.0.2.77']);
    expect(rehearsal.report.kernelCommandLine).toContain(' sidus.test=seven ');
    expect(said).toMatch(/sent \/srv\/tftp\/shimx64\.efi /);
    expect(said).toMatch(/sent \/srv\/tftp\/grub\/grub\.cfg-01-52-54-00-aa-00-07 /);
    expect(overHttp(said)).toEqual([kernel, initrd]);
    expect(overTftp(said)).not.toContain(kernel);
  });

  test('with Secure Boot enforced it boots too, by what is signed', async () => {
    const { rehearsal, broken, said } = await tried(site, 'secureboot');
    expect(broken).toEqual([]);
    expect(overHttp(said)).toEqual([kernel, initrd]);
    expect(rehearsal.report.firmware).toEqual({ kind: 'uefi', secureBoot: true });
  });

  test.each(['bios', 'uefi'] as const)(
    'without the HTTP server a client with %s fetches its kernel over TFTP',
    async (firmware) => {
      const lines: string[] = [];
      const booting = tried(site, firmware, {
        change: (chain) => ({ ...chain, http: [] }),
        until: (line) => lines.push(line) > 0 && line.includes('Linux version '),
      });
      await expect(booting).rejects.toThrow('stopped');
      expect(overHttp(lines.join('\n'))).toEqual([]);
      expect(overTftp(lines.join('\n'))).toEqual(expect.arrayContaining([kernel, initrd]));
    },
  );

  test('and a loader that is not signed is refused by it, and found out at once', async () => {
    const unsigned = 'usr/lib/grub/x86_64-efi/monolithic/grubnetx64.efi';
    const change = (chain: FullChain): FullChain => ({
      ...chain,
      files: chain.files.map((file) =>
        'from' in file && file.path === 'grubx64.efi'
          ? {
              ...file,
              from: {
                ...file.from,
                path: file.from.path.replace(/usr\/lib\/grub\/.*$/, unsigned),
              },
            }
          : file,
      ),
    });
    await expect(tried(site, 'secureboot', { change })).rejects.toThrow(
      /did not boot: .*(Security Violation|Verification failed)/,
    );
  });
});
