import { script } from '../../core/assets.ts';
import { type Effect, file, run } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import type { PlacePath } from '../../core/place.ts';
import type { TreeAnswers } from '../index.ts';
import { aptSources } from '../tree/archives.ts';

type Settings = TreeAnswers['tree'];

/** Loader, as the packages bring it, and as it is called over TFTP (debian.md 8). */
export const loaders: readonly (readonly [from: string, to: string])[] = [
  ['usr/lib/PXELINUX/lpxelinux.0', 'lpxelinux.0'],
  ['usr/lib/syslinux/modules/bios/ldlinux.c32', 'ldlinux.c32'],
  ['usr/lib/shim/shimx64.efi.signed', 'shimx64.efi'],
  ['usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed', 'grubx64.efi'],
];

/** For UEFI beside another DHCP server: it asks ours for its script. Not signed. */
export const ipxeLoader = ['usr/lib/ipxe/snponly.efi', 'snponly.efi'] as const;

const directoryOf = ({ suite }: Settings): string => `${layout.cache}/loaders/${suite}`;

export function loaderAt(settings: Settings, from: string): PlacePath {
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
