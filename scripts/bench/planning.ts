import { derive } from '../../src/planner/derive.ts';
import { plannedFrom } from '../../test/support/facts.ts';
import { median, row } from './rows.ts';

/** The pure part of a plan, warm: the ratio is about the work and not about the compiler. */
export function measurePlanning(): void {
  const derived = [10, 100, 1000].map((count) => {
    const clients = Array.from({ length: count }, (_, index) => ({
      mac: `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
      name: `node${index}`,
      options: ['quiet'],
    }));
    const { site, facts } = plannedFrom({ trees: { lab: {} }, clients });
    for (let time = 0; time < 20; time += 1) derive(site, facts);
    return median(15, () => derive(site, facts));
  });
  const [ten = 1, hundred = 1, thousand = 1] = derived;
  row('derive: 100 clients / 10 clients', hundred / ten, 10);
  row('derive: 1000 clients / 100 clients', thousand / hundred, 10);
}
