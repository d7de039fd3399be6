import { assets } from '../../core/assets.ts';
import { type Effect, file, run, unit } from '../../core/effect.ts';
import type { TreePlace } from '../../core/place.ts';

const inTree = assets.filter(({ name }) => name.startsWith('tree/'));
const initramfs = (name: string): boolean =>
  name.startsWith('tree/etc/initramfs-tools/') ||
  // What the hook takes into the initrd, and who runs it.
  ['tree/usr/lib/sidus/ask-time', 'tree/usr/lib/sidus/make-initrd'].includes(name);

function put(place: TreePlace, wanted: (name: string) => boolean): readonly Effect[] {
  return inTree
    .filter(({ name }) => wanted(name))
    .map(({ name, content, mode }) => file(place, name.slice('tree'.length), content, { mode }));
}

/** Our units and the scripts they run, as they lie under assets/tree. */
export function unitEffects(place: TreePlace): readonly Effect[] {
  const units = inTree.flatMap(({ name, content }) =>
    /^tree\/etc\/systemd\/system\/[^/]+\.service$/.test(name) && content.includes('[Install]')
      ? [unit(place, name.slice(name.lastIndexOf('/') + 1), 'enabled')]
      : [],
  );
  return [...put(place, (name) => !initramfs(name)), ...units];
}

/** What boots the tree. Made once, at the end: it is a third of the CPU of a build (boot.md 9). */
export function initrdEffects(place: TreePlace): readonly Effect[] {
  return [...put(place, initramfs), run(place, ['/usr/lib/sidus/make-initrd'])];
}

/** File capabilities do not travel over NFS: the list is made here, and restored at boot (debian.md 7). */
export function capabilityEffects(place: TreePlace): readonly Effect[] {
  return [run(place, ['/usr/lib/sidus/list-capabilities'])];
}
