import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import type { Site } from '../../src/features/index.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { judged, quieting } from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { reporting } from '../../src/rehearsal/preparation.ts';
import type { ServedFile } from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { Engine, engineOf, lastJson, sidus } from '../support/engine.ts';
import { until } from '../support/machine.ts';
import {
  boot,
  broken,
  builtSite,
  cache,
  memory,
  root,
  system,
  tree,
  usualMac,
} from './rehearsal-root.ts';

// Versions made, taken back, refused and deleted by the real program, under clients that run them;
// what a client boots is what lies in this root's own /srv/tftp at that moment.

const options = [...quieting, ...reporting];
const at = ['--root', root, '--cache', cache] as const;
const asked = [
  ...['--preset', 'rehearsal', '--offline', ...at],
  ...['--set', `serve.options=${JSON.stringify(options)}`],
];
const home = `${root}/srv/nfsroot/${tree}`;
const tftp = `${root}/srv/tftp`;
const current = (): string => readlinkSync(`${tftp}/sidus/${tree}/current`);

async function done(...words: readonly string[]): Promise<void> {
  const ended = await sidus(...words, ...asked);
  expect(ended.code, ended.stderr.slice(-3000)).toBe(0);
}

/** Work on the draft, as small as can be. */
const edition = `${home}/draft/srv/edition`;
function workOn(what: string): void {
  writeFileSync(edition, `${what}\n`);
}

const many = `${root}/many-clients.yaml`;
const listed = Array.from({ length: 250 }, (_, index) => ({
  mac: `52:54:00:bb:00:${index.toString(16).padStart(2, '0')}`,
  name: `desk${index}`,
  options: ['quiet'],
}));

let site: Site;
/** The numbers that are given here: no number comes twice, whoever published in this root before. */
let given: readonly [second: string, third: string, fourth: string];
beforeAll(async () => {
  site = await builtSite();
  const last = Number(readFileSync(`${home}/last-version`, 'utf8'));
  given = [String(last + 1), String(last + 2), String(last + 3)];
});

/** The other files of this table boot version 1, and find no other. */
afterAll(async () => {
  for (const path of [edition, many]) rmSync(path, { force: true });
  const versions = existsSync(`${home}/versions`) ? readdirSync(`${home}/versions`) : [];
  const others = versions.filter((name) => /^[0-9]+$/.test(name) && name !== '1');
  if (current() !== '1') await done('tree', 'rollback', tree, '1');
  if (others.length > 0) await done('tree', 'delete', tree, ...others, '--yes');
  expect(readdirSync(`${home}/versions`)).toEqual(['1']);
});

// The machine that reads here is the one that boots below, by its Ethernet address: it ran version 1
// while others were published, and gets the third when it is switched on again.
describe('under a running client', () => {
  test('publish, rollback and a refused deletion change nothing that it reads', async () => {
    const rounds: { version: string; files: number; errors: number; sum: string }[] = [];
    let reads = false;
    let over = false;
    const running = boot(site, {
      mac: usualMac,
      words: ['sidus.report-then=read'],
      patience: 1200,
      enough: () => over,
      watch: (event) => {
        if (event.type !== 'console') return;
        if (/sidus: reading /.test(event.line)) reads = true;
        const [, files, version = '', errors, sum = ''] =
          /sidus: read (\d+) files of \S+ version (\d+): (\d+) errors, ([0-9a-f]{32})/.exec(
            event.line,
          ) ?? [];
        if (files === undefined) return;
        rounds.push({ version, files: Number(files), errors: Number(errors), sum });
      },
    });
    try {
      await Promise.race([until('the client to read', 240, () => (reads ? true : null)), running]);
      const [second, third] = given;
      for (const number of [second, third]) {
        workOn(`edition ${number}`);
        await done('tree', 'publish', tree);
        expect(current()).toBe(number);
      }
      await done('tree', 'rollback', tree);
      expect(current()).toBe(second);
      // Nobody worked on the draft since: what was taken back is given again to who names it.
      const again = await sidus('tree', 'publish', tree, ...asked);
      expect(again.code).toBe(2);
      expect(again.stderr).toMatch(/\[tree\/taken-back\]/);
      expect(current()).toBe(second);
      await done('tree', 'rollback', tree, third);
      expect(current()).toBe(third);
      const refused = await sidus('tree', 'delete', tree, '1', '--yes', ...asked);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/\[tree\/version-mounted\]/);
      expect(existsSync(`${home}/versions/1/etc/sidus/version`)).toBe(true);
      const before = rounds.length;
      // The one that it was at meanwhile, to its end.
      await Promise.race([
        until('a whole round', 600, () => (rounds.length > before ? true : null)),
        running,
      ]);
    } finally {
      over = true;
    }
    const client = await running;
    expect(broken(site, client)).toEqual([]);
    const sums = execFileSync(
      'sh',
      ['-c', 'find . -xdev -type f -print0 | sort -z | xargs -0 md5sum'],
      {
        cwd: `${home}/versions/1`,
        env: { ...process.env, LC_ALL: 'C' },
        maxBuffer: 2 ** 28,
      },
    );
    const wanted = {
      version: '1',
      files: sums.toString().split('\n').length - 1,
      errors: 0,
      sum: createHash('md5').update(sums).digest('hex'),
    };
    expect(wanted.files).toBeGreaterThan(5000);
    for (const round of rounds) expect(round).toEqual(wanted);
  });
});

/** What lies below a directory, as TFTP would serve it. */
function servedFiles(below = ''): readonly ServedFile[] {
  return readdirSync(join(tftp, below)).flatMap((name): readonly ServedFile[] => {
    const path = below === '' ? name : `${below}/${name}`;
    const entry = lstatSync(join(tftp, path));
    if (entry.isDirectory()) return servedFiles(path);
    if (entry.isSymbolicLink()) return [{ path, link: readlinkSync(join(tftp, path)) }];
    return [{ path, mode: 0o644, from: { place: 'server', path: `/srv/tftp/${path}` } }];
  });
}

/** Boots a client over the whole chain from what is there now; what it says must be one version. */
async function bootsWhole(): Promise<string> {
  const version = Number(current());
  const own = { ...site, server: { ...site.server, serve: { ...site.server.serve, options } } };
  const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(own)]);
  const { expected, ...made } = wholeChain(own, facts, {
    ...{ tree, version, mac: usualMac, firmware: 'bios' as const, before: [], after: [] },
  });
  const exported = [
    ...readFileSync(`${root}/etc/exports.d/sidus.exports`, 'utf8').matchAll(
      /^\/srv\/nfsroot\/([^/]+)\/(versions|images)\/(\d+) (.*)$/gm,
    ),
  ].map(([, name = '', kind = '', number, clients = '']) => ({
    version: { tree: name, version: Number(number) },
    form: kind === 'images' ? ('image' as const) : ('files' as const),
    at: `${root}/srv/nfsroot/${name}/${kind}/${number}`,
    clients: clients.split(' ').map((client) => client.replace(/\(.*$/, '')),
  }));
  const sent: string[] = [];
  const client = await boot(own, {
    chain: {
      kind: 'full',
      firmware: 'bios',
      ...made,
      files: servedFiles(),
      // An engine that was killed may have left what is not there yet.
      exports: exported.filter(({ at }) => existsSync(at)),
    },
    watch: (event) => {
      if (event.type !== 'server') return;
      const [, path] =
        /(?:^httpd: \S+ url:\/|sent \/srv\/tftp\/)(sidus\/\S+)/.exec(event.line) ?? [];
      if (path !== undefined) sent.push(path);
    },
  });
  const findings = judged(own, { ...expected, mac: usualMac, memory }, client.report);
  expect(findings.filter(({ holds }) => !holds)).toEqual([]);
  expect(client.report.version).toBe(version);
  for (const name of ['vmlinuz', 'initrd.img']) {
    expect(sent.filter((path) => path.endsWith(name))).toEqual([
      `sidus/${tree}/${version}/${name}`,
    ]);
    const [served, wanted] = [
      `${tftp}/sidus/${tree}/${version}`,
      `${home}/versions/${version}`,
    ].map((directory) =>
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    );
    expect(served, name).toBe(wanted);
  }
  return String(version);
}

describe('a client that is switched on after a publish was killed with -9', () => {
  /** Kills the engine as soon as this is so, which it looks for without a pause. */
  async function killedWhen(words: readonly string[], isSo: () => boolean): Promise<void> {
    const reader = new Engine([...words, '--json']);
    const engine = await engineOf(root);
    let ended = false;
    void reader.ended.then(() => {
      ended = true;
    });
    while (!isSo() && !ended) await setImmediate();
    process.kill(engine, 'SIGKILL');
    const { report } = lastJson<{ report: Report }>(await reader.ended);
    expect(report.problem?.code).toBe('run/engine-gone');
  }

  test('while the draft is copied: who read version 1 runs the third after its reboot', async () => {
    const [, third, fourth] = given;
    workOn(`edition ${fourth}`);
    // So many entries of single machines, written after the link, that an engine can be killed there.
    writeFileSync(many, JSON.stringify({ clients: listed }));
    await killedWhen(['tree', 'publish', tree, ...asked, '--answers', many], () =>
      existsSync(`${home}/versions/.${fourth}.partial/usr`),
    );
    expect(existsSync(`${home}/versions/${fourth}`)).toBe(false);
    expect(await bootsWhole()).toBe(third);
  });

  test('while its kernel and initrd are put in place: still the third', async () => {
    const [, third, fourth] = given;
    await killedWhen(['resume', ...at], () =>
      existsSync(`${tftp}/sidus/${tree}/${fourth}/vmlinuz`),
    );
    expect(existsSync(`${home}/versions/${fourth}/etc/sidus/version`)).toBe(true);
    expect(await bootsWhole()).toBe(third);
  });

  test('as soon as the link is switched: the fourth', async () => {
    const [, third, fourth] = given;
    await killedWhen(['resume', ...at], () => current() === fourth);
    expect(await bootsWhole()).toBe(fourth);
    const ended = await sidus('resume', ...at);
    expect(ended.code, ended.stderr.slice(-3000)).toBe(0);
    for (const number of [third, fourth]) {
      const published = readFileSync(`${home}/versions/${number}/srv/edition`, 'utf8');
      expect(published).toBe(`edition ${number}\n`);
    }
  });
});
