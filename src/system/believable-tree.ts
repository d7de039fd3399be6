import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { imageName } from '../core/form.ts';
import { addGroupsOf, lines, usualGroups } from './believable-accounts.ts';
import { kernelOf, type Package, packageOf, packagesOf } from './believable-packages.ts';
import type { MemorySystem, Model } from './memory.ts';
import {
  installedIn,
  model,
  put,
  putDirectory,
  putLink,
  suiteOf,
  textOf,
  type Work,
} from './modelling.ts';

/** What is done to a tree in memory: as much of it as a client that boots it can tell. */

/** Files that have a capability, by the package that brings them. */
const capabilities: Readonly<Record<string, string>> = {
  'gnome-keyring': 'cap_ipc_lock=ep /usr/bin/gnome-keyring-daemon',
  mtr: 'cap_net_raw=ep /usr/bin/mtr-packet',
  'mtr-tiny': 'cap_net_raw=ep /usr/bin/mtr-packet',
};

function install(world: MemorySystem, root: string, packages: readonly Package[]): void {
  const there = installedIn(world, root);
  const fresh = packages.filter(({ name }) => !there.has(name));
  const paragraphs = fresh.map(
    ({ name, version, kilobytes }) =>
      `Package: ${name}\nStatus: install ok installed\nInstalled-Size: ${kilobytes * 4}\nArchitecture: amd64\nVersion: ${version}\n\n`,
  );
  const status = `${root}/var/lib/dpkg/status`;
  put(world, status, textOf(world, status) + paragraphs.join(''));
  const names = fresh.map(({ name }) => name);
  addGroupsOf(world, root, names);
  // Its maintainer script makes keys: the same for every client, until they are taken away.
  if (names.includes('openssh-server')) {
    for (const type of ['rsa', 'ecdsa', 'ed25519']) {
      const key = `${root}/etc/ssh/ssh_host_${type}_key`;
      put(world, key, 'a key in memory\n', 0o600);
      put(world, `${key}.pub`, `ssh-${type} ${root}\n`);
    }
  }
}

/** The words of the bootstrap script, by name. */
export function bootstrapWords(world: MemorySystem, words: readonly string[]) {
  const [target = '', , sources = '', preferences = '', suite = '', , , , base = '', , ...names] =
    words;
  const pins = /^Package: (.+)$/m.exec(textOf(world, preferences))?.[1] ?? '';
  const mirror =
    /^URIs: (.+)$/m.exec(textOf(world, sources))?.[1] ?? 'http://mirror.example/debian';
  const kind = base === 'apt' ? 'workshop' : 'tree';
  const packages = packagesOf(kind, names, suite, new Set(pins.split(' ')));
  return { target, mirror, suite, kind, ...packages };
}

const bootstrap: Work = (world, _, words) => {
  const { target, suite, kind, essential, rest } = bootstrapWords(world, words);
  if (world.nodes.has(`${target}/usr`)) {
    return { code: 1, stderr: `bootstrap: ${target} is there already\n` };
  }
  world.change('bootstrap');
  for (const path of ['usr', 'etc', 'boot', 'var/lib/dpkg', 'var/log/journal']) {
    putDirectory(world, `${target}/${path}`);
  }
  put(world, `${target}/etc/passwd`, 'root:x:0:0:root:/root:/bin/bash\n');
  put(world, `${target}/etc/group`, usualGroups);
  put(world, `${target}/etc/shadow`, 'root:*:20000:0:99999:7:::\n', 0o640);
  put(world, `${target}/etc/hostname`, 'debian\n');
  put(world, `${target}/etc/machine-id`, 'uninitialized\n', 0o444);
  put(world, `${target}/etc/sidus/suite`, `${suite}\n`);
  putLink(world, `${target}/etc/localtime`, '/usr/share/zoneinfo/Etc/UTC');
  install(world, target, [...essential, ...rest]);
  if (kind === 'tree') {
    put(world, `${target}/boot/vmlinuz-${kernelOf(suite)}`, `kernel ${kernelOf(suite)}\n`);
    putLink(world, `${target}/vmlinuz`, `boot/vmlinuz-${kernelOf(suite)}`);
  }
  return {};
};

const installByApt: Work = (world, root, words) => {
  world.change('apt-get install');
  const names = words.slice(words.indexOf('--') + 1);
  if (root === '') for (const name of names) world.serverPackages.add(name);
  else
    install(
      world,
      root,
      names.map((name) => packageOf(name, suiteOf(world, root))),
    );
  return {};
};

function copyBelow(world: MemorySystem, from: string, to: string): void {
  for (const [key, node] of [...world.nodes]) {
    if (key === from || key.startsWith(`${from}/`)) world.put(to + key.slice(from.length), node);
  }
}

const publish: Work = (world, _, [home = '', tree = '', number = '']) => {
  const version = `${home}/versions/${number}`;
  if (world.nodes.has(`${version}/etc/sidus/version`)) return {};
  world.change('publish');
  copyBelow(world, `${home}/draft`, version);
  put(world, `${version}/etc/sidus/version`, `TREE=${tree}\nVERSION=${number}\n`);
  put(world, `${home}/last-version`, `${number}\n`);
  return {};
};

const deleteVersion: Work = (
  world,
  _,
  [what = '', home = '', tree = '', number = '', boot = ''],
) => {
  const current = textOf(world, `${posix.dirname(boot)}/current`);
  if (current === number) {
    return { code: 1, stderr: `delete-version: clients boot version ${number} of ${tree}\n` };
  }
  if (what === 'look') return {};
  world.change('delete-version');
  for (const directory of [`${home}/versions/${number}`, boot, `${home}/images/${number}`]) {
    for (const key of [...world.nodes.keys()]) {
      if (key === directory || key.startsWith(`${directory}/`)) world.nodes.delete(key);
    }
  }
  return {};
};

const loaders: Work = (world, _, [target = '']) => {
  world.change('fetch loaders');
  for (const path of [
    'usr/lib/PXELINUX/lpxelinux.0',
    'usr/lib/syslinux/modules/bios/ldlinux.c32',
    'usr/lib/shim/shimx64.efi.signed',
    'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
    'usr/lib/ipxe/snponly.efi',
  ]) {
    put(world, `${target}/${path}`, path);
  }
  return {};
};

/** The image is a text that says of which version it is. */
const makeImage: Work = (world, _, [version = '', images = '']) => {
  if (world.nodes.has(`${images}/${imageName}`)) return {};
  const stamp = textOf(world, `${version}/etc/sidus/version`);
  if (stamp === '') {
    return { code: 1, stderr: `make-image: ${version} is no published version\n` };
  }
  world.change('make-image');
  put(world, `${images}/${imageName}`, `image of ${stamp}`, 0o600);
  return {};
};

/** The initrd is a text that holds the boot script: a client finds there what was there then. */
const makeInitrd: Work = (world, root) => {
  const suite = suiteOf(world, root);
  world.change('make-initrd');
  const held = createHash('sha256').update(textOf(world, `${root}/var/lib/dpkg/status`));
  const script = textOf(world, `${root}/etc/initramfs-tools/scripts/sidus`);
  const initrd = `${root}/boot/initrd.img-${kernelOf(suite)}`;
  put(world, initrd, `initrd of ${held.digest('hex')}\n${script}`);
  putLink(world, `${root}/initrd.img`, `boot/initrd.img-${kernelOf(suite)}`);
  return {};
};

/** `fr_FR.UTF-8` is called `fr_FR.utf8` by `locale -a`, and on disk. */
const localeDirectory = (name: string): string =>
  `/usr/lib/locale/${name.replace(/\.UTF-8$/, '.utf8')}`;

export function wantedLocales(world: MemorySystem, root: string): readonly string[] {
  return lines(textOf(world, `${root}/etc/locale.gen`)).flatMap((line) =>
    line.startsWith('#') ? [] : [line.split(' ')[0] ?? ''],
  );
}

export const treeModels: readonly Model[] = [
  model('sh asset:bootstrap', bootstrap),
  model('sh asset:publish', publish),
  model('sh asset:delete-version', deleteVersion),
  model('sh asset:fetch-loaders', loaders),
  model('sh asset:fetch-image-tools', (world, _, [target = '']) => {
    world.change('fetch image tools');
    put(world, `${target}/complete`, '');
    return {};
  }),
  model('sh asset:make-image', makeImage),
  model('apt-get install', installByApt),
  model('/usr/lib/sidus/make-initrd', makeInitrd),
  model('/usr/lib/sidus/list-capabilities', (world, root) => {
    world.change('list-capabilities');
    const there = installedIn(world, root);
    const found = Object.entries(capabilities).flatMap(([name, line]) =>
      there.has(name) ? [line] : [],
    );
    const list = [...new Set(found)].sort().map((line) => `${line}\n`);
    put(world, `${root}/usr/lib/sidus/capabilities`, list.join(''));
    return {};
  }),
  model('locale-gen', (world, root) => {
    world.change('locale-gen');
    for (const key of [...world.nodes.keys()]) {
      if (key.startsWith(`${root}/usr/lib/locale/`)) world.nodes.delete(key);
    }
    for (const name of wantedLocales(world, root)) {
      putDirectory(world, root + localeDirectory(name));
    }
    return {};
  }),
  model('update-locale --reset', (world, root, [setting = '']) => {
    const name = setting.replace('LANG=', '');
    if (name !== 'C.UTF-8' && !world.nodes.has(root + localeDirectory(name))) {
      return { code: 1, stderr: '*** update-locale: Error: invalid locale settings:  LANG=\n' };
    }
    world.change('update-locale');
    // The suites keep it in different files (debian.md 4).
    const path = suiteOf(world, root) === 'bookworm' ? '/etc/default/locale' : '/etc/locale.conf';
    put(world, root + path, `${setting}\n`);
    return {};
  }),
];
