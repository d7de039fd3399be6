import { createHash } from 'node:crypto';
import type { ClientReport, Finding } from '../core/client-report.ts';
import { exportedAt, type Form } from '../core/form.ts';
import { whereIs } from '../core/layout.ts';
import { accounts as accountsTopic } from './accounts.ts';
import { bringsItsOwn } from './directory/packages.ts';
import { homesOfListed, mountsOf } from './homes/mounts.ts';
import type { Site } from './index.ts';
import { toNumber } from './ipv4.ts';
import { ownFilesServed } from './own-files.ts';
import { included } from './package-lists.ts';
import { maskedUnits } from './tree/identity.ts';

/** Who the virtual client is, beside what the site says. */
export interface Rehearsed {
  readonly tree: string;
  readonly version: number;
  readonly mac: string;
  readonly hostname: string;
  readonly memoryBytes: number;
  /** Of its layer, where it is not that of the tree. */
  readonly size?: string;
  /** 4.1, if not given. */
  readonly nfs?: '4.1' | '3';
  /** In which it gets the version, where it is not that of the tree. */
  readonly form?: Form;
  /** Where the whole chain was tried: who must have served it, and how it started. */
  readonly chain?: WholeChainTried;
}

export interface WholeChainTried {
  readonly firmware: 'bios' | 'uefi' | 'secureboot';
  /** How its loader fetches the kernel. */
  readonly kernelOver: 'HTTP' | 'TFTP';
  /** Its kernel command line, as the boot files have it. */
  readonly words: string;
  /** The address of the server. */
  readonly server: string;
  /** What its address lies between. */
  readonly first: string;
  readonly last: string;
}

/** Stable for each client, and never a name that a person chose (debian.md 7). */
export function machineIdOf(mac: string): string {
  return createHash('md5').update(mac.toLowerCase()).digest('hex');
}

/** What the site file promises of a client, held against the client's own word. */
export function judge(site: Site, given: Rehearsed, report: ClientReport): readonly Finding[] {
  const answers = site.trees[given.tree];
  if (answers === undefined) throw new Error(`there is no tree called ${given.tree}`);
  const { locale, accounts, directory, persistence, tree } = answers;
  const findings: Finding[] = [];
  const is = (
    what: string,
    expected: unknown,
    found: unknown,
    holds = expected === found,
  ): void => {
    findings.push({ what, expected: String(expected), found: String(found), holds });
  };

  is('tree', given.tree, report.tree);
  is('version', given.version, report.version);
  is('root', 'overlay', report.root.type);
  const form = given.form ?? tree.form;
  is(
    'tree below its layer',
    form === 'image'
      ? 'erofs image, read-only'
      : `${given.nfs === '3' ? 'nfs' : 'nfs4'}, read-only`,
    `${report.root.lower}${report.root.form === 'files' ? '' : ' image'}, ${report.root.lowerReadOnly ? 'read-only' : 'writable'}`,
  );
  is('NFS version', given.nfs ?? '4.1', report.root.nfsVersion);
  const { place, path } = exportedAt(given.tree, given.version, form);
  is('path on its server', whereIs(place) + path, report.root.path);
  is('layer', persistence.layer, report.layer.kind);
  const asked = given.size ?? persistence.size;
  const size = bytesOf(asked, given.memoryBytes);
  const found = report.layer.sizeBytes ?? 0;
  // A share is of what the kernel leaves of the memory: a little less than all of it.
  const slack = asked.endsWith('%') ? 0.2 : 0.01;
  is(
    'size of the layer',
    `${asked} (${Math.round(size / 2 ** 20)} MiB)`,
    `${Math.round(found / 2 ** 20)} MiB`,
    found > size * (1 - slack) && found <= size * 1.01,
  );
  if (given.chain !== undefined) {
    const { firmware, kernelOver, words, server, first, last } = given.chain;
    const own = report.lease.address;
    // What the loaders add of their own.
    const said = report.kernelCommandLine.replace(/(^| )(BOOT_IMAGE|initrd)=\S*/g, '').trim();
    is('kernel command line', 'as written', said === words ? 'as written' : said);
    // Both loaders name the kernel as they fetched it.
    const [, image] = /(?:^| )BOOT_IMAGE=(\S*)/.exec(report.kernelCommandLine) ?? [];
    if (image !== undefined) {
      is('kernel came over', kernelOver, /^\(?http[:,]/.test(image) ? 'HTTP' : 'TFTP');
    }
    is('server', server, report.root.server);
    is(
      'address',
      first === last ? first : `${first} to ${last}`,
      own,
      own !== null && toNumber(own) >= toNumber(first) && toNumber(own) <= toNumber(last),
    );
    is('firmware', firmware === 'bios' ? 'BIOS' : 'UEFI', firmwareOf(report));
    if (firmware !== 'bios') {
      is('Secure Boot', firmware === 'secureboot' ? 'enabled' : 'disabled', secureBootOf(report));
    }
  }
  is('hostname', given.hostname, report.hostname);
  is('machine-id', machineIdOf(given.mac), report.machineId);
  is('boot card', given.mac, report.mac);
  // RFC 2131 3.3: all ones is a lease without an end, which nobody need renew.
  const endless = report.lease.seconds === 0xffffffff;
  is(
    'lease renewed',
    endless ? 'without end' : 'yes',
    endless ? 'without end' : report.lease.renewing ? 'yes' : 'no',
  );
  is(
    'address kept',
    report.lease.address,
    report.addresses.join(' '),
    report.lease.address !== null && report.addresses.includes(report.lease.address),
  );
  is(
    'address of its server',
    report.root.server,
    report.hosts.sidusServer,
    report.hosts.sidusServer !== null && report.hosts.sidusServer === report.root.server,
  );
  const owns = ownFilesServed(site, given.tree, given.mac) !== null;
  is('files of its own', owns ? 'copied' : 'none', report.own ?? 'none');
  is('units that failed', 'none', report.units.failed.join(' ') || 'none');
  is('system state', 'running', report.units.state);
  const unmasked = maskedUnits.filter((name) => !report.units.masked.includes(name));
  is(
    'units kept from starting',
    'all',
    unmasked.length === 0 ? 'all' : `all but ${unmasked.join(' ')}`,
  );
  is('language', locale.language, report.locale.LANG);
  const plain = (name: string): string => name.toLowerCase().replace(/utf-?8/, 'utf8');
  const missing = [locale.language, ...locale.moreLanguages].filter(
    (wanted) => !report.locale.generated.map(plain).includes(plain(wanted)),
  );
  is('locales', 'all', missing.length === 0 ? 'all' : `all but ${missing.join(' ')}`);
  is('timezone', locale.timezone, report.timezone);
  // Where nobody says what time it is, none is wrong. Tickets bear five minutes (krb5.conf(5)).
  const { atBoot, offSeconds } = report.clock;
  const right = offSeconds === null || Math.abs(offSeconds) <= 10;
  is(
    'clock',
    'that of its server',
    offSeconds === null
      ? (atBoot ?? 'not said')
      : right
        ? 'that of its server'
        : `${offSeconds} seconds off, at boot: ${atBoot ?? 'not said'}`,
    right,
  );
  is('keyboard', locale.keyboard, report.keyboard.layout);
  is('keyboard variant', locale.keyboardVariant || 'none', report.keyboard.variant || 'none');
  is(
    'file capabilities',
    `${report.capabilitiesListed ?? 'a list'}`,
    `${report.capabilities.length}`,
    report.capabilitiesListed === report.capabilities.length,
  );
  is('journal', 'volatile', report.journalStorage);

  const root = report.users.find(({ name }) => name === 'root');
  is(
    'root by password',
    accounts.root === 'password' ? 'open' : 'locked',
    root?.locked === true ? 'locked' : 'open',
  );
  is(
    'users',
    accounts.users
      .map(({ name }) => name)
      .sort()
      .join(' ') || 'none',
    report.users
      .filter(({ name }) => name !== 'root')
      .map(({ name }) => name)
      .sort()
      .join(' ') || 'none',
  );
  const { service, state } = report.directory;
  if (directory.service !== 'none' || !bringsItsOwn(answers)) {
    is(
      'asks a directory',
      directory.service === 'none' ? 'no' : `by ${directory.service}, active`,
      service === null ? 'no' : `by ${service}, ${state}`,
    );
  }
  for (const { name, groups, shell } of accounts.users) {
    const user = report.users.find((candidate) => candidate.name === name);
    is(
      `groups of ${name}`,
      [name, ...groups].sort().join(' '),
      [...(user?.groups ?? [])].sort().join(' '),
    );
    is(`shell of ${name}`, shell, user?.shell);
    is(`home of ${name}`, `${homesOfListed(answers)}/${name}`, user?.home);
  }
  is(
    'mounted when used',
    mountsOf(answers)
      .map(({ at }) => at)
      .sort()
      .join(' ') || 'nothing',
    [...report.automounts].sort().join(' ') || 'nothing',
  );
  if (
    tree.hostKeys !== 'shared' &&
    [...included(answers), ...(accountsTopic.packages?.(answers) ?? [])].includes('openssh-server')
  ) {
    is('ssh host keys', 'its own', report.sshHostKeys.length > 0 ? 'its own' : 'none');
  }
  return findings;
}

/** `50%` of the memory, `2G`, `800M`: in bytes. */
function bytesOf(size: string, memoryBytes: number): number {
  const amount = Number.parseInt(size, 10);
  if (size.endsWith('%')) return (memoryBytes * amount) / 100;
  return amount * 2 ** (size.endsWith('G') ? 30 : 20);
}

const unsaid = 'not said: this version is of an older sidus, publish a newer one';

function firmwareOf({ firmware }: ClientReport): string {
  return firmware.kind === null ? unsaid : firmware.kind === 'bios' ? 'BIOS' : 'UEFI';
}

function secureBootOf({ firmware: { secureBoot } }: ClientReport): string {
  return secureBoot === null ? unsaid : secureBoot ? 'enabled' : 'disabled';
}
