import { type Package, packageOf } from './believable-packages.ts';
import { bootstrapWords, wantedLocales } from './believable-tree.ts';
import type { MemorySystem } from './memory.ts';
import { installedIn, restOf, suiteOf, textOf } from './modelling.ts';
import { atOnce, type Speaker, type Spoken, said, tells, wrapped } from './speech.ts';

/**
 * What commands print while they work, and how long that takes, as the log of a rehearsal of
 * 2026-11-21 has it (two cores, a mirror nearby).
 */

const onDisk = ({ name, version }: Package): string =>
  `${name}_${version.replace(':', '%3a')}_${/-(common|data|base|l10n)$/.test(name) ? 'all' : 'amd64'}.deb`;

/** dpkg names the architecture where a package may be there for several. */
const shown = (name: string): string =>
  /^lib.*\d|^gcc-/.test(name) && !/-(common|data|perl|bin)$/.test(name) ? `${name}:amd64` : name;

/** Large packages take longer, but not in proportion. */
const weight = ({ kilobytes }: Package): number => 0.4 + Math.sqrt(kilobytes / 1000);

const total = (packages: readonly Package[]): number =>
  packages.reduce((sum, { kilobytes }) => sum + kilobytes, 0);

const megabytes = (packages: readonly Package[]): string =>
  `${(total(packages) / 1000).toFixed(1)} MB`;

function* fetched(mirror: string, suite: string, packages: readonly Package[]): Iterable<Spoken> {
  let seconds = 0;
  for (const [at, one] of packages.entries()) {
    const { name, version, kilobytes } = one;
    const size = kilobytes < 1000 ? `${kilobytes} kB` : `${(kilobytes / 1000).toFixed(1)} MB`;
    seconds += 0.03 * weight(one);
    yield said(
      0.03 * weight(one),
      `Get:${at + 1} ${mirror} ${suite}/main amd64 ${name} amd64 ${version} [${size}]`,
    );
  }
  if (packages.length === 0) return;
  const whole = Math.max(1, Math.round(seconds));
  const speed = (total(packages) / 1000 / whole).toFixed(1);
  yield said(0.1, `Fetched ${megabytes(packages)} in ${whole}s (${speed} MB/s)`);
}

function* unpacked(packages: readonly Package[]): Iterable<Spoken> {
  for (const one of packages) {
    yield said(0, `Selecting previously unselected package ${shown(one.name)}.`);
    yield said(0, `Preparing to unpack .../${onDisk(one)} ...`);
    yield said(0.065 * weight(one), `Unpacking ${shown(one.name)} (${one.version}) ...`);
  }
}

function* setUp(packages: readonly Package[]): Iterable<Spoken> {
  for (const one of packages) {
    yield said(0.075 * weight(one), `Setting up ${shown(one.name)} (${one.version}) ...`);
  }
}

function* announced(packages: readonly Package[]): Iterable<Spoken> {
  yield* [said(0.2, 'Reading package lists...'), said(0.2, 'Building dependency tree...')];
  yield said(0.3, 'The following NEW packages will be installed:');
  yield* atOnce(wrapped(packages.map(({ name }) => name).sort()));
  yield said(
    0.1,
    `0 upgraded, ${packages.length} newly installed, 0 to remove and 0 not upgraded.`,
  );
  if (packages.length > 0) yield said(0, `Need to get ${megabytes(packages)} of archives.`);
}

function* updated(mirror: string, suite: string): Iterable<Spoken> {
  const security = mirror.replace(/\/debian$/, '/debian-security');
  yield said(0.2, `Get:1 ${mirror} ${suite} InRelease [140 kB]`);
  yield said(0.05, `Get:2 ${mirror} ${suite}-updates InRelease [47.3 kB]`);
  yield said(0.05, `Get:3 ${security} ${suite}-security InRelease [43.4 kB]`);
  yield said(0.3, `Get:4 ${mirror} ${suite}/main amd64 Packages [9678 kB]`);
  yield said(0.1, `Get:5 ${mirror} ${suite}-updates/main amd64 Packages [1108 B]`);
  yield said(0.1, `Get:6 ${security} ${suite}-security/main amd64 Packages [306 kB]`);
  yield said(0.6, 'Fetched 10.2 MB in 1s (12.2 MB/s)');
  yield said(0.4, 'Reading package lists...');
}

const bootstrap: Speaker = (world, _place, words) => {
  const { target, mirror, suite, essential, rest } = bootstrapWords(world, words.slice(2));
  const hook = (kind: string, command: string): Spoken =>
    said(0.05, `I: running --${kind}-hook in shell: sh -c '${command}' exec ${target}.partial`);
  function* told(): Iterable<Spoken> {
    yield said(0.1, "I: chroot architecture amd64 is equal to the host's architecture");
    yield said(0.1, 'I: automatically chosen format: directory');
    yield hook('setup', 'mkdir -p "$1/var/cache/apt/archives" && mount --bind …');
    yield said(0.1, 'I: running apt-get update...');
    yield* updated(mirror, suite);
    yield said(0.1, 'I: downloading packages with apt...');
    yield* announced(essential);
    yield* fetched(mirror, suite, essential);
    yield said(0.1, 'I: extracting archives...');
    yield said(3, 'I: installing essential packages...');
    yield* unpacked(essential);
    yield* setUp(essential);
    yield said(0.2, 'Processing triggers for libc-bin (2.41-12+deb13u4) ...');
    yield said(0.1, 'I: installing remaining packages inside the chroot...');
    yield* announced(rest);
    yield* fetched(mirror, suite, rest);
    yield* unpacked(rest);
    yield* setUp(rest);
    yield said(0.3, 'Processing triggers for libc-bin (2.41-12+deb13u4) ...');
    yield said(0.1, 'Processing triggers for systemd (257.13-1~deb13u1) ...');
    yield hook('customize', 'umount "$1/var/cache/apt/archives"');
    yield hook('customize', 'mkdir -p "$1/etc/sidus" && echo "$SIDUS_SUITE" >"$1/etc/sidus/suite"');
    yield said(0.1, 'I: cleaning package lists and apt cache...');
    yield said(0.5);
  }
  return tells(timed(told()));
};

/** With mmdebstrap's last line, which says how long it all took. */
function* timed(spoken: Iterable<Spoken>): Iterable<Spoken> {
  let seconds = 0;
  for (const one of spoken) {
    seconds += one.after;
    yield one;
  }
  yield said(0, `I: success in ${seconds.toFixed(4)} seconds`);
}

/** The mirror that a place fetches from. */
function mirrorOf(world: MemorySystem, root: string): string {
  const sources = textOf(world, `${root}/etc/apt/sources.list.d/sidus.sources`);
  return /^URIs: (.+)$/m.exec(sources)?.[1] ?? 'http://mirror.example/debian';
}

const install: Speaker = (world, place, words) => {
  const root = world.directory(place);
  const there = root === '' ? world.serverPackages : installedIn(world, root);
  const packages = words
    .slice(words.indexOf('--') + 1)
    .filter((name) => !there.has(name))
    .map((name) => packageOf(name, suiteOf(world, root)));
  // APT::Status-Fd: what the progress is read from.
  const status = (kind: string, name: string, percent: number, text: string): Spoken => ({
    after: 0.05,
    line: `${kind}:${name}:${percent.toFixed(4)}:${text}`,
    from: 'stderr',
  });
  function* told(): Iterable<Spoken> {
    yield* announced(packages);
    for (const [at] of packages.entries()) {
      const part = `Retrieving file ${at + 1} of ${packages.length}`;
      yield status('dlstatus', String(at + 1), (100 * at) / packages.length, part);
    }
    yield* fetched(mirrorOf(world, root), suiteOf(world, root), packages);
    for (const [at, one] of packages.entries()) {
      const percent = (50 * (at + 0.5)) / packages.length;
      yield status('pmstatus', one.name, percent, `Unpacking ${one.name} (amd64)`);
      yield* unpacked([one]);
    }
    for (const [at, one] of packages.entries()) {
      const percent = 50 + (50 * (at + 0.5)) / packages.length;
      yield status('pmstatus', one.name, percent, `Configuring ${one.name} (amd64)`);
      yield* setUp([one]);
    }
    yield said(0.4, 'Processing triggers for man-db (2.13.1-1) ...');
  }
  return tells(told());
};

const extracted =
  (packages: readonly string[]): Speaker =>
  (_world, _place, words) => {
    const suite = words.at(-1) ?? 'trixie';
    function* told(): Iterable<Spoken> {
      yield said(0.1, 'I: skipping emulation check for extract variant');
      yield said(0.1, 'I: automatically chosen format: directory');
      yield said(0.1, 'I: running apt-get update...');
      yield* updated('http://mirror.example/debian', suite);
      yield said(0.2, 'I: downloading packages with apt...');
      yield* fetched(
        'http://mirror.example/debian',
        suite,
        packages.map((name) => packageOf(name, suite)),
      );
      yield said(1.2, 'I: extracting archives...');
      yield said(1.4, 'I: cleaning package lists and apt cache...');
    }
    return tells(timed(told()));
  };

const loaders = ['pxelinux', 'syslinux-common', 'shim-signed', 'grub-efi-amd64-signed'];
const imageTools = ['erofs-utils', 'libc6', 'liblz4-1', 'libzstd1'];

const initrd: Speaker = (world, place) => {
  const root = world.directory(place);
  const kernel = (world.nodes.get(`${root}/vmlinuz`)?.content ?? '').replace(/^.*vmlinuz-/, '');
  const blob = (name: string): string =>
    `W: Possible missing firmware /lib/firmware/${name} for built-in driver r8169`;
  function* told(): Iterable<Spoken> {
    yield said(0.2, `update-initramfs: Generating /boot/initrd.img-${kernel}`);
    if (!installedIn(world, root).has('firmware-realtek')) {
      yield said(3.1, blob('rtl_nic/rtl8127a-1.fw'));
      yield* atOnce([blob('rtl_nic/rtl8126a-3.fw'), blob('rtl_nic/rtl8125b-2.fw')]);
    }
    yield said(4);
  }
  return tells(told());
};

const publish: Speaker = (world, _place, words) => {
  const [home = '', , number = ''] = words.slice(2);
  if (world.nodes.has(`${home}/versions/${number}/etc/sidus/version`)) return tells([]);
  const status = textOf(world, `${home}/draft/var/lib/dpkg/status`);
  const sizes = [...status.matchAll(/^Installed-Size: (\d+)$/gm)].map(([, size]) => Number(size));
  const whole = Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  function* told(): Iterable<Spoken> {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      yield said(0.5, `copied ${Math.round((whole * tenth) / 10)} of ${whole} MiB`);
    }
    yield said(0.9, `version ${number} is a copy of the draft`);
  }
  return tells(told());
};

const locales: Speaker = (world, place) =>
  tells([
    said(0.1, 'Generating locales (this might take a while)...'),
    ...wantedLocales(world, world.directory(place)).map((name) => said(0.8, `  ${name}... done`)),
    said(0.1, 'Generation complete.'),
  ]);

const timezone: Speaker = (world, place) => {
  const zone = textOf(world, `${world.directory(place)}/etc/localtime`).replace(
    /^.*zoneinfo\//,
    '',
  );
  return tells([
    said(0.2, `Current default time zone: '${zone}'`),
    said(0, `Universal Time is now:  ${world.now().toUTCString()}`),
  ]);
};

const enable: Speaker = (_world, _place, words, options) => {
  const name = words.at(-1) ?? '';
  if (options.line === undefined) return null;
  const [link, target] = [`multi-user.target.wants/${name}`, `system/${name}`];
  return tells([
    said(0.1, `Created symlink '/etc/systemd/system/${link}' → '/etc/systemd/${target}'.`),
  ]);
};

/** Commands that say nothing, and the seconds that they take. */
const silent: readonly (readonly [command: string, seconds: number])[] = [
  ['/usr/lib/sidus/list-capabilities', 0.4],
  ['/usr/lib/sidus/make-home', 0.1],
  ['chpasswd', 0.1],
  ['dpkg --configure', 0.2],
  // It asks the wire three times.
  ['perl asset:find-dhcp-servers', 6],
  ['setupcon', 0.3],
  ['sh asset:export-versions', 0.1],
  ['systemctl daemon-reload', 0.4],
  ['systemctl start', 1.2],
  ['systemctl restart', 1.5],
  ['systemctl', 0.1],
  ['update-locale', 0.1],
  ['useradd', 0.1],
  ['usermod', 0.1],
];

const speakers: readonly (readonly [command: string, speaker: Speaker])[] = [
  ['sh asset:bootstrap', bootstrap],
  ['sh asset:publish', publish],
  ['sh asset:fetch-loaders', extracted(loaders)],
  ['sh asset:fetch-image-tools', extracted(imageTools)],
  [
    'sh asset:make-image',
    () => tells([said(24, 'the image has 209 MiB (zstd,level=3), made in 24 s')]),
  ],
  ['apt-get install', install],
  [
    'apt-get update',
    (world, place) => {
      const root = world.directory(place);
      return tells(updated(mirrorOf(world, root), suiteOf(world, root)));
    },
  ],
  ['/usr/lib/sidus/make-initrd', initrd],
  ['locale-gen', locales],
  ['systemctl enable', enable],
  ['dpkg-reconfigure', timezone],
];

/** What a command of a run says; null: it is no work, and takes no time. */
export const wordsOf: Speaker = (world, place, words, options) => {
  const found = speakers.find(([command]) => restOf(command, words) !== null);
  if (found !== undefined) return found[1](world, place, words, options);
  const seconds = silent.find(([command]) => restOf(command, words) !== null)?.[1];
  // Without a listener it is a fact that is asked for.
  return seconds === undefined || options.line === undefined ? null : tells([said(seconds)]);
};
