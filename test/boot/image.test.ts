import { statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { imageDirectory, imageName } from '../../src/core/form.ts';
import type { Site } from '../../src/features/index.ts';
import type { Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { differences, treeListing } from '../support/tree-listing.ts';
import { boot, broken, builtSite, root, tree } from './rehearsal-root.ts';

// One version in both of its forms, by the same loader, initrd and server.

const version = `${root}/srv/nfsroot/${tree}/versions/1`;
const image = `${root}${imageDirectory(tree, 1)}/${imageName}`;

let site: Site;
let before: ReadonlyMap<string, string>;
let files: Rehearsal;
let imaged: Rehearsal;
beforeAll(async () => {
  await builtSite();
  before = treeListing(version);
  site = await builtSite('image');
  imaged = await boot(site);
  files = await boot(site, { form: 'files' });
});

describe('a version as an image', () => {
  test('boots to login, and what the site promises holds', () => {
    expect(broken(site, imaged)).toEqual([]);
    expect(imaged.report.root).toMatchObject({
      ...{ type: 'overlay', form: 'image', lower: 'erofs', nfsVersion: '4.1' },
      path: imageDirectory(tree, 1),
    });
    expect(imaged.report.units.failed).toEqual([]);
  });

  test('and the same version as files is another form, and found to be', () => {
    expect(broken(site, files, { form: 'files' })).toEqual([]);
    expect(broken(site, files)).toEqual(['tree below its layer', 'path on its server']);
    expect(broken(site, imaged, { form: 'files' })).toEqual([
      'tree below its layer',
      'path on its server',
    ]);
  });

  test('file capabilities come along, and nobody restores them', () => {
    expect(imaged.report.capabilities.join(' ')).toContain('mtr-packet cap_net_raw');
    expect(imaged.report.capabilities).toEqual(files.report.capabilities);
    expect(imaged.report.capabilitiesRestored).toBe(0);
    expect(files.report.capabilitiesRestored).toBe(files.report.capabilities.length);
  });

  test('it costs fewer bytes and calls', () => {
    // By hand 0.73 and 0.31 (boot.md 9).
    expect(imaged.bytes.received / files.bytes.received).toBeLessThan(0.9);
    expect(imaged.bytes.sent / files.bytes.sent).toBeLessThan(0.6);
    const calls = [imaged, files].map(({ report }) => report.nfsCalls ?? Number.NaN);
    expect((calls[0] as number) / (calls[1] as number)).toBeLessThan(0.5);
  });

  test('making it changed nothing of the version, and only root can read it', () => {
    expect(differences(before, treeListing(version))).toEqual([]);
    expect(before.size).toBeGreaterThan(5000);
    expect(statSync(image).mode & 0o777).toBe(0o600);
  });
});
