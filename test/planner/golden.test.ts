import { describe, expect, test } from 'vitest';
import { describePlan } from '../../src/planner/describe.ts';
import { planSchema } from '../../src/planner/schemas.ts';
import { scriptOf } from '../../src/planner/script.ts';
import { planned, presets } from '../support/facts.ts';
import { expectGolden } from '../support/golden.ts';

describe.each(presets)('the plan of %s', (preset) => {
  test('reads as the golden one', () => {
    expectGolden(`${preset}.plan.txt`, describePlan(planned(preset).plan, null));
  });

  test('is what its schema says', () => {
    expect(planSchema.safeParse(planned(preset).plan).error).toBeUndefined();
  });

  test('names no mirror but the one of the server', () => {
    const { plan, site } = planned(preset);
    const whole = JSON.stringify(plan) + scriptOf(plan);
    const hosts = [...whole.matchAll(/https?:\/\/([A-Za-z0-9.-]+)/g)].map(([, host]) => host);
    expect(hosts.length).toBeGreaterThan(0);
    // Beside it the server itself, which gives kernels over HTTP.
    const others = new Set(hosts.filter((host) => host !== site.server.network.address));
    expect(others).toEqual(new Set(['mirror.example']));
  });
});

test('the 2013 recipe says what became of its names', () => {
  const text = describePlan(planned('cbp-2013').plan, null);
  expect(text).toMatch(/note: cbp: iproute is now iproute2/);
  expect(text).toMatch(/note: cbp: aufs-tools is left out/);
  expect(text).toMatch(/note: cbp: nano is both wanted and kept out/);
});

test('a staged plan touches no unit of the machine, and says so', () => {
  const { plan } = planned('minimal', { 'server/root': '/srv/staged' });
  const onServer = plan.steps.flatMap(({ effects }) =>
    effects.filter(({ kind, place }) => kind === 'unit' && place === 'server'),
  );
  expect(onServer).toEqual([]);
  expect(plan.notes.map(({ text }) => text).join(' ')).toMatch(
    /No unit of this machine is touched/,
  );
  const named = plan.steps.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === 'packages' && effect.place === 'server' ? effect.names : [],
    ),
  );
  expect(named).toEqual(['mmdebstrap', 'debian-archive-keyring']);
  // Served for real, there are units: the assertion above is not empty.
  expect(
    planned('minimal').plan.steps.some(({ effects }) =>
      effects.some(({ kind, place }) => kind === 'unit' && place === 'server'),
    ),
  ).toBe(true);
});
