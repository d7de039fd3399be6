import type { Effect } from '../core/effect.ts';
import type { Facts } from '../core/fact.ts';
import type { Form } from '../core/form.ts';
import { layout, whereIs } from '../core/layout.ts';
import type { PlacePath, TreePlace } from '../core/place.ts';
import type { Text } from '../core/text.ts';
import type { WholeChainTried } from '../features/expectation.ts';
import type { Site } from '../features/index.ts';
import { clientBoot } from '../features/serve/clients.ts';
import { commandLine } from '../features/serve/command-line.ts';
import { dnsmasqFile } from '../features/serve/dnsmasq.ts';
import { exportedTo } from '../features/serve/exports.ts';
import { grubDevice, httpCommand } from '../features/serve/http.ts';
import { formOf } from '../features/serve/images.ts';
import { serve } from '../features/serve/index.ts';
import { advertisement } from '../features/serve/router-advertisement.ts';
import { currentOf } from '../features/serve/versions.ts';
import { rootDirectory } from '../features/server-facts.ts';
import { currentVersion, publishedVersions } from '../features/tree-facts.ts';
import { officeOf } from './office.ts';
import { overlaidFacts } from './overlaid-facts.ts';

type Version = TreePlace & { readonly version: number };

/** The client that the chain is tried with. */
export interface TriedClient {
  readonly tree: string;
  readonly version: number;
  readonly mac: string;
  readonly firmware: WholeChainTried['firmware'];
  /** Words for its kernel before those of the site, which win. */
  readonly before: readonly string[];
  /** And behind them: where it talks, where it reports. */
  readonly after: readonly string[];
}

/** All of what a server would hold for the first moments of its clients. */
export interface WholeChain {
  readonly card: string;
  readonly address: string;
  readonly dnsmasq: string;
  /** radvd.conf; empty: nothing is advertised. */
  readonly advertisement: string;
  /** The command of the HTTP server. */
  readonly http: readonly string[];
  readonly files: readonly (
    | { readonly path: string; readonly mode: number; readonly content: string }
    | { readonly path: string; readonly mode: number; readonly from: PlacePath }
    | { readonly path: string; readonly link: string }
  )[];
  readonly exports: readonly {
    readonly version: Version;
    readonly form: Form;
    readonly clients: readonly string[];
  }[];
  /** The DHCP server of others, where the site has one. */
  readonly office?: { readonly address: string; readonly dnsmasq: string };
  /** What this client gets, by the site: its entry, or what every machine gets. */
  readonly expected: {
    readonly tree: string;
    readonly version: number;
    readonly hostname: string;
    readonly size?: string;
    readonly form: Form;
    readonly chain: WholeChainTried;
  };
}

/**
 * The site's own files for DHCP, TFTP and the loaders, made by the same steps that serve real
 * clients, with this version as its tree's current one. Pure.
 */
export function wholeChain(site: Site, facts: Facts, client: TriedClient): WholeChain {
  const { tree, version, mac, firmware, before, after } = client;
  const { interfaceName, address, prefix, rangeFirst, rangeLast } = site.server.network;
  const options = [...before, ...site.server.serve.options, ...after];
  const tried: Site = {
    ...site,
    server: { ...site.server, serve: { ...site.server.serve, options } },
  };
  const known = overlaidFacts(facts, [
    // As on the server itself: a rehearsal's root says nothing of the chain.
    [rootDirectory, '/'],
    [currentVersion(tree), version],
  ]);
  const named = bootable(tried, known);
  const only = overlaidFacts(
    known,
    Object.keys(site.trees).map((name) => [
      publishedVersions(name),
      [...new Set(named.filter((one) => one.tree === name).map((one) => one.version))],
    ]),
  );
  const effects = serve.steps(tried, only).flatMap((step) => step.effects);
  const listed = site.clients.find((one) => one.mac.toLowerCase() === mac.toLowerCase());
  const own =
    listed === undefined ? null : clientBoot(tried, listed, (name) => currentOf(name, known));
  const [first = tree] = Object.keys(site.trees);
  const office = officeOf(tried);
  // Beside another server UEFI starts by iPXE.
  const byGrub = firmware !== 'bios' && site.server.serve.dhcp !== 'proxy';
  const usual = currentOf(first, known);
  const choice = own ?? {
    ...{ tree: first, version: usual, options },
    form: formOf(tried, known, first, usual),
  };
  return {
    card: interfaceName,
    address: `${address}/${prefix}`,
    dnsmasq: dnsmasqFile(tried),
    advertisement: advertisement(tried) ?? '',
    http: httpCommand(tried),
    files: effects.flatMap(served),
    exports: named.map(({ form, ...one }) => ({
      ...{ version: one, form },
      clients: exportedTo(site),
    })),
    ...(office === null ? {} : { office: { address: office.address, dnsmasq: office.dnsmasq } }),
    expected: {
      tree: choice.tree,
      version: choice.version,
      form: choice.form,
      hostname: listed?.name ?? `client-${mac.toLowerCase().replaceAll(':', '')}`,
      ...(own?.size === undefined ? {} : { size: own.size }),
      chain: {
        firmware,
        kernelOver: byGrub && grubDevice(tried) === null ? 'TFTP' : 'HTTP',
        words: `${plain(commandLine(tried, address, choice))} BOOTIF=01-${mac.toLowerCase().replaceAll(':', '-')}`,
        server: address,
        first: listed?.address ?? office?.first ?? rangeFirst,
        last: listed?.address ?? office?.last ?? rangeLast,
      },
    },
  };
}

/** Every version that a boot file names: each tree's current one, and those of single clients. */
function bootable(site: Site, facts: Facts): readonly (Version & { readonly form: Form })[] {
  const current = Object.keys(site.trees).map((tree) => {
    const version = currentOf(tree, facts);
    return { tree, version, form: formOf(site, facts, tree, version) };
  });
  const own = site.clients.flatMap((client) => {
    const boot = clientBoot(site, client, (tree) => currentOf(tree, facts));
    return boot === null ? [] : [{ tree: boot.tree, version: boot.version, form: boot.form }];
  });
  const found = new Map(
    [...current, ...own].map((one) => [`${one.tree}/${one.version}/${one.form}`, one]),
  );
  return [...found.values()].sort((a, b) =>
    a.tree === b.tree ? a.version - b.version : a.tree < b.tree ? -1 : 1,
  );
}

const below = `${layout.tftp}/`;

function served(effect: Effect): WholeChain['files'] {
  if (!('path' in effect) || effect.place !== 'server') return [];
  if (!effect.path.startsWith(below) || effect.path.includes('/../')) return [];
  const path = effect.path.slice(below.length);
  switch (effect.kind) {
    case 'file':
      return [{ path, mode: effect.mode, content: plain(effect.content) }];
    case 'copy':
      return [{ path, mode: effect.mode, from: effect.from }];
    case 'link':
      return [{ path, link: effect.target }];
    default:
      return [];
  }
}

/** Boot files are read by everybody on the wire: no secret is ever in one. */
function plain(text: Text): string {
  if (typeof text === 'string') return text;
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('at' in part) return whereIs(part.at.place) + part.at.path;
      throw new Error('a boot file holds a secret');
    })
    .join('');
}
