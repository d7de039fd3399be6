import type { Fact, Facts } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Site } from '../index.ts';
import { rootDirectory } from '../server-facts.ts';
import { bootScript } from './ipxe.ts';
import { servedLoaders } from './loaders.ts';

/** What lies in the TFTP directory where ours would, and is not ours: paths below it. */
export function foreignFiles(site: Site): Fact<readonly string[]> {
  const texts = textsOf(site);
  const served = servedLoaders(site);
  return {
    id: `serve/foreign-files/${[...texts, ...served.map(([, to]) => to)].join(',')}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        '-c',
        // What cannot be read is not judged: only root is told.
        `cd "$1" 2>/dev/null || exit 0
fetched=$2
shift 2
while [ "$1" != -- ]; do
  if head -n 2 -- "$1" 2>/dev/null | grep -q "^# Written by sidus"; then echo "ours $1"
  elif [ -r "$1" ] || [ -h "$1" ]; then echo "text $1"; fi
  shift
done
shift
while [ $# -gt 1 ]; do
  known=no
  for one in "$fetched"/*/"$1"; do
    if cmp -s -- "$one" "$2"; then known=yes; fi
  done
  [ $known = yes ] || [ ! -r "$2" ] && [ ! -h "$2" ] || echo "loader $2"
  shift 2
done`,
        'foreign',
        { at: { place: 'server', path: layout.tftp } },
        { at: { place: 'server', path: `${layout.cache}/loaders` } },
        ...texts,
        '--',
        ...served.flat(),
      ],
    },
    otherwise: [],
    parse: parseForeignFiles,
  };
}

/**
 * A loader says nothing of who put it there. One that is not what we have fetched is ours where a
 * menu is: it came from an older package, and the cache was emptied since.
 */
export function parseForeignFiles(text: string): readonly string[] {
  const found = [...text.matchAll(/^(ours|text|loader) (.+)$/gm)];
  const isOurs = found.some(([, kind]) => kind === 'ours');
  return found.flatMap(([, kind, path = '']) =>
    kind === 'text' || (kind === 'loader' && !isOurs) ? [path] : [],
  );
}

/** The texts that loaders read first; the others lie in a directory of ours. */
function textsOf({ server, clients }: Site): readonly string[] {
  const isProxy = server.serve.dhcp === 'proxy';
  const own = clients.flatMap(({ mac }) => {
    const name = `01-${mac.replaceAll(':', '-')}`;
    return [
      `pxelinux.cfg/${name}`,
      `grub/grub.cfg-${name}`,
      ...(isProxy ? [`ipxe/${name}.ipxe`] : []),
    ];
  });
  return ['pxelinux.cfg/default', 'grub/grub.cfg', ...(isProxy ? [bootScript] : []), ...own];
}

/** Another lab boots from them: they are not replaced. */
export function foreignFilesProblems(site: Site, facts: Facts): readonly Problem[] {
  const found = facts.get(foreignFiles(site));
  if (found.length === 0) return [];
  const root = facts.get(rootDirectory);
  const directory = `${root === '/' ? '' : root}${layout.tftp}`;
  const more = found.length - 3;
  return [
    {
      code: 'serve/foreign-files',
      summary: say('{directory} holds boot files that sidus did not write: {list}', {
        directory,
        list: [...found.slice(0, 3), ...(more > 0 ? [`${more} more`] : [])].join(', '),
      }),
      remedy: say(
        'have whoever needs them served from {aside}, after `mv -T {directory} {aside}`',
        { directory, aside: `${directory}.before` },
      ),
    },
  ];
}
