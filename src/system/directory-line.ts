import { isIP } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import type {
  DirectoryCertificate,
  DirectoryQuestion,
  DirectoryServer,
} from '../core/directory.ts';
import { directoryWords, oneLine, tooLong } from './directory-words.ts';

/** Milliseconds for one answer. */
const patience = 5000;
/** Bytes of a whole conversation: who says more is no directory of people. */
const mostBytes = 16 * 2 ** 20;

/** An entry, and its attributes by their names in lower case. */
export interface Found {
  readonly dn: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** A line to one server; null where nothing may be said on it. */
export interface Reached {
  readonly server: DirectoryServer;
  readonly client: Client | null;
  readonly root: Found | null;
}

/** Reaches a server, and asks it what anybody may ask. Whoever gets the line hangs up. */
export async function reach(
  uri: string,
  { encrypted }: DirectoryQuestion,
  authorities: string | null,
  signal: AbortSignal | undefined,
): Promise<Reached> {
  const begun = performance.now();
  const host = new URL(uri).hostname.replace(/^\[|\]$/g, '');
  const tls = {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(authorities === null ? {} : { ca: authorities }),
    // What is wrong with a certificate is told: it is looked at below, before anything is said.
    rejectUnauthorized: false,
  };
  const secure = uri.startsWith('ldaps:');
  // Whoever writes ldaps:// means it, whatever else the answers say.
  const guarded = encrypted || secure;
  const client = new Client({
    url: uri,
    timeout: patience,
    connectTimeout: patience,
    ...(secure ? { tlsOptions: tls } : {}),
  });
  const took = (): number => Math.round(performance.now() - begun);
  const ended = { uri, client: null, root: null };
  try {
    if (!secure && encrypted) await within(client.startTLS(tls), signal);
    // The first words on an ldaps line: what anybody may ask, whoever listens.
    const [root = null] = await look(
      client,
      { base: '', scope: 'base', filter: '(objectClass=*)', most: 1 },
      ['namingContexts', 'defaultNamingContext'],
      signal,
    );
    const socket = socketOf(client);
    if (socket !== null) keepShort(socket);
    const certificate = guarded ? certificateOf(socket) : null;
    const untrusted = guarded && certificate?.fault !== null;
    const server: DirectoryServer = {
      uri,
      status: untrusted ? 'untrusted' : 'answers',
      words: '',
      milliseconds: took(),
      certificate,
    };
    if (untrusted) {
      hangUp(client);
      return { ...ended, server };
    }
    // The library connects again by itself when a line ends: from now on by this authority alone.
    if (guarded) tls.rejectUnauthorized = true;
    return { server, client, root };
  } catch (error) {
    hangUp(client);
    const words = directoryWords(error);
    const server = { uri, words, milliseconds: took(), certificate: null } as const;
    return { ...ended, server: { ...server, status: 'silent' } };
  }
}

export function hangUp(client: Client): void {
  // It says so first; whether anybody hears it is the same to us.
  client.unbind().catch(() => undefined);
}

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: string;
  readonly most: number;
}

/** Entries of one answer, not more than `most`. Throws what the library throws. */
export async function look(
  client: Client,
  { base, scope, filter, most }: Search,
  attributes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Found[]> {
  const asked = { scope, filter, attributes: [...attributes], sizeLimit: most, timeLimit: 5 };
  const { searchEntries } = await within(client.search(base, asked), signal);
  return searchEntries.slice(0, most).map(foundOf);
}

/** As many as there are, up to `most`, a page at a time (RFC 2696). */
export async function lookThrough(
  client: Client,
  search: Search,
  attributes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly found: readonly Found[]; readonly more: boolean }> {
  const { base, scope, filter, most } = search;
  const found: Found[] = [];
  const pages = client.searchPaginated(base, {
    scope,
    filter,
    attributes: [...attributes],
    timeLimit: 5,
    paged: { pageSize: 250 },
  });
  try {
    for (;;) {
      const page = await within(pages.next(), signal);
      if (page.done === true) return { found, more: false };
      found.push(...page.value.searchEntries.map(foundOf));
      if (found.length > most) return { found: found.slice(0, most), more: true };
    }
  } catch (error) {
    // It gives no more than so many to anybody: those of the pages before are known.
    if ((error as { name?: string }).name !== 'SizeLimitExceededError') throw error;
    if (found.length > 0) return { found, more: true };
    return { found: await look(client, { ...search, most: 100 }, attributes, signal), more: true };
  }
}

/** Settles with what is waited for, or with the end of patience, or of whoever waits. */
export async function within<T>(waited: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  waited.catch(() => undefined);
  const limit = AbortSignal.timeout(patience);
  const ends = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(signal?.aborted === true ? 'stopped' : tooLong));
    ends.addEventListener('abort', stop, { once: true });
  });
  try {
    if (ends.aborted) stop();
    return await Promise.race([waited, stopped]);
  } finally {
    ends.removeEventListener('abort', stop);
  }
}

/** The library keeps its socket to itself, and with it the certificate (ldapts 8.1, Client.ts). */
function socketOf(client: Client): TLSSocket | null {
  const { socket } = client as unknown as { readonly socket?: TLSSocket };
  return socket ?? null;
}

function keepShort(socket: TLSSocket): void {
  let bytes = 0;
  socket.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > mostBytes) socket.destroy();
  });
}

const day = 24 * 60 * 60 * 1000;

/** null: the line is not encrypted, which must count as a fault where it was to be. */
function certificateOf(socket: TLSSocket | null): DirectoryCertificate | null {
  if (socket === null || socket.encrypted !== true) return null;
  const peer = socket.getPeerCertificate();
  if (peer?.valid_to === undefined) return null;
  const until = new Date(peer.valid_to);
  return {
    subject: nameOf(peer.subject),
    names: namesOf(peer).slice(0, 20),
    issuer: nameOf(peer.issuer),
    until: until.toISOString(),
    daysLeft: Math.floor((until.getTime() - Date.now()) / day),
    fault: socket.authorized ? null : faultOf(String(socket.authorizationError ?? ''), until),
  };
}

/** By the codes of OpenSSL that Node hands on (tls, "X509 certificate error codes"). */
function faultOf(code: string, until: Date): NonNullable<DirectoryCertificate['fault']> {
  if (until.getTime() < Date.now()) return 'expired';
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'expired';
    case 'CERT_NOT_YET_VALID':
      return 'not-yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'other-name';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return 'unknown-authority';
    default:
      return 'other';
  }
}

function nameOf(given: PeerCertificate['subject'] | undefined): string {
  const { CN, O } = given ?? {};
  const [name] = [CN, O].flat().filter((one) => one !== undefined && one !== '');
  return oneLine(name ?? 'somebody without a name', 80);
}

function namesOf({ subject, subjectaltname = '' }: PeerCertificate): readonly string[] {
  const names = [...subjectaltname.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(
    ([, name = '']) => oneLine(name, 80),
  );
  return names.length > 0 ? names : [nameOf(subject)];
}

function foundOf(entry: Readonly<Record<string, unknown>>): Found {
  const values = Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name.toLowerCase(),
      [value].flat().map((one) => String(one)),
    ]),
  );
  return { dn: String(entry.dn), values };
}
