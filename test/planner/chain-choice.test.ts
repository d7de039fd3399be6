import { describe, expect, test } from 'vitest';
import type { ProblemError } from '../../src/core/problem.ts';
import type { Site } from '../../src/features/index.ts';
import { type ChainRequest, chainChoice, chainKind } from '../../src/planner/chain-choice.ts';
import { planned } from '../support/facts.ts';

const mac = '52:54:00:12:34:56';
const minimal = planned('minimal').site;
const { minimal: answers } = minimal.trees;
if (answers === undefined) throw new Error('the preset has no tree');
const site: Site = {
  ...minimal,
  trees: { minimal: answers, other: answers },
  groups: { lab: { tree: 'other' } },
  clients: [
    { mac: '52:54:00:00:00:01', name: 'desk1' },
    { mac: '52:54:00:00:00:02', name: 'desk2', group: 'lab' },
  ],
};

function code(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as ProblemError).problems[0]?.code ?? '';
  }
  return 'none';
}

test.each([
  [{}, 'quick'],
  [{ quick: true }, 'quick'],
  [{ full: true }, 'full'],
  [{ firmware: 'secureboot' }, 'full'],
] as const)('%o is the chain %s', (given, kind) => expect(chainKind({ mac, ...given })).toBe(kind));

test.each([
  { quick: true, full: true },
  { quick: true, firmware: 'bios' },
] as const)('%o contradicts itself', (given) =>
  expect(code(() => chainKind({ mac, ...given }))).toBe('rehearsal/which-chain'),
);

describe('in the whole chain', () => {
  const choice = (given: Partial<ChainRequest>) => chainChoice(site, { mac, full: true, ...given });

  test('a machine that is not listed boots the first tree, and the site is as it is', () => {
    expect(choice({})).toEqual({ site, tree: 'minimal' });
    expect(choice({ tree: 'minimal' })).toEqual({ site, tree: 'minimal' });
  });

  test('for another tree, or a name, it is listed for once', () => {
    const other = choice({ tree: 'other' });
    expect(other.tree).toBe('other');
    expect(other.site.clients.at(-1)).toEqual({ mac, name: 'rehearsal', tree: 'other' });
    const named = choice({ hostname: 'bench' });
    expect(named.tree).toBe('minimal');
    expect(named.site.clients.at(-1)).toEqual({ mac, name: 'bench' });
  });

  test('a listed machine boots as it is listed, or as its group is, and nothing else', () => {
    expect(choice({ mac: '52:54:00:00:00:01' }).tree).toBe('minimal');
    expect(choice({ mac: '52:54:00:00:00:02' })).toEqual({ site, tree: 'other' });
    expect(choice({ mac: '52:54:00:00:00:02', tree: 'other' }).tree).toBe('other');
    for (const given of [
      { mac: '52:54:00:00:00:02', tree: 'minimal' },
      { mac: '52:54:00:00:00:01', hostname: 'desk7' },
    ]) {
      expect(code(() => choice(given))).toBe('rehearsal/listed-otherwise');
    }
  });

  test('beside another DHCP server nothing that is not signed starts with Secure Boot', () => {
    const with_ = (dhcp: 'proxy' | 'existing'): Site => ({
      ...site,
      server: { ...site.server, serve: { ...site.server.serve, dhcp } },
    });
    const secureboot = { mac, firmware: 'secureboot' } as const;
    expect(code(() => chainChoice(with_('proxy'), secureboot))).toBe('rehearsal/unsigned');
    expect(chainChoice(with_('proxy'), { mac, firmware: 'uefi' }).tree).toBe('minimal');
    expect(chainChoice(with_('existing'), secureboot).tree).toBe('minimal');
  });

  test('a tree that is not there is said, whatever the chain', () => {
    expect(code(() => choice({ tree: 'none' }))).toBe('tree/which');
    expect(code(() => chainChoice(site, { mac, tree: 'none' }))).toBe('tree/which');
  });
});
