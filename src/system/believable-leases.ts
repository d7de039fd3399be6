import { layout } from '../core/layout.ts';
import type { MemorySystem, Model } from './memory.ts';
import { put, restOf, textOf } from './modelling.ts';

/** Seconds after the service was started at which a machine in the room is switched on. */
const arrivals = [12, 30] as const;

/** A lease without an end, as dnsmasq keeps it: until when, MAC, address, name, client's id. */
function lease(mac: string, address: string, name: string): string {
  return `0 ${mac} ${address} ${name} 01:${mac}\n`;
}

/** The next free lease that this configuration gives; null: it gives none. */
function nextLease(conf: string, leases: string, nth: number): string | null {
  const [, first, last] = /^dhcp-range=([0-9.]+),([0-9.]+),/m.exec(conf) ?? [];
  if (first === undefined || last === undefined) return null;
  const known = [...conf.matchAll(/^dhcp-host=([0-9a-f:]{17}),(.*),infinite$/gm)][nth];
  const [, mac = `3c:52:82:1f:0a:0${nth + 1}`, rest = ''] = known ?? [];
  const parts = rest.split(',').filter((part) => part !== '');
  const isAddress = (part: string): boolean => /^[0-9.]+$/.test(part);
  const name = parts.find((part) => !isAddress(part)) ?? '*';
  const fixed = parts.find(isAddress);
  const [, net = '', host = '0'] = /^(.*\.)(\d+)$/.exec(first) ?? [];
  for (let at = Number(host); fixed === undefined && at < Number(host) + 3 && at < 255; at += 1) {
    const address = `${net}${at}`;
    if (!leases.includes(` ${address} `)) return lease(mac, address, name);
    if (address === last) return null;
  }
  return fixed === undefined ? null : lease(mac, fixed, name);
}

/**
 * Clients appear by themselves, some time after the service that gives them their addresses was
 * started. Answers no command: the model of systemctl comes after it.
 */
export const clientsAppear: Model = (world: MemorySystem, place, words) => {
  const rest = restOf('systemctl', words);
  const [verb = ''] = rest ?? [];
  const starts =
    ['start', 'restart'].includes(verb) || (verb === 'enable' && words.includes('--now'));
  if (place !== 'server' || !starts || !words.at(-1)?.startsWith('sidus-dnsmasq')) return undefined;
  const path = `${layout.state}/dnsmasq.leases`;
  for (const [nth, seconds] of arrivals.entries()) {
    world.later(seconds, () => {
      const leases = textOf(world, path);
      // A service that was started again remembers who is there.
      if (leases.split('\n').length - 1 > nth) return;
      if (world.units.get('sidus-dnsmasq.service')?.active !== true) return;
      const next = nextLease(textOf(world, '/etc/sidus/dnsmasq.conf'), leases, nth);
      if (next !== null) put(world, path, leases + next);
    });
  }
  return undefined;
};
