import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Site } from '../../src/features/index.ts';
import { filesystemId } from '../../src/features/serve/exports.ts';
import { allImages } from '../../src/features/tree-facts.ts';
import { publishDraft, switchTo } from '../../src/planner/chores.ts';
import { derive } from '../../src/planner/derive.ts';
import { textOf } from '../../src/planner/describe.ts';
import { scriptOf } from '../../src/planner/script.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { type Known, planned } from '../support/facts.ts';

const three: Known = {
  'tree/minimal/versions': [1, 2, 3],
  'tree/minimal/last-version': 3,
  'tree/minimal/current': 2,
};
const mac = '52:54:00:12:34:56';

/** The preset `minimal`, of which there are three versions. */
function of(form: 'files' | 'image', more: Partial<Site> = {}, known: Known = {}) {
  const { site, facts } = planned('minimal', { ...three, ...known });
  const { minimal } = site.trees;
  if (minimal === undefined) throw new Error('no tree');
  const trees = { minimal: { ...minimal, tree: { ...minimal.tree, form } } };
  return { site: { ...site, trees, ...more }, facts };
}

/** Numbers of the images that a plan makes. */
function images(plan: Plan): readonly number[] {
  return plan.steps.flatMap(({ id }) => {
    const number = /^tree\/minimal\/image-(\d+)$/.exec(id)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function written(plan: Plan, path: string): string {
  const found = plan.steps
    .flatMap(({ effects }) => effects)
    .find((effect) => effect.kind === 'file' && effect.path === path);
  return found?.kind === 'file' ? textOf(found.content) : '';
}

const entryOf = (plan: Plan, version: number): string =>
  written(plan, `/srv/tftp/sidus/minimal/${version}/pxelinux.cfg`);
const exportsIn = (plan: Plan): readonly string[] =>
  written(plan, '/etc/exports.d/sidus.exports')
    .split('\n')
    .flatMap((line) => (line.startsWith('/') ? [line.split(' ')[0] ?? ''] : []));

describe('the form of a version', () => {
  test('as files nothing is made, fetched or exported beside them', () => {
    const { site, facts } = of('files');
    const plan = derive(site, facts);
    expect(images(plan)).toEqual([]);
    expect(plan.steps.map(({ id }) => id)).not.toContain('tree/minimal/image-tools');
    expect(entryOf(plan, 2)).not.toContain('sidus.image');
    expect(exportsIn(plan).every((path) => path.includes('/versions/'))).toBe(true);
  });

  test('as an image: what clients boot, and the newest; others stay as files', () => {
    const { site, facts } = of('image');
    const plan = derive(site, facts);
    expect(images(plan)).toEqual([2, 3]);
    expect(entryOf(plan, 1)).toContain(':/srv/nfsroot/minimal/versions/1 ip=dhcp');
    expect(entryOf(plan, 1)).not.toContain('sidus.image');
    for (const version of [2, 3]) {
      expect(entryOf(plan, version)).toContain(
        `:/srv/nfsroot/minimal/images/${version} sidus.image=root.erofs ip=dhcp`,
      );
    }
    expect(exportsIn(plan)).toEqual([
      ...[1, 2, 3].map((version) => `/srv/nfsroot/minimal/versions/${version}`),
      ...[2, 3].map((version) => `/srv/nfsroot/minimal/images/${version}`),
    ]);
  });

  test('no step writes into a version, and what names an image comes after it', () => {
    const { site, facts } = of('image');
    const plan = derive(site, facts);
    const ids = plan.steps.map(({ id }) => id);
    for (const later of ['serve/exports', 'serve/minimal/version-2', 'serve/minimal/current']) {
      expect(ids.indexOf(later as never)).toBeGreaterThan(
        ids.indexOf('tree/minimal/image-2' as never),
      );
    }
    for (const { effects } of plan.steps) {
      for (const effect of effects) {
        if (effect.kind === 'publish' || effect.place === 'server') continue;
        expect(effect.place).not.toHaveProperty('version');
      }
    }
    expect(scriptOf(plan)).toContain('confined sh "$SCRIPTS/"make-image "$ROOT"');
  });

  test('a group or a machine may have the other one', () => {
    const clients = [
      { mac, name: 'one', group: 'room' },
      { mac: '52:54:00:12:34:57', name: 'other', group: 'room', form: 'files' as const },
    ];
    const { site, facts } = of('files', {
      groups: { room: { version: 1, form: 'image' } },
      clients,
    });
    const plan = derive(site, facts);
    expect(images(plan)).toEqual([1]);
    const own = (name: string) => written(plan, `/srv/tftp/pxelinux.cfg/01-52-54-00-12-34-${name}`);
    expect(own('56')).toContain('images/1 sidus.image=root.erofs');
    expect(own('57')).toContain('versions/1 ip=dhcp');
    expect(entryOf(plan, 2)).not.toContain('sidus.image');

    const chain = { tree: 'minimal', version: 3, firmware: 'bios', before: [], after: [] } as const;
    const { expected, exports } = wholeChain(site, facts, { ...chain, mac });
    expect(expected).toMatchObject({ version: 1, form: 'image' });
    expect(exports.map(({ version, form }) => `${version.version} ${form}`).sort()).toEqual([
      '1 files',
      '1 image',
      '3 files',
    ]);
  });

  test('iPXE gets the words that the other loaders get', () => {
    const { site: full, facts } = of('image', {
      clients: [{ mac, name: 'one', options: ['own'] }],
    });
    const serve = { ...full.server.serve, dhcp: 'proxy' as const };
    const site = { ...full, server: { ...full.server, serve } };
    const plan = derive(site, facts);
    const own = '01-52-54-00-12-34-56';
    for (const [script, other] of [
      ['sidus/minimal/1/boot.ipxe', 'sidus/minimal/1/pxelinux.cfg'],
      ['sidus/minimal/2/boot.ipxe', 'sidus/minimal/2/pxelinux.cfg'],
      [`ipxe/${own}.ipxe`, `pxelinux.cfg/${own}`],
    ]) {
      const words = (file: string | undefined, pattern: RegExp): readonly string[] => [
        ...new Set([...written(plan, `/srv/tftp/${file}`).matchAll(pattern)].map(([all]) => all)),
      ];
      const wanted = words(other, /boot=sidus [^\n]*?(?= BOOTIF=|$)/gm);
      expect(wanted).toHaveLength(1);
      expect(words(script, /boot=sidus [^\n]*?(?= BOOTIF=)/g)).toEqual(wanted);
    }
    expect(written(plan, `/srv/tftp/ipxe/${own}.ipxe`)).toMatch(
      /images\/2 sidus\.image=root\.erofs .* own BOOTIF=/,
    );
    expect(written(plan, '/srv/tftp/sidus/minimal/1/boot.ipxe')).toContain('/versions/1 ip=dhcp');
  });

  test('where the newest version was deleted, none is made of the one before it', () => {
    const deleted = { 'tree/minimal/versions': [1, 2, 3], 'tree/minimal/last-version': 4 };
    const { site, facts } = of('image', {}, { ...deleted, 'tree/minimal/current': 1 });
    expect(images(derive(site, facts))).toEqual([1]);
    expect(entryOf(derive(site, facts), 3)).not.toContain('sidus.image');
  });

  test('publishing makes the image of the new version; switching makes none', () => {
    const { site, facts } = of('image');
    expect(images(publishDraft(site, facts, 'minimal'))).toContain(4);
    const back = switchTo(site, facts, 'minimal', 1);
    expect(images(back)).toEqual([]);
    expect(entryOf(back, 1)).toContain('versions/1 ip=dhcp');
    expect(entryOf(back, 1)).not.toContain('sidus.image');
    expect(back.notes.map(render).join('\n')).toContain('no image of minimal version 1');
  });

  test('switching offers an image that is there, and fetches no tool for it', () => {
    const known = { 'tree/all-images': [{ tree: 'minimal', version: 1 }] };
    const { site, facts } = of('image', {}, known);
    const back = switchTo(site, facts, 'minimal', 1);
    expect(back.steps.map(({ id }) => id).filter((id) => id.includes('image'))).toEqual([]);
    expect(entryOf(back, 1)).toContain('images/1 sidus.image=root.erofs');
    expect(back.notes.map(render).join('\n')).not.toContain('no image');
  });

  test('a machine that is to have an image gets files where a rollback finds none', () => {
    const clients = [
      { mac, name: 'one', form: 'image' as const },
      { mac: '52:54:00:12:34:57', name: 'other', version: 2, form: 'image' as const },
    ];
    const known = { 'tree/all-images': [{ tree: 'minimal', version: 2 }] };
    const { site, facts } = of('files', { clients }, known);
    const own = (plan: Plan, name: string) =>
      written(plan, `/srv/tftp/pxelinux.cfg/01-52-54-00-12-34-${name}`);
    const back = switchTo(site, facts, 'minimal', 1);
    expect(images(back)).toEqual([]);
    expect(own(back, '56')).toContain('versions/1 ip=dhcp');
    expect(own(back, '57')).toContain('images/2 sidus.image=root.erofs');
    expect(back.notes.map(render).join('\n')).toContain('no image of minimal version 1');
  });

  test('an image that is there stays exported when its tree is served as files, or left the site', () => {
    const left = { tree: 'left', version: 7 };
    const known = {
      'tree/all-published': [left],
      'tree/all-images': [left, { tree: 'minimal', version: 2 }, { tree: 'minimal', version: 9 }],
    };
    const { site, facts } = of('files', {}, known);
    const plan = derive(site, facts);
    expect(exportsIn(plan)).toContain('/srv/nfsroot/left/images/7');
    expect(exportsIn(plan)).toContain('/srv/nfsroot/minimal/images/2');
    // Its version was taken away.
    expect(exportsIn(plan)).not.toContain('/srv/nfsroot/minimal/images/9');
    expect(entryOf(plan, 2)).not.toContain('sidus.image');
  });

  test('what is no whole image of a tree of ours is none', () => {
    const odd = ['../etc/images/1/root.erofs', 'lab/images/0/root.erofs', 'lab/versions/1/x', ''];
    expect(allImages.parse(odd.join('\n'))).toEqual([]);
    expect(allImages.parse('lab/images/12/root.erofs\n')).toEqual([{ tree: 'lab', version: 12 }]);
  });

  test('both exports have ids of their own, which never change', () => {
    const ids = [1, 2].flatMap((version) => [
      filesystemId('minimal', version),
      filesystemId('minimal', version, 'image'),
    ]);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(filesystemId('minimal', 1)).toBe(ids[0]);
  });
});
