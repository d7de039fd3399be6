import { z } from 'zod';
import { say } from '../../core/message.ts';
import { ask } from '../../core/question.ts';
import type { TreeTopic } from '../feature.ts';
import type { Extra } from './extra.ts';
import { firmware } from './firmware.ts';
import { microcode } from './microcode.ts';

/** In the order in which they are offered. */
export const extras: readonly Extra[] = [firmware, microcode];

const ids = extras.map(({ id }) => id) as [string, ...string[]];

const answers = z.strictObject({
  extras: ask(
    z
      .array(
        z.enum(ids, {
          error: ({ input }) =>
            `${JSON.stringify(input)} is no extra; choose among ${ids.join(', ')}`,
        }),
      )
      .default([]),
    {
      title: 'What does the hardware of the clients need?',
      help: 'In doubt: firmware and microcode for real machines, none for virtual ones.',
      choices: ids,
      labels: Object.fromEntries(extras.map(({ id, help }) => [id, help])),
    },
  ),
});

export const hardware: TreeTopic<'hardware', typeof answers> = {
  id: 'hardware',
  title: 'Hardware',
  help: 'What real machines need beside the kernel.',
  scope: 'tree',
  answers,
  packages: ({ hardware: given, tree: { suite } }) =>
    extras.filter(({ id }) => given.extras.includes(id)).flatMap((extra) => extra.packages(suite)),
  problems: ({ name, answers: { hardware: given, tree } }) =>
    extras
      .filter(({ id }) => given.extras.includes(id))
      .filter(({ component }) => !tree.components.includes(component))
      .map(({ id, component }) => ({
        code: 'hardware/no-component',
        at: `trees.${name}.tree.components`,
        summary: say('{id} comes from {component}, which is left out', { id, component }),
        remedy: say('add {component} to `tree.components`, or take {id} from `hardware.extras`', {
          id,
          component,
        }),
      })),
  steps: () => [],
};
