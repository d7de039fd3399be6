import { script } from '../../core/assets.ts';
import { run } from '../../core/effect.ts';
import { say } from '../../core/message.ts';
import type { Step } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { phase } from '../phases.ts';

/** First of all, so that nothing was changed when it refuses; the unit asks again at each start. */
export function guardSteps({ server: { network, serve } }: Site): readonly Step[] {
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
        run(
          'server',
          ['perl', script('find-dhcp-servers'), network.interfaceName, network.address],
          {
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
          },
        ),
      ],
    },
  ];
}
