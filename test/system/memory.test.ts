import { expect, test } from 'vitest';
import { Crash, FakeSystem } from '../support/fake-system.ts';
import { systemContract } from './contract.ts';

systemContract('the fake', async () => {
  const system = new FakeSystem();
  return {
    system,
    plant: async (key, kind, content = '') => system.makeNode(key, kind, content),
    look: async (key) => system.nodes.get(key) ?? null,
    done: async () => undefined,
  };
});

const root = { mode: 0o644, owner: 'root', group: 'root' };

test('the fake refuses what nobody modelled, by name', async () => {
  const system = new FakeSystem();
  await expect(system.exec('server', ['rm', '-rf', '/'])).rejects.toThrow('rm -rf /');
});

test('the fake dies in place of its n-th change, stays dead, and lives again', async () => {
  const system = new FakeSystem();
  system.dieAt(2);
  await system.write('server', '/one', 'x', root);
  await expect(system.write('server', '/two', 'x', root)).rejects.toThrow(Crash);
  await expect(system.write('server', '/three', 'x', root)).rejects.toThrow(Crash);
  await expect(system.exec('server', ['systemctl', 'daemon-reload'])).rejects.toThrow(Crash);
  expect(await system.list('server', '/')).not.toContain('two');
  expect(await system.list('server', '/')).not.toContain('three');
  system.revive();
  await system.write('server', '/two', 'x', root);
  expect(await system.read('server', '/two')).toBe('x');
});

test('the fake leaves half a line of a journal that it dies in', async () => {
  const system = new FakeSystem();
  await system.append('server', '/journal', 'whole\n', 0o644);
  system.dieAt(1);
  await expect(system.append('server', '/journal', 'torn line\n', 0o644)).rejects.toThrow(Crash);
  expect(await system.read('server', '/journal')).toBe('whole\ntorn ');
});
