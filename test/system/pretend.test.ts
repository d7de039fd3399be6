import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { obstacleFacts, obstacles } from '../../src/features/obstacles.ts';
import { parseAnswers } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { derive, firstFacts, furtherFacts, problemsOf } from '../../src/planner/derive.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { presets } from '../support/facts.ts';
import { undoingPlan } from '../support/undoing.ts';
import { systemContract } from './contract.ts';

const make = (failing: string | null = null): Pretend =>
  new Pretend({ failing, haste: 1, sleep: async () => undefined });

systemContract('the pretence', async () => {
  const system = make();
  const owned = { mode: 0o644, owner: 'root', group: 'root' };
  return {
    system,
    plant: async (key, kind, content = '') => {
      const mode = kind === 'directory' ? 0o755 : kind === 'link' ? 0o777 : 0o644;
      system.put(key, { kind, content, ...owned, mode });
    },
    look: async (key) => system.nodes.get(key) ?? null,
    done: async () => undefined,
  };
});

async function plannedOn(system: Pretend, preset: string) {
  const session = new Session(system);
  const first = await session.gather([...firstFacts(), ...obstacleFacts]);
  expect(obstacles(first, 'serve')).toEqual([]);
  const { site, problems } = complete(
    parseAnswers(readFileSync(`presets/${preset}.yaml`, 'utf8'), preset),
    first,
  );
  expect(problems).toEqual([]);
  if (site === null) throw new Error('there is a site');
  const facts = await session.gather(furtherFacts(site));
  expect(problemsOf(site, facts, 'trees')).toEqual([]);
  return { session, plan: derive(site, facts) };
}

const never = new AbortController().signal;

describe.each(presets)('a pretended run of %s', (preset) => {
  test('ends well, and then there is nothing to do', async () => {
    const { session, plan } = await plannedOn(make(), preset);
    const report = await session.apply(plan, 'test', () => undefined, never);
    expect(report.problem).toBeNull();
    expect(report.outcome).toBe('ok');
    const again = await session.apply(plan, 'test', () => undefined, never);
    expect(again.steps.map(({ state }) => state)).toEqual(plan.steps.map(() => 'skipped'));
  });
});

test('a pretended run is taken back: the tree stays, and what served it is gone', async () => {
  const system = make();
  const { session, plan } = await plannedOn(system, 'minimal');
  const there = (): readonly string[] =>
    [...system.nodes.keys()].filter((key) => /^\/(etc|usr|srv\/tftp)(\/|$)/.test(key));
  const before = there();
  await session.apply(plan, 'test', () => undefined, never);
  expect(there().length).toBeGreaterThan(before.length + 20);
  const undo = await undoingPlan(system);
  const report = await session.apply(undo, 'test', () => undefined, never);
  expect(report.problem).toBeNull();
  expect(report.outcome).toBe('ok');
  expect(there()).toEqual(before);
  expect(system.units.get('sidus-dnsmasq.service')).toEqual({ enabled: 'disabled', active: false });
  expect(system.nodes.has('/srv/nfsroot/minimal/versions/1/etc/sidus/version')).toBe(true);
  expect((await session.lastRuns()).runs[0]?.title.text).toBe('Take back: {title}');
});

test('a failure that was asked for stops the run, and a second try goes well', async () => {
  const { session, plan } = await plannedOn(make('publish'), 'minimal');
  const failed = await session.apply(plan, 'test', () => undefined, never);
  expect(failed.outcome).toBe('failed');
  expect(failed.steps.find(({ state }) => state === 'failed')?.id).toBe('tree/minimal/version');
  const second = await session.apply(plan, 'test', () => undefined, never);
  expect(second.outcome).toBe('ok');
});
