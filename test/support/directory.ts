import type { DirectoryAnswer, DirectoryServer } from '../../src/core/directory.ts';

/** Of a site whose users are in a directory. */
export const directoryAnswers = {
  service: 'sssd',
  uris: ['ldaps://ldap.school.example'],
  base: 'dc=school,dc=example',
  bindDn: 'cn=reader,dc=school,dc=example',
} as const;

export const goodServer: DirectoryServer = {
  uri: 'ldaps://ldap.school.example',
  status: 'answers',
  words: '',
  milliseconds: 12,
  certificate: {
    subject: 'ldap.school.example',
    names: ['ldap.school.example'],
    issuer: 'School authority',
    until: '2027-11-21T10:00:00.000Z',
    daysLeft: 365,
    fault: null,
  },
};

/** All is well, but for what a test says. */
export function directorySays(more: Partial<DirectoryAnswer> = {}): DirectoryAnswer {
  return {
    servers: [goodServer],
    bases: ['dc=school,dc=example'],
    usualBase: null,
    bind: { status: 'accepted', words: '' },
    base: { status: 'there', words: '' },
    users: [
      { name: 'ada', id: 10_001 },
      { name: 'alan', id: 10_002 },
    ],
    moreUsers: false,
    groups: [{ name: 'students', id: 10_000 }],
    ...more,
  };
}
