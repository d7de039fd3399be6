import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { check } from '../../src/cli/commands/check.ts';
import { status } from '../../src/cli/commands/status.ts';
import type { Common } from '../../src/cli/common-options.ts';
import { parseAnswers } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { derive, firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';

const office =
  'asked eno2\nserver 192.168.67.254 192.168.67.77/24 3600\nanother DHCP server answers\n';
const text = readFileSync('presets/minimal.yaml', 'utf8');

/** `check` and `status` on a pretended server that serves already, whose wire says this. */
async function said(command: typeof check | typeof status, wire: string, dhcp = 'full') {
  const system = new Pretend({ failing: null, haste: 1, sleep: async () => undefined });
  const session = new Session(system);
  if (command === status) {
    const answers = parseAnswers(text, 'minimal') as { server?: object };
    const { site } = complete(
      { ...answers, server: { ...answers.server, serve: { dhcp } } },
      await session.gather(firstFacts()),
    );
    if (site === null) throw new Error('the preset is not whole');
    const facts = await session.gather([...firstFacts(), ...furtherFacts(site)]);
    const signal = new AbortController().signal;
    const { problem } = await session.apply(
      derive(site, facts, 'all', text),
      'test',
      () => undefined,
      signal,
    );
    expect(problem).toBeNull();
    session.forget();
  }
  const exec = system.exec.bind(system);
  vi.spyOn(system, 'exec').mockImplementation(async (place, argv, options) =>
    JSON.stringify(argv).includes('find-dhcp-servers')
      ? { code: 1, stdout: wire, stderr: '' }
      : exec(place, argv, options),
  );
  const lines: string[] = [];
  const common = {
    outside: {
      say: (line: string) => void lines.push(line),
      complain: () => undefined,
      paint: (_: string, line: string) => line,
      preset: async () => text,
      readFile: async () => null,
    },
    root: '/',
    session,
  } as unknown as Common;
  const code = await command({ preset: 'minimal', set: [`serve.dhcp=${dhcp}`] }, common);
  return { code, words: lines.join('') };
}

test('beside another server of addresses full is in the way, and not only a remark', async () => {
  const { code, words } = await said(check, office);
  expect(code).toBe(2);
  expect(words).not.toContain('Nothing stands in the way');
  expect(words.match(/192\.168\.67\.254 \(would give .*\[serve\/foreign-dhcp\]/g)).toHaveLength(1);
  expect(words.indexOf('serve/foreign-dhcp')).toBeLessThan(words.indexOf('Tried on the outside'));
  // Beside a proxy it is as it should be.
  expect(await said(check, office, 'proxy')).toMatchObject({
    code: 0,
    words: expect.stringMatching(/✓ server\.serve\.dhcp: 192\.168\.67\.254 gives the addresses/),
  });
});

test.each([
  ['cannot link\n', 2, /In the way:\n.*eno2 has no link.*plug its cable in.*serve\/no-link/],
  ['cannot Network is down\n', 2, /In the way:\n.*: Network is down; .*serve\/dhcp-unasked/],
  ['cannot root\n', 0, /! server\.serve\.dhcp: only root can ask .*`sudo`.*serve\/dhcp-unasked/],
])('check says that it could not ask: %j', async (wire, code, words) => {
  const found = await said(check, wire);
  expect(found.words).toMatch(words);
  expect(found.words).not.toContain('no other DHCP server answers');
  expect(found.code).toBe(code);
});

test.each([
  ['asked eno2\n', 'full', 0, /DHCP on eno2\n {2}nobody else answers\n/],
  [office, 'full', 3, /✗ another DHCP server answers on eno2: 192[\s\S]*\[wire\/foreign-dhcp\]/],
  [office, 'proxy', 0, /DHCP on eno2\n {2}192\.168\.67\.254 \(would give /],
  ['asked eno2\n', 'proxy', 3, /\[wire\/no-dhcp\]/],
  ['cannot root\n', 'full', 0, /DHCP on eno2\n {2}could not be asked: only root can \(`sudo`\)\n/],
  ['cannot link\n', 'full', 3, /could not be asked: it has no link\n[\s\S]*\[wire\/no-link\]/],
  ['', 'full', 3, /could not be asked: see the problems below\n[\s\S]*\[wire\/unasked\]/],
] as const)('status with %j and %s ends with %i', async (wire, dhcp, code, words) => {
  const found = await said(status, wire, dhcp);
  expect(found.words).toMatch(words);
  expect(found.code, found.words).toBe(code);
  expect(found.words.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
