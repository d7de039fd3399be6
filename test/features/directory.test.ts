import { describe, expect, test } from 'vitest';
import { answers } from '../../src/features/directory/answers.ts';
import { kerberosFile } from '../../src/features/directory/kerberos.ts';
import { nslcdFile } from '../../src/features/directory/nslcd.ts';
import { sssdFile } from '../../src/features/directory/sssd.ts';
import { isFilter } from '../../src/features/directory/values.ts';
import { textOf } from '../../src/planner/describe.ts';

const sound = (key: string, value: unknown): boolean =>
  answers.safeParse({ service: 'sssd', [key]: value }).success;

describe('what a directory is described by', () => {
  test.each([
    ['uris', ['ldaps://ldap.example.org', 'ldap://10.0.0.5:389', 'ldaps://dc1.corp.example:636/']],
    ['base', 'dc=example,dc=org'],
    ['base', 'ou=Élèves,o=Lycée Émile-Zola,c=FR'],
    ['base', 'ou=a\\,b,dc=example'],
    ['filter', '(objectClass=posixAccount)'],
    ['filter', '(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))'],
    ['filter', '(|(uid=a*)(cn=\\28x\\29))'],
    ['realm', 'EXAMPLE.ORG'],
    ['kdcs', ['kdc1.example.org', '10.0.0.7']],
    ['authority', '/root/ca.pem'],
    ['authority', 'https://pki.example.org/ca/root-2.pem'],
  ])('%s may be %j', (key, value) => {
    expect(sound(key, value)).toBe(true);
  });

  const hostile = [
    'x\nldap_uri = ldap://evil',
    'x\r\ny',
    'a\0b',
    '$(id)',
    '`id`',
    '"; reboot',
    ' leading',
    'trailing ',
    '{ kdc = evil',
    'a\tb',
    '../../etc/passwd',
    '%u',
    '#',
  ];
  test.each(['base', 'bindDn', 'filter', 'realm', 'authority'])('%s is nothing hostile', (key) => {
    for (const value of hostile) expect(sound(key, value), value).toBe(false);
  });
  test.each(['uris', 'kdcs'])('%s are nothing hostile', (key) => {
    for (const value of [...hostile, '', 'http://x', 'ldap://a b', 'ldap://x/?y', '-x']) {
      expect(sound(key, [value]), value).toBe(false);
    }
  });

  test.each([
    '',
    '(',
    '()',
    'a=b',
    '(a=b',
    '(a=b))',
    '(&)',
    '(!(a=b)(c=d))',
    '(a=b)(c=d)',
    '(a=(b))',
    '(=b)',
    '(a=b?sub)',
  ])('%j is no filter', (text) => {
    expect(isFilter(text)).toBe(false);
  });
  test('a filter of many brackets is refused, and not for ever', () => {
    expect(isFilter(`${'(&'.repeat(500)}(a=b)${')'.repeat(500)}`)).toBe(false);
  });
});

const of = (given: Readonly<Record<string, unknown>>) =>
  answers.parse({
    service: 'sssd',
    uris: ['ldaps://ldap.example.org'],
    base: 'dc=example,dc=org',
    ...given,
  });

describe('the files of a client', () => {
  test('sssd: encrypted, by the authority that was named, and nobody is root', () => {
    const text = textOf(sssdFile('lab', of({ authority: '/root/ca.pem' })));
    expect(text).toContain('\nldap_uri = ldaps://ldap.example.org\n');
    expect(text).toContain('\nldap_tls_reqcert = demand\n');
    expect(text).toContain('\nldap_tls_cacert = /etc/ssl/certs/sidus-directory.pem\n');
    expect(text).toContain('\nmin_id = 1000\n');
    expect(text).not.toContain('authtok');
    expect(text).not.toContain('never_use_in_production');
  });

  test('sssd: StartTLS, a filter, a name and its secret, which is not in the text', () => {
    const text = sssdFile(
      'lab',
      of({
        uris: ['ldap://a.example.org', 'ldap://b.example.org'],
        filter: '(uid=a*)',
        bindDn: 'cn=reader,dc=example,dc=org',
      }),
    );
    expect(text).toContainEqual({ secret: 'lab.directory' });
    expect(textOf(text)).toContain('\nldap_id_use_start_tls = True\n');
    expect(textOf(text)).toContain('\nldap_uri = ldap://a.example.org, ldap://b.example.org\n');
    expect(textOf(text)).toContain(
      '\nldap_user_search_base = dc=example,dc=org?subtree?(uid=a*)\n',
    );
    expect(textOf(text)).toContain('\nldap_default_bind_dn = cn=reader,dc=example,dc=org\n');
  });

  test('in the clear only where somebody insists', () => {
    const plain = of({ uris: ['ldap://ldap.example.org'], encrypted: false });
    expect(textOf(sssdFile('lab', plain))).toContain('never_use_in_production = True\n');
    expect(textOf(nslcdFile('lab', plain))).toContain('\nssl off\n');
  });

  test('nslcd: one address a line', () => {
    const text = textOf(
      nslcdFile(
        'lab',
        of({ service: 'nslcd', uris: ['ldaps://a.example.org', 'ldaps://b.example.org'] }),
      ),
    );
    expect(text).toContain('\nuri ldaps://a.example.org\nuri ldaps://b.example.org\n');
    expect(text).toContain('\ntls_cacertfile /etc/ssl/certs/ca-certificates.crt\n');
    expect(text).toContain('\nnss_min_uid 1000\n');
  });

  test('Kerberos: its realm and servers, in both files', () => {
    const given = of({ realm: 'EXAMPLE.ORG', kdcs: ['kdc.example.org'] });
    expect(textOf(sssdFile('lab', given))).toContain('\nauth_provider = krb5\n');
    expect(textOf(sssdFile('lab', given))).toContain('\nkrb5_server = kdc.example.org\n');
    expect(kerberosFile(given)).toContain('\tEXAMPLE.ORG = {\n\t\tkdc = kdc.example.org\n\t}\n');
    expect(kerberosFile(given)).toContain('dns_lookup_kdc = false');
  });
});
