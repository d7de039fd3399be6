import { type Effect, file } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';
import type { DirectoryAnswers } from './answers.ts';

/** Whether passwords are those of a realm: of one that is named, or that a ready-made file names. */
export function asksKerberos({ realm, files }: DirectoryAnswers): boolean {
  return realm !== null || files.some(({ as }) => as === 'krb5.conf');
}

/** krb5.conf(5). Without servers the name servers are asked for them (SRV records, RFC 4120 7.2.3). */
export function kerberosFile({ realm, kdcs }: DirectoryAnswers): string {
  return [
    '# Written by sidus.',
    '[libdefaults]',
    `\tdefault_realm = ${realm}`,
    '\tdns_lookup_realm = false',
    `\tdns_lookup_kdc = ${kdcs.length === 0 ? 'true' : 'false'}`,
    // Names of servers are what they were asked for by, whatever name servers say of their addresses.
    '\tdns_canonicalize_hostname = false',
    '\trdns = false',
    '\tforwardable = true',
    '',
    '[realms]',
    `\t${realm} = {`,
    ...kdcs.map((kdc) => `\t\tkdc = ${kdc}`),
    '\t}',
    '',
  ].join('\n');
}

export function kerberosEffects(place: TreePlace, given: DirectoryAnswers): readonly Effect[] {
  return given.realm === null ? [] : [file(place, '/etc/krb5.conf', kerberosFile(given))];
}
