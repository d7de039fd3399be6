import { createHash } from 'node:crypto';
import { script } from '../../../core/assets.ts';
import { type Effect, file, run } from '../../../core/effect.ts';
import type { Site } from '../../index.ts';
import { clientNetwork, openings } from '../openings.ts';
import { mainFile } from './facts.ts';
import type { ChainName } from './ruleset.ts';

/** The chain of ours, in each table that holds clients up. `assets/firewall` knows it too. */
export const ownChain = 'sidus_clients';

/** Beside our other files: a directory that somebody includes as a whole would read it too early. */
export const ownRules = '/etc/sidus/firewall.nft';

const wordOf = ({ family, table, chain }: ChainName): string => `${family} ${table} ${chain}`;

/** What nft(8) reads as a name without quotes. */
export function isPlain({ table, chain }: ChainName): boolean {
  return [table, chain].every((name) => /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name));
}

/** The conditions and the verdict of each opening, as nft(8) takes them. */
export function nftRules(site: Site): readonly string[] {
  const card = site.server.network.interfaceName;
  const network = clientNetwork(site);
  return openings(site).map(({ protocol, port, from }) =>
    [
      `iifname "${card}"`,
      ...(from === 'network' ? [`ip saddr ${network}`] : []),
      `${protocol} dport ${port}`,
      'accept',
    ].join(' '),
  );
}

/**
 * An accept in a table of our own would not do: a packet has to pass every chain on its way. So
 * each chain that holds clients up jumps to one of ours, in its own table. Tables and chains are
 * named before they are used: one that is gone from the main file must not keep the whole
 * firewall from being loaded.
 */
export function nftFile(site: Site, chains: readonly ChainName[]): string {
  const card = site.server.network.interfaceName;
  const rules = [
    ...nftRules(site),
    // The further packets of a file by TFTP, whose port nobody knows before.
    `iifname "${card}" ip saddr ${clientNetwork(site)} ct state established,related accept`,
  ];
  const stamp = createHash('sha256')
    .update(JSON.stringify([rules, chains]))
    .digest('hex');
  const tables = new Map<string, ChainName[]>();
  for (const one of chains) {
    const key = `${one.family} ${one.table}`;
    tables.set(key, [...(tables.get(key) ?? []), one]);
  }
  return [
    `# Written by sidus; ${mainFile} includes it at its end.`,
    ...[...tables].flatMap(([table, bases]) => [
      `table ${table} {`,
      ...bases.flatMap(({ chain }) => [`\tchain ${chain} {`, '\t}']),
      `\tchain ${ownChain} {`,
      '\t}',
      '}',
      `flush chain ${table} ${ownChain}`,
      `table ${table} {`,
      `\tchain ${ownChain} {`,
      ...rules.map(
        (rule, index) =>
          `\t\t${rule}${index === 0 ? ` comment "sidus ${stamp.slice(0, 16)}"` : ''}`,
      ),
      '\t}',
      '}',
      ...bases.map((base) => `insert rule ${wordOf(base)} jump ${ownChain}`),
    ]),
    '',
  ].join('\n');
}

/** First the rules at work, which are tried before; then the line that brings them back. */
export function nftEffects(site: Site, chains: readonly ChainName[]): readonly Effect[] {
  const call = ['sh', script('firewall'), 'nftables'] as const;
  return [
    file('server', ownRules, nftFile(site, chains)),
    run('server', [...call, 'follow', ownRules, mainFile], {
      unless: { kind: 'succeeds', place: 'server', argv: [...call, 'follows', ownRules] },
      rereads: true,
    }),
    {
      kind: 'block',
      place: 'server',
      path: mainFile,
      marker: 'firewall',
      // A pattern may fit nothing: without our file the server still has its firewall.
      content: `include "${ownRules.replace(/t$/, '[t]')}"\n`,
    },
  ];
}

/** For a chain that comes from elsewhere: what a person types. */
export function nftLines(site: Site, chains: readonly ChainName[]): readonly string[] {
  return chains.flatMap((chain) =>
    nftRules(site).map((rule) => `nft 'insert rule ${wordOf(chain)} ${rule}'`),
  );
}
