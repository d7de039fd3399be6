/** What goes wrong with a directory, in words that fit on a line of a screen. */

/** RFC 4511 A.2, where the directory itself says nothing. */
const results: Readonly<Record<number, string>> = {
  2: 'it does not understand the request',
  7: 'it does not know this way to log in',
  8: 'it wants a stronger way to log in',
  13: 'it wants an encrypted line',
  32: 'there is no such entry',
  34: 'it does not take this name',
  48: 'this entry has no password',
  49: 'name or password is wrong',
  50: 'this is not for everybody',
  51: 'it is busy',
  52: 'it cannot be had',
  53: 'it refuses',
};

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it hung up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'no name server knows its name',
  EAI_AGAIN: 'no name server answers',
  EPIPE: 'it hung up',
};

export const tooLong = 'nothing came in 5 seconds';

/** Of an error of the library, of TLS or of the network. */
export function directoryWords(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  if (typeof code === 'number') {
    // The library puts the number behind what the directory said.
    const said = oneLine(text.replace(/ ?Code: 0x[0-9a-f]+$/i, ''));
    return said !== '' ? said : (results[code] ?? `it says ${code}`);
  }
  if (typeof code === 'string' && network[code] !== undefined) return network[code];
  if (/timed out|timeout/i.test(text)) return tooLong;
  if (/Connection closed before|socket disconnected|Socket error/i.test(text)) return 'it hung up';
  if (/WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(text)) {
    return 'what answers there is not encrypted';
  }
  return oneLine(text);
}

/** Words of others: one line, nothing that draws, not longer than one reads. */
export function oneLine(text: string, most = 160): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return [...line].length > most ? `${[...line].slice(0, most - 1).join('')}…` : line;
}
