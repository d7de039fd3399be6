import { say } from '../../core/message.ts';
import type { DhcpUnasked } from '../../core/overview.ts';
import type { Problem } from '../../core/problem.ts';
import type { Verdict } from '../../core/trial.ts';
import type { Site } from '../index.ts';
import type { DhcpServers } from './dhcp-servers.ts';

const at = 'server.serve.dhcp';

/** What of a served wire wants somebody's hand where nobody could be asked. */
export function unaskedProblems(site: Site, unasked: DhcpUnasked): readonly Problem[] {
  const { interfaceName: name } = site.server.network;
  // For whoever is not root that is no fault of the server.
  if (unasked === 'only-root') return [];
  if (unasked === 'no-link') {
    return [
      {
        code: 'wire/no-link',
        summary: say('{name} has no link: no client gets through, and no DHCP server was asked', {
          name,
        }),
        remedy: say('plug its cable in, and see that what is at the other end is on'),
      },
    ];
  }
  return [
    {
      code: 'wire/unasked',
      summary: say('could not ask on {name} which DHCP servers answer', { name }),
      remedy: say('see why with `sudo sidus check`, which asks again'),
    },
  ];
}

/** What a look at the wire could not ask, in one line. */
export function describeUnasked(unasked: DhcpUnasked): string {
  const why = {
    'only-root': 'only root can (`sudo`)',
    'no-link': 'it has no link',
    'no-card': 'there is no such card',
    unasked: 'see the problems below',
  } as const;
  return `could not be asked: ${why[unasked]}`;
}

/** What is said of the answers where the wire could not be asked. */
export function unaskedVerdict(
  site: Site,
  found: Exclude<DhcpServers, { status: 'asked' }>,
): Verdict {
  const name = site.server.network.interfaceName;
  // The guard of `apply` could not ask either.
  const refuses = site.server.serve.dhcp === 'full';
  switch (found.status) {
    case 'no-card':
      // What is said of the card says it.
      return null;
    case 'only-root':
      return {
        warning: {
          code: 'serve/dhcp-unasked',
          at,
          summary: say('only root can ask whether a DHCP server answers on {name}', { name }),
          remedy: say('run the same command with `sudo`'),
        },
      };
    case 'no-link':
      return {
        refuses,
        warning: {
          code: 'serve/no-link',
          at,
          summary: say('{name} has no link: whether a DHCP server answers there is unknown', {
            name,
          }),
          remedy: say('plug its cable in, and see that what is at the other end is on'),
        },
      };
    case 'unasked':
      return {
        refuses,
        warning: {
          code: 'serve/dhcp-unasked',
          at,
          summary: say('could not ask on {name} whether a DHCP server answers: {why}', {
            name,
            why: found.why,
          }),
          remedy: say('see `ip link show {name}`, which has to be up, and that perl is there', {
            name,
          }),
        },
      };
    default:
      return found satisfies never;
  }
}
