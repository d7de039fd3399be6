import type { ClientReport } from '../core/client-report.ts';
import type { Form } from '../core/form.ts';
import type { Message } from '../core/message.ts';
import type { Place, PlacePath, TreePlace } from '../core/place.ts';

/** How far a client has come. `address` and `loader` are seen only where the whole chain is. */
export type Stage = 'power' | 'address' | 'loader' | 'kernel' | 'root' | 'report';

/** What happens while a client boots; screens and printers show it as it comes. */
export type RehearsalEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly seconds: number }
  | { readonly type: 'console'; readonly line: string }
  /** What a server of the rehearsal says of the client. */
  | { readonly type: 'server'; readonly line: string }
  | { readonly type: 'note'; readonly note: Message };

export type Version = TreePlace & { readonly version: number };

/** QEMU's own DHCP and TFTP: what is proved begins with the kernel. */
export interface QuickChain {
  readonly kind: 'quick';
  /** What DHCP calls the client; empty: nothing. */
  readonly hostname: string;
  /** What is served: the version itself, or its image. */
  readonly form: Form;
  /** The kernel command line, without what the rehearsal itself adds. */
  readonly commandLine: string;
}

export const firmwares = ['bios', 'uefi', 'secureboot'] as const;
export type Firmware = (typeof firmwares)[number];

/** What a server would hold for its clients, below /srv/tftp. */
export type ServedFile =
  | { readonly path: string; readonly mode: number; readonly content: string }
  | { readonly path: string; readonly mode: number; readonly from: PlacePath }
  | { readonly path: string; readonly link: string };

/** The site's own files for DHCP, TFTP and the loaders, on a wire of their own. */
export interface FullChain {
  readonly kind: 'full';
  readonly firmware: Firmware;
  /** The server's card, with its address and bits: a bridge gets both. */
  readonly card: string;
  readonly address: string;
  readonly dnsmasq: string;
  /** A DHCP server of others on the same wire: its address and bits, and its dnsmasq.conf. */
  readonly office?: { readonly address: string; readonly dnsmasq: string };
  /** radvd.conf; empty: nothing is advertised. */
  readonly advertisement: string;
  /** The command of the HTTP server; empty: none. */
  readonly http: readonly string[];
  readonly files: readonly ServedFile[];
  /** Who may read which version; prefixes. */
  readonly exports: readonly {
    readonly version: Version;
    readonly form: Form;
    readonly clients: readonly string[];
  }[];
}

export interface OwnFilesServed {
  /** On the server. */
  readonly path: string;
  /** Who may read them; prefixes, or * where QEMU gives the address. */
  readonly clients: string;
}

export interface VirtualClient {
  readonly version: Version;
  readonly workshop: Place;
  readonly mac: string;
  /** Mebibytes. */
  readonly memory: number;
  readonly chain: QuickChain | FullChain;
  /** What its own clock shows at power-on, in UTC, such as 2019-05-17T12:00:00; right if not given. */
  readonly clock?: string;
  /** Further servers beside those of the boot, as text for sh; what it starts ends with the rehearsal. */
  readonly further?: string;
  /** Its own files, which the server shows to it alone; not given: it has none. */
  readonly own?: OwnFilesServed;
  /** Seconds for the whole boot. */
  readonly patience: number;
  /** The only version of NFS that is served; 4.1 if not given. */
  readonly nfs?: '4.1' | '3';
  /** The NFS server comes only when `serveNow` settles: what a client does after a power cut. */
  readonly serveNow?: (event: RehearsalEvent) => boolean;
  /** After its report it stays up until `enough` settles: what else happens to a client that runs. */
  readonly enough?: (event: RehearsalEvent) => boolean;
  readonly signal: AbortSignal;
}

export interface Timings {
  /** Seconds from power-on to the kernel's first line. */
  readonly firmware: number;
  /** From there to the root. */
  readonly kernel: number;
  /** From the root until the system is up and asks for a login. */
  readonly root: number;
  /** From power-on to the login. */
  readonly login: number;
}

export interface Rehearsal {
  readonly report: ClientReport;
  readonly timings: Timings;
  /** Over the wire, firmware and loader included. */
  readonly bytes: { readonly received: number; readonly sent: number };
  readonly accelerated: boolean;
  /** A first try that failed in a way that a virtual machine sometimes does. */
  readonly retried: string | null;
}

/** The address under which QEMU's user network shows the server to its guest. */
export const serverInRehearsal = '10.0.2.2';
