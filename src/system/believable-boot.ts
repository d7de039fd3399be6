import type { Client } from './believable-client.ts';
import { kernelOf } from './believable-packages.ts';
import { suiteOf, textOf } from './modelling.ts';

/** A line of a console, and where in its stage it comes: 0 at the beginning, 1 at the end. */
type Timed = readonly [at: number, line: string];

/** The console of a client without KVM, from a rehearsal of 2026-11-21; the kernel's clock with it. */
export function bootLines(client: Client, stage: 'loader' | 'kernel' | 'root'): readonly Timed[] {
  const kernel = kernelOf(suiteOf(client.world, client.tree));
  if (stage === 'loader') return loader(client, kernel);
  if (stage === 'kernel') return toTheRoot(client);
  return toTheLogin(client);
}

function loader({ mac, world, work }: Client, kernel: string): readonly Timed[] {
  const [, , , a = '', b = '', c = ''] = mac.split(':');
  const own = `5054:ff:fe${a}:${b}${c}`;
  const { length } = textOf(world, `${work}/tftp/boot.ipxe`);
  return [
    [0.01, 'SeaBIOS (version 1.16.3-debian-1.16.3-2)'],
    [0.01, 'iPXE (https://ipxe.org) 00:01.0 C000 PCI2.10 PnP PMM+3EFC6C50+3EF06C50 C000'],
    [0.01, 'Press Ctrl-B to configure iPXE (PCI 00:01.0)...'],
    [0.01, 'Booting from ROM...'],
    [0.02, 'iPXE (PCI 00:01.0) starting execution...ok'],
    [0.02, 'iPXE initialising devices...'],
    [0.02, 'iPXE 1.21.1+git20250501.dad20602+dfsg-1 -- Open Source Network Boot Firmware --'],
    [0.02, 'Features: VLAN DNS HTTP HTTPS iSCSI NFS TFTP AoE ELF MBOOT PXE bzImage Menu PXEXT'],
    [0.38, `net0: ${mac} using virtio-net on 0000:00:01.0 (Ethernet) [open]`],
    [0.38, '  [Link:up, TX:0 TXE:0 RX:0 RXE:0]'],
    [0.75, `Configuring (net0 ${mac})...... ok`],
    [0.75, 'net0: 10.0.2.15/255.255.255.0 gw 10.0.2.2'],
    [0.75, `net0: fec0::${own}/64 gw fe80::2`],
    [0.75, `net0: fe80::${own}/64`],
    [0.75, 'Next server: 10.0.2.2'],
    [0.75, 'Filename: boot.ipxe'],
    [0.75, 'tftp://10.0.2.2/boot.ipxe... ok'],
    [0.75, `boot.ipxe : ${length} bytes [script]`],
    [0.82, 'vmlinuz... ok'],
    [0.87, 'initrd.img... ok'],
    [
      1,
      `[    0.000000] Linux version ${kernel} (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0, GNU ld (GNU Binutils for Debian) 2.44) #1 SMP PREEMPT_DYNAMIC Debian`,
    ],
  ];
}

function toTheRoot({ words, hostname, mac }: Client): readonly Timed[] {
  return [
    [0, `[    0.073391] Kernel command line: ${words.join(' ')}`],
    [0, '[    0.075585] random: crng init done'],
    [0.13, '[    0.811598] mtrr: your CPUs had inconsistent fixed MTRR settings'],
    [0.13, '[    0.813870] mtrr: your CPUs had inconsistent MTRRdefType settings'],
    [0.17, '[    1.020949] VFS: Disk quotas dquot_6.6.0'],
    [0.2, '[    1.128192] Initialise system trusted keyrings'],
    [0.2, '[    1.140885] integrity: Platform Keyring initialized'],
    [0.2, '[    1.141417] integrity: Machine keyring initialized'],
    [0.22, '[    1.213325] Key type asymmetric registered'],
    [0.22, "[    1.213648] Asymmetric key parser 'x509' registered"],
    [0.3, '[    1.612753] amd_pstate: the _CPC object is not present in SBIOS or ACPI disabled'],
    [0.31, '[    1.691713] Loading compiled-in X.509 certificates'],
    [0.33, '[    1.798042] Key type .fscrypt registered'],
    [0.36, '[    1.929120] Key type encrypted registered'],
    [0.46, 'Loading, please wait...'],
    [0.48, 'Begin: Loading essential drivers ... done.'],
    [0.49, 'Begin: Running /scripts/init-premount ... done.'],
    [0.49, 'Begin: Mounting root file system ...'],
    [0.53, '[    2.736313] netfs: FS-Cache loaded'],
    [0.6, `IP-Config: eth0 hardware address ${mac} mtu 1500 DHCP`],
    [0.62, '[    3.206397] Key type dns_resolver registered'],
    [0.74, '[    3.780135] NFS: Registering the id_resolver key type'],
    [0.74, '[    3.780504] Key type id_resolver registered'],
    [0.74, '[    3.780591] Key type id_legacy registered'],
    [0.84, 'IP-Config: eth0 guessed broadcast address 10.0.2.255'],
    [0.84, 'IP-Config: eth0 complete (dhcp from 10.0.2.2):'],
    [0.84, ' address: 10.0.2.15        broadcast: 10.0.2.255       netmask: 255.255.255.0'],
    [0.84, ' gateway: 10.0.2.2         dns0     : 10.0.2.3         dns1   : 0.0.0.0'],
    ...(hostname === '' ? [] : [[0.84, ` host   : ${hostname}`] as const]),
    [0.84, ' rootserver: 10.0.2.2 rootpath:'],
    [0.84, ' filename  : boot.ipxe'],
  ];
}

function toTheLogin({ world, tree, hostname, words }: Client): readonly Timed[] {
  const debian = suiteOf(world, tree) === 'bookworm' ? '12' : '13';
  const terminal = words.some((word) => word.startsWith('console=ttyS0')) ? 'ttyS0' : 'tty1';
  return [
    [0.01, 'done.'],
    [0.01, 'Begin: Running /scripts/init-bottom ... done.'],
    [
      0.2,
      '[    8.381090] systemd-ssh-generator[302]: Failed to query local AF_VSOCK CID: Cannot assign requested address',
    ],
    [0.66, '[   15.476859] lpc_ich 0000:00:1f.0: I/O space for GPIO uninitialized'],
    [0.72, '[   16.477356] SCSI subsystem initialized'],
    [0.94, `Debian GNU/Linux ${debian} ${hostname || 'client'} ${terminal}`],
    [0.95, `${hostname || 'client'} login:`],
  ];
}
