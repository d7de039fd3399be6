import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { publishDraft } from '../../src/planner/chores.ts';
import { derive } from '../../src/planner/derive.ts';
import { Session } from '../../src/runner/session.ts';
import { type Known, plannedFrom } from '../support/facts.ts';
import { FakeSystem } from '../support/fake-system.ts';
import { whatBoots } from '../support/served.ts';

// Several trees in one site, and machines with entries of their own: what each loader finds.

const mac = (last: number): string => `52:54:00:12:34:0${last}`;
const answers = {
  server: { serve: { options: ['console=ttyS0,115200', 'quiet'] } },
  trees: { lab: {}, office: {} },
  groups: { desks: { tree: 'office', options: ['splash'], layer: { size: '2G' } } },
  clients: [
    { mac: mac(1), name: 'other-tree', tree: 'office' },
    { mac: mac(2), name: 'older', version: 1 },
    { mac: mac(3), name: 'desk', group: 'desks', options: ['nomodeset', 'quiet=no'] },
    { mac: mac(4), name: 'only-named', address: '192.168.67.20' },
    { mac: mac(5), name: 'words', options: ['single'] },
  ],
};

async function done(world: FakeSystem, plan: Plan): Promise<void> {
  const { signal } = new AbortController();
  const report = await new Session(world).apply(plan, 'test', () => undefined, signal);
  expect(report.problem).toBeNull();
}

test('each machine gets its tree, version and kernel options from both loaders', async () => {
  const world = new FakeSystem('/');
  const published = (lab: readonly number[]): Known => ({
    'tree/lab/versions': lab,
    'tree/lab/last-version': lab.at(-1) ?? 0,
    'tree/lab/current': lab.at(-1) ?? null,
    'tree/office/versions': [1],
    'tree/office/last-version': 1,
    'tree/office/current': 1,
  });
  // The first time there is no version yet that an entry could name.
  const first = plannedFrom({ ...answers, clients: answers.clients.filter((one) => !one.version) });
  await done(world, derive(first.site, first.facts));
  const second = plannedFrom(answers, published([1]));
  await done(world, publishDraft(second.site, second.facts, 'lab'));

  const boots = whatBoots(world);
  expect(boots.flatMap(({ faults }) => faults)).toEqual([]);
  const table = Object.fromEntries(
    boots.map(({ file, tree, version }) => [file, `${tree} ${version}`]),
  );
  const own = (last: number) => mac(last).replaceAll(':', '-');
  const wanted: Record<string, string> = {
    'sidus/lab/current/pxelinux.cfg': 'lab 2',
    'sidus/lab/current/grub.cfg': 'lab 2',
    // By its name, and by TFTP: the first tree is what an error ends in.
    'sidus/lab/current/chosen.cfg': 'lab 2',
    'sidus/office/current/chosen.cfg': 'office 1',
    'sidus/office/current/grub.cfg': 'office 1',
  };
  for (const [last, boot] of [
    [1, 'office 1'],
    [2, 'lab 1'],
    [3, 'office 1'],
    [5, 'lab 2'],
  ] as const) {
    wanted[`pxelinux.cfg/01-${own(last)}`] = boot;
    wanted[`grub/grub.cfg-01-${own(last)}`] = boot;
  }
  // Machine 4 has a name and an address, which are DHCP's, and boots as every other.
  expect(table).toEqual(wanted);

  const words = (last: number): readonly string[] =>
    ['pxelinux.cfg/01-', 'grub/grub.cfg-01-'].map((file) => {
      const text = world.text(`/srv/tftp/${file}${own(last)}`);
      return / sidus\.layer=(.*?)(?: BOOTIF=\$machex; then)?$/m.exec(text)?.[1] ?? '';
    });
  const usual = 'memory,size=50% console=ttyS0,115200 quiet';
  expect(words(1)).toEqual([usual, usual]);
  // The machine's own words come last, where they win.
  const desk = 'memory,size=2G console=ttyS0,115200 quiet splash nomodeset quiet=no';
  expect(words(3)).toEqual([desk, desk]);
  expect(words(5)).toEqual([`${usual} single`, `${usual} single`]);
  // Menus offer every tree, and begin with the first.
  const menu = world.text('/srv/tftp/pxelinux.cfg/default');
  expect(menu).toMatch(/^DEFAULT http\.lab\nONERROR tftp\.lab\n/m);
  expect(menu).toMatch(/^SAY lab \(boots in 3 seconds\)\nSAY office$/m);
  expect(menu).toMatch(/^PROMPT 1\nTIMEOUT 30\nTOTALTIMEOUT 600$/m);
  const chosen = world.text('/srv/tftp/sidus/office/1/chosen.cfg');
  expect(chosen).toMatch(/^LABEL office\n {2}KERNEL sidus\/office\/1\/vmlinuz\n/);
  expect(chosen.match(/^LABEL/gm)).toHaveLength(1);
  expect(world.text('/srv/tftp/grub/grub.cfg')).toMatch(/^set default=lab$/m);

  // A machine that is no longer listed boots as every other.
  const later = plannedFrom(
    { ...answers, clients: answers.clients.slice(1) },
    {
      ...published([1, 2]),
      'serve/own-entries': [`pxelinux.cfg/01-${own(1)}`, `grub/grub.cfg-01-${own(1)}`],
    },
  );
  await done(world, derive(later.site, later.facts));
  expect(whatBoots(world).map(({ file }) => file)).toEqual(
    boots.map(({ file }) => file).filter((file) => !file.endsWith(own(1))),
  );
});
