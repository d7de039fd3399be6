import type { Outcome } from './event.ts';
import type { Message } from './message.ts';
import type { Problem } from './problem.ts';

/**
 * How a server stands, as the dashboard draws it and `status` says it: plain JSON, learnt from a
 * bounded number of small files and short commands, however many clients there are.
 */
export interface Overview {
  readonly schema: 1;
  /** The directory that everything is put under; '/' is the server itself. */
  readonly root: string;
  readonly server: OverviewServer;
  /** Of the site in its order, then others of ours, then those made by hand. */
  readonly trees: readonly OverviewTree[];
  /** By address. Whoever has no lease of ours and no connection to the NFS server is not seen. */
  readonly clients: readonly OverviewClient[];
  /** The last few, newest first. */
  readonly runs: readonly OverviewRun[];
  readonly running: OverviewRunning | null;
  /** Steps that are not as the plan wants them; null: nobody looked, or there is no site. */
  readonly pending: number | null;
  /** Who gives addresses where the clients are; null: nobody asked, or there is no site. */
  readonly wire: OverviewWire | null;
  readonly problems: readonly Problem[];
}

export interface OverviewWire {
  readonly card: string;
  /** Others than this server: what its card sends it does not hear itself. */
  readonly servers: readonly DhcpAnswer[];
  /** Why nobody could be asked; left out: they were. */
  readonly unasked?: DhcpUnasked;
}

/** Why a wire could not be asked who gives addresses; 'unasked': for another reason. */
export type DhcpUnasked = 'no-card' | 'no-link' | 'only-root' | 'unasked';

/** What one DHCP server answers. */
export interface DhcpAnswer {
  readonly server: string;
  /** The address that it would give to the server's own card, with its bits; null: none. */
  readonly offer: string | null;
  /** For how long. */
  readonly seconds?: number;
  /** What it has machines start, by architecture (RFC 4578 2.1); '-': told later, or by a menu. */
  readonly boots: readonly {
    readonly architecture: number;
    readonly from: string;
    readonly file: string;
  }[];
}

export interface OverviewServer {
  readonly name: string | null;
  readonly space: OverviewSpace | null;
  /** None where everything is put under another directory: nothing of it runs here. */
  readonly services: readonly OverviewService[];
}

/** Of the filesystem that the trees lie on. */
export interface OverviewSpace {
  readonly freeBytes: number;
  readonly sizeBytes: number | null;
  readonly filesystem: string;
}

/** 'unknown': no systemd to ask. 'missing': there is no such unit. */
export type ServiceState = 'running' | 'starting' | 'stopped' | 'failed' | 'missing' | 'unknown';

export interface OverviewService {
  /** The unit. */
  readonly name: string;
  readonly state: ServiceState;
  /** Whether it starts with the server; null: unknown. */
  readonly enabled: boolean | null;
  /** Of the kernel's NFS server alone. */
  readonly threads: number | null;
}

export interface OverviewTree {
  readonly name: string;
  readonly made: 'sidus' | 'by hand';
  /** Whether the site names it. */
  readonly inSite: boolean;
  readonly directory: string;
  /** Of the draft, otherwise as the site wants it; by hand: what its os-release says. */
  readonly suite: string | null;
  /** Made by hand: what is installed there, such as 'Debian 12.15'. */
  readonly release: string | null;
  /** Made by hand: the newest kernel in its /boot. */
  readonly kernel: string | null;
  readonly draft: OverviewDraft | null;
  /** Oldest first. */
  readonly versions: readonly OverviewVersion[];
  /** The version that clients boot; null: none yet. It may be one that is no longer there. */
  readonly current: number | null;
  /** The newest version that clients booted before, and were given an earlier one for; null: none. */
  readonly takenBack: number | null;
  readonly exportedTo: readonly OverviewExport[];
}

export interface OverviewDraft {
  readonly suite: string;
  /** It was worked on since its last version was made, by a run or in a shell of ours. */
  readonly ahead: boolean;
}

export interface OverviewVersion {
  readonly version: number;
  /** When it was published, as an ISO date. */
  readonly date: string;
  readonly kernel: string | null;
  /** Whether there is an image of it too. */
  readonly image: boolean;
  /** Whether clients boot it. */
  readonly current: boolean;
}

export interface OverviewExport {
  /** As exports(5) writes it: an address, a network, a name, or '*'. */
  readonly to: string;
  readonly writable: boolean;
}

export interface OverviewClient {
  readonly address: string;
  readonly mac?: string;
  /** From the site, otherwise what the client calls itself. */
  readonly name?: string;
  /**
   * 'lease': it was given an address, some time. 'nfs': it is connected to the NFS server now.
   */
  readonly sees: 'lease' | 'nfs' | 'both';
  /** What it boots by the site; what it runs now may be older. */
  readonly tree?: string;
  readonly version?: number;
}

export interface OverviewRun {
  readonly id: string;
  readonly title: Message;
  /** 'broken-off': its engine is gone, and it said nothing of an end. */
  readonly outcome: Outcome | 'running' | 'broken-off';
  /** When it began, as an ISO date. */
  readonly at: string;
  /** Steps that are done, or were so already. */
  readonly done: number;
  readonly steps: number;
  readonly problem: Problem | null;
}

export interface OverviewRunning {
  /** null: what is at work keeps no record of steps, such as a shell in a draft. */
  readonly run: string | null;
  readonly command: string;
  readonly since: string;
  readonly pid: number;
}

/** The clients that were not there before: how the first one is noticed when it appears. */
export function appeared(before: Overview, now: Overview): readonly OverviewClient[] {
  const known = new Map(before.clients.map((client) => [client.address, client]));
  return now.clients.filter(({ address, sees }) => {
    const earlier = known.get(address);
    // Leases never end: one that was away is here again when it mounts its root.
    return earlier === undefined || (earlier.sees === 'lease' && sees !== 'lease');
  });
}
