import { createHash } from 'node:crypto';
import { script } from '../../core/assets.ts';
import { run } from '../../core/effect.ts';
import { exportedAt, type Form } from '../../core/form.ts';
import type { Text } from '../../core/text.ts';
import type { Site } from '../index.ts';
import { networkOf, prefixesOf, toNumber, toText } from '../ipv4.ts';
import { ownDirectory, ownExports } from '../own-files.ts';
import type { Exported } from './images.ts';

/** exportfs(8) reads every file of this directory that ends so. */
export const exportsPath = '/etc/exports.d/sidus.exports';

/** What the file says, at once; whatever else the server exports stays as it is. */
export const exportNow = run('server', ['sh', script('export-versions'), exportsPath], {
  rereads: true,
});

/** A file system id that a version keeps when it is copied or its disk changes (exports(5), fsid). */
export function filesystemId(tree: string, version: number, form: Form = 'files'): string {
  return idOf(`sidus ${tree} ${version}${form === 'files' ? '' : ` ${form}`}`);
}

/**
 * A UUID that is always the same for a name (RFC 9562, 5.5 and 5.8). `kind`: its version, which
 * tells ids of one kind from those of another.
 */
export function idOf(name: string, kind: '5' | '8' = '5'): string {
  const digits = createHash('sha256').update(name).digest('hex');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `${kind}${digits.slice(13, 16)}`];
  return [...parts, `8${digits.slice(17, 20)}`, digits.slice(20, 32)].join('-');
}

/**
 * exports(5): every version, read-only, to the clients' range and to what single clients have. Root stays root, because a
 * client reads its own /etc/shadow there.
 */
export function exportsFile(site: Site, versions: readonly Exported[]): Text {
  const clients = exportedTo(site);
  return [
    '# Written by sidus; other exports belong into other files of this directory.\n',
    ...versions.flatMap(({ tree, version, form }) => [
      { at: exportedAt(tree, version, form) },
      ...clients.map(
        (prefix) =>
          ` ${prefix}(ro,no_root_squash,no_subtree_check,async,fsid=${filesystemId(tree, version, form)})`,
      ),
      '\n',
    ]),
    ...ownExports(site).flatMap(({ tree, client }) => [
      { at: ownDirectory(tree, client.mac) },
      ` ${client.address}/32(ro,no_root_squash,no_subtree_check,async,fsid=${idOf(`sidus ${tree} own ${client.mac.toLowerCase()}`)})\n`,
    ]),
  ];
}

/** The networks whose machines may read versions, as prefixes. */
export function exportedTo(site: Site): readonly string[] {
  const { address, prefix, rangeFirst, rangeLast } = site.server.network;
  const inRange = (address: string): boolean =>
    toNumber(address) >= toNumber(rangeFirst) && toNumber(address) <= toNumber(rangeLast);
  // A client with an address of its own may have it outside the range.
  const outside = site.clients.flatMap(({ address: own }) =>
    own === undefined || inRange(own) ? [] : [`${own}/32`],
  );
  // Another DHCP server gives whatever it gives: then it is the whole network.
  return site.server.serve.dhcp === 'full'
    ? [...prefixesOf(rangeFirst, rangeLast), ...outside]
    : [`${toText(networkOf(address, prefix))}/${prefix}`];
}
