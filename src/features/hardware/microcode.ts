import type { Extra } from './extra.ts';

export const microcode: Extra = {
  id: 'microcode',
  title: 'Microcode',
  component: 'non-free-firmware',
  help: 'Repairs of the processors themselves, by Intel and AMD.',
  packages: () => ['amd64-microcode', 'intel-microcode'],
};
