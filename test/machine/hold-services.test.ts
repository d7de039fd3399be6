import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';

// assets/hold-services on a server with a policy-rc.d of its own, and on one without. Which of the
// two this machine is does not matter: /usr/sbin is laid over in a mount namespace of the test.

let directory: string;
let before: ReturnType<typeof leftovers>;
beforeEach(() => {
  directory = temporaryDirectory('hold');
  before = leftovers(directory);
});
afterEach(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

/** Runs a script where /usr/sbin/policy-rc.d is what `policy` makes it, in the upper directory. */
function onServer(policy: string, script: string): string {
  return execFileSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'],
      ...['sh', '-euc'],
      `mkdir "$1/up" "$1/work"
${policy}
mount -t overlay -o "lowerdir=/usr/sbin,upperdir=$1/up,workdir=$1/work" sidus-test /usr/sbin
asked() { status=0; /usr/sbin/policy-rc.d ssh start || status=$?; echo "$1 $status"; }
${script}`,
      ...['sh', directory],
    ],
    { encoding: 'utf8' },
  );
}

const without = 'mknod "$1/up/policy-rc.d" c 0 0';
// The engine always gives it a mount namespace of its own.
const inside = `unshare --mount --propagation private -- sh assets/hold-services sh -c '/usr/sbin/policy-rc.d ssh start || echo "inside $?"'`;

describe('services are held back while packages are installed', () => {
  test('on a server without a policy, which has none afterwards', () => {
    const said = onServer(
      without,
      `[ ! -e /usr/sbin/policy-rc.d ]
${inside}
[ -e /usr/sbin/policy-rc.d ] || echo gone`,
    );
    expect(said).toBe('inside 101\ngone\n');
  });

  test('on a server with a policy of its own, which is as before', () => {
    const said = onServer(
      `printf '#!/bin/sh\\nexit 7\\n' >"$1/up/policy-rc.d"; chmod 755 "$1/up/policy-rc.d"`,
      `asked before; ${inside}; asked after`,
    );
    expect(said).toBe('before 7\ninside 101\nafter 7\n');
  });

  test('and allowed again when whoever held them was killed', () => {
    const said = onServer(
      without,
      `sh assets/hold-services sleep 4711 & holder=$!
until [ -x /usr/sbin/policy-rc.d ]; do :; done
asked held
kill -9 $holder
wait $holder || :
asked killed
${inside}
[ -e /usr/sbin/policy-rc.d ] || echo gone`,
    );
    expect(said).toBe('held 101\nkilled 0\ninside 101\ngone\n');
  });

  test('and the command’s own status comes out', () => {
    expect(onServer(without, 'sh assets/hold-services sh -c "exit 3" || echo "status $?"')).toBe(
      'status 3\n',
    );
  });
});
