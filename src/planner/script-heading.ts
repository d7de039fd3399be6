import { render } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { quote } from './quote.ts';

/** What stands before the steps: where things lie, and the words that the steps are written in. */
export function heading(plan: Plan, secrets: readonly string[]): readonly string[] {
  return [
    '#!/bin/sh',
    `# ${render(plan.title)}. Written by sidus; does what \`sidus apply\` does, without it.`,
    ...plan.notes.map((note) => `# Note: ${oneLine(render(note))}`),
    ...(secrets.length === 0
      ? []
      : [`# Needs SIDUS_SECRETS: a directory with the files ${secrets.join(' ')}`]),
    'set -eu',
    'umask 022',
    `ROOT=\${SIDUS_ROOT:-${quote(plan.root === '/' ? '' : plan.root)}}`,
    'SCRIPTS=$(mktemp -d)',
    `trap 'rm -rf -- "$SCRIPTS"' EXIT`,
    `say() { printf '== %s\\n' "$*"; }`,
    ...(secrets.length === 0
      ? []
      : [
          `: "\${SIDUS_SECRETS:?a directory with the secrets, one file for each}"`,
          // A final line break of the file is not part of the secret.
          `secret() { printf '%s' "$(cat -- "$SIDUS_SECRETS/$1")"; }`,
        ]),
    '# own OWNER GROUP MODE PATH BASE: names are those of the place that starts at BASE',
    'number() {',
    '  if [ "$2" = root ]; then echo 0; return; fi',
    `  awk -F: -v name="$2" '$1 == name {print $3; exit}' "$1"`,
    '}',
    'own() {',
    '  chown -h "$(number "$5/etc/passwd" "$1"):$(number "$5/etc/group" "$2")" -- "$4"',
    '  chmod "$3" -- "$4"',
    '}',
    '# put OWNER GROUP MODE PATH BASE: standard input becomes the file',
    'put() {',
    '  mkdir -p -- "$(dirname -- "$4")"',
    '  cat >"$4.sidus-new"',
    '  own "$1" "$2" "$3" "$4.sidus-new" "$5"',
    '  mv -T -- "$4.sidus-new" "$4"',
    '}',
    '# directory OWNER GROUP MODE PATH BASE',
    'directory() { mkdir -p -- "$4"; own "$@"; }',
    '# inside BASE PATH: where a path of a tree is on disk, its links followed below BASE',
    `inside() { printf '%s%s' "$1" "$(chroot "$1" readlink -e "$2")"; }`,
    '# confined COMMAND...: in namespaces of its own, so that nothing it starts or mounts outlives it',
    'confined() {',
    '  unshare --mount --pid --fork --kill-child --propagation private -- "$@"',
    '}',
    '# in_tree TREE COMMAND...: in the cord of that tree',
    'in_tree() {',
    '  unshare --mount --pid --fork --kill-child --propagation private --net --ipc --uts -- \\',
    '    sh "$SCRIPTS/cord" "$@"',
    '}',
    'in_tree_with_network() {',
    '  cache=$1; shift; mkdir -p -- "$cache"',
    '  unshare --mount --pid --fork --kill-child --propagation private -- \\',
    '    sh "$SCRIPTS/cord" --bind "$cache" /var/cache/apt/archives "$@"',
    '}',
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
