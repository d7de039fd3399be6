import type { DirectoryAnswer, DirectoryCertificate } from '../../core/directory.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Verdict } from '../../core/trial.ts';

/** Days before its end at which somebody should think of a new one. */
const soon = 30;

/** What the certificates of all its servers come to: the worst of them counts. */
export function certificateVerdict({ servers }: DirectoryAnswer, at: string): Verdict {
  const shown = servers.flatMap(({ uri, certificate }) =>
    certificate === null ? [] : [{ uri, certificate }],
  );
  for (const { uri, certificate } of shown) {
    const fault = faultOf(uri, certificate);
    if (fault !== null) return { warning: { ...fault, at } };
  }
  const first = shown.toSorted(
    (one, other) => one.certificate.daysLeft - other.certificate.daysLeft,
  )[0];
  if (first === undefined) return null;
  const { issuer, until, daysLeft } = first.certificate;
  const day = dayOf(until);
  if (daysLeft < soon) {
    return {
      warning: {
        code: 'directory/certificate-ends',
        at,
        summary: say('the certificate of {uri} ends on {day}; nobody logs in after it', {
          uri: first.uri,
          day,
        }),
        remedy: say('ask whoever runs the directory to renew it'),
      },
    };
  }
  return { good: say('its certificate is good until {day}, signed by {issuer}', { day, issuer }) };
}

function faultOf(uri: string, certificate: DirectoryCertificate): Problem | null {
  const { fault, issuer, names, until } = certificate;
  const host = new URL(uri).hostname;
  switch (fault) {
    case null:
      return null;
    case 'expired':
      return {
        code: 'directory/certificate-expired',
        summary: say('the certificate of {uri} ended on {day}', { uri, day: dayOf(until) }),
        remedy: say('ask for a new one, or see with `date` whether the clock here is right'),
      };
    case 'not-yet':
      return {
        code: 'directory/certificate-not-yet',
        summary: say('the certificate of {uri} is not good yet', { uri }),
        remedy: say('see with `date` whether the clock here is right'),
      };
    case 'other-name':
      return {
        code: 'directory/certificate-name',
        summary: say('the certificate of {uri} is for {names}, not for {host}', {
          uri,
          names: names.slice(0, 3).join(', '),
          host,
        }),
        remedy: say('write the address with that name, or ask for a certificate with this one'),
      };
    case 'unknown-authority':
      return {
        code: 'directory/certificate-unknown',
        summary: say('nobody known here signed the certificate of {uri}: it was {issuer}', {
          uri,
          issuer,
        }),
        remedy: say('name the file with the certificate of {issuer} here (PEM)', { issuer }),
      };
    case 'other':
      return {
        code: 'directory/certificate-bad',
        summary: say('the certificate of {uri} is not good', { uri }),
        remedy: say('see why with `openssl s_client -connect {host}:636`', { host }),
      };
    default:
      return fault satisfies never;
  }
}

/** '21 Nov 2027': as archives write it too. */
function dayOf(until: string): string {
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const [year = '', month = '', day = ''] = until.slice(0, 10).split('-');
  return `${Number(day)} ${months[Number(month) - 1] ?? ''} ${year}`;
}
