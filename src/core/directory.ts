import type { Argv } from './text.ts';

/** What a directory is asked (LDAP, RFC 4511), and how. */
export interface DirectoryQuestion {
  /** ldap:// or ldaps://, the first first. */
  readonly uris: readonly string[];
  /** ldaps://, or StartTLS on ldap:// before anything is said. */
  readonly encrypted: boolean;
  /** A command of the server that prints certificates of authorities (PEM); null: those that everybody knows. */
  readonly authority: Argv | null;
  /** As whom it is asked, and which secret is their password; null: as nobody. */
  readonly bind: { readonly dn: string; readonly secret: string } | null;
  /** null: only where its entries begin. */
  readonly people: DirectoryPeople | null;
}

/** Who of a directory is a user. */
export interface DirectoryPeople {
  readonly base: string;
  readonly schema: 'rfc2307' | 'rfc2307bis' | 'ad';
  /** RFC 4515; empty: all of them. */
  readonly filter: string;
  /** Kerberos has their passwords: none is tried here. */
  readonly elsewhere: boolean;
}

export interface DirectoryCertificate {
  /** Of whom it says it is: common name, and the names it is good for. */
  readonly subject: string;
  readonly names: readonly string[];
  readonly issuer: string;
  /** ISO 8601, and whole days from now on; negative: it is over. */
  readonly until: string;
  readonly daysLeft: number;
  /** null: it is good, and of this machine. */
  readonly fault: 'expired' | 'not-yet' | 'other-name' | 'unknown-authority' | 'other' | null;
}

/** What came of one address. Words are those of the directory or of the network, fit to be shown. */
export interface DirectoryServer {
  readonly uri: string;
  /** 'untrusted': its certificate is not good, so nothing was said to it. */
  readonly status: 'answers' | 'silent' | 'untrusted';
  readonly words: string;
  readonly milliseconds: number;
  readonly certificate: DirectoryCertificate | null;
}

/** A user or a group. `id`: its number; null: the directory gives none. */
export interface DirectoryName {
  readonly name: string;
  readonly id: number | null;
}

type Said<Status extends string> = { readonly status: Status; readonly words: string };

/** What a directory said; of several servers the first that answers. */
export interface DirectoryAnswer {
  readonly servers: readonly DirectoryServer[];
  /** Where its entries begin (namingContexts), and which is the usual one, where it says so. */
  readonly bases: readonly string[];
  readonly usualBase: string | null;
  /** 'missing': nobody gave the password. */
  readonly bind: Said<'unasked' | 'accepted' | 'missing' | 'refused'>;
  readonly base: Said<'unasked' | 'there' | 'absent' | 'refused'>;
  /** At most `mostNames` of each; `more`: there are others. */
  readonly users: readonly DirectoryName[];
  readonly moreUsers: boolean;
  readonly groups: readonly DirectoryName[];
}

/** What is known of a directory before it has said anything. */
export const nothingSaid: Omit<DirectoryAnswer, 'servers'> = {
  bases: [],
  usualBase: null,
  bind: { status: 'unasked', words: '' },
  base: { status: 'unasked', words: '' },
  users: [],
  moreUsers: false,
  groups: [],
};

/** How many users and groups are looked at: enough to see, and soon over. */
export const mostNames = 1000;

export interface DirectoryLogin {
  readonly user: string;
  readonly password: string;
}

/** What came of trying a login. All but `status` and `words` is of the entry that was found. */
export interface LoginAnswer {
  /**
   * 'unknown': there is no such user; 'several': more than one entry; 'unfound': it could not be
   * looked for; 'unasked': found, and no password was sent.
   */
  readonly status: 'accepted' | 'refused' | 'unknown' | 'several' | 'unfound' | 'unasked';
  readonly words: string;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly groups: readonly string[];
  readonly home: string | null;
  readonly shell: string | null;
}

/** What is known of somebody before the directory has said anything. */
export const nobodyFound: LoginAnswer = {
  status: 'unfound',
  words: '',
  uid: null,
  gid: null,
  groups: [],
  home: null,
  shell: null,
};
