import type { Extra } from './extra.ts';

/** Network and graphics firmware. firmware-linux alone has none for network cards (debian.md 1). */
export const firmware: Extra = {
  id: 'firmware',
  component: 'non-free-firmware',
  help: 'network and graphics chips, 123 MB',
  packages: (suite) => [
    'firmware-linux',
    'firmware-amd-graphics',
    'firmware-atheros',
    'firmware-bnx2',
    'firmware-bnx2x',
    'firmware-cavium',
    'firmware-iwlwifi',
    'firmware-misc-nonfree',
    'firmware-myricom',
    'firmware-netxen',
    'firmware-qlogic',
    'firmware-realtek',
    ...(suite === 'trixie'
      ? [
          'firmware-intel-graphics',
          'firmware-intel-misc',
          'firmware-mediatek',
          'firmware-nvidia-graphics',
        ]
      : []),
  ],
};
