import { readFileSync } from 'node:fs';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { describeVersions } from '../../src/cli/versions-text.ts';
import type { Plan } from '../../src/core/plan.ts';
import { treesOnDisk } from '../../src/features/trees-on-disk.ts';
import { versionSizes } from '../../src/features/version-facts.ts';
import { parseAnswers } from '../../src/planner/answers.ts';
import { publishDraft } from '../../src/planner/chores.ts';
import { complete } from '../../src/planner/complete.ts';
import { deletion, deletionFacts } from '../../src/planner/deletion.ts';
import { derive, firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { rollback } from '../../src/planner/rollback.ts';
import { versionsOfTree } from '../../src/planner/version-standing.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';

test('a pretended server: versions made, taken back, refused and deleted', async () => {
  const system = new Pretend({ failing: null, haste: 1, sleep: async () => undefined });
  const session = new Session(system);
  const answers = parseAnswers(readFileSync('presets/minimal.yaml', 'utf8'), 'minimal');
  const asked = async () => {
    session.forget();
    const { site } = complete(answers, await session.gather(firstFacts()));
    if (site === null) throw new Error('the preset is not whole');
    const facts = await session.gather([
      ...firstFacts(),
      ...furtherFacts(site),
      ...deletionFacts('minimal'),
      versionSizes('minimal'),
      treesOnDisk,
    ]);
    return { site, facts };
  };
  const done = async (plan: Plan): Promise<void> => {
    const report = await session.apply(plan, 'test', () => undefined, new AbortController().signal);
    expect(report.problem).toBeNull();
  };
  const first = await asked();
  await done(derive(first.site, first.facts));
  // Clients come by themselves, and run the version that is there then.
  for (let looks = 0; looks < 3; looks += 1) {
    system.pass(600);
    await asked();
  }
  for (const _ of [2, 3]) {
    const { site, facts } = await asked();
    await done(publishDraft(site, facts, 'minimal'));
  }
  const back = await asked();
  await done(rollback(back.site, back.facts, 'minimal', null));

  const { site, facts } = await asked();
  const listed = versionsOfTree(site, facts, 'minimal');
  expect(listed.current).toBe(2);
  expect(listed.versions.map(({ running }) => running.length > 0)).toEqual([true, false, false]);
  const text = describeVersions([listed]);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(text).toMatch(/^minimal: clients boot version 2$/m);
  expect(text).toMatch(/^ {2}1 .* MiB.*\n +running now: [\s\S]*not to be deleted: /m);
  expect(text).toMatch(/^\* 2 .*\n +not to be deleted: clients boot minimal version 2$/m);
  expect(text).toMatch(/^ {2}3 .*\n +can be deleted$/m);
  expect(text).not.toContain('image');
  const imaged = { ...listed, versions: listed.versions.map((one) => ({ ...one, image: true })) };
  const more = describeVersions([imaged]);
  expect(more.match(/^.{0,80} kernel \S+, image too$/gm)).toHaveLength(3);
  const validate = new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync('docs/schemas/versions.json', 'utf8')) as object,
  );
  expect(validate({ schema: 1, trees: [listed] }), JSON.stringify(validate.errors)).toBe(true);

  expect(() => deletion(site, facts, 'minimal', [1])).toThrow(/runs minimal version 1/);
  await done(deletion(site, facts, 'minimal', [3]));
  const left = await asked();
  expect(versionsOfTree(left.site, left.facts, 'minimal').versions.map((v) => v.version)).toEqual([
    1, 2,
  ]);
  const none = { tree: 'x', inSite: true, current: null, versions: [] };
  expect(describeVersions([{ ...none, halfDeleted: [7] }])).toBe(
    'x: no version yet; `sidus tree publish x`\n  7 is half deleted; `sidus tree delete x 7` goes on\n',
  );
});
