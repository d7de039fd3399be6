import { posix } from 'node:path';
import type { Form } from '../../src/core/form.ts';
import type { FakeSystem } from './fake-system.ts';

/** What one loader would start, by one of its files, with the file that says so. */
export interface Served {
  readonly file: string;
  readonly tree: string;
  readonly version: number;
  readonly form: Form;
  /** What does not belong together: none, where the version is whole. */
  readonly faults: readonly string[];
}

const tftp = '/srv/tftp';

/** As TFTP does: links of the directory are followed. */
function fetched(world: FakeSystem, path: string): string | null {
  const key = world.resolve('server', posix.join(tftp, path), true);
  const node = world.nodes.get(key);
  return node?.kind === 'file' ? node.content : null;
}

interface Line {
  readonly kernel: string;
  readonly initrd: string;
  readonly root: string;
  /** The name of an image in the directory `root`; empty: that is the version itself. */
  readonly image: string;
}

function linesOf(text: string): readonly Line[] {
  const of = (pattern: RegExp): readonly string[] =>
    // The HTTP server shows the same directory as TFTP (serve/http.ts).
    [...text.matchAll(pattern)].map(([, found = '']) =>
      found.replace(/^(http:\/\/[0-9.:]+|\$from)?\//, ''),
    );
  const kernels = of(/^\s*(?:KERNEL|(?:if )?linux|kernel) (\S+)/gm);
  const initrds = of(/(?:^\s*INITRD|^\s*if initrd|\binitrd --name initrd\.img) ([^\s;]+)/gm);
  const roots = of(/nfsroot=[0-9.]+:(\S+)/g).map((path) => `/${path}`);
  const images = of(/nfsroot=\S+((?: sidus\.image=\S+)?)/g).map((words) => words.split('=')[1]);
  return kernels.map((kernel, index) => ({
    kernel,
    initrd: initrds[index] ?? '',
    root: roots[index] ?? '',
    image: images[index] ?? '',
  }));
}

function served(world: FakeSystem, file: string, text: string): readonly Served[] {
  return linesOf(text).map(({ kernel, initrd, root, image }) => {
    const [, tree = '', kind = '', number = ''] =
      /^\/srv\/nfsroot\/([^/]+)\/(versions|images)\/([0-9]+)$/.exec(root) ?? [];
    const faults: string[] = [];
    const expect = (holds: boolean, fault: string): void => {
      if (!holds) faults.push(`${file}: ${fault}`);
    };
    const own = (path: string): string | null => {
      const place = { tree, version: Number(number) };
      return world.nodes.get(world.resolve(place, path, true))?.content ?? null;
    };
    expect(kernel === `sidus/${tree}/${number}/vmlinuz`, `${kernel} beside ${root}`);
    expect(initrd === `sidus/${tree}/${number}/initrd.img`, `${initrd} beside ${root}`);
    for (const [path, name] of [
      [kernel, '/vmlinuz'],
      [initrd, '/initrd.img'],
    ] as const) {
      const there = fetched(world, path);
      expect(there !== null, `${path} is not there`);
      expect(there === own(name), `${path} is not that of ${root}`);
    }
    const version = `/srv/nfsroot/${tree}/versions/${number}`;
    expect(
      world.text(`${version}/etc/sidus/version`) === `TREE=${tree}\nVERSION=${number}\n`,
      `${version} is not whole`,
    );
    expect((kind === 'images') === (image !== ''), `${root} with sidus.image='${image}'`);
    expect(
      kind !== 'images' || world.text(`${root}/${image}`).startsWith('image '),
      `${root}/${image} is not whole`,
    );
    expect(
      world
        .text('/var/lib/nfs/etab')
        .split('\n')
        .some((line) => line.startsWith(`${root} `)),
      `${root} is not exported`,
    );
    const form = kind === 'images' ? 'image' : 'files';
    return { file, tree, version: Number(number), form, faults };
  });
}

/** Everything that a machine would boot now, whatever its firmware, listed or not. */
export function whatBoots(world: FakeSystem): readonly Served[] {
  const included = (file: string, pattern: RegExp): readonly Served[] =>
    [...world.text(`${tftp}/${file}`).matchAll(pattern)].flatMap(([, path = '']) => {
      const text = fetched(world, path);
      return text === null
        ? [{ file: path, tree: '', version: 0, form: 'files', faults: [`${path} is not there`] }]
        : served(world, path, text);
    });
  const own = [...world.nodes.keys()]
    .filter((key) => /^\/srv\/tftp\/(pxelinux\.cfg\/|grub\/grub\.cfg-|ipxe\/)01-[^/]+$/.test(key))
    .flatMap((key) => served(world, key.slice(tftp.length + 1), world.text(key)));
  return [
    ...included('pxelinux.cfg/default', /^INCLUDE (\S+)$/gm),
    ...included('grub/grub.cfg', /^ {2}source \/(\S+)$/gm),
    ...own,
  ];
}
