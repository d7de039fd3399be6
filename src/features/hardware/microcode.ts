import type { Extra } from './extra.ts';

export const microcode: Extra = {
  id: 'microcode',
  component: 'non-free-firmware',
  help: 'repairs of Intel and AMD chips',
  packages: () => ['amd64-microcode', 'intel-microcode'],
};
