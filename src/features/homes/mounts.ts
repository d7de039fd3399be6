import type { TreeAnswers } from '../index.ts';
import { covers } from './values.ts';

/** What a client mounts when it is first used. */
export interface Mount {
  readonly server: string;
  readonly path: string;
  /** The directory of the client. */
  readonly at: string;
  readonly version: 'nfs4' | 'nfs3';
  readonly security: 'sys' | 'krb5' | 'krb5i' | 'krb5p';
  readonly readOnly: boolean;
}

type Homes = Pick<TreeAnswers, 'homes'>;

/** The name that every tree has for the server it was booted from (design.md 4). */
const thisServer = 'sidus-server';

/** Where the homes are, if not on the client. */
export function homesMount({ homes }: Homes): Mount | null {
  const { kind, server, path, mountPoint: at, security } = homes;
  if (kind === 'none') return null;
  const common = { path, at, security, readOnly: false } as const;
  return kind === 'here'
    ? { ...common, server: thisServer, version: 'nfs4' }
    : { ...common, server, version: kind };
}

/** All of them, the homes first. */
export function mountsOf(given: Homes): readonly Mount[] {
  const homes = homesMount(given);
  return [
    ...(homes === null ? [] : [homes]),
    ...given.homes.shares.map(({ mountPoint: at, ...share }): Mount => ({ ...share, at })),
  ];
}

/** Who is away keeps nobody out whose home is elsewhere: nothing is mounted over that place. */
const besideTheMount = '/var/home';

/** The directory that the homes of the users under Accounts are in. */
export function homesOfListed(given: Homes): string {
  const { kind, listed, mountPoint } = given.homes;
  if (kind !== 'none' && listed === 'server') return mountPoint;
  return mountsOf(given).some(({ at }) => covers(at, '/home') || covers('/home', at))
    ? besideTheMount
    : '/home';
}

/** Whether the users under Accounts have their homes on a server: then nothing can be put there. */
export function listedOnServer({ homes: { kind, listed } }: Homes): boolean {
  return kind !== 'none' && listed === 'server';
}
