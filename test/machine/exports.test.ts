import { expect, test } from 'vitest';
import { asset } from '../../src/core/assets.ts';
import { whereIs } from '../../src/core/layout.ts';
import { exportsFile, exportsPath } from '../../src/features/serve/exports.ts';
import { plannedFrom } from '../support/facts.ts';
import { readyWorkshop, testWorkshop } from '../support/workshop.ts';

// What is exported at once, by the real exportfs with tables of its own: no NFS server runs.

const { site } = plannedFrom({
  server: { network: { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 } },
  trees: { lab: {} },
});
const text = (versions: readonly number[]): string => {
  const given = versions.map((version) => ({ tree: 'lab', version, form: 'files' as const }));
  const parts = exportsFile(site, given);
  if (typeof parts === 'string') return parts;
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if (!('at' in part)) throw new Error('no secret is exported');
      return `${whereIs(part.at.place)}${part.at.path}`;
    })
    .join('');
};

test('ours come and go, and what others export stays, in files and out of them', async () => {
  const host = await readyWorkshop();
  const ran = await host.exec(
    testWorkshop,
    [
      'sh',
      '-c',
      `set -eu
cat >/tmp/export-versions
# Mounts of this command alone: the workshop's own files stay as they are.
cp -a /etc /tmp/etc; mount --bind /tmp/etc /etc
mount -t tmpfs none /var/lib/nfs; mount -t tmpfs none /srv
mkdir -p /etc/exports.d /srv/office /srv/cluster /srv/half /srv/nfsroot/lab/versions/1 /srv/nfsroot/lab/versions/2 /srv/nfsroot/lab/versions/3
: >/var/lib/nfs/etab
echo '/srv/office 10.0.0.0/24(ro,no_subtree_check,fsid=11111111-2222-3333-4444-555555555555)' >/etc/exports.d/office.exports
exportfs -ra
exportfs -o rw,no_subtree_check,fsid=7 10.0.0.9:/srv/cluster
exportfs -o ro,no_subtree_check 10.0.0.9:/srv/nfsroot/lab/versions/1
echo '/srv/half 10.0.0.0/24(ro,no_such_opt' >>/etc/exports.d/office.exports
state() { sed -E 's/^([^ \\t]+)\\t([^(]+)\\((r[ow]),.*$/\\1 \\2 \\3/' /var/lib/nfs/etab | sort; echo =; }
for file in "$3" "$4" "$5"; do
  printf '%s' "$file" >"$2"
  sh "$1" "$2" && echo whole || echo "status $?"
  state
done
sh "$1" "$2" 2>/dev/null || :
rm "$2"
sh "$1" "$2"; state
! sh "$1" 2>/dev/null`,
      'sh',
      '/tmp/export-versions',
      exportsPath,
      ...[
        [1, 2],
        [2, 3],
        [2, 9],
      ].map(text),
    ],
    { privateNetwork: true, patience: 60, stdin: asset('export-versions').content },
  );
  expect(ran.code, ran.stderr).toBe(0);
  const others = [
    '/srv/cluster 10.0.0.9 rw',
    '/srv/nfsroot/lab/versions/1 10.0.0.9 ro',
    '/srv/office 10.0.0.0/24 ro',
  ];
  const seen = ran.stdout.split('=\n').map((part) => part.trim().split('\n'));
  const ours = (lines: readonly string[] = []) => [
    ...new Set(
      lines
        .filter((line) => !others.includes(line))
        .map((line) => line.replace(/^(\/\S+) 192\.168\.67\.\S+ ro$/, '$1')),
    ),
  ];
  for (const lines of seen.slice(0, 4)) expect(lines).toEqual(expect.arrayContaining(others));
  const at1 = '/srv/nfsroot/lab/versions/';
  expect(ours(seen[0])).toEqual(['whole', `${at1}1`, `${at1}2`]);
  expect(ours(seen[1])).toEqual(['whole', `${at1}2`, `${at1}3`]);
  // What is not there is said, and keeps nothing else back.
  expect(ours(seen[2])).toEqual(['status 1', `${at1}2`, `${at1}9`]);
  expect(ran.stderr).toContain('/srv/nfsroot/lab/versions/9');
  expect(ours(seen[3])).toEqual([]);
});
