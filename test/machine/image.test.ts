import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imageName } from '../../src/core/form.ts';
import {
  aptSources,
  mainArchive,
  securityArchive,
  serverArchives,
} from '../../src/features/tree/archives.ts';
import { Session } from '../../src/runner/session.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { treeListing } from '../support/tree-listing.ts';
import { readyWorkshop, sharedCache } from '../support/workshop.ts';

// assets/fetch-image-tools and assets/make-image themselves, on a small version made by hand.

const tools = `${sharedCache}/tests/image-tools`;
const uuid = '6d0dcd4c-0b1e-5f9e-8a1c-0123456789ab';
const kernel = '6.12.0-test';

let directory: string;
let version: string;
let before: ReturnType<typeof leftovers>;
beforeAll(async () => {
  // The server's own archives, and mmdebstrap where a bare machine has none.
  const session = new Session(await readyWorkshop());
  const archives = (await session.gather([serverArchives])).get(serverArchives);
  const [mirror, securityMirror] = [mainArchive(archives), securityArchive(archives)];
  if (mirror === null || securityMirror === null) throw new Error('apt here has no archives');
  writeFileSync(
    `${tools}.sources`,
    aptSources({ suite: 'trixie', mirror, securityMirror, components: ['main'] }),
  );
  directory = temporaryDirectory('image');
  before = leftovers(directory);
  const ran = spawnSync('sh', ['assets/fetch-image-tools', tools, `${tools}.sources`, 'trixie'], {
    encoding: 'utf8',
  });
  expect(ran.status, ran.stderr).toBe(0);
  expect(existsSync(`${tools}/complete`)).toBe(true);
});
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

function put(path: string, content: string | Buffer, mode = 0o644): string {
  const at = join(version, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, content);
  chmodSync(at, mode);
  return at;
}

/** Sets the value of an attribute; node cannot (setxattr(2), number 188 on amd64). */
function setAttribute(path: string, name: string, hex: string): void {
  const script =
    'my $v = pack("H*", $ARGV[2]); syscall(188, $ARGV[0], $ARGV[1], $v, length($v), 0) == 0 or die "$!"';
  const ran = spawnSync('perl', ['-e', script, path, name, hex], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
}

function attribute(path: string, name: string): string {
  const script =
    'my $v = "\\0" x 256; my $n = syscall(191, $ARGV[0], $ARGV[1], $v, 256); print $n < 0 ? "none" : unpack("H*", substr($v, 0, $n))';
  return spawnSync('perl', ['-e', script, path, name], { encoding: 'utf8' }).stdout;
}

const config = (...more: readonly string[]): string =>
  ['CONFIG_EROFS_FS=m', 'CONFIG_EROFS_FS_XATTR=y', 'CONFIG_EROFS_FS_SECURITY=y', ...more, ''].join(
    '\n',
  );
const withZstd = config('CONFIG_EROFS_FS_ZIP=y', 'CONFIG_EROFS_FS_ZIP_ZSTD=y');
/** As in Debian 12. */
const withoutZstd = config('CONFIG_EROFS_FS_ZIP=y', '# CONFIG_EROFS_FS_ZIP_ZSTD is not set');
/** cap_net_raw=ep, revision 2 (linux/capability.h). */
const capability = '0100000200200000000000000000000000000000';

beforeEach(() => {
  version = join(directory, `version-${randomBytes(4).toString('hex')}`);
  put('etc/sidus/version', 'TREE=lab\nVERSION=1\n');
  put('etc/initramfs-tools/scripts/sidus', 'sidus_option sidus.image\n');
  put(`boot/config-${kernel}`, withZstd);
  symlinkSync(`boot/vmlinuz-${kernel}`, join(version, 'vmlinuz'));
  put('etc/shadow', 'root:*:1:::::\n', 0o640);
  chownSync(join(version, 'etc/shadow'), 0, 42);
  put('usr/bin/su', 'su', 0o4755);
  setAttribute(put('usr/bin/mtr-packet', 'packet', 0o755), 'security.capability', capability);
  put('usr/lib/large', Buffer.alloc(3_000_000, 'as good as nothing '));
  put('usr/lib/other', randomBytes(300_000));
  symlinkSync('su', join(version, 'usr/bin/link'));
  utimesSync(join(version, 'usr/lib/large'), 1_000_000_000, 1_000_000_000);
  utimesSync(join(version, 'etc/sidus/version'), 1_700_000_000, 1_700_000_000);
});

const imagesOf = (name: string): string => join(directory, `${name}-images`);

function make(images: string, from = tools) {
  const ran = spawnSync('sh', ['assets/make-image', version, images, uuid, from], {
    encoding: 'utf8',
  });
  return { ...ran, said: ran.stdout + ran.stderr };
}

function tool(name: string, ...words: readonly string[]) {
  return spawnSync(
    `${tools}/usr/lib64/ld-linux-x86-64.so.2`,
    ['--library-path', `${tools}/usr/lib/x86_64-linux-gnu`, `${tools}/usr/bin/${name}`, ...words],
    { encoding: 'utf8' },
  );
}

describe('an image', () => {
  test('holds what its version does, and changes nothing of it', () => {
    const images = imagesOf('whole');
    const was = treeListing(version);
    const made = make(images);
    expect(made.status, made.said).toBe(0);
    expect(made.said).toMatch(/^the image has \d+ MiB \(zstd,/m);
    expect(treeListing(version)).toEqual(was);
    expect(readdirSync(images)).toEqual([imageName]);
    const image = join(images, imageName);
    // Of whoever may look into the directory, only root may read /etc/shadow.
    expect(statSync(image).mode & 0o777).toBe(0o600);
    expect(statSync(images).mode & 0o777).toBe(0o755);
    expect(statSync(image).size).toBeLessThan(700_000);

    const out = join(directory, 'out');
    const extracted = tool('fsck.erofs', `--extract=${out}`, '--preserve', '--xattrs', image);
    expect(extracted.status, extracted.stderr).toBe(0);
    expect(treeListing(out)).toEqual(was);
    // Whose owner is set loses its capabilities (chown(2)); and this one's is root anyway.
    const own = join(directory, 'own');
    tool('fsck.erofs', `--extract=${own}`, '--no-preserve-owner', '--xattrs', image);
    expect(attribute(join(own, 'usr/bin/mtr-packet'), 'security.capability')).toBe(capability);
    expect(statSync(join(out, 'usr/lib/large')).mtimeMs).toBe(1_000_000_000_000);
    expect(tool('dump.erofs', image).stdout).toContain(uuid);
  });

  test('is the same, byte for byte, whenever it is made; and one that is there stays', () => {
    const [one, other] = [imagesOf('one'), imagesOf('other')];
    expect(make(one).status).toBe(0);
    expect(make(other).status).toBe(0);
    const bytes = readFileSync(join(one, imageName));
    expect(bytes.equals(readFileSync(join(other, imageName)))).toBe(true);
    const { ino } = statSync(join(one, imageName));
    expect(make(one).status).toBe(0);
    expect(statSync(join(one, imageName)).ino).toBe(ino);
  });

  test('is compressed as the kernel of its version can read it', () => {
    put(`boot/config-${kernel}`, withoutZstd);
    const images = imagesOf('older');
    const made = make(images);
    expect(made.status, made.said).toBe(0);
    expect(made.said).toContain('(lz4hc,');
    expect(tool('dump.erofs', join(images, imageName)).stdout).toMatch(/compr_algs:\s+lz4/);
  });

  test('that was broken off is not there, and is made when it is asked for again', async () => {
    // Long enough to be caught at it.
    put('usr/lib/more', randomBytes(60_000_000));
    const images = imagesOf('broken');
    const partial = join(images, `.${imageName}.partial`);
    const making = spawn('unshare', [
      ...['--pid', '--fork', '--kill-child', '--', 'sh', 'assets/make-image'],
      ...[version, images, uuid, tools],
    ]);
    const over = new Promise((resolve) => making.on('exit', resolve));
    await until('half an image', 60, () =>
      existsSync(partial) && statSync(partial).size > 1_000_000 ? true : null,
    );
    making.kill('SIGKILL');
    await over;
    expect(existsSync(join(images, imageName))).toBe(false);
    rmSync(join(version, 'usr/lib/more'));
    expect(make(images).status).toBe(0);
    expect(readdirSync(images)).toEqual([imageName]);
  });

  test.each([
    ['packed badly', withoutZstd, 'mkfs'],
    ['kept badly by the disk', withZstd, 'fsck'],
  ])('%s is no image', (name, kernelOptions, damagedAt) => {
    put(`boot/config-${kernel}`, kernelOptions);
    put('usr/lib/text', randomBytes(700_000).toString('hex'));
    const images = imagesOf(name);
    const spoilt = join(directory, `tools ${name}`);
    mkdirSync(join(spoilt, 'usr/lib64'), { recursive: true });
    for (const path of ['usr/bin', 'usr/lib']) symlinkSync(join(tools, path), join(spoilt, path));
    const loader = 'usr/lib64/ld-linux-x86-64.so.2';
    // Some pages of it become others, behind mkfs or before fsck reads them.
    writeFileSync(
      join(spoilt, loader),
      `#!/bin/sh
damage() { tr '\\0' '\\377' </dev/zero | dd of="${images}/.${imageName}.partial" bs=4k seek=100 count=4 conv=notrunc status=none; }
case "${damagedAt} $*" in fsck*fsck.erofs*) damage ;; esac
"${tools}/${loader}" "$@" || exit
case "${damagedAt} $*" in mkfs*mkfs.erofs*) damage ;; esac
`,
    );
    chmodSync(join(spoilt, loader), 0o755);
    const made = make(images, spoilt);
    expect(made.status, made.said).toBe(1);
    expect(made.stderr).toMatch(/was not what was written; see whether the disk is sound/);
    expect(existsSync(join(images, imageName))).toBe(false);
    expect(make(images).status).toBe(0);
  });

  test.each([
    ['a draft', 'etc/sidus/version', '', /no published version/],
    ['a kernel that cannot', `boot/config-${kernel}`, 'CONFIG_EROFS_FS=m\n', /cannot read images/],
    ['an older version', 'etc/initramfs-tools/scripts/sidus', 'nfsroot\n', /publish a newer one/],
  ])('of %s is refused in a sentence, and nothing is left', (name, path, content, said) => {
    put(path, content);
    const images = imagesOf(name);
    const made = make(images);
    expect(made.status).toBe(1);
    expect(made.stderr).toMatch(said);
    expect(made.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(images)).toBe(false);
  });
});
