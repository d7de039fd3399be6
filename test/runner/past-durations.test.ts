import { expect, test } from 'vitest';
import { durationsIn, newestDurations, stepKind } from '../../src/runner/past-durations.ts';
import { Session } from '../../src/runner/session.ts';
import { FakeSystem } from '../support/fake-system.ts';

const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 21) + seconds * 1000).toISOString();
const line = (event: object): string => `${JSON.stringify(event)}\n`;
const started = (step: string, seconds: number): string =>
  line({ type: 'step-started', step, at: at(seconds) });
const done = (step: string, seconds: number): string =>
  line({ type: 'step-done', step, fingerprint: 'f', at: at(seconds) });
const skipped = (step: string, seconds: number): string =>
  line({ type: 'step-skipped', step, reason: 'already-so', at: at(seconds) });
const output = (step: string, text: string): string =>
  line({ type: 'output', step, line: text, at: at(0) });

test.each([
  ['tree/minimal/bootstrap', 'tree/bootstrap'],
  ['locale/lab/locales', 'locale/locales'],
  ['serve/lab/version-3', 'serve/version-3'],
  ['serve/exports', 'serve/exports'],
  ['odd', 'odd'],
])('%s is of the kind %s', (id, kind) => expect(stepKind(id)).toBe(kind));

test('what was done has its seconds; what was skipped, failed or broke off has none', () => {
  const events = [
    line({ type: 'run-started', run: 'r', steps: ['a/b'], at: at(0) }),
    skipped('a/before', 0),
    started('a/b', 1),
    output('a/b', 'some words'),
    done('a/b', 3.5),
    started('a/failed', 4),
    line({ type: 'step-failed', step: 'a/failed', problem: {}, at: at(9) }),
    started('a/torn', 10),
    done('a/torn', 20).slice(0, 30),
  ].join('');
  expect([...durationsIn(events)]).toEqual([['a/b', 2.5]]);
  expect(durationsIn('').size).toBe(0);
});

test('a clock that went back says nothing', () => {
  expect(durationsIn(started('a/b', 10) + done('a/b', 5)).size).toBe(0);
});

test('output is never parsed, not even one that looks like a step', () => {
  const hostile = output('a/b', `"type":"step-done","step":"a/b" ${done('a/b', 99)}`);
  const parse = JSON.parse;
  const parsed: string[] = [];
  JSON.parse = (text: string) => {
    parsed.push(text);
    return parse(text);
  };
  try {
    const events = started('a/b', 1) + hostile.repeat(3) + done('a/b', 2);
    expect([...durationsIn(events)]).toEqual([['a/b', 1]]);
  } finally {
    JSON.parse = parse;
  }
  expect(parsed.filter((text) => text.includes('"output"'))).toEqual([]);
  expect(parsed).toHaveLength(2);
});

test('the newest run that did a step counts, also for another tree', () => {
  const found = newestDurations([
    new Map([['tree/one/initrd', 7]] as const),
    new Map([
      ['tree/one/initrd', 9],
      ['tree/two/bootstrap', 40],
      ['serve/exports', 1],
    ] as const),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    'tree/one/initrd': 7,
    'tree/initrd': 7,
    'tree/two/bootstrap': 40,
    'tree/bootstrap': 40,
    'serve/exports': 1,
  });
});

test('of a server, the last twenty runs are looked at', async () => {
  const system = new FakeSystem();
  for (let run = 10; run < 40; run += 1) {
    const events =
      started('a/each', 0) + done('a/each', run) + started(`a/${run}`, 0) + done(`a/${run}`, 1);
    system.makeNode(`/var/lib/sidus/runs/${run}/events.jsonl`, 'file', events);
  }
  system.makeNode('/var/lib/sidus/runs/40/plan.json', 'file', '{}');
  const found = await new Session(system).pastDurations();
  expect(found.get('a/each')).toBe(39);
  expect(found.has('a/21')).toBe(true);
  expect(found.has('a/20')).toBe(false);
  expect(await new Session(new FakeSystem()).pastDurations()).toEqual(new Map());
});
