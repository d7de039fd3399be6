import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/effect.ts';
import { importedFile } from '../../src/features/imported.ts';
import { derive } from '../../src/planner/derive.ts';
import { textOf } from '../../src/planner/describe.ts';
import { type Known, plannedFrom } from '../support/facts.ts';

const mac = '52:54:00:ab:cd:01';
const directory = '/srv/nfsroot/lab/clients/52-54-00-ab-cd-01';
const keytab = '/root/keytabs/desk.keytab';
const there: Known = {
  [importedFile(keytab).id]: { status: 'there', sha256: 'a'.repeat(64), bytes: 300 },
};

function planned(client: object, tree: object = {}, known: Known = there) {
  return plannedFrom({ trees: { lab: { tree } }, clients: [{ mac, ...client }] }, known);
}

function effectsOf(client: object, tree: object = {}): readonly Effect[] {
  const { site, facts } = planned(client, tree);
  return derive(site, facts).steps.flatMap(({ effects }) => effects);
}

function written(effects: readonly Effect[], path: string): string {
  const found = effects.find(
    (effect) => effect.kind === 'file' && effect.place === 'server' && effect.path === path,
  );
  return found?.kind === 'file' ? textOf(found.content) : '';
}

const desk = { name: 'desk', address: '192.168.67.20', keytab };

describe('what a client has of its own', () => {
  test('its keytab lies on the server where root alone comes to it', () => {
    const effects = effectsOf(desk);
    expect(effects).toContainEqual(
      expect.objectContaining({
        kind: 'run',
        argv: expect.arrayContaining([
          keytab,
          'a'.repeat(64),
          { at: { place: 'server', path: `${directory}/etc/krb5.keytab` } },
        ]),
      }),
    );
    expect(effects).toContainEqual(
      expect.objectContaining({ kind: 'directory', path: '/srv/nfsroot/lab/clients', mode: 0o700 }),
    );
  });

  test('is exported to its own address and to no other, and its loaders say the word', () => {
    const effects = effectsOf(desk);
    const own = written(effects, '/etc/exports.d/sidus.exports')
      .split('\n')
      .filter((line) => line.includes('/clients/'));
    expect(own).toEqual([
      expect.stringMatching(
        new RegExp(`^${directory} 192\\.168\\.67\\.20/32\\(ro,no_root_squash,[^ ]*\\)$`),
      ),
    ]);
    for (const path of [
      '/srv/tftp/pxelinux.cfg/01-52-54-00-ab-cd-01',
      '/srv/tftp/grub/grub.cfg-01-52-54-00-ab-cd-01',
    ]) {
      expect(written(effects, path)).toMatch(/ sidus\.own( |$)/m);
    }
  });

  test('nobody who has nothing asks for it', () => {
    const effects = effectsOf({ name: 'desk', address: '192.168.67.20' });
    expect(written(effects, '/etc/exports.d/sidus.exports')).not.toContain('/clients/');
    const loaders = effects.flatMap((effect) =>
      effect.kind === 'file' && effect.path.startsWith('/srv/tftp/')
        ? [textOf(effect.content)]
        : [],
    );
    expect(loaders.length).toBeGreaterThan(3);
    expect(loaders.join('')).not.toContain('sidus.own');
  });

  test('a host key that is kept is made once', () => {
    const effects = effectsOf({ name: 'desk', address: '192.168.67.20' }, { hostKeys: 'kept' });
    const made = effects.filter(
      (effect) => effect.kind === 'run' && effect.argv[0] === 'ssh-keygen',
    );
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({
      unless: { kind: 'exists', at: { path: `${directory}/etc/ssh/ssh_host_ed25519_key` } },
    });
  });

  test('without an address of its own, or without the file, it is refused, all at once', () => {
    const known = { [importedFile(keytab).id]: { status: 'absent', words: 'no such file' } };
    const refused = () => planned({ name: 'desk', keytab }, {}, known);
    expect(refused).toThrow(/"clients\/own-files-for-anybody",\s+"at": "clients\.0\.address"/);
    expect(refused).toThrow(/"clients\/no-keytab",\s+"at": "clients\.0\.keytab"/);
  });
});
