import { expect, test } from 'vitest';
import { askSite } from '../../src/planner/asked-site.ts';
import { fixedFacts } from '../support/facts.ts';

test.each(['serve', 'build', null] as const)(
  'a session that has everything forgotten meanwhile is asked for it again (%s)',
  async (obstacles) => {
    const asked: string[] = [];
    const { site, facts } = await askSite(
      { trees: { lab: {} } },
      {
        // Nothing but what is asked for, as after Session.forget.
        gather: async (wanted) => {
          asked.push(...wanted.map(({ id }) => id));
          return fixedFacts(wanted);
        },
      },
      { scope: 'all', obstacles, solve: false },
    );
    expect(Object.keys(site.trees)).toEqual(['lab']);
    expect(asked.filter((id) => id === 'network/cards')).toHaveLength(2);
    expect(facts.has({ id: 'network/cards' } as Parameters<typeof facts.has>[0])).toBe(true);
  },
);
