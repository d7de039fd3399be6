import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describeProblem } from '../../src/core/problem.ts';
import { foreignFiles, foreignFilesProblems } from '../../src/features/serve/foreign-files.ts';
import { overlaidFacts } from '../../src/planner/overlaid-facts.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { removeDirectory, temporaryDirectory } from '../support/machine.ts';

// What lies in a TFTP directory already, asked as the product asks it, of real files below a root.

const directory = temporaryDirectory('foreign');
afterAll(() => removeDirectory(directory));

const mac = '52:54:00:00:00:20';
const ours = '# Written by sidus.\nDEFAULT http.lab\n';
const { site, facts } = plannedFrom({ trees: { lab: {} }, clients: [{ name: 'one', mac }] });
const proxy = plannedFrom({ server: { serve: { dhcp: 'proxy' } }, trees: { lab: {} } });

interface Scene {
  readonly served?: Readonly<Record<string, string>>;
  readonly fetched?: Readonly<Record<string, string>>;
}

function laidOut({ served = {}, fetched = {} }: Scene): { root: string; host: Host } {
  const root = mkdtempSync(join(directory, 'scene-'));
  const cache = join(root, 'cache-of-ours');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [path, text] of Object.entries(served)) put(join(root, 'srv/tftp', path), text);
  for (const [path, text] of Object.entries(fetched)) put(join(cache, 'loaders', path), text);
  return { root, host: new Host({ root, cache }) };
}

async function found({ host }: ReturnType<typeof laidOut>, of = site): Promise<readonly string[]> {
  const fact = foreignFiles(of);
  return (await new Session(host).gather([fact])).get(fact);
}

test.each<[what: string, scene: Scene, foreign: readonly string[]]>([
  ['no directory', {}, []],
  [
    'files that nobody overwrites',
    { served: { 'pxelinux.0': 'x', 'menu.c32': 'x', 'pxelinux.cfg/01-52-54-00-00-00-99': 'x' } },
    [],
  ],
  [
    'another lab',
    { served: { 'pxelinux.cfg/default': 'DEFAULT lab\n', 'ldlinux.c32': 'theirs' } },
    ['pxelinux.cfg/default', 'ldlinux.c32'],
  ],
  [
    'a menu by hand beside ours',
    { served: { 'pxelinux.cfg/default': ours, 'grub/grub.cfg': 'set timeout=9\n' } },
    ['grub/grub.cfg'],
  ],
  [
    'an entry of a machine of ours that is not ours',
    { served: { 'pxelinux.cfg/default': ours, 'pxelinux.cfg/01-52-54-00-00-00-20': 'LABEL x\n' } },
    ['pxelinux.cfg/01-52-54-00-00-00-20'],
  ],
  ['loaders alone', { served: { 'shimx64.efi': 'theirs' } }, ['shimx64.efi']],
  [
    'loaders that we have fetched, before there is a menu',
    {
      served: { 'shimx64.efi': 'a shim', 'ldlinux.c32': 'a library' },
      fetched: {
        'bookworm/usr/lib/shim/shimx64.efi.signed': 'another shim',
        'trixie/usr/lib/shim/shimx64.efi.signed': 'a shim',
        'trixie/usr/lib/syslinux/modules/bios/ldlinux.c32': 'a library',
      },
    },
    [],
  ],
  [
    'our own server, with older loaders and an empty cache',
    { served: { 'pxelinux.cfg/default': ours, 'shimx64.efi': 'an older shim' } },
    [],
  ],
])('%s', async (_, scene, foreign) => {
  expect(await found(laidOut(scene))).toEqual(foreign);
});

test('links are not what we write, wherever they lead', async () => {
  const scene = laidOut({ served: { 'grub/grub.cfg-x': ours } });
  symlinkSync('nowhere', join(scene.root, 'srv/tftp/grub/grub.cfg'));
  symlinkSync('grub/grub.cfg-x', join(scene.root, 'srv/tftp/lpxelinux.0'));
  expect(await found(scene)).toEqual(['grub/grub.cfg', 'lpxelinux.0']);
});

test('what iPXE reads counts where it is written', async () => {
  const scene = laidOut({ served: { 'ipxe/boot.ipxe': '#!ipxe\n', 'snponly.efi': 'theirs' } });
  expect(await found(scene)).toEqual([]);
  expect(await found(scene, proxy.site)).toEqual(['ipxe/boot.ipxe', 'snponly.efi']);
  writeFileSync(join(scene.root, 'srv/tftp/ipxe/boot.ipxe'), '#!ipxe\n# Written by sidus.\n');
  expect(await found(scene, proxy.site)).toEqual([]);
});

test('they are not overwritten: the plan says so, and how it goes on', async () => {
  const names = ['lpxelinux.0', 'ldlinux.c32', 'shimx64.efi', 'grubx64.efi'];
  const scene = laidOut({ served: Object.fromEntries(names.map((name) => [name, 'theirs'])) });
  const fact = foreignFiles(site);
  const problems = async () =>
    foreignFilesProblems(site, overlaidFacts(facts, [[fact, await found(scene)]]));
  expect((await problems()).map(describeProblem)).toEqual([
    '/srv/tftp holds boot files that sidus did not write: lpxelinux.0, ldlinux.c32, shimx64.efi, 1 more; have whoever needs them served from /srv/tftp.before, after `mv -T /srv/tftp /srv/tftp.before`  [serve/foreign-files]',
  ]);
  const { code } = await scene.host.exec('server', [
    'mv',
    '-T',
    join(scene.root, 'srv/tftp'),
    join(scene.root, 'srv/tftp.before'),
  ]);
  expect(code).toBe(0);
  expect(await problems()).toEqual([]);
});
