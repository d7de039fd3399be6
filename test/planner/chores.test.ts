import { expect, test } from 'vitest';
import { newestVersion, nextVersion, publishDraft, switchTo } from '../../src/planner/chores.ts';
import { planned } from '../support/facts.ts';

const { site, facts } = planned('minimal', {
  'tree/minimal/versions': [1, 2],
  'tree/minimal/last-version': 3,
  'tree/minimal/current': 1,
});
const links = (plan: ReturnType<typeof publishDraft>): readonly string[] =>
  plan.steps.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === 'link' && effect.path.endsWith('/current') ? [effect.target] : [],
    ),
  );

test('the newest version is one that is there, the next one a number that never was', () => {
  expect(newestVersion('minimal', facts)).toBe(2);
  expect(nextVersion('minimal', facts)).toBe(4);
});

test('publishing makes the next version and lets clients boot it', () => {
  const plan = publishDraft(site, facts, 'minimal');
  const made = plan.steps.flatMap(({ effects }) =>
    effects.filter(({ kind }) => kind === 'publish'),
  );
  expect(made).toMatchObject([{ version: 4 }]);
  expect(links(plan)).toEqual(['4']);
});

test('switching makes nothing, and installs and builds nothing', () => {
  const plan = switchTo(site, facts, 'minimal', 2);
  expect(links(plan)).toEqual(['2']);
  const kinds = plan.steps.flatMap(({ effects }) => effects.map(({ kind }) => kind));
  expect(kinds).not.toContain('publish');
  expect(kinds).not.toContain('packages');
});
