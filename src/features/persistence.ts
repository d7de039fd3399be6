import { z } from 'zod';
import { ask } from '../core/question.ts';
import type { TreeTopic } from './feature.ts';

const answers = z.strictObject({
  layer: ask(
    z
      .enum(['memory'], {
        error: ({ input }) =>
          `${JSON.stringify(input)} is no layer; choose memory: a reboot restores the original`,
      })
      .default('memory'),
    {
      title: 'Where do changes on a client go?',
      help: 'The tree itself is read-only. In doubt: memory; there is no other place yet.',
      labels: { memory: 'its own RAM: a reboot restores the original' },
    },
  ),
  size: ask(
    z
      .string()
      .regex(
        /^([1-9][0-9]?%|[1-9][0-9]{0,5}[MG])$/,
        'is not a size; write a share of the memory such as 50%, or a size such as 2G',
      )
      .default('50%'),
    {
      title: 'How much may be written on a client before it is full?',
      help: 'A share of its memory (50%) or a size (2G, 800M). Only what is written takes memory. In doubt: 50%.',
      choices: ['25%', '50%', '75%', '1G', '2G', '4G'],
    },
  ),
});

/** The layer is made by the boot script; what it is told stands in the boot files (serve). */
export const persistence: TreeTopic<'persistence', typeof answers> = {
  id: 'persistence',
  title: 'Persistence',
  help: 'What a client writes, homes too, is gone at a reboot.',
  scope: 'tree',
  answers,
  steps: () => [],
};
