import { script } from '../core/assets.ts';
import { file, packages, run } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Place } from '../core/place.ts';
import type { Step } from '../core/plan.ts';
import type { TreeAnswers } from './index.ts';
import { phase } from './phases.ts';
import { fetchedLoaders } from './serve/loaders.ts';
import { aptPreferences, aptSources } from './tree/archives.ts';

/** Always of the stable suite, whatever the tree is: its tools are ours, not the client's. */
const suite = 'trixie';
export const workshop: Place = { workshop: suite };

/** What boots and serves a virtual client (boot.md 6, 8): none of it comes onto the server. */
export const rehearsalTools: readonly string[] = [
  'busybox',
  'dnsmasq-base',
  'ipxe-qemu',
  'iproute2',
  'netbase',
  'nfs-ganesha',
  'nfs-ganesha-vfs',
  'ovmf',
  'qemu-system-x86',
  'radvd',
  'seabios',
];

/** The small tree of our own that holds the tools of rehearsals. */
export function workshopStep(
  given: TreeAnswers,
  tools = rehearsalTools,
  name: string = suite,
): Step {
  const place: Place = { workshop: name };
  const at = `${layout.cache}/workshop/${name}`;
  return {
    id: 'workshop/tools',
    title: say('Build the workshop: the tools that boot a virtual client'),
    why: say('They live in a small tree of their own, so that the server gets none of them.'),
    phase: phase.rehearsing,
    seconds: 60,
    after: [],
    effects: [
      file('server', `${at}.sources`, aptSources(workshopArchives(given))),
      file('server', `${at}.preferences`, aptPreferences([])),
      run(
        'server',
        [
          'sh',
          script('bootstrap'),
          { at: { place, path: '' } },
          { at: { place: 'server', path: `${layout.cache}/${suite}` } },
          { at: { place: 'server', path: `${at}.sources` } },
          { at: { place: 'server', path: `${at}.preferences` } },
          suite,
          'amd64',
          // Neither what is recommended nor manuals: nobody lives here.
          ...(['no', 'no', 'apt', '-'] as const),
          ...tools,
        ],
        {
          unless: { kind: 'exists', at: { place, path: '/etc/sidus/suite' } },
          progress: 'mmdebstrap',
        },
      ),
      // A workshop of an older sidus lacks what this one needs.
      file(place, '/etc/apt/sources.list.d/sidus.sources', aptSources(workshopArchives(given))),
      packages(place, tools),
    ],
  };
}

/** Where the tools of rehearsals come from: the tree's mirror, and of that the free part. */
function workshopArchives({ tree }: TreeAnswers): TreeAnswers['tree'] {
  return { ...tree, suite, components: ['main'] };
}

/** The loaders of a tree's suite, for a rehearsal of the whole chain. */
export function rehearsalLoadersStep({ tree }: TreeAnswers): Step {
  return {
    id: 'workshop/loaders',
    title: say('Fetch the boot loaders that the virtual client starts'),
    why: say('lpxelinux for a BIOS; shim and GRUB, both signed, for UEFI.'),
    phase: phase.rehearsing,
    seconds: 10,
    effects: fetchedLoaders(tree),
  };
}
