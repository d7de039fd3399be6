import { exportedAt, type Form, imageName } from '../../core/form.ts';
import type { TextPart } from '../../core/text.ts';
import type { Site } from '../index.ts';

export interface BootChoice {
  readonly tree: string;
  readonly version: number;
  /** More words, later ones winning. */
  readonly options?: readonly string[];
  /** Instead of the tree's own layer. */
  readonly size?: string;
  /** Instead of the tree's own. */
  readonly form?: Form;
}

/**
 * The kernel command line of a client, as the boot script reads it. The only place where the
 * server's address and the version's path meet: no version holds either (design.md 4).
 */
export function commandLine(site: Site, server: string, choice: BootChoice): readonly TextPart[] {
  const { layer, size } = site.trees[choice.tree]?.persistence ?? { layer: 'memory', size: '50%' };
  const form = choice.form ?? site.trees[choice.tree]?.tree.form ?? 'files';
  return [
    `boot=sidus nfsroot=${server}:`,
    { at: exportedAt(choice.tree, choice.version, form) },
    ...(form === 'image' ? [` sidus.image=${imageName}`] : []),
    ` ip=dhcp sidus.clock=${site.server.serve.httpPort}`,
    ` sidus.layer=${layer},size=${choice.size ?? size}`,
    ...(choice.options ?? []).map((option) => ` ${option}`),
  ];
}
