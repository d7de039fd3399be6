import { script } from '../../core/assets.ts';
import { type Effect, run } from '../../core/effect.ts';
import { say } from '../../core/message.ts';
import type { Step } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { phase } from '../phases.ts';

/** The LAN guard: it takes no lease, and finds others while our own server is at work too. */
function guard({ server: { network } }: Site, given: Parameters<typeof run>[2] = {}): Effect {
  const { interfaceName, address } = network;
  return run('server', ['perl', script('find-dhcp-servers'), interfaceName, address], given);
}

/**
 * Right before our service is started, or what it reads is changed: that restarts it, and its unit
 * would find the other server only when ours has ended.
 */
export function guardBeforeStart(site: Site): readonly Effect[] {
  return site.server.serve.dhcp === 'full' ? [guard(site)] : [];
}

/** First of all, so that nothing was changed when it refuses; the unit asks again at each start. */
export function guardSteps(site: Site): readonly Step[] {
  const { network, serve } = site.server;
  if (serve.dhcp !== 'full') return [];
  return [
    {
      id: 'serve/guard',
      title: say('See that no other DHCP server answers on {card}', {
        card: network.interfaceName,
      }),
      why: say(
        'Two DHCP servers on one wire take each other’s clients, and the whole office with them: where one answers, the run ends here, and nothing was changed.',
      ),
      phase: phase.preparing,
      effects: [
        guard(site, {
          unless: {
            kind: 'succeeds',
            place: 'server',
            // Ours at work as a proxy gives no address: before it does, the wire is asked.
            argv: [
              'sh',
              '-c',
              'systemctl is-active --quiet sidus-dnsmasq.service && grep -qx "interface=$1" "$2" && grep -qx dhcp-authoritative "$2"',
              ...['sh', network.interfaceName, '/etc/sidus/dnsmasq.conf'],
            ],
          },
        }),
      ],
    },
  ];
}
