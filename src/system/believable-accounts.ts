import type { MemorySystem, Model } from './memory.ts';
import { model, option, put, textOf } from './modelling.ts';

/** Users and groups of a tree in memory: what shadow's tools leave behind. */

/** Of base-passwd, systemd and udev, with their numbers where those matter to nobody. */
export const usualGroups: string = [
  'root:x:0:',
  'daemon:x:1:',
  'adm:x:4:',
  'tty:x:5:',
  'disk:x:6:',
  'lp:x:7:',
  'dialout:x:20:',
  'fax:x:21:',
  'voice:x:22:',
  'cdrom:x:24:',
  'floppy:x:25:',
  'tape:x:26:',
  'sudo:x:27:',
  'audio:x:29:',
  'dip:x:30:',
  'www-data:x:33:',
  'backup:x:34:',
  'operator:x:37:',
  'src:x:40:',
  'shadow:x:42:',
  'utmp:x:43:',
  'video:x:44:',
  'sasl:x:45:',
  'plugdev:x:46:',
  'staff:x:50:',
  'games:x:60:',
  'users:x:100:',
  'systemd-journal:x:999:',
  'input:x:996:',
  'kvm:x:993:',
  'render:x:992:',
  'netdev:x:101:',
  'crontab:x:102:',
  'nogroup:x:65534:',
  '',
].join('\n');

/** Groups that packages bring. */
const broughtGroups: Readonly<Record<string, string>> = {
  bluez: 'bluetooth',
  cups: 'lpadmin',
  'docker.io': 'docker',
  'libvirt-daemon-system': 'libvirt',
  'openssh-client': '_ssh',
  'sane-utils': 'scanner',
  'wireshark-common': 'wireshark',
};

export const lines = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '');

/** What a package adds to /etc/group when it is set up. */
export function addGroupsOf(world: MemorySystem, root: string, names: readonly string[]): void {
  for (const name of names) {
    const group = broughtGroups[name];
    const groups = textOf(world, `${root}/etc/group`);
    if (group === undefined || new RegExp(`^${group}:`, 'm').test(groups)) continue;
    put(world, `${root}/etc/group`, `${groups}${group}:x:${110 + lines(groups).length}:\n`);
  }
}

const lineOf = (world: MemorySystem, key: string, name: string): string | undefined =>
  lines(textOf(world, key)).find((line) => line.startsWith(`${name}:`));

/** Puts a line of a colon-separated table in the place of the one with its name, or at the end. */
function setLine(world: MemorySystem, key: string, line: string): void {
  const name = line.slice(0, line.indexOf(':') + 1);
  const before = lines(textOf(world, key));
  const after = before.some((other) => other.startsWith(name))
    ? before.map((other) => (other.startsWith(name) ? line : other))
    : [...before, line];
  put(world, key, `${after.join('\n')}\n`, world.nodes.get(key)?.mode);
}

/** Three fields of a user's own, the rest as useradd leaves them. */
const shadowLine = (name: string, field: string): string => `${name}:${field}:20000:0:99999:7:::`;

export const accountModels: readonly Model[] = [
  model('getent passwd', (world, root, [name = '']) => {
    const found = lineOf(world, `${root}/etc/passwd`, name);
    return found === undefined ? { code: 2 } : { stdout: `${found}\n` };
  }),
  model('grep -q ^root:[*!]', (world, root) => ({
    code: /^root:[*!]/m.test(textOf(world, `${root}/etc/shadow`)) ? 0 : 1,
  })),
  model('useradd', (world, root, words) => {
    const name = words.at(-1) ?? '';
    if (lineOf(world, `${root}/etc/passwd`, name) !== undefined) {
      return { code: 9, stderr: `useradd: user '${name}' already exists\n` };
    }
    world.change('useradd');
    const taken = lines(textOf(world, `${root}/etc/passwd`)).map((line) =>
      Number(line.split(':')[2]),
    );
    const next = Math.max(999, ...taken.filter((one) => one >= 1000 && one < 60_000)) + 1;
    const uid = Number(option(words, '--uid') ?? next);
    const [comment, shell] = [option(words, '--comment') ?? '', option(words, '--shell')];
    const entry = `${name}:x:${uid}:${uid}:${comment}:/home/${name}:${shell ?? '/bin/sh'}`;
    setLine(world, `${root}/etc/passwd`, entry);
    setLine(world, `${root}/etc/group`, `${name}:x:${uid}:`);
    setLine(world, `${root}/etc/shadow`, shadowLine(name, '!'));
    return {};
  }),
  model('usermod', (world, root, words) => {
    const name = words.at(-1) ?? '';
    const entry = lineOf(world, `${root}/etc/passwd`, name)?.split(':');
    if (entry === undefined) {
      return { code: 6, stderr: `usermod: user '${name}' does not exist\n` };
    }
    const wanted = (option(words, '--groups') ?? '').split(',').filter((group) => group !== '');
    const unknown = wanted.find((group) => lineOf(world, `${root}/etc/group`, group) === undefined);
    if (unknown !== undefined) {
      return { code: 6, stderr: `usermod: group '${unknown}' does not exist\n` };
    }
    world.change('usermod');
    const password = option(words, '--password');
    if (password !== undefined) setLine(world, `${root}/etc/shadow`, shadowLine(name, password));
    entry[4] = option(words, '--comment') ?? entry[4] ?? '';
    entry[5] = option(words, '--home') ?? entry[5] ?? '';
    entry[6] = option(words, '--shell') ?? entry[6] ?? '';
    setLine(world, `${root}/etc/passwd`, entry.join(':'));
    if (option(words, '--groups') === undefined) return {};
    for (const line of lines(textOf(world, `${root}/etc/group`))) {
      const [group = '', x = 'x', gid = '', list = ''] = line.split(':');
      const members = list.split(',').filter((member) => member !== '' && member !== name);
      if (wanted.includes(group)) members.push(name);
      setLine(world, `${root}/etc/group`, [group, x, gid, members.join(',')].join(':'));
    }
    return {};
  }),
  model('/usr/lib/sidus/make-home', (world, root, [name = '']) => {
    world.change('make home');
    const home = { kind: 'directory', content: '', mode: 0o700, owner: name, group: name } as const;
    const at = lineOf(world, `${root}/etc/passwd`, name)?.split(':')[5] ?? `/home/${name}`;
    world.put(`${root}${at}`, home);
    return {};
  }),
  model('grep -q /usr/lib/sidus/session-home', (world, root, [path = '']) => ({
    code: textOf(world, root + path).includes('/usr/lib/sidus/session-home') ? 0 : 1,
  })),
  model('pam-auth-update', (world, root, [verb]) => {
    world.change('pam-auth-update');
    const line = 'session\toptional\tpam_exec.so /usr/lib/sidus/session-home\n';
    put(world, `${root}/etc/pam.d/common-session`, verb === '--enable' ? line : '');
    return {};
  }),
  model('chpasswd', (world, root, _, { stdin = '' }) => {
    const name = stdin.slice(0, stdin.indexOf(':'));
    if (name === '' || !/^[^:]+:.+\n$/.test(stdin)) {
      return { code: 1, stderr: 'chpasswd: line 1: missing new password\n' };
    }
    world.change('chpasswd');
    // That it has one is all that is kept: a world in memory holds no secret twice.
    setLine(world, `${root}/etc/shadow`, shadowLine(name, '$y$pretended'));
    return {};
  }),
];
