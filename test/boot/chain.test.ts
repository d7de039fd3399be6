import { beforeAll, describe, expect, test } from 'vitest';
import type { Facts } from '../../src/core/fact.ts';
import type { Site } from '../../src/features/index.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { judged, quieting } from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { reporting } from '../../src/rehearsal/preparation.ts';
import type { Firmware, FullChain, Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { boot, builtSite, memory, system, tree, usualMac } from './rehearsal-root.ts';

// From the firmware's first DISCOVER to the login, by the files that the site makes for real clients.

let site: Site;
let facts: Facts;
beforeAll(async () => {
  site = await builtSite();
  facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(site)]);
});

interface Tried {
  readonly rehearsal: Rehearsal;
  readonly broken: readonly string[];
  readonly said: string;
}

async function tried(
  firmware: Firmware,
  given: {
    readonly site?: Site;
    readonly mac?: string;
    readonly change?: (chain: FullChain) => FullChain;
  } = {},
): Promise<Tried> {
  const mac = given.mac ?? usualMac;
  const own = given.site ?? site;
  const words = { before: quieting, after: reporting };
  const { expected, ...made } = wholeChain(own, facts, {
    tree,
    version: 1,
    mac,
    firmware,
    ...words,
  });
  const chain: FullChain = { kind: 'full', firmware, ...made };
  const said: string[] = [];
  const rehearsal = await boot(own, {
    mac,
    chain: given.change?.(chain) ?? chain,
    watch: (event) => {
      if (event.type === 'console' || event.type === 'server') said.push(event.line);
    },
  });
  const findings = judged(own, { ...expected, mac, memory }, rehearsal.report);
  return {
    rehearsal,
    broken: findings.filter(({ holds }) => !holds).map(({ what }) => what),
    said: said.join('\n'),
  };
}

describe('the whole chain', () => {
  test('a BIOS boots by lpxelinux: what the site promises holds', async () => {
    const { rehearsal, broken, said } = await tried('bios');
    expect(broken).toEqual([]);
    expect(rehearsal.report.firmware).toEqual({ kind: 'bios', secureBoot: null });
    expect(said).toMatch(/sent \/srv\/tftp\/lpxelinux\.0 /);
    expect(said).toMatch(new RegExp(`sent /srv/tftp/sidus/${tree}/1/vmlinuz `));
  });

  test('UEFI boots by shim and GRUB; a listed machine has its own name, address and words', async () => {
    const mac = '52:54:00:aa:00:07';
    const { rehearsal, broken, said } = await tried('uefi', {
      mac,
      site: {
        ...site,
        clients: [{ mac, name: 'bench7', address: '10.0.2.77', options: ['sidus.test=seven'] }],
      },
    });
    expect(broken).toEqual([]);
    expect(rehearsal.report.hostname).toBe('bench7');
    expect(rehearsal.report.addresses).toEqual(['10.0.2.77']);
    expect(rehearsal.report.kernelCommandLine).toContain(' sidus.test=seven ');
    expect(said).toMatch(/sent \/srv\/tftp\/shimx64\.efi /);
    expect(said).toMatch(/sent \/srv\/tftp\/grub\/grub\.cfg-01-52-54-00-aa-00-07 /);
  });

  test('with Secure Boot enforced it boots too, by what is signed', async () => {
    const { rehearsal, broken } = await tried('secureboot');
    expect(broken).toEqual([]);
    expect(rehearsal.report.firmware).toEqual({ kind: 'uefi', secureBoot: true });
  });

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
    await expect(tried('secureboot', { change })).rejects.toThrow(
      /did not boot: .*(Security Violation|Verification failed)/,
    );
  });
});
