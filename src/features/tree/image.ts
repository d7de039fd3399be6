import { script } from '../../core/assets.ts';
import { directory, file, run } from '../../core/effect.ts';
import type { Facts } from '../../core/fact.ts';
import { imageDirectory, imageName } from '../../core/form.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import { inTree } from '../../core/place.ts';
import type { Step, StepId } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { phase } from '../phases.ts';
import { filesystemId } from '../serve/exports.ts';
import { imagesToMake } from '../serve/images.ts';
import { aptSources } from './archives.ts';

/** Of the stable suite, whatever the tree is: it knows all that older kernels read, and more. */
const suite = 'trixie';

const stepId = (tree: string, version: number): StepId => `tree/${tree}/image-${version}`;

/** The steps that make a tree's images: what hands them out comes after these. */
export function imageStepIds(site: Site, facts: Facts, tree: string): readonly StepId[] {
  return imagesToMake(site, facts, tree).map((version) => stepId(tree, version));
}

/**
 * Makes the images that somebody is to boot, each beside its version and of it: the version itself
 * is only read. The tool is taken out of its packages, of which none is installed.
 */
export function imageSteps(site: Site, facts: Facts, tree: string): readonly Step[] {
  const settings = site.trees[tree]?.tree;
  const versions = imagesToMake(site, facts, tree);
  if (settings === undefined || versions.length === 0) return [];
  const tools = `${layout.cache}/image-tools/${tree}`;
  const toolsId: StepId = `tree/${tree}/image-tools`;
  return [
    {
      id: toolsId,
      title: say('Fetch the tool that makes images'),
      why: say('mkfs.erofs packs a version into one file; nothing is installed on the server.'),
      phase: phase.publishing(tree),
      seconds: 10,
      after: [`tree/${tree}/tools`],
      effects: [
        file(
          'server',
          `${tools}.sources`,
          aptSources({ ...settings, suite, components: ['main'] }),
        ),
        run(
          'server',
          [
            'sh',
            script('fetch-image-tools'),
            { at: { place: 'server', path: tools } },
            { at: { place: 'server', path: `${tools}.sources` } },
            suite,
          ],
          { unless: { kind: 'exists', at: { place: 'server', path: `${tools}/complete` } } },
        ),
      ],
    },
    ...versions.map((version): Step => {
      const image = { place: 'server', path: imageDirectory(tree, version) } as const;
      return {
        id: stepId(tree, version),
        title: say('Make the image of {tree} version {version}', { tree, version }),
        why: say('Clients fetch compressed pieces of one file, and file capabilities come along.'),
        phase: phase.publishing(tree),
        seconds: 30,
        after: [toolsId, `tree/${tree}/version`],
        effects: [
          directory('server', image.path.slice(0, image.path.lastIndexOf('/'))),
          run(
            'server',
            [
              'sh',
              script('make-image'),
              { at: { place: inTree(tree, version), path: '' } },
              { at: image },
              filesystemId(tree, version, 'image'),
              { at: { place: 'server', path: tools } },
            ],
            { unless: { kind: 'exists', at: { ...image, path: `${image.path}/${imageName}` } } },
          ),
        ],
      };
    }),
  ];
}
