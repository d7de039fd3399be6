import { bootstrapWords } from './believable-tree.ts';
import type { MemorySystem } from './memory.ts';
import { restOf } from './modelling.ts';
import { type Speech, type Spoken, said } from './speech.ts';

/** How a command fails that `--fail WORD` names: after some of its work, in the words of life. */

interface Failure {
  readonly code: number;
  readonly lines: readonly string[];
}

const noMirror = (mirror: string): Failure => ({
  code: 100,
  lines: [
    `E: Failed to fetch ${mirror}/pool/main/s/systemd/systemd_257.13-1~deb13u1_amd64.deb  404  Not Found [IP: 192.0.2.80 80]`,
    'E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?',
  ],
});

type Fails = (world: MemorySystem, words: readonly string[], rest: readonly string[]) => Failure;

const failures: readonly (readonly [command: string, fails: Fails])[] = [
  [
    'sh asset:bootstrap',
    (world, _words, rest) => {
      const { mirror } = bootstrapWords(world, rest);
      const { lines } = noMirror(mirror);
      const last =
        'E: apt-get --yes -oApt::Status-Fd=<$fd> install failed: process exited with 100';
      return { code: 25, lines: [...lines, last] };
    },
  ],
  ['sh asset:fetch-loaders', () => noMirror('http://mirror.example/debian')],
  ['sh asset:fetch-image-tools', () => noMirror('http://mirror.example/debian')],
  [
    'sh asset:make-image',
    (_world, _words, [, images = '']) => ({
      code: 1,
      lines: [
        `<E> erofs: failed to write ${images}/.root.erofs.partial: No space left on device`,
        '<E> erofs: \tCould not format the device : [Error 28] No space left on device',
      ],
    }),
  ],
  ['apt-get', () => noMirror('http://mirror.example/debian')],
  [
    'sh asset:publish',
    (_world, _words, [home = '', , number = '']) => ({
      code: 1,
      lines: [
        `cp: error writing '${home}/versions/.${number}.partial/usr/lib/x86_64-linux-gnu/libc.so.6': No space left on device`,
      ],
    }),
  ],
  [
    '/usr/lib/sidus/make-initrd',
    () => ({
      code: 1,
      lines: [
        'E: /etc/initramfs-tools/hooks/sidus failed with return 1.',
        'update-initramfs: failed for /boot/initrd.img with 1.',
      ],
    }),
  ],
  [
    'perl asset:find-dhcp-servers',
    (_world, _words, [card = 'eno2']) => ({
      code: 1,
      lines: [`another DHCP server answers on ${card}: 192.168.67.254`],
    }),
  ],
  [
    'systemctl',
    (_world, words) => ({
      code: 1,
      lines: [
        `Job for ${words.at(-1)} failed because the control process exited with error code.`,
        `See "systemctl status ${words.at(-1)}" and "journalctl -xeu ${words.at(-1)}" for details.`,
      ],
    }),
  ],
  ...['quick', 'full'].map((chain): readonly [string, Fails] => [
    `sh /rehearsal/${chain}`,
    () => ({
      code: 1,
      lines: ['console: ', 'rehearsal: failed: '].map(
        (who) =>
          `${who}sidus: cannot start: the kernel of this version has no overlay file system; build the version anew`,
      ),
    }),
  ]),
];

/** Half of what it would have said, then why it failed. */
export function* failing(
  world: MemorySystem,
  words: readonly string[],
  asked: string,
  usual: Iterable<Spoken>,
): Speech {
  const before = [...usual];
  yield* before.slice(0, before.length >> 1);
  const found = failures.flatMap(([command, fails]) => {
    const rest = restOf(command, words);
    return rest === null ? [] : [fails(world, words, rest)];
  })[0];
  const { code, lines } = found ?? {
    code: 1,
    lines: [`${words[0]}: fails here because --fail ${asked} was asked for`],
  };
  // Our own script says it on standard output, everybody else on standard error.
  const ours = words.some((word) => /^\/rehearsal\/(quick|full)$/.test(String(word)));
  const from = ours ? 'stdout' : 'stderr';
  for (const line of lines) yield { ...said(0.4, line), from };
  return { code, stderr: from === 'stderr' ? lines.map((line) => `${line}\n`).join('') : '' };
}
