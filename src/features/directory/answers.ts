import { z } from 'zod';
import { ask } from '../../core/question.ts';
import { suggestBase } from './asking.ts';
import {
  directoryAddress,
  directoryFilter,
  distinguishedName,
  fileOrAddress,
  hostName,
  realmName,
} from './values.ts';

const used = (given: Readonly<Record<string, unknown>>): boolean => given.service !== 'none';
/** Where each ready-made file goes, and who may read it there. */
export const readyFiles = {
  'sssd.conf': { path: '/etc/sssd/sssd.conf', mode: 0o600 },
  'nslcd.conf': { path: '/etc/nslcd.conf', mode: 0o640, group: 'nslcd' },
  'krb5.conf': { path: '/etc/krb5.conf' },
  'ldap.conf': { path: '/etc/ldap/ldap.conf' },
  'nsswitch.conf': { path: '/etc/nsswitch.conf' },
} as const;
const readyNames = Object.keys(readyFiles) as (keyof typeof readyFiles)[];

const readyFile = z.strictObject({
  from: ask(fileOrAddress(), {
    title: 'Where is the file now?',
    help: 'A path on this server, or a URL. In doubt: where whoever runs the directory says it is.',
  }),
  as: ask(z.enum(readyNames), {
    title: 'Which file of the clients is it?',
    help: 'It takes the place of the one that sidus would write. In doubt: its own name.',
    labels: {
      'sssd.conf': '/etc/sssd/sssd.conf',
      'nslcd.conf': '/etc/nslcd.conf',
      'krb5.conf': '/etc/krb5.conf, and Kerberos with it',
      'ldap.conf': '/etc/ldap/ldap.conf, of the LDAP tools',
      'nsswitch.conf': '/etc/nsswitch.conf',
    },
  }),
});

const ofKerberos = (given: Readonly<Record<string, unknown>>): boolean =>
  used(given) && typeof given.realm === 'string';

export const answers = z.strictObject({
  service: ask(z.enum(['none', 'sssd', 'nslcd']).default('none'), {
    title: 'Who knows the users?',
    help: 'A directory knows people and their passwords (LDAP, Active Directory). In doubt: none; with one, sssd, which lets people in while it is away.',
    labels: {
      none: 'nobody but the accounts of the tree',
      sssd: 'an LDAP directory, by sssd',
      nslcd: 'an LDAP directory, by nslcd, the small one',
    },
  }),
  uris: ask(z.array(directoryAddress()).max(8).default([]), {
    title: 'Where is the directory?',
    help: 'One address a line, asked in this order; ldaps:// is encrypted from the first byte. In doubt: ask whoever runs it.',
    when: used,
  }),
  encrypted: ask(z.boolean().default(true), {
    title: 'Is what passes between them encrypted?',
    help: 'In doubt: yes. Without it everybody on the wire reads every password.',
    when: used,
    seldom: true,
  }),
  authority: ask(fileOrAddress().nullable().default(null), {
    title: 'Who signed the certificate of the directory?',
    help: 'A file of this server or a URL, of the certificate of an authority (PEM). In doubt: leave it empty, for those that every browser knows.',
    when: (given) => used(given) && given.encrypted !== false,
  }),
  base: ask(distinguishedName().nullable().default(null), {
    title: 'Where in the directory do its entries begin?',
    help: 'Its base, such as dc=example,dc=org. In doubt: what the directory itself says.',
    suggest: suggestBase,
    when: used,
  }),
  schema: ask(z.enum(['rfc2307', 'rfc2307bis', 'ad']).default('rfc2307'), {
    title: 'How does the directory keep groups?',
    help: 'In doubt: rfc2307, the usual one of OpenLDAP; ad for Active Directory.',
    labels: {
      rfc2307: 'groups name their members (memberUid)',
      rfc2307bis: 'groups point at entries of members (member)',
      ad: 'Active Directory',
    },
    when: used,
  }),
  filter: ask(directoryFilter().nullable().default(null), {
    title: 'Which of its users are users here?',
    help: 'An LDAP filter, such as (memberOf=cn=students,ou=groups,dc=example,dc=org). In doubt: leave it empty, for all of them.',
    when: used,
    seldom: true,
  }),
  bindDn: ask(distinguishedName().nullable().default(null), {
    title: 'As whom do clients ask the directory?',
    help: 'Every machine that boots can read its password: take an entry that may only look. In doubt: leave it empty; most directories let everybody ask.',
    when: used,
  }),
  realm: ask(realmName().nullable().default(null), {
    title: 'Which Kerberos realm are the passwords in?',
    help: 'Such as EXAMPLE.ORG. In doubt: leave it empty; then the directory itself knows the passwords.',
    when: used,
  }),
  kdcs: ask(z.array(hostName()).max(8).default([]), {
    title: 'Where are the servers of that realm?',
    help: 'Its KDCs, one name a line. In doubt: none; then the name servers are asked.',
    when: ofKerberos,
  }),
  files: ask(z.array(readyFile).max(readyNames.length).default([]), {
    title: 'Which files of it are ready-made?',
    help: 'Each takes the place of the one that sidus writes from these answers; the plan shows its checksum. In doubt: none.',
    when: used,
    seldom: true,
  }),
});

export type DirectoryAnswers = z.output<typeof answers>;
