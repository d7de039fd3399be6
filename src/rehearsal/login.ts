import type { Finding } from '../core/client-report.ts';
import { inTree } from '../core/place.ts';
import type { System } from '../system/system.ts';

/** Who is to get in. */
export interface LoginTried {
  readonly tree: string;
  readonly user: string;
  readonly password: string;
  /** What sidus-server stands for. */
  readonly server: string;
  readonly signal: AbortSignal;
}

/** What came of it, in the draft (assets/tree/usr/lib/sidus/rehearse-login). */
export interface LoginReport {
  /** null: nobody knows this name. */
  readonly entry: {
    readonly uid: number;
    readonly gid: number;
    readonly home: string;
    readonly shell: string;
  } | null;
  readonly groups: readonly string[];
  /** Whether the password let them in. */
  readonly right: boolean;
  /** Whether one that nobody has did so too. */
  readonly wrong: boolean;
  /** What was said to whom was refused. */
  readonly words: string;
  /** `OWNER MODE PATH`, why it was not tried or could not be mounted, or empty: there is none. */
  readonly home: string;
  /** The last words of the service that asks the directory. */
  readonly log: string;
}

/** Seconds: two tries of a minute each, a mount, and what the directory takes. */
const patience = 240;

/** Tries a login in the draft, with the network of the server. The password goes by standard input. */
export async function rehearseLogin(tried: LoginTried, system: System): Promise<LoginReport> {
  const { stdout } = await system.exec(
    inTree(tried.tree),
    ['/usr/lib/sidus/rehearse-login', tried.user, tried.server],
    { stdin: `${tried.password}\n`, signal: tried.signal, patience },
  );
  return readLogin(stdout);
}

export function readLogin(text: string): LoginReport {
  const said = new Map<string, string>();
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab > 0) said.set(line.slice(0, tab), line.slice(tab + 1));
  }
  const [name = '', , uid = '', gid = '', , home = '', shell = ''] = (
    said.get('passwd') ?? ''
  ).split(':');
  return {
    entry: name === '' ? null : { uid: Number(uid), gid: Number(gid), home, shell },
    groups: (said.get('groups') ?? '').split(' ').filter((group) => group !== ''),
    right: said.get('right') === '0',
    wrong: said.get('wrong') === '0',
    words: (said.get('words') ?? '').trim(),
    home: said.get('home') ?? '',
    log: said.get('log') ?? '',
  };
}

/** What a login has to be, beside what it was. */
export function judgeLogin(user: string, report: LoginReport): readonly Finding[] {
  const { entry, groups, right, wrong, words, home, log } = report;
  if (entry === null) {
    return [{ what: user, expected: 'known', found: log || 'not known', holds: false }];
  }
  const owned = home.startsWith(`${user} `);
  return [
    {
      what: user,
      expected: 'known',
      found: `uid ${entry.uid}, gid ${entry.gid}, ${entry.shell}`,
      holds: entry.uid >= 1000,
    },
    {
      what: 'groups',
      expected: 'at least one',
      found: groups.join(' ') || 'none',
      holds: groups.length > 0,
    },
    {
      what: 'with this password',
      expected: 'let in',
      found: right ? 'let in' : `refused: ${words || log}`,
      holds: right,
    },
    {
      what: 'with another password',
      expected: 'refused',
      found: wrong ? 'let in' : 'refused',
      holds: !wrong,
    },
    {
      what: 'home',
      expected: entry.home,
      found: owned ? home.replace(/^\S+ \S+ /, '') : home || 'not there',
      holds: owned || home.startsWith('not tried: '),
    },
  ];
}
