import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Draft } from '../../src/core/preferences.ts';
import type { Problem } from '../../src/core/problem.ts';
import { PreferencesOnDisk } from '../../src/system/preferences.ts';
import type { Person } from '../../src/system/preferences-home.ts';
import { until } from '../support/machine.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sidus-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const person = (more: Partial<Person> = {}): Person => ({
  environment: { HOME: home },
  uid: 1000,
  users: '',
  ...more,
});
const make = (more: Partial<Person> = {}): PreferencesOnDisk =>
  new PreferencesOnDisk(person(more), () => new Date('2026-11-21T10:00:00Z'));
const directory = (): string => join(home, '.config/sidus');
const path = (): string => join(directory(), 'preferences.json');
const plant = (text: string): void => {
  mkdirSync(directory(), { recursive: true });
  writeFileSync(path(), text);
};
const mode = (at: string): number => statSync(at).mode & 0o777;
const codes = (problems: readonly Problem[]): readonly string[] => problems.map(({ code }) => code);

const draft = (root: string, more: Partial<Draft> = {}): Draft => ({
  schema: 1,
  savedAt: '2026-11-21T09:00:00.000Z',
  root,
  preset: 'minimal',
  tree: 'lab',
  answers: { trees: { lab: { locale: { language: 'fr_FR.UTF-8' } } } },
  screen: 'network',
  done: ['network'],
  ...more,
});

describe('what a person keeps', () => {
  test.each(['pretend', '/', '/srv/staged'])(
    'may be set aside for newer answers of %s',
    async (at) => {
      const preferences = make();
      await preferences.load();
      const older = `${at}#2026-11-21T09:00:00.000Z minimal`;
      preferences.keep(draft(older));
      preferences.keep(draft(at, { preset: 'cbp-2013' }));
      await preferences.flush();
      const { drafts, said } = await make().load();
      expect(said).toEqual([]);
      expect(Object.keys(drafts).sort()).toEqual([at, older]);
    },
  );

  test('is there the next time, by root, and only they may read it', async () => {
    const first = make();
    const nothing = { drafts: {}, look: { unicode: null, colour: null }, lastTree: null };
    expect(await first.load()).toEqual({ ...nothing, said: [], offered: null });
    // Looking makes nothing.
    expect(existsSync(join(home, '.config'))).toBe(false);
    first.keep(draft('/'));
    first.keep(draft('/srv/my.tree', { tree: 'dots' }));
    first.keepLook({ unicode: false, colour: true });
    await first.flush();
    const { drafts, look, lastTree, said } = await make().load();
    expect(drafts).toEqual({
      '/': draft('/'),
      '/srv/my.tree': draft('/srv/my.tree', { tree: 'dots' }),
    });
    expect(look).toEqual({ unicode: false, colour: true });
    expect(lastTree).toBe('dots');
    expect(said).toEqual([]);
    expect([mode(directory()), mode(path())]).toEqual([0o700, 0o600]);
    await first.forget('/');
    expect(Object.keys((await make().load()).drafts)).toEqual(['/srv/my.tree']);
  });

  test('a directory that was open to others is closed', async () => {
    mkdirSync(directory(), { recursive: true, mode: 0o755 });
    const preferences = make();
    await preferences.load();
    preferences.keep(draft('/'));
    preferences.flushNow();
    expect([mode(directory()), mode(path())]).toEqual([0o700, 0o600]);
  });

  test('lies where XDG_CONFIG_HOME says, if it says a whole path', async () => {
    for (const [config, at] of [
      [join(home, 'elsewhere'), join(home, 'elsewhere/sidus/preferences.json')],
      ['relative', path()],
    ] as const) {
      const preferences = make({ environment: { HOME: home, XDG_CONFIG_HOME: config } });
      await preferences.load();
      preferences.keep(draft('/'));
      preferences.flushNow();
      expect(existsSync(at)).toBe(true);
    }
  });

  test('is written a moment after the last key, and at once on the way out', async () => {
    const preferences = make();
    await preferences.load();
    preferences.keep(draft('/', { screen: 'first' }));
    preferences.keep(draft('/', { screen: 'second' }));
    expect(existsSync(path())).toBe(false);
    await until('the file', 5, () => (existsSync(path()) ? true : null));
    expect(JSON.parse(readFileSync(path(), 'utf8')).drafts['/'].screen).toBe('second');
    preferences.keep(draft('/', { screen: 'third' }));
    preferences.flushNow();
    expect(JSON.parse(readFileSync(path(), 'utf8')).drafts['/'].screen).toBe('third');
  });

  test('two wizards leave each other what is theirs', async () => {
    const [one, other] = [make(), make()];
    await Promise.all([one.load(), other.load()]);
    for (let round = 0; round < 20; round += 1) {
      one.keep(draft('/', { screen: `one ${round}` }));
      other.keep(draft('pretend', { screen: `other ${round}`, tree: 'toy' }));
      one.flushNow();
      other.flushNow();
    }
    const { drafts, lastTree } = await make().load();
    expect(drafts['/']?.screen).toBe('one 19');
    expect(drafts.pretend?.screen).toBe('other 19');
    // What was pretended is no tree of anybody's.
    expect(lastTree).toBe('lab');
    expect(readdirSync(directory())).toEqual(['preferences.json']);
  });

  test('of many roots the newest stay', async () => {
    const preferences = make();
    await preferences.load();
    for (let nth = 10; nth < 40; nth += 1) {
      preferences.keep(draft(`/srv/${nth}`, { savedAt: `2026-11-21T09:${nth}:00.000Z` }));
    }
    preferences.flushNow();
    const { drafts } = await make().load();
    expect(Object.keys(drafts)).toHaveLength(20);
    expect(Object.keys(drafts)).toContain('/srv/39');
    expect(Object.keys(drafts)).not.toContain('/srv/19');
  });

  test('signals stay ours, whatever comes with the library', async () => {
    const counts = () =>
      (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const).map((name) =>
        process.listenerCount(name),
      );
    const before = counts();
    await make().load();
    expect(counts()).toEqual(before);
  });
});

describe('a file that cannot be understood', () => {
  const valid = { drafts: { '/': draft('/') } };
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const hostile: readonly (readonly [string, string])[] = [
    ['torn', '{"drafts": {"/": {"sch'],
    ['empty', ''],
    ['no object', '[]'],
    ['drafts of another kind', '{"drafts": 7}'],
    ['a draft under another root', JSON.stringify({ drafts: { '/srv': draft('/') } })],
    ['a root that is none', JSON.stringify({ drafts: { 'a/b': draft('a/b') } })],
    ['a root called __proto__', '{"drafts": {"__proto__": {"x": 1}}}'],
    ['answers with __proto__', JSON.stringify(valid).replace('"locale"', '"__proto__"')],
    [
      'answers without end',
      JSON.stringify(valid).replace(/"answers":\{.*?\}\}\}\}/, `"answers":${deep}`),
    ],
    ['a date that is none', JSON.stringify(valid).replace(/2026-[^"]*/, 'soon')],
    ['another schema', JSON.stringify(valid).replace('"schema":1', '"schema":2')],
    ['huge', `{"drafts": {}, "x": "${'x'.repeat(4 * 2 ** 20)}"}`],
    ['no text', '\0\xff\xfe\0'],
  ];
  test.each(hostile)('%s: is put aside with all that it holds, and said', async (_, text) => {
    plant(text);
    const preferences = make();
    const { drafts, said } = await preferences.load();
    expect(drafts).toEqual({});
    expect(codes(said)).toEqual(['preferences/set-aside']);
    const aside = `${path()}.bad-2026-11-21T10-00-00`;
    expect(said[0]?.summary.values).toEqual({ path: path(), aside });
    expect(readFileSync(aside).equals(Buffer.from(text))).toBe(true);
    preferences.keep(draft('/'));
    preferences.flushNow();
    expect((await make().load()).drafts).toEqual({ '/': draft('/') });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('a second one gets a name of its own', async () => {
    for (const text of ['first', 'second']) {
      plant(text);
      await make().load();
    }
    const names = readdirSync(directory()).sort();
    expect(names.map((name) => readFileSync(join(directory(), name), 'utf8'))).toEqual([
      'first',
      'second',
    ]);
  });

  test('a pipe in its place is not waited for', async () => {
    mkdirSync(directory(), { recursive: true });
    execFileSync('mkfifo', [path()]);
    expect(codes((await make().load()).said)).toEqual(['preferences/set-aside']);
  });

  test('one that is spoilt while the wizard runs is put aside too', async () => {
    const preferences = make();
    const heard: Problem[] = [];
    preferences.listen((problem) => heard.push(problem));
    await preferences.load();
    plant('not JSON');
    preferences.keep(draft('/'));
    preferences.flushNow();
    expect(codes(heard)).toEqual(['preferences/set-aside']);
    expect(Object.keys((await make().load()).drafts)).toEqual(['/']);
  });
});

describe('where nothing can be kept', () => {
  test.each([
    ['a file where the home should be', () => ({ HOME: join(home, 'file') })],
    ['no home at all', () => ({})],
  ])('%s: said once, and nothing else happens', async (_, environment) => {
    writeFileSync(join(home, 'file'), '');
    const preferences = make({ environment: environment() });
    const heard: Problem[] = [];
    preferences.listen((problem) => heard.push(problem));
    const { said, drafts } = await preferences.load();
    expect(codes(said)).toEqual(['preferences/not-kept']);
    expect(drafts).toEqual({});
    for (let time = 0; time < 3; time += 1) {
      preferences.keep(draft('/'));
      preferences.flushNow();
    }
    await preferences.forget('/');
    expect(heard).toEqual([]);
    expect(readdirSync(home)).toEqual(['file']);
  });

  test('answers that are too large are not kept, and said once', async () => {
    const preferences = make();
    const heard: Problem[] = [];
    preferences.listen((problem) => heard.push(problem));
    await preferences.load();
    for (let time = 0; time < 2; time += 1) {
      preferences.keep(draft('/', { answers: 'x'.repeat(5 * 2 ** 20) }));
      preferences.flushNow();
    }
    expect(codes(heard)).toEqual(['preferences/not-kept']);
    expect(existsSync(path())).toBe(false);
  });
});

describe('as root, behind sudo', () => {
  const owner = (): number => process.getuid?.() ?? 0;
  // A person must not be root. As an ordinary user these files are our own.
  const asked = (): number => (owner() === 0 ? 4711 : owner());
  let theirs: string;
  beforeEach(() => {
    theirs = join(home, 'theirs/.config/sidus');
    mkdirSync(theirs, { recursive: true });
  });
  const give = (at: string): void => {
    if (owner() === 0) chownSync(at, asked(), asked());
  };
  const write = (drafts: Readonly<Record<string, Draft>>): string => {
    const at = join(theirs, 'preferences.json');
    writeFileSync(at, JSON.stringify({ drafts }));
    give(at);
    return at;
  };
  const root = (more: Readonly<Record<string, string>> = {}): PreferencesOnDisk =>
    make({
      uid: 0,
      environment: {
        // As `sudo -E` leaves them: those of the other person.
        HOME: join(home, 'theirs'),
        XDG_CONFIG_HOME: join(home, 'theirs/.config'),
        SUDO_USER: 'them',
        SUDO_UID: String(asked()),
        ...more,
      },
      users: `root:x:0:0::${join(home, 'root')}:/bin/sh\nthem:x:${asked()}:1::${join(home, 'theirs')}:/bin/sh\n`,
    });

  test('the newest real draft is offered, and their file is never touched', async () => {
    const at = write({
      '/': draft('/', { screen: 'older' }),
      '/srv': draft('/srv', { savedAt: '2026-11-21T09:30:00.000Z' }),
      pretend: draft('pretend', { savedAt: '2026-11-21T09:59:00.000Z' }),
    });
    const before = [readFileSync(at, 'utf8'), statSync(at).mtimeMs, readdirSync(theirs).join()];
    const preferences = root();
    const { drafts, offered } = await preferences.load();
    expect(offered?.root).toBe('/srv');
    expect(drafts).toEqual({});
    preferences.keep(draft('/', { screen: 'of root' }));
    await preferences.forget('/srv');
    const after = [readFileSync(at, 'utf8'), statSync(at).mtimeMs, readdirSync(theirs).join()];
    expect(after).toEqual(before);
    expect(existsSync(join(home, 'root/.config/sidus/preferences.json'))).toBe(true);
  });

  test('so is not what they set aside on a server in memory', async () => {
    write({
      'pretend#x': draft('pretend#x', { savedAt: '2026-11-21T09:59:00.000Z' }),
      '/srv': draft('/srv'),
    });
    expect((await root().load()).offered?.root).toBe('/srv');
  });

  test('what they only pretended is offered when there is nothing else', async () => {
    write({ pretend: draft('pretend') });
    expect((await root().load()).offered?.root).toBe('pretend');
  });

  test('a spoilt file of theirs stays as it is', async () => {
    const at = write({});
    writeFileSync(at, 'not JSON');
    const { offered, said } = await root().load();
    expect([offered, said]).toEqual([null, []]);
    expect(readFileSync(at, 'utf8')).toBe('not JSON');
  });

  test('a link, a pipe, a directory, or a file too large is not followed', async () => {
    const at = join(theirs, 'preferences.json');
    const real = write({ '/': draft('/') });
    const elsewhere = join(home, 'elsewhere');
    writeFileSync(elsewhere, readFileSync(real));
    give(elsewhere);
    rmSync(at);
    symlinkSync(elsewhere, at);
    expect((await root().load()).offered).toBeNull();
    rmSync(at);
    execFileSync('mkfifo', [at]);
    give(at);
    expect((await root().load()).offered).toBeNull();
    rmSync(at);
    mkdirSync(at);
    expect((await root().load()).offered).toBeNull();
    rmSync(at, { recursive: true });
    writeFileSync(at, JSON.stringify({ drafts: { '/': draft('/') }, x: 'x'.repeat(4 * 2 ** 20) }));
    give(at);
    expect((await root().load()).offered).toBeNull();
  });

  test('a file of somebody else in their home is not read', async () => {
    write({ '/': draft('/') });
    const other = make({
      uid: 0,
      environment: { SUDO_UID: '4712' },
      users: `them:x:4712:1::${join(home, 'theirs')}:/bin/sh\n`,
    });
    expect((await other.load()).offered).toBeNull();
  });

  test.each(['', '0', '-1', '1e3', '99999999999', 'x'])(
    'SUDO_UID=%j offers nothing',
    async (uid) => {
      write({ '/': draft('/') });
      expect((await root({ SUDO_UID: uid }).load()).offered).toBeNull();
    },
  );
});
