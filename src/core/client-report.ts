import { z } from 'zod';
import { forms } from './form.ts';

const maybe = z.string().nullable();
const count = z.number().nullable();

/** What a booted client says of itself (assets/tree/usr/lib/sidus/report): what is, not what was asked for. */
export const clientReport = z.object({
  schema: z.literal(1),
  tree: maybe,
  version: count,
  hostname: z.string(),
  machineId: z.string(),
  kernel: z.string(),
  kernelCommandLine: z.string(),
  /** Versions of an older sidus do not say. */
  firmware: z
    .object({ kind: z.enum(['bios', 'uefi']).nullable(), secureBoot: z.boolean().nullable() })
    .default({ kind: null, secureBoot: null }),
  root: z.object({
    type: maybe,
    /** Versions of an older sidus know of no other. */
    form: z.enum(forms).default('files'),
    lower: maybe,
    lowerReadOnly: z.boolean(),
    nfsVersion: maybe,
    server: maybe,
    path: maybe,
    options: maybe,
  }),
  layer: z.object({ kind: maybe, asked: maybe, device: maybe, sizeBytes: count }),
  addresses: z.array(z.string()),
  mac: maybe,
  nic: maybe,
  bootNic: maybe,
  lease: z.object({ address: maybe, seconds: count, server: maybe, renewing: z.boolean() }),
  locale: z.object({ LANG: maybe, generated: z.array(z.string()) }),
  timezone: maybe,
  /**
   * What the boot script did about the clock; how far it is ahead of the server's (null: nobody says,
   * or an older sidus made this version); whether a time server has been heard since.
   */
  clock: z
    .object({ atBoot: maybe, offSeconds: count, kept: z.boolean() })
    .default({ atBoot: null, offSeconds: null, kept: false }),
  keyboard: z.object({ model: maybe, layout: maybe, variant: maybe, options: maybe }),
  users: z.array(
    z.object({
      name: z.string(),
      uid: count,
      gid: count,
      groups: z.array(z.string()),
      home: z.string(),
      shell: z.string(),
      locked: z.boolean(),
    }),
  ),
  /** Files of its own: `none`, where nobody gave it any, `copied`, or `missing`. */
  own: maybe.default(null),
  /** Which service asks a directory who the users are, and what systemd says of it. */
  directory: z.object({ service: maybe, state: maybe }).default({ service: null, state: null }),
  units: z.object({ state: maybe, failed: z.array(z.string()), masked: z.array(z.string()) }),
  sshHostKeys: z.array(z.string()),
  capabilities: z.array(z.string()),
  /** How many files had capabilities when the tree was built. */
  capabilitiesListed: count,
  /** How many of these files had to be copied into the layer, to get them back. */
  capabilitiesRestored: count.default(null),
  hosts: z.object({ sidusServer: maybe }),
  journalStorage: maybe,
  /** Seconds since the kernel started. */
  timings: z.object({ root: count, kernel: count, userspace: count }),
  /** At the card, since the kernel found it. */
  bytes: z.object({ received: count, sent: count }),
  /** Calls to NFS servers, since the first one was mounted. */
  nfsCalls: count.default(null),
  /** What is mounted there when somebody uses it; versions of an older sidus mount nothing. */
  automounts: z.array(z.string()).default([]),
});

export type ClientReport = z.infer<typeof clientReport>;

/** One thing that a client must be, and what it says it is. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly holds: boolean;
}
