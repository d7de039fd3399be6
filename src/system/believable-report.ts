import { createHash } from 'node:crypto';
import type { ClientReport } from '../core/client-report.ts';
import { lines } from './believable-accounts.ts';
import type { Client } from './believable-client.ts';
import { kernelOf } from './believable-packages.ts';
import { installedIn, suiteOf, textOf } from './modelling.ts';

/**
 * What a client of a world in memory says of itself (assets/tree/usr/lib/sidus/report). All of it
 * is read off the version that it booted and the words that it was given: a tree that is wrong
 * makes a client that is wrong.
 */
export function reportOf(client: Client): ClientReport {
  const { world, tree, mac } = client;
  const image = client.words.some((word) => word.startsWith('sidus.image='));
  const text = (path: string): string => textOf(world, tree + path);
  const value = (path: string, key: string): string | null => {
    const found = new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text(path))?.[1] ?? '';
    return found === '' ? null : found;
  };
  const word = (name: string): string | null =>
    client.words.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  const enabled = (name: string): boolean =>
    world.nodes.has(`${tree}/etc/systemd/system/multi-user.target.wants/sidus-${name}.service`);

  const [server = null, path = null] = (word('nfsroot') ?? '').split(':');
  const version = value('/etc/sidus/version', 'VERSION');
  const { hostname, machineId, root } = identityOf(client);
  const failed = hasHostKeys(client) ? [] : ['ssh.service'];
  const capabilities = lines(text('/usr/lib/sidus/capabilities')).map((line) =>
    line.replace(/^(\S+) (.*)$/, '$2 $1'),
  );
  return {
    schema: 1,
    tree: value('/etc/sidus/version', 'TREE'),
    version: version === null ? null : Number(version),
    hostname,
    machineId,
    kernel: kernelOf(suiteOf(world, tree)),
    kernelCommandLine: client.words.join(' '),
    firmware: {
      kind: client.firmware === 'bios' ? 'bios' : 'uefi',
      secureBoot: client.firmware === 'bios' ? null : client.firmware === 'secureboot',
    },
    root: {
      type: root,
      form: image ? 'image' : 'files',
      lower: image ? 'erofs' : 'nfs4',
      lowerReadOnly: true,
      nfsVersion: '4.1',
      server,
      path,
      options: `ro,relatime,vers=4.1,rsize=1048576,wsize=1048576,namlen=255,acregmin=3600,acregmax=3600,acdirmin=3600,acdirmax=3600,hard,nocto,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=${client.address},local_lock=none,addr=${client.server}`,
    },
    own: client.words.includes('sidus.own') ? 'copied' : 'none',
    layer: layerOf(word('sidus.layer'), client.memory),
    addresses: [client.address],
    mac,
    nic: 'enp0s1',
    bootNic: 'eth0',
    lease: {
      address: client.address,
      seconds: client.leaseSeconds,
      server: client.server,
      renewing: enabled('lease'),
    },
    locale: {
      LANG: value('/etc/locale.conf', 'LANG') ?? value('/etc/default/locale', 'LANG'),
      generated: [...new Set(['C', 'C.utf8', 'POSIX', ...namesIn(client, '/usr/lib/locale')])],
    },
    timezone: text('/etc/localtime').replace(/^.*zoneinfo\//, '') || null,
    clock: clockOf(client),
    keyboard: {
      model: value('/etc/default/keyboard', 'XKBMODEL'),
      layout: value('/etc/default/keyboard', 'XKBLAYOUT'),
      variant: value('/etc/default/keyboard', 'XKBVARIANT'),
      options: value('/etc/default/keyboard', 'XKBOPTIONS'),
    },
    users: usersOf(text('/etc/passwd'), text('/etc/group'), text('/etc/shadow')),
    directory: directoryOf(client),
    units: {
      state: failed.length === 0 ? 'running' : 'degraded',
      failed,
      masked: namesIn(client, '/etc/systemd/system').filter((name) => {
        const unit = world.nodes.get(`${tree}/etc/systemd/system/${name}`);
        return unit?.kind === 'link' && unit.content === '/dev/null';
      }),
    },
    sshHostKeys: hostKeysOf(client),
    // An image brings them; otherwise a unit restores them.
    capabilities: image || enabled('capabilities') ? capabilities : [],
    capabilitiesListed: capabilities.length,
    capabilitiesRestored: image || !enabled('capabilities') ? 0 : capabilities.length,
    hosts: { sidusServer: server },
    journalStorage: journalOf(client),
    timings: { root: 4.97, kernel: 5.9, userspace: 14.5 },
    bytes: image
      ? { received: 31_495_918, sent: 311_580 }
      : { received: 51_495_918, sent: 2_011_580 },
    nfsCalls: image ? 900 : 6200,
    automounts: lines(text('/etc/fstab')).flatMap((line) => {
      const [, at = '', , options = ''] = line.split(' ');
      return options.split(',').includes('x-systemd.automount') ? [at] : [];
    }),
  };
}

/** Names in a directory of the version. */
function namesIn({ world, tree }: Client, path: string): readonly string[] {
  const below = `${tree}${path}/`;
  const names = [...world.nodes.keys()].flatMap((key) =>
    key.startsWith(below) ? [key.slice(below.length).split('/')[0] ?? ''] : [],
  );
  return [...new Set(names)].sort();
}

/** What the boot script makes of this machine, as far as its text can be understood. */
function identityOf({ script, hostname, mac, world, tree }: Client): {
  readonly hostname: string;
  readonly machineId: string;
  readonly root: string;
} {
  // The last of what is mounted as the root is it.
  const mounts = [
    ...script.matchAll(/mount -t (overlay|tmpfs) (?:[^\n]*\\\n)?[^\n]*"\$rootmnt"(?!\/)/g),
  ];
  const root = mounts.at(-1)?.[1] ?? 'nfs4';
  if (!/^\s*sidus_identity$/m.test(script)) {
    const own = textOf(world, `${tree}/etc/hostname`).trim() || 'localhost';
    return { hostname: own, machineId: textOf(world, `${tree}/etc/machine-id`).trim(), root };
  }
  const [, written = '$sidus_host'] =
    /^\s*echo "([^"\n]*)" >\/proc\/sys\/kernel\/hostname$/m.exec(script) ?? [];
  const given = hostname.toLowerCase().replace(/\..*$/, '');
  const usable = /^[a-z0-9][a-z0-9-]*$/.test(given) && given !== 'localhost';
  const called = usable ? given : `client-${mac.replaceAll(':', '')}`;
  return {
    hostname: written.replace('$sidus_host', called),
    machineId: createHash('md5').update(mac.toLowerCase()).digest('hex'),
    root,
  };
}

/** As its tree has it: a script that asks, and whom it is told to ask since. */
function clockOf({ script, words, world, tree }: Client): ClientReport['clock'] {
  const asks =
    words.some((word) => word.startsWith('sidus.clock=')) && /^\s*sidus_clock &$/m.test(script);
  const kept = textOf(world, `${tree}/etc/systemd/timesyncd.conf.d/sidus.conf`).includes('NTP=');
  return { atBoot: asks ? 'right' : 'not asked', offSeconds: 0, kept };
}

/** Half of the memory, where the words are not understood; the kernel keeps some of it for itself. */
function layerOf(asked: string | null, memory: number): ClientReport['layer'] {
  const [, size = '50%'] = /^memory,size=([0-9]+[kKmMgG%])$/.exec(asked ?? '') ?? [];
  const amount = Number.parseInt(size, 10);
  const unit = size.at(-1)?.toLowerCase() ?? '%';
  const usable = memory * 2 ** 20 * 0.9425;
  const bytes =
    unit === '%'
      ? (usable * amount) / 100
      : amount * 2 ** ({ k: 10, m: 20, g: 30 }[unit as 'k' | 'm' | 'g'] ?? 0);
  const sizeBytes = Math.floor(bytes / 4096) * 4096;
  return { kind: 'memory', asked: asked ?? 'memory', device: 'tmpfs', sizeBytes };
}

function usersOf(passwd: string, group: string, shadow: string): ClientReport['users'] {
  const groups = lines(group).map((line) => line.split(':'));
  return lines(passwd).flatMap((line) => {
    const [name = '', , uid, gid, , home = '', shell = ''] = line.split(':');
    const number = Number(uid);
    if (number !== 0 && (number < 1000 || number === 65_534)) return [];
    const own = groups.find((one) => one[2] === gid)?.[0] ?? gid ?? '';
    const others = groups.flatMap(([other = '', , , members = '']) =>
      other !== own && members.split(',').includes(name) ? [other] : [],
    );
    const locked = new RegExp(`^${name}:[!*]`, 'm').test(shadow);
    return [{ name, uid: number, gid: Number(gid), groups: [own, ...others], home, shell, locked }];
  });
}

/** nsswitch.conf(5) says who is asked; what is masked does not run. */
function directoryOf({ world, tree }: Client): ClientReport['directory'] {
  const [, asked] =
    /^passwd:.*\s(sss|ldap)\b/m.exec(textOf(world, `${tree}/etc/nsswitch.conf`)) ?? [];
  if (asked === undefined) return { service: null, state: null };
  const service = asked === 'sss' ? 'sssd' : 'nslcd';
  const masked = world.nodes.get(`${tree}/etc/systemd/system/${service}.service`)?.kind === 'link';
  return { service, state: masked ? 'inactive' : 'active' };
}

const enabledIn = ({ world, tree }: Client, name: string): boolean =>
  world.nodes.has(`${tree}/etc/systemd/system/multi-user.target.wants/${name}`);

/** The keys of the tree, which all clients share; else one of its own, if a unit makes it. */
function hostKeysOf(client: Client): string[] {
  const { world, tree, mac } = client;
  if (!installedIn(world, tree).has('openssh-server')) return [];
  const print = (text: string): string =>
    `SHA256:${createHash('sha256').update(text).digest('base64').replace(/=+$/, '')}`;
  const shared = namesIn(client, '/etc/ssh').filter((name) => /^ssh_host_.*_key\.pub$/.test(name));
  if (shared.length > 0) return shared.map((name) => print(`${tree} ${name}`));
  return enabledIn(client, 'sidus-host-keys.service') ? [print(mac)] : [];
}

function hasHostKeys(client: Client): boolean {
  const { world, tree } = client;
  return !installedIn(world, tree).has('openssh-server') || hostKeysOf(client).length > 0;
}

/** journald.conf(5): Storage=auto keeps a journal where its directory is there. */
function journalOf({ world, tree }: Client): string {
  const conf = textOf(world, `${tree}/etc/systemd/journald.conf.d/sidus.conf`);
  const [, storage = 'auto'] = /^Storage=(\w+)$/m.exec(conf) ?? [];
  if (storage === 'none' || storage === 'volatile') return storage;
  const kept = storage === 'persistent' || world.nodes.has(`${tree}/var/log/journal`);
  return kept ? 'persistent' : 'volatile';
}
