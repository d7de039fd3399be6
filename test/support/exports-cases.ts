import type { Export } from '../../src/features/exports-text.ts';

/** Below this directory lies what the cases export. */
export const exportedBelow = '/tmp/exported';

const at = exportedBelow;

/** exports(5) as people write it, and worse: what it is, the text, and what is served by it. */
export const exportsCases: readonly (readonly [string, string, readonly string[]])[] = [
  ['one client', `${at}/plain 10.0.0.1(ro,sync)\n`, [`${at}/plain 10.0.0.1 ro`]],
  ['no options are read-only', `${at}/plain 10.0.0.1\n`, [`${at}/plain 10.0.0.1 ro`]],
  [
    'several clients, tabs, and no end of the line',
    `${at}/plain\t10.0.0.1(rw)  10.0.0.0/24(ro)`,
    [`${at}/plain 10.0.0.1 rw`, `${at}/plain 10.0.0.0/24 ro`],
  ],
  [
    'a space before the options gives them to everybody',
    `${at}/plain 10.0.0.1 (rw)\n`,
    [`${at}/plain 10.0.0.1 ro`, `${at}/plain * rw`],
  ],
  [
    'comments, whole lines and behind',
    `# ${at}/old *(rw)\n  # again\n\n${at}/plain 10.0.0.1(ro) # ${at}/old *(rw)\n`,
    [`${at}/plain 10.0.0.1 ro`],
  ],
  ['no comment within a word', `${at}/ha#sh 10.0.0.1(ro)\n`, [`${at}/ha#sh 10.0.0.1 ro`]],
  [
    'a line that goes on',
    `${at}/plain \\\n\t10.0.0.1(rw) \\\n   10.0.0.2(ro)\n${at}/other 10.0.0.3\n`,
    [`${at}/plain 10.0.0.1 rw`, `${at}/plain 10.0.0.2 ro`, `${at}/other 10.0.0.3 ro`],
  ],
  ['a quoted path', `"${at}/old tree" 10.0.0.1(ro)\n`, [`${at}/old tree 10.0.0.1 ro`]],
  ['an escaped path', `${at}/old\\040tree 10.0.0.1(rw)\n`, [`${at}/old tree 10.0.0.1 rw`]],
  ['a slash too many', `${at}/plain/ 10.0.0.1(ro)\n`, [`${at}/plain 10.0.0.1 ro`]],
  [
    'usual options, and one client with its own',
    `${at}/plain -rw,sync 10.0.0.1 10.0.0.2(ro)\n${at}/other 10.0.0.3\n`,
    [`${at}/plain 10.0.0.1 rw`, `${at}/plain 10.0.0.2 ro`, `${at}/other 10.0.0.3 ro`],
  ],
  ['the last word counts', `${at}/plain 10.0.0.1(ro,sync,rw)\n`, [`${at}/plain 10.0.0.1 rw`]],
  ['words that only look so', `${at}/plain 10.0.0.1(no_wdelay)\n`, [`${at}/plain 10.0.0.1 ro`]],
  [
    'names, wildcards, netgroups',
    `${at}/plain *.lab.example(ro) @pcs(rw)\n`,
    [`${at}/plain *.lab.example ro`, `${at}/plain @pcs rw`],
  ],
];

export function written({ path, to, writable }: Export): string {
  return `${path} ${to} ${writable ? 'rw' : 'ro'}`;
}
