import { type Effect, file } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';
import type { Text } from '../../core/text.ts';
import type { DirectoryAnswers } from './answers.ts';
import { authorityPath } from './authority.ts';
import { bindSecret } from './secret.ts';

/** Read by root alone, or sssd refuses to start (debian.md 5). */
export function sssdEffects(
  tree: string,
  place: TreePlace,
  given: DirectoryAnswers,
): readonly Effect[] {
  return [file(place, '/etc/sssd/sssd.conf', sssdFile(tree, given), { mode: 0o600 })];
}

/** sssd.conf(5), sssd-ldap(5), sssd-krb5(5): one value a line, unquoted. */
export function sssdFile(tree: string, given: DirectoryAnswers): Text {
  const { uris, base, encrypted, schema, filter, bindDn, realm, kdcs } = given;
  const method = realm === null ? 'ldap' : 'krb5';
  const start = uris.some((uri) => uri.startsWith('ldap://'));
  const lines = [
    '# Written by sidus. Root alone may read it, or sssd does not start.',
    '[sssd]',
    'services = nss, pam',
    'domains = sidus',
    '',
    '[pam]',
    'offline_credentials_expiration = 7',
    '',
    '[domain/sidus]',
    'id_provider = ldap',
    `auth_provider = ${method}`,
    `chpass_provider = ${method}`,
    'access_provider = permit',
    `ldap_uri = ${uris.join(', ')}`,
    `ldap_search_base = ${base}`,
    // Whoever is not found is no user of the clients, whichever way they come in.
    ...(filter === null ? [] : [`ldap_user_search_base = ${base}?subtree?${filter}`]),
    `ldap_schema = ${schema === 'ad' ? 'ad' : schema}`,
    ...(schema === 'ad'
      ? ['ldap_id_mapping = True', 'ldap_referrals = False', 'ldap_force_upper_case_realm = True']
      : []),
    ...(encrypted
      ? [
          `ldap_id_use_start_tls = ${start ? 'True' : 'False'}`,
          'ldap_tls_reqcert = demand',
          `ldap_tls_cacert = ${authorityPath(given)}`,
        ]
      : [
          'ldap_id_use_start_tls = False',
          // sssd sends no password in the clear unless it is told twice.
          ...(method === 'ldap' ? ['ldap_auth_disable_tls_never_use_in_production = True'] : []),
        ]),
    ...(realm === null
      ? []
      : [
          `krb5_realm = ${realm}`,
          ...(kdcs.length === 0 ? [] : [`krb5_server = ${kdcs.join(', ')}`]),
          'krb5_store_password_if_offline = True',
        ]),
    // Below are the ids of the tree's own: nobody in the directory may be one of them, root least of all.
    'min_id = 1000',
    'cache_credentials = True',
    'enumerate = False',
    'fallback_homedir = /home/%u',
    'default_shell = /bin/bash',
  ];
  const secret =
    bindDn === null
      ? []
      : [
          `ldap_default_bind_dn = ${bindDn}\nldap_default_authtok = `,
          { secret: bindSecret(tree) },
          '\n',
        ];
  return [`${lines.join('\n')}\n`, ...secret];
}
