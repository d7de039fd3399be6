import { createHash } from 'node:crypto';
import type { Place } from '../core/place.ts';
import { believableOverview } from './believable-overview.ts';
import { believableTrials } from './believable-trials.ts';
import type { MemorySystem, Model } from './memory.ts';
import type { ExecOptions, Ran } from './system.ts';

/** What the commands of our plans do to a world in memory, and what they say meanwhile. */

type Work = (
  world: MemorySystem,
  root: string,
  words: readonly string[],
  options: ExecOptions,
) => Partial<Ran>;

const owned = { owner: 'root', group: 'root' } as const;
const kernel = '6.12.0-amd64';

function put(world: MemorySystem, key: string, content: string, mode = 0o644): void {
  world.put(key, { kind: 'file', content, mode, ...owned });
}

function putLink(world: MemorySystem, key: string, target: string): void {
  world.put(key, { kind: 'link', content: target, mode: 0o777, ...owned });
}

function textOf(world: MemorySystem, key: string): string {
  return world.nodes.get(key)?.content ?? '';
}

/** A command by its first words; `asset:` names one of our scripts. */
function model(command: string, work: Work): Model {
  const wanted = command.split(' ');
  return (world, place: Place, words, options) =>
    wanted.every((word, index) => words[index] === word)
      ? work(world, world.directory(place), words.slice(wanted.length), options)
      : undefined;
}

/** A command that only says something. */
const says = (command: string, stdout: string): Model => model(command, () => ({ stdout }));

/** A command that changes what no plan looks at. */
const quiet = (command: string): Model =>
  model(command, (world) => {
    world.change(command);
    return {};
  });

function install(world: MemorySystem, root: string, names: readonly string[]): string {
  let status = textOf(world, `${root}/var/lib/dpkg/status`);
  const lines: string[] = [];
  for (const name of names) {
    if (status.includes(`Package: ${name}\n`)) continue;
    status += `Package: ${name}\nStatus: install ok installed\n\n`;
    lines.push(`Unpacking ${name} (1.0-1) ...`, `Setting up ${name} (1.0-1) ...`);
  }
  put(world, `${root}/var/lib/dpkg/status`, status);
  return lines.join('\n');
}

function copyBelow(world: MemorySystem, from: string, to: string): void {
  for (const [key, node] of [...world.nodes]) {
    if (key === from || key.startsWith(`${from}/`)) world.put(to + key.slice(from.length), node);
  }
}

const bootstrap: Work = (world, _, words) => {
  const [target = '', , , , suite = '', , , , , ...names] = words;
  world.change('bootstrap');
  for (const path of ['usr', 'etc', 'boot', 'var/lib/dpkg']) {
    world.put(`${target}/${path}`, { kind: 'directory', content: '', mode: 0o755, ...owned });
  }
  const said = install(world, target, names);
  put(world, `${target}/etc/passwd`, 'root:x:0:0:root:/root:/bin/bash\n');
  put(world, `${target}/etc/shadow`, 'root:*:20000:0:99999:7:::\n', 0o640);
  put(world, `${target}/etc/hostname`, 'debian\n');
  put(world, `${target}/boot/vmlinuz-${kernel}`, 'a kernel');
  putLink(world, `${target}/vmlinuz`, `boot/vmlinuz-${kernel}`);
  put(world, `${target}/etc/sidus/suite`, `${suite}\n`);
  const fetched = names.map(
    (name, at) => `Get:${at + 1} mirror.example ${suite}/main amd64 ${name}`,
  );
  return {
    stdout: [`0 upgraded, ${names.length} newly installed, 0 to remove.`, ...fetched, said].join(
      '\n',
    ),
  };
};

const publish: Work = (world, _, [home = '', tree = '', number = '']) => {
  world.change('publish');
  copyBelow(world, `${home}/draft`, `${home}/versions/${number}`);
  put(world, `${home}/versions/${number}/etc/sidus/version`, `TREE=${tree}\nVERSION=${number}\n`);
  put(world, `${home}/last-version`, `${number}\n`);
  return { stdout: [1, 2, 3, 4].map((part) => `copied ${part * 100} of 400 MiB`).join('\n') };
};

const loaders: Work = (world, _, [target = '']) => {
  world.change('fetch loaders');
  for (const path of [
    'usr/lib/PXELINUX/lpxelinux.0',
    'usr/lib/syslinux/modules/bios/ldlinux.c32',
    'usr/lib/shim/shimx64.efi.signed',
    'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
    'complete',
  ]) {
    put(world, `${target}/${path}`, path);
  }
  return { stdout: 'Unpacking pxelinux\nUnpacking shim-signed' };
};

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
  if (root !== '') return verb === 'enable' ? enableInTree(world, root, [name], {}) : {};
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
  const active = ['start', 'restart'].includes(verb) || (verb !== 'stop' && unit.active);
  world.units.set(name, { enabled, active });
  return {};
};

const addUser: Work = (world, root, words) => {
  world.change('useradd');
  const name = words.at(-1) ?? '';
  const users = textOf(world, `${root}/etc/passwd`);
  put(world, `${root}/etc/passwd`, `${users}${name}:x:1000:1000::/home/${name}:/bin/bash\n`);
  return {};
};

const installByApt: Work = (world, root, words) => {
  world.change('apt-get install');
  const names = words.slice(words.indexOf('--') + 1);
  if (root === '') {
    for (const name of names) world.serverPackages.add(name);
    return { stdout: names.map((name) => `Setting up ${name} (1.0-1) ...`).join('\n') };
  }
  return { stdout: install(world, root, names) };
};

/** The facts of a server such as somebody may have. */
const facts: readonly Model[] = [
  says(
    'cat /etc/os-release',
    'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  ),
  says('dpkg --print-architecture', 'amd64\n'),
  says('test -d /run/systemd/system', ''),
  says(
    'ip -4 -json address',
    JSON.stringify([
      { ifname: 'eno1', addr_info: [{ family: 'inet', local: '192.168.67.1', prefixlen: 24 }] },
    ]),
  ),
  says('ip -4 -json route', '[{"gateway":"192.168.67.254"}]'),
  says('cat /etc/resolv.conf', 'nameserver 192.168.67.254\n'),
  says(
    'apt-get indextargets',
    'http://mirror.example/debian trixie stable\nhttp://mirror.example/debian-security trixie-security stable-security\n',
  ),
  says('readlink /etc/localtime', '/usr/share/zoneinfo/Europe/Paris\n'),
  says('cat /etc/default/keyboard', 'XKBLAYOUT="us"\n'),
  (_world, _place, words) =>
    words[0] === 'sh' && words[1] === '-c'
      ? {
          stdout: words.includes('df') ? 'Avail Type\n250000000000 ext4\n' : 'LANG=en_US.UTF-8\n',
        }
      : undefined,
  says('sh asset:solve', 'status ok\nsize download 150000000 installed 600000000 packages 260\n'),
  model('dpkg-query', (world) => ({
    stdout: [...world.serverPackages]
      .map((name) => `Package: ${name}\nStatus: install ok installed\nProvides: \n`)
      .join('\n'),
  })),
];

export const believable: readonly Model[] = [
  ...believableTrials,
  ...believableOverview,
  ...facts,
  model('sh asset:bootstrap', bootstrap),
  model('sh asset:publish', publish),
  model('sh asset:fetch-loaders', loaders),
  model('apt-get install', installByApt),
  quiet('apt-get update'),
  quiet('dpkg --configure'),
  model('systemctl', systemctl),
  model('useradd', addUser),
  model('/usr/lib/sidus/make-home', (world, root, [name = '']) => {
    world.change('make home');
    const home = { kind: 'directory', content: '', mode: 0o700, owner: name, group: name } as const;
    world.put(`${root}/home/${name}`, home);
    return {};
  }),
  quiet('usermod'),
  model('chpasswd', (world, _, __, { stdin }) => {
    if (stdin === undefined) return { code: 1, stderr: 'no password was given' };
    world.change('chpasswd');
    return {};
  }),
  model('getent passwd', (world, root, [name = '']) => ({
    code: new RegExp(`^${name}:`, 'm').test(textOf(world, `${root}/etc/passwd`)) ? 0 : 2,
  })),
  model('grep -q ^root:[*!]', (world, root) => ({
    code: /^root:[*!]/m.test(textOf(world, `${root}/etc/shadow`)) ? 0 : 1,
  })),
  model('/usr/lib/sidus/make-initrd', (world, root) => {
    world.change('make-initrd');
    const held = createHash('sha256').update(textOf(world, `${root}/var/lib/dpkg/status`));
    put(world, `${root}/boot/initrd.img-${kernel}`, held.digest('hex'));
    putLink(world, `${root}/initrd.img`, `boot/initrd.img-${kernel}`);
    return { stdout: `update-initramfs: Generating /boot/initrd.img-${kernel}` };
  }),
  quiet('/usr/lib/sidus/list-capabilities'),
  model('locale-gen', (world) => {
    world.change('locale-gen');
    return { stdout: 'Generating locales (this might take a while)...\nGeneration complete.' };
  }),
  quiet('update-locale'),
  quiet('dpkg-reconfigure'),
  quiet('setupcon'),
  quiet('exportfs'),
  says('perl asset:find-dhcp-servers', ''),
  model('true', () => ({})),
  model('false', () => ({ code: 1 })),
];
