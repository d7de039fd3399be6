import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  conflicting,
  isExclusion,
  isPackageName,
  mapExclusions,
  mapNames,
  type Suite,
} from '../../src/features/package-names.ts';

const suites: readonly Suite[] = ['trixie', 'bookworm'];
const preset: unknown = parse(readFileSync('presets/cbp-2013.yaml', 'utf8'));

/** The list of that name, wherever the schema of the day keeps it. */
function list(key: string, node: unknown = preset): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  for (const [name, value] of Object.entries(node)) {
    if (name === key && Array.isArray(value)) return value.map(String);
    const found = list(key, value);
    if (found.length > 0) return found;
  }
  return [];
}

test('a name of today passes', () => {
  expect(mapNames(['vim', 'htop', 'nosuchpackage'], 'trixie')).toEqual({
    names: ['vim', 'htop', 'nosuchpackage'],
    mapped: [],
  });
});

test('order is kept and a name is used once', () => {
  const { names } = mapNames(['vim', 'iproute', 'nano', 'iproute2', 'vim'], 'trixie');
  expect(names).toEqual(['vim', 'iproute2', 'nano']);
});

test.each([
  ['btrfs-tools', ['btrfs-progs']],
  ['bsdmainutils', ['bsdextrautils', 'ncal', 'calendar']],
  ['cups-pdf', ['printer-driver-cups-pdf']],
  ['python-ldap', ['python3-ldap']],
  ['linux-image-3.2.0-4-amd64', ['linux-image-amd64']],
  ['libnss-ldap', ['sssd-ldap', 'libnss-sss']],
  ['aufs-tools', []],
  ['libssl1.0.0', []],
  ['ssmtp', ['msmtp-mta']],
])('%s is now %j', (name, becomes) => {
  for (const suite of suites) expect(mapNames([name], suite).names).toEqual(becomes);
});

test('what is changed says why', () => {
  expect(mapNames(['aufs-tools'], 'trixie').mapped).toEqual([
    { name: 'aufs-tools', becomes: [], why: 'AUFS is gone; overlayfs is part of the kernel' },
  ]);
});

test('firmware of network cards comes with firmware-linux, by suite', () => {
  expect(mapNames(['firmware-linux'], 'bookworm').names).toContain('firmware-bnx2x');
  expect(mapNames(['firmware-linux'], 'bookworm').names).not.toContain('firmware-mediatek');
  expect(mapNames(['firmware-linux'], 'trixie').names).toContain('firmware-mediatek');
});

test('with nslcd the old LDAP packages become nslcd, and nscd may stay', () => {
  const wanted = ['libnss-ldap', 'libpam-ldap', 'nscd'];
  expect(mapNames(wanted, 'trixie', 'nslcd').names).toEqual([
    'libnss-ldapd',
    'nslcd',
    'libpam-ldapd',
    'nscd',
  ]);
  expect(mapNames(wanted, 'trixie').names).not.toContain('nscd');
});

test('what is dropped when wanted may still be kept out', () => {
  const out = ['isc-dhcp-client', 'nscd', 'libstdc++6', 'gridengine-*'];
  expect(mapExclusions(out, 'trixie')).toEqual({ names: out, mapped: [] });
  expect(mapExclusions(['firmware-linux'], 'trixie').names).toEqual(['firmware-linux']);
});

test('excluded names by suite', () => {
  expect(mapExclusions(['exim'], 'trixie').names).toEqual(['exim4*']);
  expect(mapExclusions(['g++-doc'], 'trixie').names).toEqual(['gcc-14-doc']);
  expect(mapExclusions(['g++-doc'], 'bookworm').names).toEqual(['gcc-12-doc']);
  expect(mapExclusions(['libhdf5-1.8'], 'trixie').names).toEqual([]);
});

test('conflicting finds names and globs', () => {
  expect(conflicting(['vim', 'nano'], ['exim', 'nano'])).toEqual(['nano']);
  expect(conflicting(['gridengine-client', 'vim'], ['gridengine-*'])).toEqual([
    'gridengine-client',
  ]);
  expect(conflicting(['g++', 'gxx'], ['g++'])).toEqual(['g++']);
});

test.each(['', 'x', 'Foo', 'foo;rm -rf /', '-oFoo=bar', 'a\nb', 'foo*', 'foo/sid', 'foo=1', 'a:b'])(
  '%j is no package name',
  (name) => expect(isPackageName(name)).toBe(false),
);

test('globs are for exclusions only, and a lone star is none', () => {
  expect(isPackageName('g++')).toBe(true);
  expect(isExclusion('gridengine-*')).toBe(true);
  expect(isExclusion('*')).toBe(false);
  expect(isExclusion('a?')).toBe(false);
});

describe('the lists of 2013', () => {
  test('are whole: 120 names wanted, 50 kept out, nano in both', () => {
    expect(list('include')).toHaveLength(120);
    expect(list('exclude')).toHaveLength(50);
    expect(conflicting(list('include'), list('exclude'))).toEqual(['nano']);
  });

  test.each(suites)('hold names fit for apt when mapped for %s', (suite) => {
    const include = mapNames(list('include'), suite);
    const exclude = mapExclusions(list('exclude'), suite);
    expect(include.names.filter((name) => !isPackageName(name))).toEqual([]);
    expect(exclude.names.filter((name) => !isExclusion(name))).toEqual([]);
    expect(include.names.filter((name) => name.startsWith('lib'))).toEqual([
      'libnet-ldap-perl',
      'libnss-sss',
      'libpam-sss',
    ]);
    for (const { why } of [...include.mapped, ...exclude.mapped]) expect(why).not.toBe('');
  });
});
