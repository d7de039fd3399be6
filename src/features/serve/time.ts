import { asset } from '../../core/assets.ts';
import { absent, file, unit } from '../../core/effect.ts';
import type { Fact, Facts } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import type { Step } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { rootDirectory } from '../server-facts.ts';
import { clientNetwork } from './openings.ts';
import { listeners } from './ports.ts';
import { sandbox } from './sandbox.ts';

/**
 * Clients ask this server what time it is, unless the site names others. Every daemon of Debian
 * that could answer shuts out systemd-timesyncd, which keeps the clock of most servers: so a
 * script of ours answers, and one that is there already is left to it (decision 017).
 */

export const timeUnitName = 'sidus-time.service';
const unitPath = `/etc/systemd/system/${timeUnitName}`;
const scriptPath = '/usr/local/lib/sidus/tell-time';

export function timeUnit({ server: { network } }: Site): string {
  return `[Unit]
Description=SIDUS: the time for diskless clients
Wants=network-online.target
After=network-online.target
# The card may get its address late: it is tried for as long as it takes.
StartLimitIntervalSec=0

[Service]
ExecStart=${scriptPath} ${network.address}
Restart=always
RestartSec=5
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
UMask=0777
${sandbox}
# adjtimex(2) says how the clock is; to set it takes a capability. ProtectClock= would bar both.
SystemCallFilter=@system-service adjtimex

[Install]
WantedBy=multi-user.target
`;
}

const timeListeners = listeners([123]);

/** Our own unit, where there is one. */
const ownUnit: Fact<boolean> = {
  id: 'serve/time-unit',
  source: { kind: 'file', at: { place: 'server', path: unitPath } },
  otherwise: false,
  parse: () => true,
};

/** Whether chronyd would answer a client (chronyc(1), accheck); null: there is none, or only root is told. */
function chronyAdmits({ server: { network } }: Site): Fact<boolean | null> {
  return {
    id: `serve/chrony-admits/${network.rangeFirst}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['chronyc', 'accheck', network.rangeFirst],
    },
    otherwise: null,
    parse: (text) => {
      const [, code] = /^(208|209) /m.exec(text) ?? [];
      return code === undefined ? null : code === '208';
    },
  };
}

export function timeFacts(site: Site): readonly Fact<unknown>[] {
  return [timeListeners, ownUnit, chronyAdmits(site)];
}

/** Who answers there already, and is not ours; null: nobody, as far as is known. */
function otherOf(site: Site, facts: Facts): string | null {
  if (facts.get(rootDirectory) !== '/') return null;
  const { address, interfaceName: card } = site.server.network;
  const [found] = facts
    .get(timeListeners)
    .filter(({ protocol }) => protocol === 'udp')
    .filter(
      (one) => one.address === address || (one.address === '*' && (one.card ?? card) === card),
    )
    .flatMap(({ holders }) => holders)
    .filter((holder) => holder.unit !== timeUnitName);
  return found === undefined ? null : (found.program ?? `process ${found.process}`);
}

export function timeSteps(site: Site, facts: Facts, staged: boolean): readonly Step[] {
  const given = site.server.network.timeServers;
  const other = otherOf(site, facts);
  if (given.length === 0 && other === null) {
    return [
      {
        id: 'serve/time',
        title: say('Tell clients the time'),
        after: ['serve/http'],
        why: say('By the clock of this server, so that certificates and tickets hold on all.'),
        effects: [
          file('server', scriptPath, asset('tell-time').content, { mode: 0o755 }),
          file('server', unitPath, timeUnit(site)),
          ...(staged
            ? []
            : [
                unit('server', timeUnitName, 'enabled', {
                  running: 'started',
                  restartWhenChanged: true,
                }),
              ]),
        ],
      },
    ];
  }
  if (!facts.get(ownUnit)) return [];
  return [
    {
      id: 'serve/time',
      title: say('Leave the time to others'),
      after: ['serve/http'],
      why:
        other === null
          ? say('Clients ask the time servers of the site.')
          : say('{program} answers clients already.', { program: other }),
      effects: [
        ...(staged ? [] : [unit('server', timeUnitName, 'disabled', { running: 'stopped' })]),
        absent('server', unitPath),
        absent('server', scriptPath),
      ],
    },
  ];
}

/** What becomes of the clients' questions where another answers. */
export function timeNotes(site: Site, facts: Facts): readonly Message[] {
  if (!facts.has(timeListeners) || site.server.network.timeServers.length > 0) return [];
  const program = otherOf(site, facts);
  if (program === null) return [];
  const values = { program, network: clientNetwork(site) };
  const admits = program === 'chronyd' ? facts.get(chronyAdmits(site)) : null;
  if (admits === true) return [];
  return [
    admits === false
      ? say(
          '{program} answers on UDP port 123, but no client. Type `echo allow {network} >/etc/chrony/conf.d/sidus.conf && systemctl restart chrony`.',
          values,
        )
      : say(
          '{program} answers on UDP port 123, and is left to it. See that it answers clients of {network}.',
          values,
        ),
  ];
}
