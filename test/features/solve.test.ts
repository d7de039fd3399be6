import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  basePattern,
  parseSolve,
  type SolveRequest,
  solveArguments,
  solveInput,
} from '../../src/features/solve.ts';

/** Real output of assets/solve, with the name of the mirror changed. */
const recorded = (name: string): string => readFileSync(`test/facts/solve/${name}.out`, 'utf8');

describe('parseSolve', () => {
  test('ok', () => {
    expect(parseSolve(recorded('ok'))).toEqual({
      status: 'ok',
      packages: 160,
      downloadBytes: 60_128_764,
      installedBytes: 234_655_744,
    });
  });

  test('unknown names, with the nearest ones or the providers of a virtual one', () => {
    const solve = parseSolve(recorded('unknown'));
    if (solve.status !== 'unknown') throw new Error(solve.status);
    const nearest = Object.fromEntries(solve.names.map(({ name, nearest }) => [name, nearest]));
    expect(Object.keys(nearest)).toEqual([
      'emcas',
      'libreadline6',
      'mail-transport-agent',
      'openssh',
    ]);
    expect(nearest.emcas).toContain('emacs');
    expect(nearest.libreadline6).toContain('libreadline8t64');
    expect(nearest.openssh).toContain('openssh-server');
    expect(nearest['mail-transport-agent']).toEqual([
      'exim4-daemon-light',
      'exim4-daemon-heavy',
      'ssmtp',
      'sendmail-bin',
      'postfix',
    ]);
  });

  test.each([
    ['mirror-unresolved', 'Failed to fetch http://mirror.example/debian/dists/trixie/InRelease'],
    ['mirror-component', "Skipping acquire of configured file 'nonsense/binary-amd64/Packages'"],
  ])('%s is the mirror, not a name', (name, start) => {
    const solve = parseSolve(recorded(name));
    if (solve.status !== 'mirror') throw new Error(solve.status);
    expect(solve.detail.startsWith(start)).toBe(true);
  });

  test.each(['conflict-apt-2.6', 'conflict-apt-3.0'])('%s: the first line tells it', (name) => {
    const solve = parseSolve(recorded(name));
    if (solve.status !== 'conflict') throw new Error(solve.status);
    expect(solve.detail).toMatch(/^exim4-config : Conflicts: postfix but .* is to be installed\n/);
    expect(solve.detail).toContain('postfix : Conflicts: mail-transport-agent');
  });

  test('a package kept out is a conflict', () => {
    expect(parseSolve(recorded('conflict-pinned'))).toMatchObject({ status: 'conflict' });
  });

  test.each(['', 'status ok\n', 'sh: 1: oops\n'])('%j is no answer', (stdout) => {
    expect(parseSolve(stdout).status).toBe('unchecked');
  });

  test('unchecked', () => {
    expect(parseSolve(recorded('unchecked'))).toEqual({
      status: 'unchecked',
      detail: "'nano?sid' cannot be the name of a package",
    });
  });
});

const request: SolveRequest = {
  directory: '/var/cache/sidus/solve/trixie',
  suite: 'trixie',
  architecture: 'amd64',
  names: ['vim'],
  exclude: [],
  recommends: false,
};

test('what is asked', () => {
  expect(solveArguments(request)).toEqual([
    '--base',
    '?narrow(?or(?archive(^trixie$),?codename(^trixie$)),?architecture(amd64),' +
      '?or(?priority(required),?priority(important)),?not(?essential))',
    '/var/cache/sidus/solve/trixie',
    'trixie',
    'amd64',
    'vim',
  ]);
  expect(solveArguments({ ...request, recommends: true })[0]).toBe('--recommends');
  expect(solveInput('Types: deb\n\n', 'Package: nano\n')).toBe(
    'Types: deb\n--- preferences ---\nPackage: nano\n',
  );
});

test('what is kept out is kept out of the base as well', () => {
  expect(basePattern('trixie', 'amd64', ['nano', 'libstdc++*'])).toContain(
    ',?not(?or(?false,?name("^nano$"),?name("^libstdc[+][+].*$")))',
  );
  expect(() => basePattern('trixie', 'amd64', ['x"),?name("y'])).toThrow(TypeError);
});

test.each(['foo;rm -rf /', '-oFoo=bar', '--refresh', '', 'a\nb', 'foo*', 'foo/sid', '?essential'])(
  'the script keeps %j from apt',
  (name) => {
    const { stdout, status } = spawnSync(
      'sh',
      ['assets/solve', '/nonexistent/solve', 'trixie', 'amd64', 'vim', name],
      { input: '', encoding: 'utf8' },
    );
    expect(status).toBe(2);
    expect(stdout).toMatch(/^status unchecked '.*' cannot be the name of a package\n$/);
  },
);

test('the script refuses a directory it cannot quote, and the root', () => {
  for (const directory of ['/', 'relative', '/tmp/a"b', '/tmp/a\nb']) {
    const { stdout } = spawnSync('sh', ['assets/solve', directory, 'trixie', 'amd64', 'vim'], {
      input: '',
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^status unchecked the directory must/);
  }
});
