import { layout } from '../core/layout.ts';
import type { MemorySystem } from './memory.ts';
import { option, textOf } from './modelling.ts';

/** What the servers of a rehearsal's whole chain tell a client, read off their own files. */
export interface Chain {
  /** The version, as a directory of the server. */
  readonly tree: string;
  readonly served: string;
  readonly hostname: string;
  readonly words: readonly string[];
  readonly initrd: string;
  readonly address: string;
  readonly server: string;
  readonly leaseSeconds: number;
  /** What the servers and the loader say on the way, before the kernel. */
  readonly lines: readonly string[];
  /** Why no kernel starts; null: one does. */
  readonly failure: string | null;
}

/** dnsmasq, pxelinux, GRUB and iPXE as far as a client in memory needs them. */
export function chainFrom(world: MemorySystem, given: readonly string[], work: string): Chain {
  const mac = (option(given, '--mac') ?? '').toLowerCase();
  const card = option(given, '--card') ?? '';
  const server = (option(given, '--address') ?? '').replace(/\/.*$/, '');
  const firmware = option(given, '--firmware') === 'bios' ? 'bios' : 'uefi';
  const own = textOf(world, `${work}/dnsmasq.conf`);
  const beside = option(given, '--office') !== undefined;
  const dhcp = beside ? textOf(world, `${work}/office.conf`) : own;
  const { address, hostname, leaseSeconds } = leased(dhcp, mac);

  const tftp: Read = (path) => textOf(world, `${work}/tftp/${path.replace(/^\//, '')}`);
  // httpd(1) of busybox: where it listens, and from where it shows files.
  const command = textOf(world, `${work}/http-command`).split('\n');
  const listens = option(command, '-p') ?? '';
  const fetched: Read = (name) => {
    const [, from, path = ''] = /^(?:http:\/\/|\(http,)([0-9.:]+)\)?(\/.*)$/.exec(name) ?? [];
    if (from === undefined) return tftp(name);
    return from === listens && option(command, '-h') === layout.tftp ? tftp(path) : '';
  };
  const current = (tree: string): string =>
    world.nodes.get(`${work}/tftp/sidus/${tree}/current`)?.content ?? '';
  const name = `01-${mac.replaceAll(':', '-')}`;
  const loader = loaderNamed(dhcp, firmware) || loaderNamed(own, firmware);
  const [, script = ''] = /^dhcp-boot=tag:ipxe,tag:efi64,([^,\n]+)/m.exec(own) ?? [];
  const reads = { tftp, fetched, current, name };
  const entry =
    loader === 'lpxelinux.0'
      ? pxelinux(reads)
      : loader === 'snponly.efi'
        ? ipxe(reads, script)
        : grub(reads);
  const words = entry.words === '' ? [] : entry.words.split(' ');
  const path = words.find((word) => word.startsWith('nfsroot='))?.replace(/^[^:]*:/, '') ?? '';
  const said = beside ? 'server: office: dnsmasq-dhcp[43]:' : 'server: dnsmasq-dhcp[42]:';
  const on = beside ? 'cable' : card;
  return {
    tree: versionAt(path),
    served: path,
    hostname,
    words,
    initrd: fetched(entry.initrd),
    address,
    server,
    leaseSeconds,
    lines: [
      `${said} DHCPDISCOVER(${on}) ${mac}`,
      ...(/^dhcp-range=[^,\n]*,proxy,/m.test(own)
        ? [`server: dnsmasq-dhcp[42]: PXE(${card}) ${mac} proxy`]
        : []),
      `${said} DHCPACK(${on}) ${address} ${mac}`,
      'rehearsal: stage address 5.5',
      ...(tftp(loader) === ''
        ? []
        : [
            `server: dnsmasq-tftp[42]: sent /srv/tftp/${loader} to ${address}`,
            'rehearsal: stage loader 5.8',
          ]),
      ...[entry.kernel, entry.initrd].flatMap((one) => {
        const path = /http.*?(\/sidus\/.*)$/.exec(one)?.[1];
        if (path === undefined || fetched(one) === '') return [];
        return [
          `server: httpd: ${address}:49153: url:${path}`,
          `server: httpd: ${address}:49153: response:200`,
        ];
      }),
    ],
    failure:
      loader === ''
        ? 'No bootable option or device was found.'
        : tftp(loader) === ''
          ? 'PXE-E23: Client received TFTP error from server.'
          : (needs[loader]?.(tftp, script) ??
            (words.length === 0 || fetched(entry.kernel) === ''
              ? `error: file \`/${entry.kernel}' not found.`
              : null)),
  };
}

/** The version whose image lies there, or the version itself. */
export function versionAt(path: string): string {
  return path.replace(/\/images\/(\d+)$/, '/versions/$1');
}

/** What a loader fetches before its menu, and says where that is missing; null: it has it. */
const needs: Readonly<Record<string, (tftp: Read, script: string) => string | null>> = {
  'lpxelinux.0': (tftp) => (tftp('ldlinux.c32') === '' ? 'Failed to load ldlinux.c32' : null),
  'shimx64.efi': (tftp) =>
    tftp('grubx64.efi') === '' ? 'Failed to open \\grubx64.efi - Not Found' : null,
  'snponly.efi': (tftp, script) =>
    tftp(script) === '' ? 'Could not boot: No such file or directory' : null,
};

function leased(dnsmasq: string, mac: string) {
  const [, first = ''] = /^dhcp-range=([^,\n]*)/m.exec(dnsmasq) ?? [];
  const listed = new RegExp(`^dhcp-host=${mac}((?:,[^,\n]*)*)$`, 'm').exec(dnsmasq)?.[1] ?? '';
  const parts = listed.split(',').filter((part) => part !== '' && part !== 'infinite');
  return {
    address: parts.find((part) => /^[0-9.]+$/.test(part)) ?? first,
    hostname: parts.find((part) => /^[a-z]/.test(part)) ?? '',
    leaseSeconds: /^dhcp-range=.*,infinite$/m.test(dnsmasq) ? 0xffffffff : 3600,
  };
}

/** The file that a firmware is told to fetch; empty: none. */
function loaderNamed(dnsmasq: string, firmware: 'bios' | 'uefi'): string {
  const named =
    firmware === 'bios'
      ? /^(?:dhcp-boot=tag:(?:sidus-)?bios|pxe-service=x86PC,"[^"\n]*"),([^,\n]+)/m
      : /^(?:dhcp-boot=tag:(?:efi64|sidus-uefi)|pxe-service=tag:!ipxe,X86-64_EFI,"[^"\n]*"),([^,\n]+)/m;
  return named.exec(dnsmasq)?.[1] ?? '';
}

type Read = (path: string) => string;

interface Reads {
  readonly tftp: Read;
  /** The same, and over HTTP what is named so. */
  readonly fetched: Read;
  readonly current: (tree: string) => string;
  /** Of a machine's own file. */
  readonly name: string;
}

interface Entry {
  readonly kernel: string;
  readonly initrd: string;
  readonly words: string;
}

const none: Entry = { kernel: '', initrd: '', words: '' };

/** A machine's own file, otherwise the default tree's current version; on an error its other label. */
function pxelinux({ tftp, fetched, current, name }: Reads): Entry {
  const own = tftp(`pxelinux.cfg/${name}`);
  const menu = own || tftp('pxelinux.cfg/default');
  const included = [...menu.matchAll(/^INCLUDE sidus\/([^/\n]+)\/current\/(\S+)$/gm)].map(
    ([, tree = '', file = '']) => tftp(`sidus/${tree}/${current(tree)}/${file}`),
  );
  const labels = [menu, ...included].join('\n').split(/^(?=LABEL )/m);
  const entryOf = (label: string): Entry => {
    const text = labels.find((one) => one.startsWith(`LABEL ${label}\n`)) ?? '';
    const [, kernel = ''] = /^ *KERNEL (\S+)$/m.exec(text) ?? [];
    const [, initrd = ''] = /^ *INITRD (\S+)$/m.exec(text) ?? [];
    const [, append = ''] = /^ *APPEND (.*)$/m.exec(text) ?? [];
    if (append === '') return none;
    return {
      kernel,
      initrd,
      words: `BOOT_IMAGE=${kernel} ${append} initrd=${initrd} BOOTIF=${name}`,
    };
  };
  const [, usual = ''] = /^DEFAULT (\S+)$/m.exec(menu) ?? [];
  const entry = entryOf(usual);
  const [, other] = /^ONERROR (\S+)$/m.exec(menu) ?? [];
  if (other === undefined || fetched(entry.kernel) !== '') return entry;
  const instead = entryOf(other);
  return instead === none ? entry : { ...instead, words: `${instead.words} ${usual}` };
}

/** A file is there for GRUB when it can be opened: of directories TFTP knows nothing. */
function grub({ tftp, fetched, current, name }: Reads): Entry {
  const main = tftp('grub/grub.cfg');
  const [, usual = ''] = /^set default=(\S+)$/m.exec(main) ?? [];
  const looks = main.includes('[ -s "$prefix/grub.cfg-$machex" ]');
  const own = looks ? tftp(`grub/grub.cfg-${name}`) : '';
  const sourced = main.includes(`source /sidus/${usual}/current/grub.cfg`);
  const text = own || (sourced ? tftp(`sidus/${usual}/${current(usual)}/grub.cfg`) : '');
  const [, list = ''] = /^ *for from in (.*); do$/m.exec(text) ?? [];
  const [, kernel = '', words = ''] = /^ *if linux (\S+) (.*); then$/m.exec(text) ?? [];
  const [, initrd = ''] = /^ *if initrd (\S+); then boot; fi$/m.exec(text) ?? [];
  const entries = list.split(' ').map((from): Entry => {
    const named = (path: string): string => path.replace('$from', from.replaceAll('"', ''));
    return {
      kernel: named(kernel),
      initrd: named(initrd),
      words: `BOOT_IMAGE=${named(kernel)} ${words.replaceAll('$machex', name)}`,
    };
  });
  const found = entries.find((one) => fetched(one.kernel) !== '' && fetched(one.initrd) !== '');
  return (words === '' ? none : (found ?? entries.at(-1))) ?? none;
}

/** A machine's own script, if the first one looks for it, otherwise that of the tree it offers. */
function ipxe({ tftp, fetched, current, name }: Reads, script: string): Entry {
  const main = tftp(script);
  const [, usual = ''] = /^choose --default (\S+) /m.exec(main) ?? [];
  const looks = main.includes('/ipxe/01-${netX/mac:hexhyp}.ipxe || goto');
  const own = looks ? tftp(`ipxe/${name}.ipxe`) : '';
  const chains = main.includes('chain /sidus/${tree}/current/boot.ipxe');
  const text = own || (chains ? tftp(`sidus/${usual}/${current(usual)}/boot.ipxe`) : '');
  // One line over HTTP, which goes on where a command of it fails; then the same by TFTP.
  const entries = [
    /^kernel --name (\S+) (\S+) (.*) && initrd --name \S+ (\S+) && boot \|\|$/m,
    /^imgfree\nkernel --name (\S+) (\S+) (.*)\ninitrd --name \S+ (\S+)\nboot$/m,
  ].flatMap((pattern): readonly Entry[] => {
    const [, image, kernel, words, initrd] = pattern.exec(text) ?? [];
    if (kernel === undefined || words === undefined || initrd === undefined) return [];
    const card = name.slice('01-'.length);
    const rest = words.replaceAll('${netX/mac:hexhyp}', card);
    return [{ kernel, initrd, words: `${image} ${rest}` }];
  });
  const found = entries.find((one) => fetched(one.kernel) !== '' && fetched(one.initrd) !== '');
  return found ?? entries.at(-1) ?? none;
}
