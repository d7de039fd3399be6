import type { Model } from './memory.ts';

/** What the scripts of trials say on a server that is not there: all is as it should be. */

/** A command by its first words, `asset:` naming one of our scripts; what follows them is handed on. */
function says(command: string, stdout: (words: readonly string[]) => string): Model {
  const wanted = command.split(' ');
  return (_world, _place, words) =>
    wanted.every((word, index) => words[index] === word)
      ? { stdout: stdout(words.slice(wanted.length)) }
      : undefined;
}

const number = (address = ''): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const names = `
  7zip abiword acl adduser adwaita-icon-theme alsa-utils ansible apache2 apt apt-file aptitude
  arp-scan aspell at audacity auditd autoconf automake autossh avahi-daemon base-files bash
  bash-completion bc bind9-dnsutils binutils bison blender bluez borgbackup bsdextrautils btop
  btrfs-progs build-essential busybox bzip2 ca-certificates calibre catfish chromium chrony cifs-utils
  clang cmake coreutils cowsay cron cryptsetup cups curl dbus debconf debian-archive-keyring
  debootstrap dialog dict diffutils dmidecode dnsmasq dnsmasq-base dolphin dosfstools dpkg-dev
  e2fsprogs emacs emacs-nox ethtool evince evolution exfatprogs exim4 fail2ban falkon fdisk ffmpeg
  fftw-dev file findutils firefox-esr firefox-esr-l10n-de firefox-esr-l10n-fr firmware-linux flatpak
  fonts-dejavu fonts-liberation fuse3 g++ gawk gcc gdb gdm3 geany gedit gfortran ghostscript gimp git
  git-lfs gnome gnome-core gnome-terminal gnupg gnuplot golang gparted grep groff grub-efi-amd64
  gzip hdf5-tools hdparm hostname htop hwloc hydrogen imagemagick inkscape iotop iperf3 iproute2
  iputils-ping jq kate kde-plasma-desktop kmod krita less libreoffice libreoffice-l10n-fr
  lightdm linux-image-amd64 lld locales lsof lvm2 lxde lynx make man-db manpages mariadb-server mc
  memtester meson mosh mpv nano nautilus ncdu netcat-openbsd nfs-common nginx nmap nodejs ntpsec
  numactl octave okular openjdk-21-jdk openmpi-bin openssh-client openssh-server paraview parted
  patch pciutils perl php plymouth postgresql powertop procps psmisc pulseaudio python3 python3-matplotlib
  python3-numpy python3-pip python3-scipy python3-venv qemu-system-x86 qgis r-base rclone rsync
  ruby rustc scilab screen sed slurm-client smartmontools spyder sqlite3 sssd strace stress-ng
  subversion sudo sysstat systemd systemd-sysv tar task-xfce-desktop tcpdump texlive texlive-latex-extra
  thunderbird tig tmux traceroute tree tshark tzdata udev unzip usbutils util-linux valgrind vim
  vim-tiny virt-manager vlc w3m wget wireshark x11-apps xfce4 xfce4-terminal xfsprogs xorg
  xserver-xorg xterm xz-utils yt-dlp zip zsh zstd
`
  .trim()
  .split(/\s+/);

const neighbours = says(
  'perl asset:find-neighbours',
  ([, first, last]) => `asked ${Math.min(512, number(last) - number(first) + 1)}\n`,
);

const dhcpServers = says('perl asset:find-dhcp-servers', ([card]) => `asked ${card}\n`);

const mirror = says('sh asset:ask-mirror', ([, , suite]) =>
  [
    'status ok',
    `codename ${suite}`,
    'date Sat, 14 Nov 2026 08:12:45 UTC',
    'fetched 140421 bytes in 187 ms',
    '',
  ].join('\n'),
);

const homes = says('perl asset:ask-homes', ([, server = '']) =>
  [`address ${/^[0-9.]+$/.test(server) ? server : '192.168.67.2'}`, 'status there', ''].join('\n'),
);

/** Before the others, because some of them answer to any words of a shell and to any solve. */
export const believableTrials: readonly Model[] = [
  neighbours,
  dhcpServers,
  mirror,
  homes,
  says('sh asset:solve --names', () => `status ok\n${names.join('\n')}\n`),
];
