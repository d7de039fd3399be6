import { type Effect, file } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';
import type { Text } from '../../core/text.ts';
import type { DirectoryAnswers } from './answers.ts';
import { authorityPath } from './authority.ts';
import { bindSecret } from './secret.ts';

/** Its group may read it, because the daemon runs as that (debian.md 5). */
export function nslcdEffects(
  tree: string,
  place: TreePlace,
  given: DirectoryAnswers,
): readonly Effect[] {
  return [
    ...(given.files.some(({ as }) => as === 'nslcd.conf')
      ? []
      : [file(place, '/etc/nslcd.conf', nslcdFile(tree, given), { mode: 0o640, group: 'nslcd' })]),
    // Debian starts it by a script of the old kind, which knows nothing of who logs in.
    file(
      place,
      '/etc/systemd/system/nslcd.service.d/sidus.conf',
      '[Unit]\nWants=nss-user-lookup.target\nBefore=nss-user-lookup.target systemd-user-sessions.service display-manager.service\n',
    ),
  ];
}

/** nslcd.conf(5): a word, a blank, and the rest of the line. */
export function nslcdFile(tree: string, given: DirectoryAnswers): Text {
  const { uris, base, encrypted, schema, filter, bindDn } = given;
  const lines = [
    '# Written by sidus.',
    'uid nslcd',
    'gid nslcd',
    ...uris.map((uri) => `uri ${uri}`),
    `base ${base}`,
    ...(encrypted
      ? [
          ...(uris.some((uri) => uri.startsWith('ldap://')) ? ['ssl start_tls'] : []),
          'tls_reqcert demand',
          `tls_cacertfile ${authorityPath(given)}`,
        ]
      : ['ssl off']),
    // Below are the ids of the tree's own, which nobody in the directory may have.
    'nss_min_uid 1000',
    ...(filter === null ? [] : [`filter passwd ${filter}`, `filter shadow ${filter}`]),
    // Names of members, where rfc2307 has a list of logins: otherwise each group costs a search.
    ...(schema === 'rfc2307' ? ['nss_getgrent_skipmembers no'] : []),
    // Who is of the tree is not looked for there: root gets in at once while the directory is away.
    'nss_initgroups_ignoreusers ALLLOCAL',
    'bind_timelimit 5',
    'timelimit 10',
  ];
  const secret =
    bindDn === null ? [] : [`binddn ${bindDn}\nbindpw `, { secret: bindSecret(tree) }, '\n'];
  return [`${lines.join('\n')}\n`, ...secret];
}
