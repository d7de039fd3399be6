import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assets } from '../../src/core/assets.ts';
import type { Plan } from '../../src/core/plan.ts';
import { homesOfListed } from '../../src/features/homes/mounts.ts';
import type { Site } from '../../src/features/index.ts';
import { prefixesOf, toNumber } from '../../src/features/ipv4.ts';
import { obstacleFacts } from '../../src/features/obstacles.ts';
import { ownDirectory, ownExports } from '../../src/features/own-files.ts';
import { complete } from '../../src/planner/complete.ts';
import { derive, firstFacts, furtherFacts, problemsOf } from '../../src/planner/derive.ts';
import { textOf } from '../../src/planner/describe.ts';
import { quote, scriptOf } from '../../src/planner/script.ts';
import { Host } from '../../src/system/host.ts';
import { fixedFacts, planned, presets } from '../support/facts.ts';
import { answersWith, everything, type Field, fieldsOf, valueAt } from '../support/fields.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, sharedCache, testWorkshop } from '../support/workshop.ts';

/** What has broken configuration files before, and what would break one of ours. */
const hostile: readonly string[] = [
  'x\ndhcp-script=/tmp/evil',
  'x\n',
  '\nx',
  'x\r\ny',
  'a b',
  'a\tb',
  'a\0b',
  '$(touch /tmp/evil)',
  '`id`',
  '"; reboot; "',
  "'; reboot; '",
  "'\\''",
  'a"b',
  'a\\',
  '\\n',
  '#comment',
  'a#b',
  'a;b',
  'a&b',
  'a|b',
  'a,b',
  'a:b',
  'a=b',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '~root',
  '!x',
  '%n',
  '../../etc/passwd',
  '/etc/../../x',
  '..',
  '.',
  '/',
  '-',
  '--',
  '-o',
  '--root=/',
  '-rf',
  '',
  ' ',
  ' x',
  'x ',
  '\u00a0',
  'é',
  'İ',
  'ﬀ',
  '\u202egnp.exe',
  '\u2028',
  '😀',
  '\ud800',
  'x'.repeat(300),
  'x'.repeat(70_000),
  '__proto__',
  'constructor',
  'toString',
  'null',
  'true',
  '0',
  '-1',
  '1e9',
  '0x7f.1',
  '010.0.0.1',
  '127.1',
  '256.1.1.1',
  '1.2.3.4/0',
  '٣',
  '1.2.3.4 5',
  'infinite',
  'END',
  'EOF',
];

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const first = [...firstFacts(), ...obstacleFacts];

interface Accepted {
  readonly site: Site;
  readonly plan: Plan;
}

/** null: refused, with a problem that says what to do. */
function judge(answers: unknown, what: string): Accepted | null {
  const { site, problems } = complete(answers, fixedFacts(first));
  const wrong =
    site === null ? problems : problemsOf(site, fixedFacts([...first, ...furtherFacts(site)]));
  for (const { code, summary, remedy } of wrong) {
    expect(code, what).toMatch(/^[a-z-]+\/[a-z-]+$/);
    expect(summary.text && remedy.text, what).toBeTruthy();
  }
  if (site === null || wrong.length > 0) {
    expect(wrong.length, what).toBeGreaterThan(0);
    return null;
  }
  return { site, plan: derive(site, fixedFacts([...first, ...furtherFacts(site)])) };
}

const nameOf = ({ path, kind }: Field): string =>
  `${path.join('.')}${kind === 'key' ? ' (name)' : ''}`;

/** What was accepted, to be shown to the parsers: each field, each way of being unusual. */
const accepted = new Map<string, Accepted>();
const characters = new Map<string, Set<string>>();
const kept = new Map<string, number>();

function feed(field: Field, value: unknown, kind: 'listed' | 'mutated' = 'listed'): boolean {
  const what = `${nameOf(field)} = ${JSON.stringify(value).slice(0, 400)}`;
  const found = judge(answersWith(field, value), what);
  if (found === null) return false;
  // Some of each field, and each that brings a character not yet seen there.
  const seen = characters.get(nameOf(field)) ?? new Set<string>();
  characters.set(nameOf(field), seen);
  const strange = [...String(value)].map((one) => (/[a-z]/i.test(one) ? 'a' : one));
  const isNew = strange.some((one) => !seen.has(one));
  for (const one of strange) seen.add(one);
  const count = kept.get(`${kind} ${nameOf(field)}`) ?? 0;
  if (count < 5 || (isNew && seen.size < 100)) {
    kept.set(`${kind} ${nameOf(field)}`, count + 1);
    accepted.set(what, found);
  }
  // Whatever it was, no line ends in it, and C sees its end where we do.
  if (typeof value === 'string') expect(value, what).not.toMatch(/\p{Cc}/u);
  return true;
}

const fields = fieldsOf();

describe('every field refuses or keeps what it is given', () => {
  test('all of them were found', () => {
    const names = fields.map(nameOf);
    expect(names).toContain('server.network.interfaceName');
    expect(names).toContain('trees.lab.accounts.users.0.fullName');
    expect(names).toContain('clients.0.options.0');
    expect(fields.length).toBeGreaterThan(40);
    expect(judge(everything, 'the valid answers')).not.toBeNull();
  });

  test.each(fields.map((field) => [nameOf(field), field] as const))('%s', (_, field) => {
    const usual =
      field.kind === 'key' ? String(field.path.at(-1)) : valueAt(everything, field.path);
    // A test that refuses everything would prove nothing.
    if (usual !== undefined) expect(feed(field, usual)).toBe(true);
    for (const value of hostile) {
      feed(field, value);
      feed(field, `${usual}${value}`);
      feed(field, `${value}${usual}`);
    }
    // Around what is valid, where a careless pattern lets something through.
    const text = String(usual ?? 'x');
    const piece = fc.oneof(
      fc.constantFrom(...hostile),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.string({ maxLength: 4 }),
      fc.stringMatching(/^[a-z0-9._:/@+=-]{1,6}$/),
    );
    const mutated = fc
      .tuple(fc.nat(text.length), fc.nat(3), piece)
      .map(([at, cut, inserted]) => text.slice(0, at) + inserted + text.slice(at + cut));
    fc.assert(
      fc.property(mutated, (value) => {
        feed(field, value, 'mutated');
      }),
      { numRuns: 150, seed: 20_250_101 },
    );
    // Values of other kinds, as YAML brings them.
    for (const value of [null, true, 0, -1, 2 ** 53, 1.5, [], {}, [[]], { a: 1 }])
      feed(field, value);
  });
});

describe('what is accepted is read by its own parser', () => {
  const root = temporaryDirectory('parsers');
  const host = new Host({ root, cache: sharedCache });
  const before = leftovers(root);
  let cases: readonly (readonly [what: string, given: Accepted, directory: string])[] = [];

  /** Every tool over every case, in one cord: what it says lies in out/ of the case. */
  const readAll = `
    set -u
    cp -a /etc /run/etc && mount --bind /run/etc /etc
    mount -t tmpfs tmpfs /var/lib/nfs && mount -t tmpfs tmpfs /home
    mkdir -p /etc/exports.d /srv/nfsroot /etc/apt/apt.conf.d
    mount -t tmpfs tmpfs /srv/nfsroot
    for case in /srv/cases/*/; do
      cd "$case" || exit 1
      mkdir -p out; : >out/failed
      must() { what=$1; shift; "$@" >"out/$what" 2>&1 </dev/null || echo "$what: $?" >>out/failed; }
      must dnsmasq /usr/sbin/dnsmasq --test --conf-file=server/etc/sidus/dnsmasq.conf
      while read -r path _; do case $path in /*) mkdir -p "$path" ;; esac; done <server/etc/exports.d/sidus.exports
      : >/var/lib/nfs/etab; cp server/etc/exports.d/sidus.exports /etc/exports.d/sidus.exports
      must exportfs exportfs -ra
      cp /var/lib/nfs/etab out/etab
      for file in server/srv/tftp/grub/* server/srv/tftp/sidus/*/*/grub.cfg; do
        must "grub-$(echo "$file" | tr / _)" grub-script-check "$file"
      done
      mkdir -p apt/etc/sources.list.d apt/etc/preferences.d apt/lists/partial apt/cache/archives/partial
      cp tree/etc/apt/sources.list.d/sidus.sources apt/etc/sources.list.d/
      cp tree/etc/apt/preferences.d/sidus apt/etc/preferences.d/sidus
      : >apt/status
      apt="-o Dir::Etc=$case/apt/etc -o Dir::State=$case/apt -o Dir::State::status=$case/apt/status -o Dir::Cache=$case/apt/cache"
      must targets apt-get $apt indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages'
      must policy apt-cache $apt policy
      must keyboard env -i sh -eu -c '. tree/etc/default/keyboard; echo "$XKBMODEL:$XKBLAYOUT:$XKBVARIANT:$XKBOPTIONS:$BACKSPACE"'
      must script sh -n script.sh
      for keys in $(find tree -name authorized_keys | tr ' ' '?'); do
        must "keys-$(echo "$keys" | tr / _)" ssh-keygen -l -f "$keys"
      done
      cp /etc/passwd /run/passwd; cp /etc/group /run/group; cp /etc/shadow /run/shadow
      must users sh -eu users.sh
      cp /etc/passwd out/passwd
      cp /run/passwd /etc/passwd; cp /run/group /etc/group; cp /run/shadow /etc/shadow
      rm -f /etc/gshadow; rm -rf /home/*
      must words sh words.sh
    done
  `;

  beforeAll(async () => {
    await readyWorkshop();
    const { site: rich } = judge(everything, 'everything') as Accepted;
    const all = new Map<string, Accepted>(accepted);
    all.set('everything', {
      site: rich,
      plan: derive(rich, fixedFacts([...first, ...furtherFacts(rich)])),
    });
    for (const preset of presets) all.set(`preset ${preset}`, planned(preset));
    const bare = judge({ server: { network }, trees: { bare: {} } }, 'bare');
    if (bare !== null) all.set('bare', bare);
    cases = [...all].map(([what, given], index) => [
      what,
      given,
      join(root, 'cases', String(index)),
    ]);
    for (const [, { plan }, directory] of cases) {
      for (const effect of plan.steps.flatMap(({ effects }) => effects)) {
        if (effect.kind !== 'file') continue;
        const path = join(directory, effect.place === 'server' ? 'server' : 'tree', effect.path);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, textOf(effect.content));
      }
      const commands = plan.steps
        .flatMap(({ effects }) => effects)
        .flatMap((one) => (one.kind === 'run' && one.argv[0] === 'useradd' ? [one.argv] : []));
      const words = commands.flat().map(String);
      await writeFile(
        join(directory, 'users.sh'),
        commands.map((argv) => `${argv.map((word) => quote(String(word))).join(' ')}\n`).join(''),
      );
      await writeFile(
        join(directory, 'words.sh'),
        `printf '%s\\n' ${words.map(quote).join(' ')}\n`,
      );
      await writeFile(join(directory, 'words'), `${words.join('\n')}\n`);
      await writeFile(join(directory, 'script.sh'), scriptOf(plan));
    }
    const ran = await host.exec(testWorkshop, ['sh', '-c', readAll], {
      privateNetwork: true,
      patience: 600,
      binds: [{ from: { place: 'server', path: '/cases' }, to: '/srv/cases', readOnly: false }],
    });
    expect(ran.code, ran.stderr).toBe(0);
  });
  afterAll(async () => {
    expect(await before.settled()).toEqual([]);
    removeDirectory(root);
  });

  const out = (directory: string, name: string): Promise<string> =>
    readFile(join(directory, 'out', name), 'utf8');
  const file = (directory: string, path: string): Promise<string> =>
    readFile(join(directory, path), 'utf8');

  /** The same question to every case; all that answer wrongly are shown, by what they were given. */
  async function everyCase(
    ask: (
      given: Accepted,
      directory: string,
    ) => Promise<readonly [found: unknown, wanted: unknown]>,
  ): Promise<void> {
    expect(cases.length).toBeGreaterThan(100);
    const wrong: string[] = [];
    for (const [what, given, directory] of cases) {
      const [found, wanted] = (await ask(given, directory)).map((one) => JSON.stringify(one));
      if (found !== wanted)
        wrong.push(`${what}: ${found?.slice(0, 300)} where ${wanted?.slice(0, 300)} should be`);
    }
    expect(wrong).toEqual([]);
  }

  test('no tool refuses any of them', () =>
    everyCase(async (_, directory) => {
      const failed = await out(directory, 'failed');
      const [name] = failed.split(':');
      return [failed === '' ? '' : failed + (await out(directory, name ?? '')), ''];
    }));

  test('dnsmasq.conf holds the directives that it should, and the values', () =>
    everyCase(async ({ site }, directory) => {
      const { network: net, serve } = site.server;
      const lines = (await file(directory, 'server/etc/sidus/dnsmasq.conf'))
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
      const wanted = [
        'port=0',
        `interface=${net.interfaceName}`,
        'except-interface=lo',
        'bind-dynamic',
        'enable-tftp',
        'tftp-root=/srv/tftp',
      ];
      if (serve.dhcp !== 'full') return [lines, wanted];
      const rest = lines.slice(wanted.length);
      const directive = (name: string) => rest.filter((line) => line.split('=')[0] === name);
      const options = [
        `dhcp-option=option:router${net.router === null ? '' : `,${net.router}`}`,
        `dhcp-option=option:dns-server${net.nameservers.map((one) => `,${one}`).join('')}`,
        ...(net.domain === null ? [] : [`dhcp-option=option:domain-name,${net.domain}`]),
        'dhcp-option=tag:ipxe,encap:175,176,1b',
      ];
      const hosts = site.clients.map(
        ({ mac, name, address }) =>
          `dhcp-host=${[mac, name, ...(address === undefined ? [] : [address])].join(',')},infinite`,
      );
      return [
        [
          lines.slice(0, wanted.length),
          directive('dhcp-option'),
          directive('dhcp-host'),
          [...new Set(rest.map((line) => line.split('=')[0]))].sort(),
          rest.length,
        ],
        [
          wanted,
          options,
          hosts,
          [
            'dhcp-authoritative',
            'dhcp-boot',
            ...(hosts.length > 0 ? ['dhcp-host'] : []),
            'dhcp-leasefile',
            'dhcp-match',
            'dhcp-option',
            'dhcp-range',
          ],
          // authoritative, range, leasefile, four matches, two loaders
          9 + options.length + hosts.length,
        ],
      ];
    }));

  test('exportfs exports each version, read-only, to the range and nobody else', () =>
    everyCase(async ({ site }, directory) => {
      const { rangeFirst, rangeLast } = site.server.network;
      const outside = site.clients.flatMap(({ address }) =>
        address !== undefined &&
        (toNumber(address) < toNumber(rangeFirst) || toNumber(address) > toNumber(rangeLast))
          ? [address]
          : [],
      );
      const imaged = (tree: string): boolean =>
        site.clients.some((client) => client.form === 'image' && client.tree === tree);
      const wanted = Object.keys(site.trees).flatMap((tree) =>
        [...prefixesOf(rangeFirst, rangeLast), ...outside].flatMap((prefix) => {
          const plain = prefix.endsWith('/32') ? prefix.slice(0, -3) : prefix;
          return ['versions', ...(imaged(tree) ? ['images'] : [])].map(
            (form) => `/srv/nfsroot/${tree}/${form}/1 ${plain} ro no_root_squash`,
          );
        }),
      );
      // What a client has of its own, to its address and to nobody else.
      const own = ownExports(site).map(
        ({ tree, client }) =>
          `${ownDirectory(tree, client.mac).path} ${client.address} ro no_root_squash`,
      );
      const found = (await out(directory, 'etab'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [, path, who, options = ''] = /^(\S+)\t([^(]+)\((.*)\)$/.exec(line) ?? [];
          const given = options.split(',');
          const plain = who?.endsWith('/32') ? who.slice(0, -3) : who;
          return [
            path,
            plain,
            ...['ro', 'rw', 'no_root_squash'].filter((one) => given.includes(one)),
          ].join(' ');
        });
      return [found.sort(), [...wanted, ...own].sort()];
    }));

  test('apt reads the archives as they were given', () =>
    everyCase(async ({ site, plan }, directory) => {
      const { suite, mirror, securityMirror, components } = Object.values(site.trees).at(-1)
        ?.tree ?? {
        suite: '',
        mirror: '',
        securityMirror: '',
        components: [],
      };
      expect(plan.steps.length).toBeGreaterThan(0);
      const at = (address: string) => address.replace(/\/*$/, '/');
      const wanted = components.flatMap((component) => [
        `${at(mirror)} ${suite} ${component}`,
        `${at(mirror)} ${suite}-updates ${component}`,
        `${at(securityMirror)} ${suite}-security ${component}`,
      ]);
      const found = (await out(directory, 'targets')).split('\n').filter((line) => line !== '');
      return [[...new Set(found)].sort(), [...new Set(wanted)].sort()];
    }));

  test('the keyboard is what a shell reads it as', () =>
    everyCase(async ({ site }, directory) => {
      const { keyboard, keyboardVariant } = Object.values(site.trees).at(-1)?.locale ?? {};
      return [await out(directory, 'keyboard'), `pc105:${keyboard}:${keyboardVariant}::guess\n`];
    }));

  test('useradd makes exactly these users', () =>
    everyCase(async ({ site }, directory) => {
      const wanted = Object.values(site.trees).flatMap(({ accounts }) =>
        accounts.users.map(
          ({ name, fullName, shell }) => `${name}:${fullName}:/home/${name}:${shell}`,
        ),
      );
      const found = (await out(directory, 'passwd'))
        .split('\n')
        .map((line) => line.split(':'))
        .filter(([, , uid]) => Number(uid) >= 1000 && Number(uid) < 60_000)
        .map(([name, , , , comment, home, shell]) => `${name}:${comment}:${home}:${shell}`);
      return [found, wanted];
    }));

  test('a shell reads quoted words as they were', () =>
    everyCase(async (_, directory) => [
      await out(directory, 'words'),
      await file(directory, 'words'),
    ]));

  test('authorized_keys holds as many keys as were given', () =>
    everyCase(async ({ site }, directory) => {
      const found: number[] = [];
      const wanted: number[] = [];
      for (const answers of Object.values(site.trees)) {
        const { accounts } = answers;
        const homes = homesOfListed(answers).slice(1).replaceAll('/', '_');
        for (const [home, keys] of [
          ['root', accounts.root === 'key' ? accounts.rootKeys : []],
          ...accounts.users.map(({ name, keys }) => [`${homes}_${name}`, keys] as const),
        ] as const) {
          if (keys.length === 0) continue;
          const told = await out(directory, `keys-tree_${home}_.ssh_authorized_keys`);
          found.push(told.split('\n').filter((line) => / \(\w[\w-]*\)$/.test(line)).length);
          wanted.push(keys.length);
        }
      }
      return [found, wanted];
    }));

  test('both loaders give the kernel the same words, those of the site', () =>
    everyCase(async ({ site }, directory) => {
      const [tree = '', answers] = Object.entries(site.trees)[0] ?? [];
      const size = answers?.persistence.size;
      const words = [
        'boot=sidus',
        `nfsroot=${site.server.network.address}:/srv/nfsroot/${tree}/versions/1`,
        'ip=dhcp',
        `sidus.clock=${site.server.serve.httpPort}`,
        `sidus.layer=memory,size=${size}`,
        ...site.server.serve.options,
      ];
      const at = `server/srv/tftp/sidus/${tree}/1`;
      const files = `sidus/${tree}/1`;
      const from = `${site.server.network.address}:${site.server.serve.httpPort}`;
      const label = (by: string, where: string): string =>
        `LABEL ${by}.${tree}\n  KERNEL ${where}/vmlinuz\n  INITRD ${where}/initrd.img\n  APPEND ${words.join(' ')}\n  IPAPPEND 2\n`;
      return [
        [await file(directory, `${at}/pxelinux.cfg`), await file(directory, `${at}/grub.cfg`)],
        [
          label('http', `http://${from}/${files}`) + label('tftp', files),
          [
            `menuentry "${tree}" --id ${tree} {`,
            `  for from in ${answers?.tree.suite === 'bookworm' ? '' : `"(http,${from})" `}""; do`,
            `    if linux $from/${files}/vmlinuz ${words.join(' ')} BOOTIF=$machex; then`,
            `      if initrd $from/${files}/initrd.img; then boot; fi`,
            '    fi',
            '  done',
            '}\n',
          ].join('\n'),
        ],
      ];
    }));

  test('locale.gen names one locale a line', () =>
    everyCase(async ({ site }, directory) => {
      const { language, moreLanguages } = Object.values(site.trees).at(-1)?.locale ?? {
        language: '',
        moreLanguages: [],
      };
      const wanted = [...new Set([language, ...moreLanguages])].filter((one) => one !== 'C.UTF-8');
      const lines = (await file(directory, 'tree/etc/locale.gen')).split('\n');
      return [
        lines.filter((line) => line !== '' && !line.startsWith('#')),
        wanted.sort().map((one) => `${one} UTF-8`),
      ];
    }));

  test('no path of an effect leaves where it belongs', () =>
    everyCase(async ({ plan }) => {
      const paths = plan.steps
        .flatMap(({ effects }) => effects)
        .flatMap((effect) => ('path' in effect ? [effect.path] : []));
      const strange = paths.filter(
        (path) => !/^(\/[A-Za-z0-9._@:+-]+)+$/.test(path) || /\/\.\.?(\/|$)/.test(path),
      );
      return [strange, []];
    }));

  test('shellcheck finds nothing in the script of a plan', async () => {
    const chosen = cases.filter(([what]) => /^(everything|bare|preset )/.test(what));
    expect(chosen.length).toBeGreaterThanOrEqual(presets.length + 1);
    // Of our own assets shellcheck has seen each already; here documents are not looked into.
    for (const [what, , directory] of chosen) {
      const path = `/srv/cases/${directory.split('/').at(-1)}/script.sh`;
      const ran = await host.exec(
        testWorkshop,
        ['shellcheck', '--shell=sh', '--severity=warning', path],
        {
          privateNetwork: true,
          patience: 120,
          binds: [{ from: { place: 'server', path: '/cases' }, to: '/srv/cases', readOnly: true }],
        },
      );
      expect(ran.stdout, what).toBe('');
      expect(ran.code, what).toBe(0);
    }
  });

  test('systemd reads our units without a word', async () => {
    const units = join(root, 'units');
    await mkdir(join(units, 'sidus'), { recursive: true });
    const { plan } = planned('minimal');
    for (const effect of plan.steps.flatMap(({ effects }) => effects)) {
      if (effect.kind !== 'file') continue;
      const name = effect.path.split('/').at(-1) ?? '';
      if (effect.path.endsWith('.service')) {
        await writeFile(join(units, name), textOf(effect.content));
      }
      if (effect.path.startsWith('/usr/local/lib/sidus/')) {
        const content = textOf(effect.content);
        await writeFile(join(units, 'sidus', name), content, { mode: effect.mode });
      }
    }
    for (const { name, content } of assets) {
      if (!name.startsWith('tree/usr/lib/sidus/')) continue;
      writeFileSync(join(units, 'sidus', name.split('/').at(-1) ?? ''), content, { mode: 0o755 });
    }
    const script =
      'for d in /usr/lib/sidus /usr/local/lib/sidus; do mkdir -p $d; mount --bind /srv/units/sidus $d || exit 1; done; cd /srv/units && ls *.service && exec systemd-analyze verify --man=no --generators=no --recursive-errors=one ./*.service';
    const ran = await host.exec(testWorkshop, ['sh', '-c', script], {
      privateNetwork: true,
      patience: 120,
      binds: [{ from: { place: 'server', path: '/units' }, to: '/srv/units', readOnly: true }],
    });
    expect(ran.stdout.split('\n')).toContain('sidus-dnsmasq.service');
    expect(ran.stdout.split('\n')).toContain('sidus-http.service');
    expect(ran.stdout.split('\n')).toContain('sidus-time.service');
    expect(ran.stdout.split('\n').length).toBeGreaterThan(4);
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
  });
});
