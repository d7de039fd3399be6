import { layout } from './layout.ts';
import { inTree, type PlacePath } from './place.ts';

/**
 * How clients get a version: `files`, each when it is wanted, or one `image` (erofs) of the same
 * version beside it, of which they fetch compressed pieces (design.md 4, boot.md 9).
 */
export const forms = ['files', 'image'] as const;
export type Form = (typeof forms)[number];

/** The image, in its directory. The kernel's command line names it to the boot script. */
export const imageName = 'root.erofs';

/** A directory for each image, because what NFS exports is a directory. */
export function imageDirectory(tree: string, version: number): string {
  return `${layout.trees}/${tree}/images/${version}`;
}

/** The directory that a client of this version mounts over NFS. */
export function exportedAt(tree: string, version: number, form: Form): PlacePath {
  return form === 'files'
    ? { place: inTree(tree, version), path: '' }
    : { place: 'server', path: imageDirectory(tree, version) };
}
