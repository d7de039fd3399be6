import { createHash } from 'node:crypto';
import type { Place } from '../../src/core/place.ts';
import type { MemorySystem, Model } from '../../src/system/memory.ts';
import type { ExecOptions, Ran } from '../../src/system/system.ts';
import type { FakeSystem } from './fake-system.ts';
import { bringNfs, removing, withDependencies } from './removal-models.ts';

/**
 * What the commands of our plans do, as far as a plan can tell. Each change is announced before
 * it is made, so that a test can die in its place, and what a command makes is made of what it
 * reads: a command that ran too early leaves something else behind.
 */

const kernel = '6.12.0-amd64';
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

type Work = (
  world: FakeSystem,
  words: readonly string[],
  at: { readonly root: string; readonly place: Place; readonly options: ExecOptions },
) => Partial<Ran> | undefined;

const failed = (stderr: string, code = 1): Partial<Ran> => ({ code, stderr: `${stderr}\n` });

/** A command by its first words, or by our script. */
function model(command: string, work: Work): Model {
  const wanted = command.split(' ');
  return (memory: MemorySystem, place, words, options) =>
    wanted.every((word, index) => words[index] === word)
      ? work(memory as FakeSystem, words.slice(wanted.length), {
          root: memory.directory(place),
          place,
          options,
        })
      : undefined;
}

/** One that changes a tree: it may reach no network. */
function inTree(command: string, work: Work): Model {
  return model(command, (world, words, at) => {
    if (at.place === 'server') throw new Error(`${command} would change the server`);
    if (at.options.privateNetwork !== true) throw new Error(`${command} could reach the network`);
    return work(world, words, at);
  });
}

function statusOf(world: FakeSystem, root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const paragraph of world.text(`${root}/var/lib/dpkg/status`).split('\n\n')) {
    const [, name, state] = /^Package: (\S+)\nStatus: (.+)$/m.exec(paragraph) ?? [];
    if (name !== undefined && state !== undefined) found.set(name, state);
  }
  return found;
}

function keepStatus(world: FakeSystem, root: string, status: ReadonlyMap<string, string>): void {
  const paragraphs = [...status]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, state]) => `Package: ${name}\nStatus: ${state}\n\n`);
  world.makeNode(`${root}/var/lib/dpkg/status`, 'file', paragraphs.join(''));
}

/** What the maintainer scripts of a package leave in a tree. */
function setUp(world: FakeSystem, root: string, name: string): void {
  if (name === 'openssh-server') {
    for (const type of ['rsa', 'ecdsa', 'ed25519']) {
      world.makeNode(`${root}/etc/ssh/ssh_host_${type}_key`, 'file', 'one key for all', {
        mode: 0o600,
      });
      world.makeNode(`${root}/etc/ssh/ssh_host_${type}_key.pub`, 'file', 'one key for all');
    }
  }
  if (name === 'linux-image-amd64') {
    world.makeNode(`${root}/boot/vmlinuz-${kernel}`, 'file', `the kernel ${kernel}`);
    world.makeNode(`${root}/vmlinuz`, 'link', `boot/vmlinuz-${kernel}`);
    world.makeNode(`${root}/initrd.img`, 'link', `boot/initrd.img-${kernel}`);
  }
}

/** apt and dpkg: first everything is unpacked, then everything is set up. */
function setUpAll(world: FakeSystem, root: string): void {
  const status = statusOf(world, root);
  const half = [...status].filter(([, state]) => state.endsWith('unpacked'));
  if (half.length === 0) return;
  world.change(`set up ${half.map(([name]) => name).join(' ')}`);
  for (const [name] of half) {
    setUp(world, root, name);
    status.set(name, 'install ok installed');
  }
  keepStatus(world, root, status);
}

function setUpServer(world: FakeSystem): void {
  const half = world.halfInstalled.get('server') ?? new Set();
  if (half.size === 0) return;
  world.change(`set up ${[...half].join(' ')}`);
  for (const name of half) {
    world.serverPackages.add(name);
    // Debian enables what it installs; held back, it does not start.
    if (name === 'nfs-kernel-server') {
      if (!world.units.has('nfs-server.service')) {
        world.units.set('nfs-server.service', { enabled: 'enabled', active: false });
      }
      bringNfs(world);
    }
  }
  world.halfInstalled.delete('server');
}

function mustBeHeld({ place, options }: { place: Place; options: ExecOptions }): void {
  if (place === 'server' && (options.heldServices !== true || options.confined !== true)) {
    throw new Error('packages of the server would start their services');
  }
}

const installing: readonly Model[] = [
  model('dpkg-query', (world) => ({
    stdout: [
      ...[...world.serverPackages].map((name) => [name, 'installed'] as const),
      ...[...(world.halfInstalled.get('server') ?? [])].map((name) => [name, 'unpacked'] as const),
    ]
      .map(([name, state]) => `Package: ${name}\nStatus: install ok ${state}\nProvides: \n\n`)
      .join(''),
  })),
  model('dpkg --configure -a', (world, _words, at) => {
    mustBeHeld(at);
    if (at.place === 'server') setUpServer(world);
    else setUpAll(world, at.root);
    return {};
  }),
  model('apt-get update', (world, _words, { root }) => {
    world.change('fetch the package lists');
    world.makeNode(`${root}/var/lib/apt/lists/mirror.example`, 'file', 'lists');
    return {};
  }),
  model('apt-get install', (world, words, at) => {
    mustBeHeld(at);
    if (!words.includes('--')) throw new Error('apt could take a name for an option');
    const names = words.slice(words.indexOf('--') + 1);
    if (at.place === 'server') {
      world.change(`unpack ${names.join(' ')}`);
      const missing = names.filter((name) => !world.serverPackages.has(name));
      world.halfInstalled.set('server', new Set(withDependencies(world, missing)));
      setUpServer(world);
      return { stdout: 'pmstatus:some-package:50.0:Setting up\nSetting up all\n' };
    }
    const status = statusOf(world, at.root);
    world.change(`unpack ${names.join(' ')}`);
    for (const name of names) {
      if (!status.has(name)) status.set(name, 'install ok unpacked');
    }
    keepStatus(world, at.root, status);
    setUpAll(world, at.root);
    return { stdout: 'Setting up all\n' };
  }),
];

const building: readonly Model[] = [
  model('sh asset:bootstrap', (world, words) => {
    const [target = '', , sources = '', preferences = '', suite = '', , , , ...names] = words;
    if (world.nodes.has(target)) return failed(`bootstrap: ${target} is there already`);
    if (!world.nodes.has(sources)) return failed(`bootstrap: there is no ${sources}`);
    world.change(`begin ${target}.partial`);
    world.removeBelow(`${target}.partial`);
    world.makeNode(`${target}.partial/usr/half`, 'file', 'half a tree');
    world.change(`make ${target} whole`);
    world.removeBelow(`${target}.partial`);
    const file = (path: string, content: string, mode = 0o644): void =>
      world.makeNode(target + path, 'file', content, { mode });
    world.makeNode(target, 'directory');
    file('/usr/bin/true', 'true', 0o755);
    file('/etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    file('/etc/group', 'root:x:0:\naudio:x:29:\nvideo:x:44:\nplugdev:x:46:\n');
    file('/etc/shadow', 'root:!:20000:0:99999:7:::\n', 0o640);
    file('/etc/hostname', 'the-server\n');
    file('/etc/hosts', '127.0.0.1 localhost\n');
    file('/etc/resolv.conf', 'nameserver 192.0.2.1\n');
    file('/etc/apt/preferences.d/sidus', world.text(preferences));
    file('/etc/initramfs-tools/update-initramfs.conf', 'update_initramfs=no\n');
    file('/etc/sidus/suite', `${suite}\n`);
    const status = new Map(names.map((name) => [name, 'install ok installed']));
    keepStatus(world, target, status);
    for (const name of names) setUp(world, target, name);
    return { stdout: `${names.length} newly installed\n` };
  }),
  model('sh asset:fetch-loaders', (world, [target = '', sources = '']) => {
    if (!world.nodes.has(sources)) return failed(`there is no ${sources}`);
    world.change(`begin ${target}.partial`);
    world.makeNode(`${target}.partial/usr/half`, 'file', 'half');
    world.change(`make ${target} whole`);
    world.removeBelow(`${target}.partial`);
    for (const path of [
      'usr/lib/PXELINUX/lpxelinux.0',
      'usr/lib/syslinux/modules/bios/ldlinux.c32',
      'usr/lib/shim/shimx64.efi.signed',
      'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
      'usr/lib/ipxe/snponly.efi',
    ]) {
      world.makeNode(`${target}/${path}`, 'file', path);
    }
    return {};
  }),
  model('sh asset:fetch-image-tools', (world, [target = '', sources = '']) => {
    if (!world.nodes.has(sources)) return failed(`there is no ${sources}`);
    world.change(`begin ${target}.partial`);
    world.makeNode(`${target}.partial/usr/half`, 'file', 'half');
    world.change(`make ${target} whole`);
    world.removeBelow(`${target}.partial`);
    world.makeNode(`${target}/usr/bin/mkfs.erofs`, 'file', 'mkfs.erofs');
    world.makeNode(`${target}/complete`, 'file');
    return {};
  }),
  model('sh asset:make-image', (world, [version = '', images = '', uuid = '', tools = '']) => {
    if (world.nodes.has(`${images}/root.erofs`)) return {};
    if (!world.nodes.has(`${version}/etc/sidus/version`)) return failed('no published version');
    if (!world.nodes.has(`${tools}/usr/bin/mkfs.erofs`)) return failed('not found', 127);
    world.change(`begin the image of ${version}`);
    world.makeNode(`${images}/.root.erofs.partial`, 'file', 'half');
    world.change(`make the image of ${version} whole`);
    world.removeBelow(`${images}/.root.erofs.partial`);
    const parts = world.below(version).map((key) => `${key}\n${world.text(key)}`);
    const image = `image ${uuid} of ${digest(parts.sort().join('\n'))}`;
    world.makeNode(`${images}/root.erofs`, 'file', image, { mode: 0o600 });
    return {};
  }),
  model('sh asset:publish', (world, [home = '', tree = '', number = '']) => {
    const [draft, target] = [`${home}/draft`, `${home}/versions/${number}`];
    const keepNumber = (): void => {
      world.change(`keep the number ${number}`);
      world.makeNode(`${home}/last-version`, 'file', `${number}\n`);
    };
    const begun = `${home}/versions/.${number}.begun`;
    const last = Number(world.text(`${home}/last-version`));
    const takeMark = (): void => {
      world.change(`take the mark of ${number} away`);
      world.removeBelow(begun);
    };
    if (world.nodes.has(`${target}/etc/sidus/version`)) {
      takeMark();
      return {};
    }
    if (!world.nodes.has(`${draft}/etc/sidus/suite`)) return failed('publish: no finished draft');
    if (Number(number) <= last && !world.nodes.has(begun)) {
      return failed(`publish: number ${number} was given before`);
    }
    world.staleWhenPublished.push(...staleIn(world, draft));
    world.change(`mark ${number} as begun`);
    world.makeNode(begun, 'file');
    world.change(`copy ${draft}`);
    world.removeBelow(`${home}/versions/.${number}.partial`);
    world.makeNode(`${home}/versions/.${number}.partial/usr/half`, 'file', 'half');
    keepNumber();
    world.change(`make version ${number} whole`);
    world.removeBelow(`${home}/versions/.${number}.partial`);
    world.copyBelow(draft, target);
    const stamp = `TREE=${tree}\nVERSION=${number}\n`;
    world.makeNode(`${target}/etc/sidus/version`, 'file', stamp);
    takeMark();
    return { stdout: 'copied 1 of 2 MiB\nversion is a copy of the draft\n' };
  }),
];

/** assets/delete-version, each of its changes one that a test can die in. */
const deleting: readonly Model[] = [
  model('test ! -e', (world, words) => ({
    code: words.some((word) => word.startsWith('/') && world.nodes.has(word)) ? 1 : 0,
  })),
  model(
    'sh asset:delete-version',
    (world, [what, home = '', tree = '', number = '', boot = '']) => {
      const versions = `${home}/versions`;
      const [target, gone] = [`${versions}/${number}`, `${versions}/.${number}.gone`];
      if (world.text(`${boot.slice(0, boot.lastIndexOf('/'))}/current`) === number) {
        return failed(`delete-version: clients boot version ${number} of ${tree}`);
      }
      if (what === 'look') return {};
      const drop = (directory: string): void => {
        if (!world.nodes.has(directory)) return;
        // Half of it goes before the rest.
        for (const [half, keys] of [
          ['half', [...world.below(directory)].slice(0, 2)],
          ['rest', [directory]],
        ] as const) {
          world.change(`remove ${half} of ${directory}`);
          for (const key of keys) world.removeBelow(key);
        }
      };
      if (Number(world.text(`${home}/last-version`)) < Number(number)) {
        world.change(`keep the number ${number}`);
        world.makeNode(`${home}/last-version`, 'file', `${number}\n`);
      }
      if (world.nodes.has(`${versions}/.${number}.begun`)) {
        world.change(`take the mark of ${number} away`);
        world.removeBelow(`${versions}/.${number}.begun`);
      }
      if (world.nodes.has(target)) {
        drop(gone);
        world.change(`rename ${target}`);
        world.copyBelow(target, gone);
        world.removeBelow(target);
      }
      drop(boot);
      drop(`${home}/images/${number}`);
      drop(gone);
      return {};
    },
  ),
];

/** Sets one line of a colon-separated table of users. */
function setLine(world: FakeSystem, key: string, name: string, line: string): void {
  const others = lines(world.text(key)).filter((other) => !other.startsWith(`${name}:`));
  const { mode = 0o644 } = world.nodes.get(key) ?? {};
  world.makeNode(key, 'file', `${[...others, line].join('\n')}\n`, { mode });
}

const lineOf = (world: FakeSystem, key: string, name: string): string | undefined =>
  lines(world.text(key)).find((line) => line.startsWith(`${name}:`));

const option = (words: readonly string[], name: string): string | undefined =>
  words.includes(name) ? words[words.indexOf(name) + 1] : undefined;

const accounts: readonly Model[] = [
  model('getent passwd', (world, [name = ''], { root }) => {
    const found = lineOf(world, `${root}/etc/passwd`, name);
    return found === undefined ? { code: 2 } : { stdout: `${found}\n` };
  }),
  model('grep -q ^root:[*!] /etc/shadow', (world, _words, { root }) => ({
    code: /^root:[*!]/m.test(world.text(`${root}/etc/shadow`)) ? 0 : 1,
  })),
  inTree('useradd', (world, words, { root }) => {
    const name = words.at(-1) ?? '';
    if (lineOf(world, `${root}/etc/passwd`, name) !== undefined) {
      return failed(`useradd: user '${name}' already exists`, 9);
    }
    const uid = 1000 + lines(world.text(`${root}/etc/passwd`)).length;
    const comment = option(words, '--comment') ?? '';
    const shell = option(words, '--shell') ?? '/bin/sh';
    world.change(`add the user ${name}`);
    const line = `${name}:x:${uid}:${uid}:${comment}:/home/${name}:${shell}`;
    setLine(world, `${root}/etc/passwd`, name, line);
    setLine(world, `${root}/etc/group`, name, `${name}:x:${uid}:`);
    setLine(world, `${root}/etc/shadow`, name, `${name}:!:20000:0:99999:7:::`);
    // useradd.c writes the tables first and makes the home afterwards.
    if (!words.includes('--create-home')) return {};
    world.change(`make the home of ${name}`);
    makeHome(world, root, name);
    return {};
  }),
  inTree('/usr/lib/sidus/make-home', (world, [name = ''], { root }) => {
    world.change(`make the home of ${name}`);
    makeHome(world, root, name);
    return {};
  }),
  inTree('usermod', (world, words, { root }) => {
    const name = words.at(-1) ?? '';
    const before = lineOf(world, `${root}/etc/passwd`, name)?.split(':');
    if (before === undefined) return failed(`usermod: user '${name}' does not exist`, 6);
    const groups = (option(words, '--groups') ?? '').split(',').filter((group) => group !== '');
    for (const group of groups) {
      if (lineOf(world, `${root}/etc/group`, group) === undefined) {
        return failed(`usermod: group '${group}' does not exist`, 6);
      }
    }
    world.change(`change the user ${name}`);
    const password = option(words, '--password');
    if (password !== undefined) {
      setLine(world, `${root}/etc/shadow`, name, `${name}:${password}:20000:0:99999:7:::`);
    }
    before[4] = option(words, '--comment') ?? before[4] ?? '';
    before[5] = option(words, '--home') ?? before[5] ?? '';
    before[6] = option(words, '--shell') ?? before[6] ?? '';
    setLine(world, `${root}/etc/passwd`, name, before.join(':'));
    if (option(words, '--groups') === undefined) return {};
    const table = lines(world.text(`${root}/etc/group`)).map((line) => {
      const [group = '', x, gid, list = ''] = line.split(':');
      const members = list.split(',').filter((member) => member !== '' && member !== name);
      if (groups.includes(group)) members.push(name);
      return [group, x, gid, members.join(',')].join(':');
    });
    world.makeNode(`${root}/etc/group`, 'file', `${table.join('\n')}\n`);
    return {};
  }),
  inTree('chpasswd', (world, _words, { root, options }) => {
    const [, name = '', password = ''] = /^([^:]+):(.+)\n$/.exec(options.stdin ?? '') ?? [];
    if (lineOf(world, `${root}/etc/passwd`, name) === undefined) return failed('no such user');
    world.change(`set the password of ${name}`);
    const line = `${name}:$y$${digest(password)}:20000:0:99999:7:::`;
    setLine(world, `${root}/etc/shadow`, name, line);
    // A careless tool says what it was told: the run must not keep it.
    return { stdout: `${name} may now log in with ${password}\n` };
  }),
];

function makeHome(world: FakeSystem, root: string, name: string): void {
  const own = { owner: name, group: name };
  world.makeNode(`${root}/home/${name}`, 'directory', '', { mode: 0o700, ...own });
  world.makeNode(`${root}/home/${name}/.profile`, 'file', '# from /etc/skel\n', own);
}

const initramfs = (root: string): readonly string[] => [
  `${root}/etc/initramfs-tools`,
  `${root}/var/lib/dpkg/status`,
];

const settings: readonly Model[] = [
  inTree('locale-gen --purge', (world, _words, { root }) => {
    const archive = `${root}/usr/lib/locale/locale-archive`;
    world.change('purge the locales');
    if (world.nodes.delete(archive)) world.touch(archive);
    world.change('make the locales');
    const wanted = lines(world.text(`${root}/etc/locale.gen`)).filter((l) => !l.startsWith('#'));
    world.makeNode(archive, 'file', wanted.join('\n'));
    world.note(`locale-gen ${root}`);
    return {};
  }),
  inTree('update-locale --reset', (world, [setting = ''], { root }) => {
    const language = setting.replace('LANG=', '');
    const made = world.text(`${root}/usr/lib/locale/locale-archive`);
    if (language !== 'C.UTF-8' && !made.includes(`${language} `)) {
      return failed('*** update-locale: Error: invalid locale settings:  LANG=…');
    }
    world.change('set the language');
    world.makeNode(`${root}/etc/default/locale`, 'file', `${setting}\n`);
    return {};
  }),
  inTree('dpkg-reconfigure --frontend=noninteractive tzdata', (world, _words, { root }) => {
    world.change('tell tzdata');
    const zone = world.text(`${root}/etc/localtime`).replace('/usr/share/zoneinfo/', '');
    world.makeNode(`${root}/etc/timezone`, 'file', `${zone}\n`);
    world.note(`tzdata ${root}`);
    return {};
  }),
  inTree('setupcon --save-only', (world, _words, { root }) => {
    world.change('keep the keyboard');
    const cached = `${root}/etc/console-setup/cached_setup_keyboard.sh`;
    world.makeNode(cached, 'file', digest(world.text(`${root}/etc/default/keyboard`)));
    world.note(`setupcon ${root}`);
    return {};
  }),
  inTree('/usr/lib/sidus/make-initrd', (world, _words, { root }) => {
    if (!world.nodes.has(`${root}/usr/lib/sidus/make-initrd`)) return failed('not found', 127);
    if (!statusOf(world, root).has('initramfs-tools')) return failed('no update-initramfs', 127);
    const initrd = `${root}/boot/initrd.img-${kernel}`;
    world.change('remove the old initrd');
    if (world.nodes.delete(initrd)) world.touch(initrd);
    const parts = initramfs(root).flatMap((key) => [key, ...world.below(key)]);
    const text = parts.sort().map((key) => `${key.slice(root.length)}\n${world.text(key)}`);
    world.change('make the initrd');
    world.makeNode(initrd, 'file', `initrd ${digest(text.join('\n'))}`);
    world.makeNode(`${root}/initrd.img`, 'link', `boot/initrd.img-${kernel}`);
    world.note(`make-initrd ${root}`);
    return {};
  }),
  inTree('sh -c', (world, [script = ''], { root }) =>
    script.includes('list-capabilities') ? listCapabilities(world, root, script) : undefined,
  ),
  inTree('/usr/lib/sidus/list-capabilities', (world, _words, { root }) =>
    listCapabilities(world, root, world.text(`${root}/usr/lib/sidus/list-capabilities`)),
  ),
  inTree('systemctl enable', (world, [name = ''], { root }) => {
    const text = world.text(`${root}/etc/systemd/system/${name}`);
    if (text === '') return failed(`Failed to enable unit: Unit file ${name} does not exist.`);
    world.change(`enable ${name}`);
    for (const [, targets = ''] of text.matchAll(/^WantedBy=(.*)$/gm)) {
      for (const target of targets.split(/\s+/)) {
        const link = `${root}/etc/systemd/system/${target}.wants/${name}`;
        world.makeNode(link, 'link', `/etc/systemd/system/${name}`);
      }
    }
    return {};
  }),
];

/** The list goes where the script or the shell around it puts it: nobody else writes it down. */
function listCapabilities(world: FakeSystem, root: string, text: string): Partial<Ran> {
  if (!world.nodes.has(`${root}/usr/lib/sidus/list-capabilities`)) return failed('not found', 127);
  const code = text.replace(/^\s*#.*$/gm, '');
  const list = `cap_net_raw=ep /usr/bin/ping of ${[...statusOf(world, root).keys()].length}\n`;
  world.change('list the capabilities');
  world.note(`list-capabilities ${root}`);
  if (!/\/usr\/lib\/sidus\/\.?capabilities/.test(code)) return { stdout: list };
  world.makeNode(`${root}/usr/lib/sidus/capabilities`, 'file', list);
  return {};
}

/** What is at work, and on no disk: of the kernel's NFS server while it runs. */
const nfsThreads = '/nfs-threads-at-work';

/** What starting a service makes it read. */
function started(world: FakeSystem, name: string): void {
  world.note(`start ${name}`);
  if (name !== 'nfs-server.service') return;
  exported(world);
  const threads = /^threads=(\d+)$/m.exec(world.text('/etc/nfs.conf.d/sidus.conf'))?.[1] ?? '8';
  world.makeNode(nfsThreads, 'file', threads);
}

function exported(world: FakeSystem): void {
  const text = world.below('/etc/exports.d').map((key) => world.text(key));
  world.makeNode('/var/lib/nfs/etab', 'file', text.join(''));
  world.note('exportfs');
}

const serving: readonly Model[] = [
  model('sh -c', (world, [script = '', , card, path = ''], { place }) => {
    if (place !== 'server' || !script.includes('-qx dhcp-authoritative')) return undefined;
    const conf = world.text(path).split('\n');
    const gives = conf.includes(`interface=${card}`) && conf.includes('dhcp-authoritative');
    return { code: gives && world.units.get('sidus-dnsmasq.service')?.active === true ? 0 : 1 };
  }),
  model('systemctl', (world, [verb = '', ...rest], { place }) => {
    if (place !== 'server') return undefined;
    const name = rest.at(-1) ?? '';
    if (verb === 'daemon-reload') {
      world.change('systemctl daemon-reload');
      world.note('daemon-reload');
      return {};
    }
    const own = world.nodes.has(`/etc/systemd/system/${name}`);
    const now = world.units.get(name) ?? (own ? { enabled: 'disabled', active: false } : undefined);
    if (verb === 'is-enabled') {
      return now === undefined
        ? { code: 4, stdout: 'not-found\n' }
        : { stdout: `${now.enabled}\n` };
    }
    if (verb === 'is-active') return { code: now?.active === true ? 0 : 3 };
    if (now === undefined) return failed(`Unit ${name} not found.`, 5);
    world.change(`systemctl ${verb} ${name}`);
    const set = (given: Partial<typeof now>): void => {
      world.units.set(name, { ...now, ...given });
    };
    switch (verb) {
      case 'unmask':
        if (now.enabled === 'masked') set({ enabled: 'disabled' });
        return {};
      case 'enable':
        set({ enabled: 'enabled' });
        return {};
      case 'disable':
        set({ enabled: 'disabled' });
        return {};
      case 'mask':
        set({ enabled: 'masked', ...(rest.includes('--now') ? { active: false } : {}) });
        return {};
      case 'stop':
        if (name === 'nfs-server.service') world.removeBelow(nfsThreads);
        set({ active: false });
        return {};
      case 'start':
        if (!now.active) started(world, name);
        set({ active: true });
        return {};
      case 'restart':
        started(world, name);
        set({ active: true });
        return {};
      default:
        return undefined;
    }
  }),
  model('sh asset:export-versions', (world, [file = '']) => {
    if (!world.serverPackages.has('nfs-kernel-server')) return failed('no exportfs', 127);
    world.change('export-versions');
    const others = world
      .text('/var/lib/nfs/etab')
      .split('\n')
      .filter((line) => line !== '' && !/^#|^\/srv\/nfsroot\//.test(line));
    const etab = [...others.map((line) => `${line}\n`), world.text(file)].join('');
    world.makeNode('/var/lib/nfs/etab', 'file', etab);
    world.note('exportfs');
    // What is not there it says, and exports the rest.
    const missing = world
      .text('/var/lib/nfs/etab')
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((path) => path.startsWith('/srv/nfsroot/') && !world.nodes.has(path));
    return missing.length === 0 ? {} : failed(`exportfs: Failed to stat ${missing[0]}`);
  }),
  model('sh asset:nfs-threads', (world, [verb = '', number = '']) => {
    const runs = world.units.get('nfs-server.service')?.active === true;
    const now = runs ? Number(world.text(nfsThreads)) : 0;
    if (verb === 'enough') return { code: now === 0 || now >= Number(number) ? 0 : 1 };
    world.change(`rpc.nfsd ${number}`);
    world.makeNode(nfsThreads, 'file', number);
    return {};
  }),
  // The rules at work are those of the file when it was last followed.
  model('sh asset:firewall', (world, [kind = '', verb = '', path = '']) => {
    const live = `/firewall-at-work-${kind}`;
    if (verb === 'follows') return { code: world.text(live) === world.text(path) ? 0 : 1 };
    world.change(`${kind} follows ${path}`);
    if (world.nodes.has(path)) world.makeNode(live, 'file', world.text(path));
    else world.removeBelow(live);
    return {};
  }),
  model('perl asset:find-dhcp-servers', (world) =>
    world.foreignDhcp
      ? { code: 1, stdout: 'another DHCP server answers on lan0: 192.168.67.9\n' }
      : {},
  ),
];

export const models: readonly Model[] = [
  ...removing,
  ...installing,
  ...building,
  ...deleting,
  ...accounts,
  // systemctl on the server and in a tree: the former answers for the server alone.
  ...serving,
  ...settings,
];

/** Every command must have run after what it reads was last changed; one line for each that did not. */
function late(world: FakeSystem, command: string, reads: readonly string[]): readonly string[] {
  const ran = world.ran.get(command);
  if (ran === undefined) return [`${command} never ran`];
  const changed = world.lastTouched(reads);
  return changed > ran ? [`${command} ran before what it reads was changed`] : [];
}

function staleIn(world: FakeSystem, draft: string): readonly string[] {
  const status = `${draft}/var/lib/dpkg/status`;
  return [
    ...late(world, `make-initrd ${draft}`, initramfs(draft)),
    ...late(world, `locale-gen ${draft}`, [`${draft}/etc/locale.gen`, status]),
    ...late(world, `tzdata ${draft}`, [`${draft}/etc/localtime`, status]),
    ...late(world, `setupcon ${draft}`, [`${draft}/etc/default/keyboard`, status]),
    ...late(world, `list-capabilities ${draft}`, [status]),
  ];
}

/** What is older than what it is made of, or was when a version was made of it. */
export function stale(world: FakeSystem): readonly string[] {
  const drafts = [...world.nodes.keys()]
    .filter((key) => /^\/srv\/nfsroot\/[^/]+\/draft\/etc\/sidus\/suite$/.test(key))
    .map((key) => key.slice(0, -'/etc/sidus/suite'.length));
  const serves = world.units.has('sidus-dnsmasq.service');
  return [
    ...drafts.flatMap((draft) => staleIn(world, draft)),
    ...world.staleWhenPublished.map((line) => `when published: ${line}`),
    ...(serves
      ? [
          ...late(world, 'exportfs', ['/etc/exports.d']),
          ...late(world, 'daemon-reload', ['/etc/systemd/system']),
          ...late(world, 'start sidus-dnsmasq.service', [
            '/etc/sidus/dnsmasq.conf',
            '/etc/systemd/system/sidus-dnsmasq.service',
          ]),
          ...late(world, 'start sidus-http.service', ['/etc/systemd/system/sidus-http.service']),
          ...late(world, 'start sidus-time.service', ['/etc/systemd/system/sidus-time.service']),
        ]
      : []),
  ];
}
