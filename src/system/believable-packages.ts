import { createHash } from 'node:crypto';

/**
 * What apt installs for a tree, for the workshop and on the server: names in the order in which
 * dpkg unpacked them, with versions and sizes, from the log of a rehearsal of 2026-11-21.
 */

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly kilobytes: number;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What is essential, and what that needs: mmdebstrap's first call of apt. */
const essential = words(`
gcc-14-base libc6 libgcc-s1 mawk base-files libtinfo6 debianutils bash libcap2 libsystemd0
bsdutils libacl1 libattr1 libgmp10 libpcre2-8-0 libselinux1 libzstd1 zlib1g libssl3t64
openssl-provider-legacy coreutils dash diffutils libbz2-1.0 liblzma5 libmd0 tar dpkg findutils
grep gzip hostname ncurses-bin libcrypt1 perl-base sed libaudit-common libcap-ng0 libaudit1
libdb5.3t64 debconf libpam0g libpam-modules-bin libpam-modules libpam-runtime libblkid1
libsqlite3-0 liblastlog2-2 libmount1 libsmartcols1 libudev1 libuuid1 util-linux libdebconfclient0
base-passwd init-system-helpers libc-bin ncurses-base sysvinit-utils
`);

/** What the base packages of a tree need, and three that a site may name. */
const ofTree = words(`
login.defs login mount libseccomp2 libsystemd-shared libapparmor1 systemd libbsd0
libsemanage-common libsepol2 libsemanage2 passwd adduser cron-daemon-common sensible-utils cron
libcom-err2 libext2fs2t64 libss2 logsave e2fsprogs systemd-sysv init libdbus-1-3 dbus-bin
dbus-session-bus-common libexpat1 dbus-daemon dbus-system-bus-common dbus kbd
liblocale-gettext-perl xkb-data keyboard-configuration console-setup-linux console-setup
linux-base libkmod2 kmod cpio dracut-install initramfs-tools-bin libklibc klibc-utils udev
initramfs-tools-core initramfs-tools linux-image-KERNEL dmsetup libdevmapper1.02.1
libevent-core-2.1-7t64 libkrb5support0 libk5crypto3 libkeyutils1 libkrb5-3 libgssapi-krb5-2
libsasl2-modules-db libsasl2-2 libldap2 libnfsidmap1 libtirpc-common libtirpc3t64 libwrap0 rpcbind
libtext-charwidth-perl libtext-wrapi18n-perl libncursesw6 libproc2-0 procps ucf keyutils
nfs-common libedit2 libcbor0.10 libfido2-1 openssh-client openssh-sftp-server runit-helper
libwtmpdb0 openssh-server libnettle8t64 libhogweed6t64 sqv libxxhash0 liblz4-1 libstdc++6
libapt-pkg7.0 debian-archive-keyring apt tzdata apt-utils libtext-iconv-perl debconf-i18n
dhcpcd-base dmidecode libfdisk1 readline-common libreadline8t64 fdisk libelf1t64 libbpf1 libmnl0
libxtables12 libcap2-bin iproute2 ifupdown libunistring5 libidn2-0 iputils-ping less
linux-sysctl-defaults libpopt0 logrotate nano netbase libjansson4 libnftnl11 libnftables1 nftables
vim-common vim-tiny libslang2 libnewt0.52 whiptail openssl ca-certificates libc-l10n
libpam-systemd locales systemd-timesyncd busybox libncurses6 linux-image-amd64 mtr-tiny zstd
`);

/** Of these, what comes only when it is asked for. */
const onlyWith: readonly (readonly [wanted: string, brings: readonly string[]])[] = [
  [
    'openssh-server',
    words(
      'libedit2 libcbor0.10 libfido2-1 openssh-client openssh-sftp-server runit-helper libwtmpdb0 openssh-server',
    ),
  ],
  ['mtr-tiny', ['libncurses6', 'mtr-tiny']],
];

const ofWorkshop = words(`
libdbus-1-3 dbus-bin dbus-session-bus-common libapparmor1 libexpat1 dbus-daemon login.defs libbsd0
libsemanage-common libsepol2 libsemanage2 passwd adduser dbus-system-bus-common dbus libcom-err2
dmsetup libdevmapper1.02.1 libevent-core-2.1-7t64 libkrb5support0 libk5crypto3 libkeyutils1
libkrb5-3 libgssapi-krb5-2 libsasl2-modules-db libsasl2-2 libldap2 libnfsidmap1 libtirpc-common
libtirpc3t64 libwrap0 rpcbind libtext-charwidth-perl libtext-wrapi18n-perl libncursesw6 libproc2-0
procps sensible-utils ucf keyutils nfs-common libnettle8t64 libhogweed6t64 sqv libxxhash0 liblz4-1
libstdc++6 libapt-pkg7.0 debian-archive-keyring libseccomp2 apt libelf1t64 libbpf1 libmnl0
libxtables12 libcap2-bin iproute2 netbase libunistring5 libidn2-0 libnfnetlink0
libnetfilter-conntrack3 libjansson4 libnftnl11 libnftables1 dnsmasq-base ipxe-qemu libaio1t64
libasound2-data libasound2t64 libatomic1 libbrlapi0.8 libffi8 libglib2.0-0t64 libnspr4 libnss3
libpcsclite1 libcacard0 libcapstone5 libkmod2 libdaxctl1 libexecs1 libfdt1 libfuse3-4 libp11-kit0
libtasn1-6 libgnutls30t64 libnl-3-200 libnl-route-3-200 libibverbs1 libjpeg62-turbo libndctl6
liburcu8t64 libntirpc6.3 libnuma1 libpixman-1-0 libpmem1 libpng16-16t64 librdmacm1t64 libslirp0
liburing2 libusb-1.0-0 libusbredirparser1t64 libvdeplug2t64 libwbclient0 nfs-ganesha
nfs-ganesha-vfs qemu-system-common qemu-system-data seabios qemu-system-x86
`);

/** name=version=kilobytes */
const known = new Map(
  words(`
gcc-14-base=14.2.0-19=48 libc6=2.41-12+deb13u4=2779 libgcc-s1=14.2.0-19=71
mawk=1.3.4.20250131-1=137 base-files=13.8+deb13u7=86 libtinfo6=6.5+20250216-2=340
debianutils=5.23.2=90 bash=5.2.37-2+b10=1465 libcap2=1:2.75-10+deb13u1+b3=28
libsystemd0=257.13-1~deb13u1=443 bsdutils=1:2.41.5-0+deb13u1=107 libacl1=2.3.2-2+b1=32
libattr1=1:2.5.2-3=22 libgmp10=2:6.3.0+dfsg-3=547 libpcre2-8-0=10.46-1~deb13u3=292
libselinux1=3.8.1-1=82 libzstd1=1.5.7+dfsg-1=296 zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1=86
libssl3t64=3.5.7-1~deb13u3=2400 openssl-provider-legacy=3.5.7-1~deb13u3=309 coreutils=9.7-3=2952
dash=0.5.12-12=96 diffutils=1:3.10-4=377 libbz2-1.0=1.0.8-6=37 liblzma5=5.8.1-1+deb13u2=302
libmd0=1.1.0-2+b1=35 tar=1.35+dfsg-3.1=795 dpkg=1.22.22=1501 findutils=4.10.0-3=683
grep=3.11-4=421 gzip=1.13-1+deb13u1=135 hostname=3.25=10 ncurses-bin=6.5+20250216-2=428
libcrypt1=1:4.4.38-1=87 perl-base=5.40.1-6+deb13u1=1627 sed=4.9-2+deb13u1=322
libaudit-common=1:4.0.2-2+deb13u1=12 libcap-ng0=0.8.5-4+b1=17 libaudit1=1:4.0.2-2+deb13u1=56
libdb5.3t64=5.3.28+dfsg2-9=687 debconf=1.5.91=118 libpam0g=1.7.0-5=68
libpam-modules-bin=1.7.0-5=47 libpam-modules=1.7.0-5=174 libpam-runtime=1.7.0-5=242
libblkid1=2.41.5-0+deb13u1=167 libsqlite3-0=3.46.1-7+deb13u2=893 liblastlog2-2=2.41.5-0+deb13u1=28
libmount1=2.41.5-0+deb13u1=205 libsmartcols1=2.41.5-0+deb13u1=139 libudev1=257.13-1~deb13u1=148
libuuid1=2.41.5-0+deb13u1=36 util-linux=2.41.5-0+deb13u1=1213 libdebconfclient0=0.280=10
base-passwd=3.6.7=52 init-system-helpers=1.69~deb13u1=38 libc-bin=2.41-12+deb13u4=623
ncurses-base=6.5+20250216-2=266 sysvinit-utils=3.14-4=33 login.defs=1:4.17.4-2=181
login=1:4.16.0-2+really2.41.5-0+deb13u1=112 mount=2.41.5-0+deb13u1=159 libseccomp2=2.6.0-2=50
libsystemd-shared=257.13-1~deb13u1=2104 libapparmor1=4.1.0-1=42 systemd=257.13-1~deb13u1=3021
libbsd0=0.12.2-2=127 libsemanage-common=3.8.1-1=7 libsepol2=3.8.1-1=288 libsemanage2=3.8.1-1=93
passwd=1:4.17.4-2=1200 adduser=3.152=186 cron-daemon-common=3.0pl1-197=17 sensible-utils=0.0.25=24
cron=3.0pl1-197=85 libcom-err2=1.47.2-3+b12=24 libext2fs2t64=1.47.2-3+b12=207
libss2=1.47.2-3+b12=29 logsave=1.47.2-3+b12=24 e2fsprogs=1.47.2-3+b12=577
systemd-sysv=257.13-1~deb13u1=63 init=1.69~deb13u1=6 libdbus-1-3=1.16.2-2=173 dbus-bin=1.16.2-2=78
dbus-session-bus-common=1.16.2-2=51 libexpat1=2.9.0-1~deb13u1=122 dbus-daemon=1.16.2-2=154
dbus-system-bus-common=1.16.2-2=52 dbus=1.16.2-2=69 kbd=2.7.1-2=337
liblocale-gettext-perl=1.07-7+b1=14 xkb-data=2.42-1=771 keyboard-configuration=1.242~deb13u1=418
console-setup-linux=1.242~deb13u1=6061 console-setup=1.242~deb13u1=95 linux-base=4.12.1=24
libkmod2=34.2-2=61 kmod=34.2-2=93 cpio=2.15+dfsg-2=246 dracut-install=106-6=36
initramfs-tools-bin=0.148.4=17 libklibc=2.0.14-1=43 klibc-utils=2.0.14-1=92
udev=257.13-1~deb13u1=1385 initramfs-tools-core=0.148.4=49 initramfs-tools=0.148.4=16
linux-image-KERNEL=6.12.117-1=105945 dmsetup=2:1.02.205-2=80 libdevmapper1.02.1=2:1.02.205-2=131
libevent-core-2.1-7t64=2.1.13-stable-1~deb13u1=129 libkrb5support0=1.21.3-5+deb13u1=32
libk5crypto3=1.21.3-5+deb13u1=79 libkeyutils1=1.6.3-6=9 libkrb5-3=1.21.3-5+deb13u1=318
libgssapi-krb5-2=1.21.3-5+deb13u1=135 libsasl2-modules-db=2.1.28+dfsg1-9=19
libsasl2-2=2.1.28+dfsg1-9=56 libldap2=2.6.10+dfsg-1=189 libnfsidmap1=1:2.8.3-1=56
libtirpc-common=1.3.6+ds-1=10 libtirpc3t64=1.3.6+ds-1=81 libwrap0=7.6.q-36=53 rpcbind=1.2.7-1=47
libtext-charwidth-perl=0.04-11+b4=9 libtext-wrapi18n-perl=0.06-10=8
libncursesw6=6.5+20250216-2=132 libproc2-0=2:4.0.4-9=64 procps=2:4.0.4-9=861 ucf=3.0052=42
keyutils=1.6.3-6=54 nfs-common=1:2.8.3-1=262 libedit2=3.1-20250104-1=91 libcbor0.10=0.10.2-2=27
libfido2-1=1.15.0-1+b1=76 openssh-client=1:10.0p1-7+deb13u4=966
openssh-sftp-server=1:10.0p1-7+deb13u4=63 runit-helper=2.16.4=7 libwtmpdb0=0.73.0-3+deb13u1=12
openssh-server=1:10.0p1-7+deb13u4=588 libnettle8t64=3.10.1-1=298 libhogweed6t64=3.10.1-1=327
sqv=1.3.0-3+b2=645 libxxhash0=0.8.3-2=26 liblz4-1=1.10.0-4=62 libstdc++6=14.2.0-19=696
libapt-pkg7.0=3.0.4=1087 debian-archive-keyring=2025.1=175 apt=3.0.4=1419
tzdata=2026f-0+deb13u1=261 apt-utils=3.0.4=328 libtext-iconv-perl=1.7-8+b4=14
debconf-i18n=1.5.91=212 dhcpcd-base=1:10.1.0-11+deb13u4=196 dmidecode=3.6-2=67
libfdisk1=2.41.5-0+deb13u1=209 readline-common=8.2-6=67 libreadline8t64=8.2-6=164
fdisk=2.41.5-0+deb13u1=154 libelf1t64=0.192-4=184 libbpf1=1:1.5.0-3=164 libmnl0=1.0.5-3=11
libxtables12=1.8.11-2=31 libcap2-bin=1:2.75-10+deb13u1+b3=35 iproute2=6.15.0-1=1063
ifupdown=0.8.44+deb13u1=60 libunistring5=1.3-2=465 libidn2-0=2.3.8-2=106
iputils-ping=3:20240905-3=50 less=668-1=157 linux-sysctl-defaults=4.12.1=5 libpopt0=1.19+dfsg-2=42
logrotate=3.22.0-1=60 nano=8.4-1+deb13u1=629 netbase=6.5=12 libjansson4=2.14-2+b3=38
libnftnl11=1.2.9-1=63 libnftables1=1.1.3-1=324 nftables=1.1.3-1=74
vim-common=2:9.1.1230-2+deb13u2=411 vim-tiny=2:9.1.1230-2+deb13u2=757 libslang2=2.3.3-5+b2=536
libnewt0.52=0.52.25-1=58 whiptail=0.52.25-1=24 openssl=3.5.7-1~deb13u3=1472
ca-certificates=20250419+deb13u1=156 libc-l10n=2.41-12+deb13u4=722
libpam-systemd=257.13-1~deb13u1=290 locales=2.41-12+deb13u4=3839
systemd-timesyncd=257.13-1~deb13u1=91 busybox=1:1.37.0-6+b9=473 libncurses6=6.5+20250216-2=102
linux-image-amd64=6.12.117-1=1 mtr-tiny=0.95-1.1+b1=66 zstd=1.5.7+dfsg-1=738
libnfnetlink0=1.0.2-3=14 libnetfilter-conntrack3=1.1.0-1=41 dnsmasq-base=2.91-1+deb13u2=495
ipxe-qemu=1.21.1+git20250501.dad20602+dfsg-1=1196 libaio1t64=0.3.113-8+b1=14
libasound2-data=1.2.14-1+deb13u1=20 libasound2t64=1.2.14-1+deb13u1=371 libatomic1=14.2.0-19=9
libbrlapi0.8=6.7-3.1+deb13u3=90 libffi8=3.4.8-2=23 libglib2.0-0t64=2.84.4-3~deb13u5=1485
libnspr4=2:4.36-1=107 libnss3=2:3.110-1+deb13u5=1360 libpcsclite1=2.3.3-1=53
libcacard0=1:2.8.0-3+b2=88 libcapstone5=5.0.7-1~deb13u1=759 libdaxctl1=81-1=21
libexecs1=1.4-2+b2=7 libfdt1=1.7.2-2+b1=19 libfuse3-4=3.17.2-3=96 libp11-kit0=0.25.5-3=415
libtasn1-6=4.20.0-2+deb13u1=48 libgnutls30t64=3.8.9-3+deb13u4=1434 libnl-3-200=3.7.0-2=58
libnl-route-3-200=3.7.0-2=177 libibverbs1=56.1-1=60 libjpeg62-turbo=1:2.1.5-4=164
libndctl6=81-1=60 liburcu8t64=0.15.2-2=74 libntirpc6.3=6.3-2=122 libnuma1=2.0.19-1=21
libpixman-1-0=0.44.0-3=242 libpmem1=1.13.1-1.1+b1=89 libpng16-16t64=1.6.48-1+deb13u6=276
librdmacm1t64=56.1-1=68 libslirp0=4.8.0-1+deb13u1=64 liburing2=2.9-1=25 libusb-1.0-0=2:1.0.28-1=58
libusbredirparser1t64=0.15.0-1=19 libvdeplug2t64=4.0.1-5.1+b1=27
libwbclient0=2:4.22.11+dfsg-0+deb13u1=70 nfs-ganesha=6.5-5=711 nfs-ganesha-vfs=6.5-5=55
qemu-system-common=1:10.0.13+ds-0+deb13u1=977 qemu-system-data=1:10.0.13+ds-0+deb13u1=2093
seabios=1.16.3-2=159 qemu-system-x86=1:10.0.13+ds-0+deb13u1=10037 htop=3.4.1-5=167 tmux=3.5a-3=478
vim=2:9.1.1230-2+deb13u2=1631 vim-runtime=2:9.1.1230-2+deb13u2=6962 lsof=4.99.4+dfsg-2=308
nfs-kernel-server=1:2.8.3-1=184 mmdebstrap=1.5.7-1=113
`).map((word): [string, Package] => {
    const [name = '', version = '', kilobytes] = word.split('=');
    return [name, { name, version, kilobytes: Number(kilobytes) }];
  }),
);

export function kernelOf(suite: string): string {
  return suite === 'bookworm' ? '6.1.0-50-amd64' : '6.12.117+deb13-amd64';
}

export function packageOf(name: string, suite: string): Package {
  const key = name === `linux-image-${kernelOf(suite)}` ? 'linux-image-KERNEL' : name;
  const found = known.get(key);
  if (found !== undefined) return { ...found, name };
  // Nobody wrote this one down: a version and a size that are always the same.
  const draw = createHash('sha256').update(name).digest();
  const [major = 0, minor = 0, patch = 0, size = 0] = draw;
  return {
    name,
    version: `${major % 9}.${minor % 30}.${patch % 12}-${1 + (size % 4)}`,
    kilobytes: 20 + size * 6,
  };
}

/** All that comes with these names. */
export function packagesOf(
  kind: 'tree' | 'workshop',
  names: readonly string[],
  suite: string,
  keptOut: ReadonlySet<string> = new Set(),
): { readonly essential: readonly Package[]; readonly rest: readonly Package[] } {
  const wanted = new Set(names);
  const unasked = new Set(onlyWith.flatMap(([name, brings]) => (wanted.has(name) ? [] : brings)));
  const usual = (kind === 'tree' ? ofTree : ofWorkshop)
    .map((name) => name.replace('KERNEL', kernelOf(suite)))
    .filter((name) => wanted.has(name) || !(unasked.has(name) || keptOut.has(name)));
  const there = new Set([...essential, ...usual]);
  const make = (list: readonly string[]): readonly Package[] =>
    list.map((name) => packageOf(name, suite));
  return {
    essential: make(essential),
    rest: make([...usual, ...names.filter((name) => !there.has(name))]),
  };
}
