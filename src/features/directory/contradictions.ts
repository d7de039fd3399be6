import type { Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { DirectoryAnswers } from './answers.ts';
import { asksKerberos } from './kerberos.ts';
import { noBase } from './no-base.ts';

/** What is missing, and what cannot be so together: all of it at once. `at`: where the answers are. */
export function contradictions(
  at: string,
  given: DirectoryAnswers,
  facts: Facts,
): readonly Problem[] {
  if (given.service === 'none') return [];
  const problems: Problem[] = [];
  const ready = given.files.map(({ as }) => as);
  const written = !ready.some((as) => as === `${given.service}.conf`);
  if (written && given.uris.length === 0) {
    problems.push({
      code: 'directory/no-address',
      at: `${at}.uris`,
      summary: say('nobody said where the directory is'),
      remedy: say('write its address, such as ldaps://ldap.example.org'),
    });
  }
  if (written && given.base === null) {
    problems.push(noBase(`${at}.base`, given, facts));
  }
  if (!given.encrypted && given.uris.some((uri) => uri.startsWith('ldaps:'))) {
    problems.push({
      code: 'directory/encrypted-address',
      at: `${at}.encrypted`,
      summary: say('ldaps:// is encrypted, and the answers say that nothing is'),
      remedy: say('say yes to encryption, or write the address with ldap://'),
    });
  }
  if (new Set(given.uris.map((uri) => uri.split(':')[0])).size > 1) {
    problems.push({
      code: 'directory/mixed-addresses',
      at: `${at}.uris`,
      summary: say('some addresses begin with ldaps://, and some with ldap://'),
      remedy: say('begin all of them alike; ldaps:// where the servers have it'),
    });
  }
  if (given.service === 'nslcd' && given.schema === 'ad') {
    problems.push({
      code: 'directory/nslcd-of-windows',
      at: `${at}.schema`,
      summary: say('nslcd does not make numbers for the users of an Active Directory'),
      remedy: say('choose sssd'),
    });
  }
  // libpam-krb5 gives no user a number or a group: without a realm it knows no password either.
  if (given.kdcs.length > 0 && !asksKerberos(given)) {
    problems.push({
      code: 'directory/servers-without-realm',
      at: `${at}.realm`,
      summary: say('there are servers of a Kerberos realm, and no realm'),
      remedy: say('write the realm, such as EXAMPLE.ORG, or take its servers away'),
    });
  }
  if (given.service === 'sssd' && written && given.realm === null && ready.includes('krb5.conf')) {
    problems.push({
      code: 'directory/file-without-realm',
      at: `${at}.realm`,
      summary: say('krb5.conf is brought in, and sssd has to be told which realm it asks'),
      remedy: say('write the realm that is in that file'),
    });
  }
  for (const [index, as] of ready.entries()) {
    if (ready.indexOf(as) < index) {
      problems.push({
        code: 'directory/file-twice',
        at: `${at}.files.${index}.as`,
        summary: say('{as} is brought in twice', { as }),
        remedy: say('take one of the two away'),
      });
    } else if (
      (as === 'sssd.conf' && given.service !== 'sssd') ||
      (as === 'nslcd.conf' && given.service !== 'nslcd')
    ) {
      problems.push({
        code: 'directory/file-of-another',
        at: `${at}.files.${index}.as`,
        summary: say('{as} is brought in, and {service} does not read it', {
          as,
          service: given.service,
        }),
        remedy: say('take the file away, or choose the service that reads it'),
      });
    }
  }
  return problems;
}
