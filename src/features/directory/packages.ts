import type { TreeAnswers } from '../index.ts';
import { included } from '../package-lists.ts';
import type { DirectoryAnswers } from './answers.ts';
import { asksKerberos } from './kerberos.ts';

/** The packages of a service; never those of both (debian.md 5). */
export function packagesOf(given: DirectoryAnswers): readonly string[] {
  const kerberos = asksKerberos(given);
  switch (given.service) {
    case 'none':
      return [];
    case 'sssd':
      return [
        ...['sssd-ldap', 'libnss-sss', 'libpam-sss', 'sssd-tools'],
        ...(kerberos ? ['sssd-krb5', 'krb5-user'] : []),
      ];
    case 'nslcd':
      return [
        ...['nslcd', 'libnss-ldapd'],
        ...(kerberos ? ['libpam-krb5', 'krb5-user'] : ['libpam-ldapd']),
      ];
  }
}

/** Somebody has the packages of a service among their own: its settings are theirs too. */
export function bringsItsOwn(given: TreeAnswers): boolean {
  return included(given).some((name) => name === 'libnss-sss' || name.startsWith('libnss-ldap'));
}
