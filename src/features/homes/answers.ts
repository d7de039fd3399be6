import { z } from 'zod';
import { say } from '../../core/message.ts';
import { ask } from '../../core/question.ts';
import { hostName } from '../directory/values.ts';
import { exportedPath, mountPoint } from './values.ts';

type Given = Readonly<Record<string, unknown>>;
const elsewhere = ({ kind }: Given): boolean => kind === 'nfs4' || kind === 'nfs3';
const here = ({ kind }: Given): boolean => kind === 'here';
const used = (given: Given): boolean => elsewhere(given) || here(given);

const securities = ['sys', 'krb5', 'krb5i', 'krb5p'] as const;
const securityLabels = {
  sys: 'the server believes what a client says',
  krb5: 'each user shows a Kerberos ticket',
  krb5i: 'and nobody alters what passes',
  krb5p: 'and nobody reads what passes',
} as const;

const share = z.strictObject({
  server: ask(hostName(), {
    title: 'Which server has it?',
    help: 'Its name, or its IPv4 address. In doubt: ask whoever runs it.',
  }),
  path: ask(exportedPath(), {
    title: 'Which directory of that server is it?',
    help: 'As the server exports it. In doubt: see what `showmount -e` says of the server.',
  }),
  mountPoint: ask(mountPoint(), {
    title: 'Where do clients see it?',
    help: 'A directory of the clients. In doubt: one below /srv, such as /srv/shared.',
  }),
  version: ask(z.enum(['nfs4', 'nfs3']).default('nfs4'), {
    title: 'By which NFS does it come?',
    help: 'In doubt: nfs4, which needs one port.',
    labels: { nfs4: 'NFS 4.1', nfs3: 'NFS 3, of older servers' },
  }),
  security: ask(z.enum(securities).default('sys'), {
    title: 'How does that server know who asks?',
    help: 'All but sys need a keytab for each client. In doubt: sys.',
    labels: securityLabels,
  }),
  readOnly: ask(z.boolean().default(false), {
    title: 'Is it only read?',
    help: 'In doubt: no; then the server decides who may write.',
  }),
});

export const answers = z.strictObject({
  kind: ask(z.enum(['none', 'nfs4', 'nfs3', 'here']).default('none'), {
    title: 'Where are the homes of the users?',
    help: 'What users keep outlives a restart only on a server. In doubt: here, if no other server has them.',
    labels: {
      none: 'on the client: gone at its next restart',
      nfs4: 'on another server, by NFS 4',
      nfs3: 'on another server, by NFS 3: an older one',
      here: 'on this server, which serves the clients',
    },
  }),
  server: ask(z.union([z.literal(''), hostName()]).default(''), {
    title: 'Which server has the homes?',
    help: 'Its name, or its IPv4 address. In doubt: ask whoever runs it.',
    when: elsewhere,
  }),
  path: ask(exportedPath().default('/home'), {
    title: 'Which directory of that server are they in?',
    help: 'On this server it is made, and exported to the clients. In doubt: what is proposed.',
    when: used,
    suggest: ({ answers: given }) =>
      here(given) ? { value: '/srv/homes', from: say('usual') } : null,
  }),
  mountPoint: ask(mountPoint().default('/home'), {
    title: 'Where do clients see them?',
    help: 'The directory that the homes are in. In doubt: /home.',
    when: used,
    seldom: true,
  }),
  listed: ask(z.enum(['client', 'server']).default('client'), {
    title: 'Where are those of the users under Accounts?',
    help: 'On the client they log in also while the server of the homes is away. In doubt: server, if no directory knows further users.',
    labels: {
      client: 'on the client: gone at its next restart',
      server: 'on the server, like all others',
    },
    when: used,
    suggest: ({ answers: given }) => (here(given) ? { value: 'server', from: say('usual') } : null),
  }),
  security: ask(z.enum(securities).default('sys'), {
    title: 'How does the server know who asks?',
    help: 'All but sys need Kerberos, and a keytab for each client. In doubt: sys.',
    labels: securityLabels,
    when: used,
    seldom: true,
  }),
  domain: ask(z.union([z.literal(''), hostName()]).default(''), {
    title: 'In which domain do NFS 4 names of users live?',
    help: 'What stands behind their @ (idmapd). In doubt: leave it empty, for the DNS domain of the client.',
    when: ({ kind }) => kind === 'nfs4' || kind === 'here',
    seldom: true,
  }),
  quota: ask(z.boolean().default(false), {
    title: 'Do quotas limit what each user keeps there?',
    help: 'You set them with `setquota`; their file system must keep them. In doubt: no.',
    when: here,
    seldom: true,
  }),
  shares: ask(z.array(share).max(50).default([]), {
    title: 'What else do clients mount?',
    help: 'Directories of other servers, each with a place of its own. In doubt: nothing.',
    seldom: true,
  }),
});

export type HomesAnswers = z.output<typeof answers>;
