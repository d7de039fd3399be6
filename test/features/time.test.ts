import { describe, expect, test } from 'vitest';
import { clientReport } from '../../src/core/client-report.ts';
import type { Effect } from '../../src/core/effect.ts';
import { render } from '../../src/core/message.ts';
import { judge } from '../../src/features/expectation.ts';
import { openings } from '../../src/features/serve/openings.ts';
import { parseListeners } from '../../src/features/serve/ports.ts';
import { timeFacts, timeNotes, timeUnitName } from '../../src/features/serve/time.ts';
import { timeFile } from '../../src/features/tree/time.ts';
import { timeServer } from '../../src/features/values.ts';
import { type Known, planned, plannedFrom } from '../support/facts.ts';

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };

function at(known: Known = {}, timeServers: readonly string[] = []) {
  return plannedFrom(
    { server: { network: { ...network, timeServers } }, trees: { lab: {} } },
    known,
  );
}

/** What the fact's command prints of who has UDP port 123. */
function holding(local: string, program: string, unit: string): Known {
  const line = `udp UNCONN 0 0 ${local} 0.0.0.0:*`;
  const text = `${line}\n\0${line} users:(("${program}",pid=7,fd=4))\n\x007\0${program}\n\x000::/system.slice/${unit}\n\0`;
  return { 'serve/served-ports/123': parseListeners(text) };
}

const effects = (given: ReturnType<typeof at>): readonly Effect[] =>
  given.plan.steps.flatMap(({ id, effects }) => (id === 'serve/time' ? effects : []));
const shape = (given: ReturnType<typeof at>): readonly string[] =>
  effects(given).map((effect) =>
    effect.kind === 'unit'
      ? `${effect.state} ${effect.running}`
      : `${effect.kind} ${'path' in effect ? effect.path : ''}`,
  );
const notes = ({ site, facts }: ReturnType<typeof at>): readonly string[] =>
  timeNotes(site, facts).map(render);

describe('time servers', () => {
  test.each(['ntp.example.org', 'clock', '192.168.67.5', '0.pool.example.org'])(
    '%s is one',
    (text) => expect(timeServer().safeParse(text).success).toBe(true),
  );
  test.each([
    ...['', ' ', 'a b', 'ntp.example.org\nFallbackNTP=elsewhere', 'a,b', '%h', 'ntp#1', '"ntp"'],
    ...['-ntp', 'ntp-', '.ntp', 'ntp.', 'n_tp', '999.1.1.1', '1.2.3', '10', '[::1]', '::1'],
    `${'a'.repeat(64)}.org`,
    `${'a.'.repeat(130)}a`,
  ])('%j is none', (text) => expect(timeServer().safeParse(text).success).toBe(false));

  test('a tree names its own server, or those that are given, and nobody else', () => {
    expect(timeFile(at().site)).toBe('[Time]\nNTP=sidus-server\nFallbackNTP=\n');
    expect(timeFile(at({}, ['ntp.example.org', '192.168.67.5']).site)).toBe(
      '[Time]\nNTP=ntp.example.org 192.168.67.5\nFallbackNTP=\n',
    );
  });
});

describe('who tells clients the time', () => {
  const script = '/usr/local/lib/sidus/tell-time';
  const unit = `/etc/systemd/system/${timeUnitName}`;
  const installed = [`file ${script}`, `file ${unit}`, 'enabled started'];
  const ports = ({ site }: ReturnType<typeof at>): readonly number[] =>
    openings(site).map(({ port }) => port);

  test('this server does, in every mode, and its port is opened', () => {
    expect(shape(at())).toEqual(installed);
    expect(ports(at())).toContain(123);
    for (const dhcp of ['proxy', 'existing']) {
      const { plan } = planned('minimal', {}, { server: { serve: { dhcp } } });
      expect(plan.steps.map(({ id }) => id)).toContain('serve/time');
    }
    expect(shape(at({ 'server/root': '/srv/staged' }))).toEqual(installed.slice(0, 2));
  });

  test('its own service is nobody else, and neither is one for another card or protocol', () => {
    for (const known of [
      holding('192.168.67.1:123', 'tell-time', timeUnitName),
      holding('192.168.68.1:123', 'ntpd', 'ntpsec.service'),
      holding('0.0.0.0%lan1:123', 'ntpd', 'ntpsec.service'),
      // systemd-timesyncd asks from there, and answers nobody.
      holding('127.0.0.1:123', 'chronyd', 'chrony.service'),
    ]) {
      expect(shape(at(known))).toEqual(installed);
      expect(notes(at(known))).toEqual([]);
    }
  });

  test('a daemon that is there keeps its port; of one that refuses clients it is said', () => {
    const ntpsec = at(holding('192.168.67.1:123', 'ntpd', 'ntpsec.service'));
    expect(shape(ntpsec)).toEqual([]);
    expect(ports(ntpsec)).toContain(123);
    expect(notes(ntpsec)).toEqual([
      'ntpd answers on UDP port 123, and is left to it. See that it answers clients of 192.168.67.0/24.',
    ]);
    const chrony = holding('0.0.0.0:123', 'chronyd', 'chrony.service');
    const admits = timeFacts(at().site).find(({ id }) => id.startsWith('serve/chrony'));
    if (admits === undefined) throw new Error('no such fact');
    const said = (text: string) => notes(at({ ...chrony, [admits.id]: admits.parse(text) }));
    expect(said('208 Access allowed\n')).toEqual([]);
    expect(said('501 Not authorised\n')[0]).toContain('See that it answers');
    expect(said('209 Access denied\n')).toEqual([
      'chronyd answers on UDP port 123, but no client. Type `echo allow 192.168.67.0/24 >/etc/chrony/conf.d/sidus.conf && systemctl restart chrony`.',
    ]);
  });

  test('others that are given do: no service, no port, no note; ours goes where it was', () => {
    const given = ['ntp.example.org'];
    expect(shape(at({}, given))).toEqual([]);
    expect(ports(at({}, given))).not.toContain(123);
    expect(notes(at(holding('0.0.0.0:123', 'chronyd', 'chrony.service'), given))).toEqual([]);
    const gone = ['disabled stopped', `absent ${unit}`, `absent ${script}`];
    expect(shape(at({ 'serve/time-unit': true }, given))).toEqual(gone);
    expect(
      shape(
        at({
          ...holding('0.0.0.0:123', 'chronyd', 'chrony.service'),
          'serve/time-unit': true,
        }),
      ),
    ).toEqual(gone);
  });
});

test('every boot entry says where the time is asked for', () => {
  const { plan } = planned('minimal', {}, { server: { serve: { httpPort: 7071 } } });
  const entries = plan.steps
    .flatMap((step) => step.effects)
    .flatMap((effect) =>
      effect.kind === 'file' && effect.path.startsWith('/srv/tftp/')
        ? [JSON.stringify(effect.content)]
        : [],
    )
    .filter((text) => text.includes('nfsroot='));
  expect(entries.length).toBeGreaterThan(1);
  for (const text of entries) {
    expect(text.match(/sidus\.clock=7071\b/g)?.length).toBe(text.match(/nfsroot=/g)?.length);
  }
});

describe('the clock of a rehearsed client', () => {
  const { site } = planned('minimal');
  const told = { tree: 'minimal', version: 1, mac: '52:54:00:12:34:56', hostname: 'a' };
  const clock = (given: unknown) => {
    const blank = clientReport.shape.clock.parse(given);
    const report = { ...usual, clock: blank };
    return judge(site, { ...told, memoryBytes: 2 ** 30 }, report).find(
      ({ what }) => what === 'clock',
    );
  };
  const usual = clientReport.parse({
    ...{ schema: 1, tree: null, version: null, hostname: '', machineId: '', kernel: '' },
    ...{ kernelCommandLine: '', addresses: [], mac: null, nic: null, bootNic: null },
    root: {
      ...{ type: null, lower: null, lowerReadOnly: true, nfsVersion: null, server: null },
      ...{ path: null, options: null },
    },
    layer: { kind: null, asked: null, device: null, sizeBytes: null },
    lease: { address: null, seconds: null, server: null, renewing: false },
    locale: { LANG: null, generated: [] },
    timezone: null,
    keyboard: { model: null, layout: null, variant: null, options: null },
    users: [],
    units: { state: null, failed: [], masked: [] },
    ...{ sshHostKeys: [], capabilities: [], capabilitiesListed: null },
    ...{ hosts: { sidusServer: null }, journalStorage: null },
    timings: { root: null, kernel: null, userspace: null },
    bytes: { received: null, sent: null },
  });

  test.each([
    [{ atBoot: 'right', offSeconds: 0, kept: true }, true, 'that of its server'],
    [
      { atBoot: 'set by 31536000 seconds', offSeconds: -1, kept: false },
      true,
      'that of its server',
    ],
    [{ atBoot: 'nobody said', offSeconds: null, kept: false }, true, 'nobody said'],
    // A version of an older sidus.
    [undefined, true, 'not said'],
    [
      { atBoot: 'right', offSeconds: -31536000, kept: false },
      false,
      '-31536000 seconds off, at boot: right',
    ],
  ])('%j', (given, holds, found) => {
    expect(clock(given)).toEqual({ what: 'clock', expected: 'that of its server', found, holds });
  });
});
