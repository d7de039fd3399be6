/** The Debian releases a tree is built from. */
export type Suite = 'trixie' | 'bookworm';

/** What answers the directory. It decides what the old LDAP packages become. */
export type DirectoryClient = 'sssd' | 'nslcd';

/** A name that is not taken as it was written. `becomes: []` means it is left out. */
export interface Mapped {
  readonly name: string;
  readonly becomes: readonly string[];
  readonly why: string;
}

/** The names to use, in order and once each, and what was changed to get there. */
export interface MappedNames {
  readonly names: readonly string[];
  readonly mapped: readonly Mapped[];
}

interface Row {
  readonly becomes: readonly string[] | Readonly<Record<Suite, readonly string[]>>;
  readonly why: string;
}
type Table = Readonly<Record<string, Row>>;

const now = (why: string, ...becomes: readonly string[]): Row => ({ becomes, why });
const renamed = (name: string): Row => now('renamed', name);
const gone = (why: string): Row => ({ becomes: [], why });
const each = (names: string, row: Row): Table =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, row]),
  );

/** Not in firmware-linux, and without its own a client finds no server (debian.md 1). */
const networkFirmware = [
  'firmware-bnx2',
  'firmware-bnx2x',
  'firmware-realtek',
  'firmware-qlogic',
  'firmware-netxen',
  'firmware-myricom',
  'firmware-cavium',
  'firmware-iwlwifi',
  'firmware-atheros',
];

const sssd = 'replaced by sssd, which also remembers accounts while the directory is away';

/**
 * The same whether the name is wanted or kept out. Source: debian.md 1, looked up again with
 * assets/solve in trixie 13.7 and bookworm 12.15.
 */
const either: Table = {
  'aufs-tools': gone('AUFS is gone; overlayfs is part of the kernel'),
  'btrfs-tools': renamed('btrfs-progs'),
  'cups-pdf': renamed('printer-driver-cups-pdf'),
  exim: renamed('exim4'),
  'apache2.2-bin': renamed('apache2'),
  'apache2.2-common': renamed('apache2'),
  'g++-doc': {
    becomes: { trixie: ['gcc-14-doc'], bookworm: ['gcc-12-doc'] },
    why: 'part of the documentation of the compiler, in non-free',
  },
  iproute: renamed('iproute2'),
  'libapache2-mod-php5': renamed('libapache2-mod-php'),
  'linux-headers-3.2.0-4-amd64': now(
    'the name of whatever kernel is current',
    'linux-headers-amd64',
  ),
  'linux-image-3.2.0-4-amd64': now('the name of whatever kernel is current', 'linux-image-amd64'),
  'mysql-server': now('MariaDB took its place, behind this name', 'default-mysql-server'),
  ntpdate: now('setting the clock once at boot gave way to keeping it right', 'systemd-timesyncd'),
  'openturns-wrapper': renamed('python3-openturns'),
  'python-html2text': renamed('python3-html2text'),
  'python-ldap': renamed('python3-ldap'),
  'torque-server': now('Torque left Debian; Slurm does its work', 'slurm-wlm'),
  ...each(
    `apache2-mpm-worker mysql-server-core-5.5 rtai rtai-doc torque-common libtorque2 r-cran-fecofin
    r-cran-rpvm gspiceui qucs ktimetrace kseg earth3d libopenigtlink1 qtdmm scilab-overload klogic
    xorsa zygrib libcomplearn-dev`,
    gone('no longer in Debian'),
  ),
};

/** Only where the name is wanted. Some of these still exist, and may still be kept out. */
const wanted: Table = {
  bsdmainutils: now('an empty package that points to these', 'bsdextrautils', 'ncal', 'calendar'),
  'firmware-linux': {
    becomes: {
      trixie: [
        'firmware-linux',
        ...networkFirmware,
        'firmware-intel-graphics',
        'firmware-nvidia-graphics',
        'firmware-intel-misc',
        'firmware-mediatek',
      ],
      bookworm: ['firmware-linux', ...networkFirmware],
    },
    why: 'it no longer holds the firmware of network cards, nor of all graphics cards',
  },
  'isc-dhcp-client': gone('the client gets its address before Debian starts, and renews it itself'),
  'isc-dhcp-common': gone('came with isc-dhcp-client'),
  'mysql-server-5.5': now('MariaDB took its place, behind this name', 'default-mysql-server'),
  // Its script asks `hostname --fqdn` and fails where the name does not resolve, as in a tree (seen).
  ssmtp: now('unmaintained, and its installation fails in a tree', 'msmtp-mta'),
  ...each(
    `libapt-inst1.5 libapt-pkg4.12 libboost-iostreams1.49.0 libcwidget3 libept1.4.12 libgcrypt11
    libgdbm3 libgnutls26 libidn11 libncursesw5 libprocps0 libreadline6 libsigc++-2.0-0c2a
    libssl1.0.0 libtasn1-3 libxapian22 libmpich1.0gf libteem1 libhdf5-1.8 libgd2-xpm`,
    gone('a library of 2013; packages bring the one they need today'),
  ),
  ...each(
    `libgpg-error0 libkmod2 libnewt0.52 libnfnetlink0 libp11-kit0 libpipeline1 libpopt0
    libsqlite3-0 libstdc++6 libudev0 libusb-0.1-4`,
    gone('a library; packages bring the one they need'),
  ),
};

/** What depends on who answers the directory; only where the name is wanted (debian.md 5). */
const directories: Readonly<Record<DirectoryClient, Table>> = {
  sssd: {
    'libnss-ldap': now(sssd, 'sssd-ldap', 'libnss-sss'),
    'libpam-ldap': now(sssd, 'sssd-ldap', 'libpam-sss'),
    nscd: gone('sssd keeps its own cache, and the two disagree'),
  },
  nslcd: {
    'libnss-ldap': now('replaced by nslcd and its modules', 'libnss-ldapd', 'nslcd'),
    'libpam-ldap': now('replaced by nslcd and its modules', 'libpam-ldapd', 'nslcd'),
  },
};

const mariadb: Row = {
  becomes: ['default-mysql-server', 'mariadb-server'],
  why: 'MariaDB took its place',
};

/** Only where the name is kept out: a pin also holds against what other packages ask for. */
const keptOut: Table = {
  exim: now('now several packages', 'exim4*'),
  'libnss-ldap': now('what provides it today', 'libnss-ldapd'),
  'libpam-ldap': now('what provides it today', 'libpam-ldapd'),
  'libmpich1.0gf': renamed('libmpich12'),
  libteem1: renamed('libteem2'),
  'mysql-server': mariadb,
  'mysql-server-5.5': mariadb,
  // In 2013 the list only shortened the base system. A pin on today's HDF5 takes 460 packages out
  // of science-all on trixie and one on libgd3 140 (measured with assets/solve): not what was meant.
  'libgd2-xpm': gone('that variant is gone, and hundreds of packages need the libgd3 of today'),
  'libhdf5-1.8': gone('that version is gone, and hundreds of packages need the HDF5 of today'),
};

function mapWith(tables: readonly Table[], names: readonly string[], suite: Suite): MappedNames {
  const mapped: Mapped[] = [];
  const result = new Set<string>();
  for (const name of new Set(names)) {
    const row = tables.find((table) => Object.hasOwn(table, name))?.[name];
    if (row === undefined) {
      result.add(name);
      continue;
    }
    const becomes = 'trixie' in row.becomes ? row.becomes[suite] : row.becomes;
    mapped.push({ name, becomes, why: row.why });
    for (const today of becomes) result.add(today);
  }
  return { names: [...result], mapped };
}

/** Wanted packages by the names of today. A name we know nothing of passes; the solve judges it. */
export function mapNames(
  names: readonly string[],
  suite: Suite,
  directory: DirectoryClient = 'sssd',
): MappedNames {
  return mapWith([directories[directory], wanted, either], names, suite);
}

/** Packages to keep out by the names of today. Globs such as `gridengine-*` pass. */
export function mapExclusions(names: readonly string[], suite: Suite): MappedNames {
  return mapWith([keptOut, either], names, suite);
}

/** Debian policy 5.6.1. Anything else could be an order to apt: `-o…`, `nano/sid`, `?pattern`. */
export function isPackageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]+$/.test(name);
}

/** A package name in which `*` may stand for any text. A lone `*` would keep out everything. */
export function isExclusion(name: string): boolean {
  return /^[a-z0-9][a-z0-9+.*-]+$/.test(name);
}

/** The regular expression of an exclusion, whose only special character is `*`. */
export function exclusionExpression(exclusion: string): string {
  return `^${exclusion.replace(/[+.]/g, '[$&]').replaceAll('*', '.*')}$`;
}

/** The names both wanted and kept out; in 2013 that was nano, and debootstrap kept it out. */
export function conflicting(
  include: readonly string[],
  exclude: readonly string[],
): readonly string[] {
  const expressions = exclude.map((exclusion) => new RegExp(exclusionExpression(exclusion)));
  return [...new Set(include)].filter((name) =>
    expressions.some((expression) => expression.test(name)),
  );
}
