import { script } from '../../core/assets.ts';
import { copy, type Effect, file, run } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import type { PlacePath } from '../../core/place.ts';
import type { Step, StepId } from '../../core/plan.ts';
import type { Site, TreeAnswers } from '../index.ts';
import { aptSources } from '../tree/archives.ts';

type Settings = TreeAnswers['tree'];

/** Loader, as the packages bring it, and as it is called over TFTP (debian.md 8). */
const loaders: readonly (readonly [from: string, to: string])[] = [
  ['usr/lib/PXELINUX/lpxelinux.0', 'lpxelinux.0'],
  ['usr/lib/syslinux/modules/bios/ldlinux.c32', 'ldlinux.c32'],
  ['usr/lib/shim/shimx64.efi.signed', 'shimx64.efi'],
  ['usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed', 'grubx64.efi'],
];

/** For UEFI beside another DHCP server: it asks ours for its script. Not signed. */
const ipxeLoader = ['usr/lib/ipxe/snponly.efi', 'snponly.efi'] as const;

const directoryOf = ({ suite }: Settings): string => `${layout.cache}/loaders/${suite}`;

function loaderAt(settings: Settings, from: string): PlacePath {
  return { place: 'server', path: `${directoryOf(settings)}/${from}` };
}

/** Takes them out of their packages, of which none is installed. */
export function fetchedLoaders(settings: Settings): readonly Effect[] {
  const fetched = directoryOf(settings);
  return [
    file('server', `${fetched}.sources`, aptSources(settings)),
    run(
      'server',
      [
        'sh',
        script('fetch-loaders'),
        { at: { place: 'server', path: fetched } },
        { at: { place: 'server', path: `${fetched}.sources` } },
        settings.suite,
      ],
      // The last that was added: what an older sidus fetched lacks it.
      { unless: { kind: 'exists', at: { place: 'server', path: `${fetched}/${ipxeLoader[0]}` } } },
    ),
  ];
}

/** Those that a site's clients fetch: where their packages bring them, and their names over TFTP. */
export function servedLoaders({ server }: Site): readonly (readonly [from: string, to: string])[] {
  return [...loaders, ...(server.serve.dhcp === 'proxy' ? [ipxeLoader] : [])];
}

export function loadersStep(site: Site, settings: Settings): Step {
  const { dhcp } = site.server.serve;
  return {
    id: 'serve/loaders',
    title: say('Put the boot loaders where clients fetch them'),
    why:
      dhcp === 'proxy'
        ? say('lpxelinux for a BIOS; iPXE for UEFI, as shim and GRUB would ask the other server.')
        : say('lpxelinux for a BIOS; shim and GRUB, both signed, for UEFI.'),
    seconds: 10,
    after: Object.keys(site.trees).map((tree): StepId => `tree/${tree}/tools`),
    effects: [
      ...fetchedLoaders(settings),
      ...servedLoaders(site).map(([from, to]) =>
        copy(loaderAt(settings, from), 'server', `${layout.tftp}/${to}`),
      ),
    ],
  };
}
