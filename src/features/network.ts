import { z } from 'zod';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { ask } from '../core/question.ts';
import type { ServerTopic } from './feature.ts';
import { broadcastOf, firstOf, inNetwork, lastOf, networkOf, toNumber, toText } from './ipv4.ts';
import { cards, gateway, interfaces, nameservers, uplink } from './network-facts.ts';
import {
  cardLabels,
  fromInterface,
  fromNetwork,
  likelyCards,
  reachableNameservers,
} from './network-suggestions.ts';
import { cardTrial, nameserversTrials, rangeTrial } from './network-trials.ts';
import { rootDirectory } from './server-facts.ts';
import { ipv4Address, timeServer } from './values.ts';

const answers = z.strictObject({
  interfaceName: ask(
    z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/,
        'is not the name of a network card; `ip link` lists them',
      ),
    {
      title: 'Which network card do the clients boot from?',
      help: 'The card that is wired to them. In doubt: not the one that leads to the internet; `ip link` lists them all.',
      choices: likelyCards,
      labelsFrom: cardLabels,
      suggest: fromInterface((found) => found.name),
    },
  ),
  address: ask(ipv4Address(), {
    title: 'What is the address of the server there?',
    help: 'Clients fetch their kernel and their root from there. In doubt: the address that the card has now.',
    suggest: fromInterface((found) => found.address),
  }),
  prefix: ask(
    z
      .number('is not a number; write how many bits the network has, such as 24')
      .int('is not a whole number; write how many bits the network has, such as 24')
      .min(8, 'is too wide a network; write 8 to 29')
      .max(29, 'leaves no room for clients; write 8 to 29'),
    {
      title: 'What is the netmask, in bits?',
      help: '24 stands for /24 and 255.255.255.0, which is usual in small networks. In doubt: what the card has now.',
      suggest: fromInterface((found) => found.prefix),
    },
  ),
  rangeFirst: ask(ipv4Address(), {
    title: 'What is the first address for clients?',
    help: 'Clients get theirs from a range that nothing else uses. In doubt: what is offered, of the half without the server.',
    suggest: fromNetwork(({ first }) => first),
  }),
  rangeLast: ask(ipv4Address(), {
    title: 'What is the last address for clients?',
    help: 'As many addresses as clients, or more: a client keeps its own for good. In doubt: what is offered.',
    suggest: fromNetwork(({ last }) => last),
  }),
  router: ask(ipv4Address().nullable().default(null), {
    title: 'Which router do clients use?',
    help: 'Their way out of this network. In doubt: what is offered; left empty, they reach this network alone.',
    suggest: ({ facts, answers: given }) => {
      const found = facts.get(gateway);
      const { address, prefix } = given;
      if (found === null || typeof address !== 'string' || typeof prefix !== 'number') return null;
      if (!inNetwork(found, address, prefix)) return null;
      return { value: found, from: say("detected: the server's own router") };
    },
  }),
  nameservers: ask(z.array(ipv4Address()).max(3).default([]), {
    title: 'Which name servers do clients ask?',
    help: 'Up to three addresses. In doubt: what is offered. Without one, clients know only the names in /etc/hosts.',
    suggest: reachableNameservers,
  }),
  domain: ask(
    z
      .string()
      .max(253, 'is too long for a domain; write at most 253 characters')
      .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        'is not a domain; write one such as lab.example.org',
      )
      .nullable()
      .default(null),
    {
      title: 'Which domain are clients in?',
      help: 'Completes short names: node1 is looked up as node1.lab.example.org. In doubt: leave it empty.',
    },
  ),
  timeServers: ask(z.array(timeServer()).max(5).default([]), {
    title: 'Which time servers do clients ask?',
    help: 'Names or addresses, by which their clocks are kept right. In doubt: none; they ask this server, and need nobody else.',
    seldom: true,
  }),
});

export const network: ServerTopic<'network', typeof answers> = {
  id: 'network',
  title: 'Network',
  help: 'The wire that clients boot from.',
  scope: 'server',
  answers,
  facts: [interfaces, cards, uplink, gateway, nameservers, rootDirectory],
  problems: ({ server, clients }, facts) => {
    const { interfaceName, address, prefix, rangeFirst, rangeLast, router } = server.network;
    const problems: Problem[] = [];
    const refuse = (code: string, at: string, summary: string, remedy: string, values = {}) =>
      problems.push({
        code: `network/${code}`,
        at: `server.network.${at}`,
        summary: say(summary, values),
        remedy: say(remedy, values),
      });
    const first = toNumber(rangeFirst);
    const last = toNumber(rangeLast);
    const shown = `${toText(networkOf(address, prefix))}/${prefix}`;
    const card = facts.get(interfaces).filter((candidate) => candidate.name === interfaceName);

    const known = facts.get(cards);
    // What is staged may be meant for a server that is elsewhere.
    if (facts.get(rootDirectory) === '/' && known.length > 0 && !known.includes(interfaceName)) {
      refuse(
        'no-such-card',
        'interfaceName',
        'this server has no network card {name}',
        'choose among {known}',
        { name: interfaceName, known: known.join(', ') },
      );
    }
    const addresses = card.map((found) => found.address);
    const staged = facts.get(rootDirectory) !== '/';
    if (card.length > 0 && !card.some((found) => inNetwork(address, found.address, found.prefix))) {
      refuse(
        'address-elsewhere',
        'address',
        '{address} is not in the network of {name}',
        'give the address that `ip address show {name}` shows: {addresses}',
        { address, name: interfaceName, addresses: addresses.join(', ') },
      );
    } else if (!staged && card.length > 0 && !addresses.includes(address)) {
      refuse(
        'address-not-there',
        'address',
        '{name} does not have the address {address}',
        'give one that it has: {addresses}',
        { address, name: interfaceName, addresses: addresses.join(', ') },
      );
    }
    for (const [at, given] of [
      ['rangeFirst', rangeFirst],
      ['rangeLast', rangeLast],
    ] as const) {
      if (!inNetwork(given, address, prefix)) {
        refuse(
          'range-elsewhere',
          at,
          '{given} is not in the network {shown} of the server',
          'choose an address between {low} and {high}',
          {
            given,
            shown,
            low: toText(firstOf(address, prefix)),
            high: toText(lastOf(address, prefix)),
          },
        );
      } else if (
        toNumber(given) === networkOf(address, prefix) ||
        toNumber(given) === broadcastOf(address, prefix)
      ) {
        refuse(
          'range-not-a-host',
          at,
          '{given} names the network itself, not a machine',
          'choose an address between {low} and {high}',
          {
            given,
            low: toText(firstOf(address, prefix)),
            high: toText(lastOf(address, prefix)),
          },
        );
      }
    }
    if (first > last) {
      refuse(
        'range-backwards',
        'rangeLast',
        'the range ends at {last} before it begins at {first}',
        'swap the first and the last address',
        { first: rangeFirst, last: rangeLast },
      );
    }
    for (const [name, given] of [
      ['the server', address],
      ['the router', router],
    ] as const) {
      if (given !== null && toNumber(given) >= first && toNumber(given) <= last) {
        refuse(
          'range-taken',
          'rangeFirst',
          'the range {first} to {last} contains {given}, the address of {name}',
          'begin the range after {given} or end it before',
          { first: rangeFirst, last: rangeLast, given, name },
        );
      }
    }
    if (router !== null && !inNetwork(router, address, prefix)) {
      refuse(
        'router-elsewhere',
        'router',
        'the router {router} is not in the network {shown}, so no client reaches it',
        'give one of that network, or leave it empty',
        { router, shown },
      );
    }
    for (const [index, client] of clients.entries()) {
      if (client.address === address || (router !== null && client.address === router)) {
        problems.push({
          code: 'network/client-taken',
          at: `clients.${index}.address`,
          summary: say('{given} is the address of the server or its router', {
            given: client.address ?? '',
          }),
          remedy: say('give the client another, or none'),
        });
      }
      const wanted = client.address === undefined ? null : toNumber(client.address);
      if (
        wanted !== null &&
        (wanted === networkOf(address, prefix) || wanted === broadcastOf(address, prefix))
      ) {
        problems.push({
          code: 'network/client-not-a-host',
          at: `clients.${index}.address`,
          summary: say('{given} names the network itself, not a machine', {
            given: client.address ?? '',
          }),
          remedy: say('give the client another, or none'),
        });
      }
      if (client.address !== undefined && !inNetwork(client.address, address, prefix)) {
        problems.push({
          code: 'network/client-elsewhere',
          at: `clients.${index}.address`,
          summary: say('{given} is not in the network {shown} of the server', {
            given: client.address,
            shown,
          }),
          remedy: say('give it an address of that network, or none'),
        });
      }
    }
    return problems;
  },
  trials: (site) => [cardTrial(site), rangeTrial(site), ...nameserversTrials(site)],
  steps: () => [],
};
