// Speed, as ratios of what was measured in one run: times of one machine say nothing on another.
//   npm run bench              programs, screens and plans; no root, a minute
//   npm run bench -- --trees   trees too, ours and by hand (root, debootstrap and mmdebstrap, ten minutes)
//   npm run bench -- --boots   and boots from them, to the login (twenty minutes)
// docs/bench.md says what the last run gave, and what stands between it and the aims.
import { measurePlanning } from './bench/planning.ts';
import { measurePrograms } from './bench/programs.ts';
import { measureScreens } from './bench/screens.ts';

const trees = process.argv.includes('--trees');
const boots = process.argv.includes('--boots');
if (!process.argv.includes('--only')) {
  const node = measurePrograms();
  await measureScreens(node);
  measurePlanning();
}
if (trees || boots) {
  const { measureTrees, removeTrees } = await import('./bench/trees.ts');
  try {
    const built = measureTrees();
    if (boots) {
      const { measureBoots } = await import('./bench/boots.ts');
      await measureBoots(built);
    }
  } finally {
    removeTrees();
  }
}
