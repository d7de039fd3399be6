import { accountModels } from './believable-accounts.ts';
import { directoryModels } from './believable-directory.ts';
import { clientsAppear } from './believable-leases.ts';
import { believableOverview } from './believable-overview.ts';
import { removalModels } from './believable-removal.ts';
import { treeModels } from './believable-tree.ts';
import { believableTrials } from './believable-trials.ts';
import type { Model } from './memory.ts';
import { model, putLink, quiet, says, textOf, type Work } from './modelling.ts';

/** What the commands of our plans do to a world in memory. What they say meanwhile: believable-words.ts. */

const enableInTree: Work = (world, root, [name = '']) => {
  world.change(`enable ${name}`);
  const text = textOf(world, `${root}/etc/systemd/system/${name}`);
  for (const [, target] of text.matchAll(/^WantedBy=(\S+)$/gm)) {
    putLink(world, `${root}/etc/systemd/system/${target}.wants/${name}`, `../${name}`);
  }
  return {};
};

const systemctl: Work = (world, root, [verb = '', ...rest]) => {
  const name = rest.at(-1) ?? '';
  if (root !== '') {
    const own = `${root}/etc/systemd/system/${name}`;
    if (verb === 'unmask' && textOf(world, own) === '/dev/null') world.nodes.delete(own);
    return verb === 'enable' ? enableInTree(world, root, [name], {}) : {};
  }
  const unit = world.units.get(name) ?? { enabled: 'disabled', active: false };
  if (verb === 'is-enabled') return { stdout: `${unit.enabled}\n` };
  if (verb === 'is-active') return { code: unit.active ? 0 : 3 };
  world.change(`systemctl ${verb} ${name}`);
  if (verb === 'daemon-reload') return {};
  const enabled =
    verb === 'enable'
      ? 'enabled'
      : verb === 'disable'
        ? 'disabled'
        : verb === 'mask'
          ? 'masked'
          : unit.enabled;
  const now = rest.includes('--now');
  const starts = ['start', 'restart'].includes(verb) || (verb === 'enable' && now);
  const stops = verb === 'stop' || (['disable', 'mask'].includes(verb) && now);
  const active = starts || (unit.active && !stops);
  world.units.set(name, { enabled, active });
  return {};
};

/** Facts that are asked of a shell, told apart by what they look for. */
const shellFacts: Work = (world, _, [script = '', , at = '', ...rest]) => {
  if (script.includes('-qx dhcp-authoritative')) {
    const conf = textOf(world, rest[0] ?? '').split('\n');
    const gives = conf.includes(`interface=${at}`) && conf.includes('dhcp-authoritative');
    return { code: gives && world.units.get('sidus-dnsmasq.service')?.active === true ? 0 : 1 };
  }
  if (script.includes('df ')) return { stdout: 'Avail Type\n250000000000 ext4\n' };
  if (script.includes('/etc/default/locale')) return { stdout: 'LANG=en_US.UTF-8\n' };
  const below = [...world.nodes.keys()].flatMap((key) =>
    key.startsWith(`${at}/`) ? [key.slice(at.length + 1)] : [],
  );
  if (script.includes('*/versions/[1-9]*/')) {
    const versions = below.filter((path) =>
      /^[^/]+\/versions\/[1-9]\d*\/etc\/sidus\/version$/.test(path),
    );
    return { stdout: versions.map((path) => `${path}\n`).join('') };
  }
  if (script.includes('*/images/[1-9]*/')) {
    const images = below.filter((path) => /^[^/]+\/images\/[1-9]\d*\/root\.erofs$/.test(path));
    return { stdout: images.map((path) => `${path}\n`).join('') };
  }
  if (script.includes('pxelinux.cfg/01-*')) {
    const entries = below.filter(
      (path) =>
        /^(pxelinux\.cfg\/|grub\/grub\.cfg-|ipxe\/)01-/.test(path) &&
        /^# Written by sidus/m.test(textOf(world, `${at}/${path}`)),
    );
    return { stdout: entries.map((path) => `${path}\n`).join('') };
  }
  return undefined;
};

/** The facts of a server such as somebody may have. */
const facts: readonly Model[] = [
  says(
    'cat /etc/os-release',
    'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  ),
  says('dpkg --print-architecture', 'amd64\n'),
  says('test -d /run/systemd/system', ''),
  // One card to the house, one to the clients.
  says(
    'ip -4 -json address',
    JSON.stringify([
      { ifname: 'eno1', addr_info: [{ family: 'inet', local: '192.168.1.10', prefixlen: 24 }] },
      { ifname: 'eno2', addr_info: [{ family: 'inet', local: '192.168.67.1', prefixlen: 24 }] },
    ]),
  ),
  says('ip -json link show', '[{"ifname":"lo"},{"ifname":"eno1"},{"ifname":"eno2"}]'),
  says('ip -4 -json route', '[{"dst":"default","gateway":"192.168.1.1","dev":"eno1"}]'),
  says('cat /etc/resolv.conf', 'nameserver 192.168.1.1\n'),
  says(
    'apt-get indextargets',
    'http://mirror.example/debian trixie stable\nhttp://mirror.example/debian-security trixie-security stable-security\n',
  ),
  says('readlink /etc/localtime', '/usr/share/zoneinfo/Europe/Paris\n'),
  says('cat /etc/default/keyboard', 'XKBLAYOUT="us"\n'),
  model('sh -c', shellFacts),
  model('test ! -e', (world, _, words) => {
    const paths = words.filter((word) => word.startsWith('/'));
    return { code: paths.some((path) => world.nodes.has(path)) ? 1 : 0 };
  }),
  // No /dev/kvm: what a rehearsal takes without it is what its estimates rest on.
  model('test -w /dev/kvm', () => ({ code: 1 })),
  says('sh asset:solve', 'status ok\nsize download 150000000 installed 600000000 packages 260\n'),
  model('dpkg-query', (world) => ({
    stdout: [...world.serverPackages]
      .map((name) => `Package: ${name}\nStatus: install ok installed\nProvides: \n`)
      .join('\n'),
  })),
];

export const believable: readonly Model[] = [
  ...believableOverview,
  ...believableTrials,
  ...facts,
  ...removalModels,
  ...treeModels,
  ...accountModels,
  ...directoryModels,
  clientsAppear,
  quiet('apt-get update'),
  quiet('dpkg --configure'),
  model('systemctl', systemctl),
  quiet('dpkg-reconfigure'),
  quiet('setupcon'),
  quiet('sh asset:export-versions'),
  // It always has as many as its files say.
  model('sh asset:nfs-threads', () => ({})),
  model('true', () => ({})),
  model('false', () => ({ code: 1 })),
];
