import { type Effect, file } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';
import type { Site } from '../index.ts';

/**
 * timesyncd.conf(5): whom a client asks once it runs. The boot script has set its clock by then.
 * Nobody else is asked: Debian's own pool is out of reach of most such networks.
 */
export function timeFile({ server }: Site): string {
  const { timeServers } = server.network;
  const asked = timeServers.length === 0 ? ['sidus-server'] : timeServers;
  return `[Time]\nNTP=${asked.join(' ')}\nFallbackNTP=\n`;
}

export function timeEffects(place: TreePlace, site: Site): readonly Effect[] {
  return [file(place, '/etc/systemd/timesyncd.conf.d/sidus.conf', timeFile(site))];
}
