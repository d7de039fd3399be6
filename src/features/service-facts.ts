import type { Fact } from '../core/fact.ts';
import type { ServiceState } from '../core/overview.ts';

/** What clients live on. */
export const servingUnits = [
  'sidus-dnsmasq.service',
  'sidus-http.service',
  'sidus-time.service',
  'nfs-server.service',
] as const;

export const serverName: Fact<string | null> = {
  id: 'server/name',
  source: { kind: 'command', place: 'server', argv: ['cat', '/proc/sys/kernel/hostname'] },
  otherwise: null,
  parse: (text) => text.trim() || null,
};

export interface UnitState {
  readonly name: string;
  readonly state: ServiceState;
  readonly enabled: boolean | null;
}

/** systemctl(1), show. Without systemd: nothing. */
export const serviceStates: Fact<readonly UnitState[]> = {
  id: 'server/services',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'systemctl',
      'show',
      '--property=Id,LoadState,ActiveState,SubState,UnitFileState',
      '--',
      ...servingUnits,
    ],
  },
  otherwise: [],
  parse: (text) =>
    text.split(/\n\n+/).flatMap((paragraph) => {
      const value = (key: string): string =>
        new RegExp(`^${key}=(.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      if (value('Id') === '') return [];
      const file = value('UnitFileState');
      return [
        {
          name: value('Id'),
          state: stateOf(value('LoadState'), value('ActiveState'), value('SubState')),
          enabled: file === '' ? null : file.startsWith('enabled'),
        },
      ];
    }),
};

function stateOf(load: string, active: string, sub: string): ServiceState {
  if (load === 'not-found') return 'missing';
  // systemd calls it activating; what it waits for is the next try of what has just failed.
  if (sub === 'auto-restart' || active === 'failed') return 'failed';
  if (active === 'active' || active === 'reloading') return 'running';
  if (active === 'activating') return 'starting';
  return active === '' ? 'unknown' : 'stopped';
}
