import { z } from 'zod';
import { forms } from '../core/form.ts';
import { accounts } from './accounts.ts';
import { directory } from './directory/index.ts';
import { hardware } from './hardware/index.ts';
import { homes } from './homes/index.ts';
import { locale } from './locale.ts';
import { network } from './network.ts';
import { packages } from './packages.ts';
import { persistence } from './persistence.ts';
import { serve } from './serve/index.ts';
import { tree } from './tree/index.ts';
import {
  ethernetAddress,
  filePath,
  ipv4Address,
  kernelOption,
  label,
  machineName,
} from './values.ts';

/** Order here is the order of the questions, and of the steps unless `after` says otherwise. */
export const serverTopics = [network, serve] as const;
export const treeTopics = [
  tree,
  packages,
  locale,
  accounts,
  directory,
  homes,
  persistence,
  hardware,
] as const;

export type ServerAnswers = {
  readonly [T in (typeof serverTopics)[number] as T['id']]: z.output<T['answers']>;
};
export type TreeAnswers = {
  readonly [T in (typeof treeTopics)[number] as T['id']]: z.output<T['answers']>;
};

const layer = z.strictObject({ size: persistence.answers.shape.size }).optional();
const treeName = label('tree');

/** Instead of the tree's own. */
const form = z
  .enum(forms, {
    error: ({ input }) => `${JSON.stringify(input)} is no form; choose among ${forms.join(', ')}`,
  })
  .optional();

const group = z.strictObject({
  tree: treeName.optional(),
  version: z.number().int().min(1).optional(),
  form,
  layer,
  options: z.array(kernelOption()).max(50).optional(),
});

const client = z.strictObject({
  mac: ethernetAddress(),
  name: machineName(),
  address: ipv4Address().optional(),
  group: label('group').optional(),
  tree: treeName.optional(),
  version: z.number().int().min(1).optional(),
  form,
  layer,
  /** A file on this server: the Kerberos keys of this machine, which it gets as /etc/krb5.keytab. */
  keytab: filePath().optional(),
  options: z.array(kernelOption()).max(50).optional(),
});

export type SiteGroup = z.output<typeof group>;
export type SiteClient = z.output<typeof client>;

/** All the answers for one server (design.md 3, the shape of a site). */
export interface Site {
  readonly schema: 1;
  readonly server: ServerAnswers;
  readonly trees: Readonly<Record<string, TreeAnswers>>;
  readonly groups: Readonly<Record<string, SiteGroup>>;
  readonly clients: readonly SiteClient[];
}

/** The parts of a site that no topic owns. */
export const frame = {
  groups: z.record(label('group'), group).default({}),
  clients: z.array(client).max(10_000).default([]),
} as const;

function together(topics: readonly { readonly id: string; readonly answers: z.ZodObject }[]) {
  return z.strictObject(
    Object.fromEntries(
      topics.map(({ id, answers }) => [id, answers.partial().optional().meta({ title: id })]),
    ),
  );
}

/** What a site file may hold: every answer may be left out, and is then found or asked. */
export const siteFile = z.strictObject({
  $schema: z.string().optional(),
  schema: z.literal(1).default(1),
  server: together(serverTopics).optional(),
  trees: z.record(treeName, together(treeTopics)).optional(),
  groups: frame.groups.optional(),
  clients: frame.clients.optional(),
});
