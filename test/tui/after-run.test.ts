import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/client-report.ts';
import { say } from '../../src/core/message.ts';
import type { Overview } from '../../src/core/overview.ts';
import type { Rehearsal } from '../../src/rehearsal/virtual-client.ts';
import { dashboardRows } from '../../src/tui/state/dashboard.ts';
import { doneItems } from '../../src/tui/state/done.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import { rehearsalItems } from '../../src/tui/state/rehearsal.ts';
import type { State } from '../../src/tui/state/state.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { Person, presetChoices } from '../support/person.ts';

function sound(person: Person): Person {
  for (const size of sizes) expectSound({ ...person.state, size });
  return person;
}

const problem = {
  code: 'rehearsal/failed',
  summary: say('the client did not report'),
  remedy: say('read its console'),
} as const;

const rehearsal = {
  report: { hostname: 'rehearsal', kernel: '6.12.0' },
  timings: { firmware: 5, kernel: 10, root: 18, login: 33 },
  bytes: { received: 5e7, sent: 1e6 },
  accelerated: false,
  retried: null,
} as unknown as Rehearsal;

const finding = (what: string, holds: boolean): Finding => ({
  what,
  expected: 'overlay',
  found: holds ? 'overlay' : 'tmpfs'.repeat(40),
  holds,
});

describe('a rehearsal', () => {
  /** After a run of the preset minimal. */
  const begun = (): Person => {
    const person = new Person().begin('minimal');
    person.state = { ...person.state, screen: 'rehearsal' };
    return person.tell({ type: 'rehearsal-begun', boot: 1, tree: 'minimal', version: 1 });
  };
  const console = (lines: readonly string[]) =>
    ({
      type: 'rehearsal-events',
      boot: 1,
      events: lines.map((line) => ({ type: 'console', line }) as const),
    }) as const;
  const reached = (stage: 'power' | 'kernel' | 'root', seconds: number) =>
    ({ type: 'rehearsal-events', boot: 1, events: [{ type: 'stage', stage, seconds }] }) as const;
  const ended = (...findings: readonly Finding[]): Person =>
    begun().tell({ type: 'rehearsed', boot: 1, rehearsal, findings });

  test('before it boots, Esc and Ctrl-C ask', () => {
    const person = new Person().begin('minimal');
    person.state = { ...person.state, screen: 'rehearsal', rehearsing: null };
    expect(sound(person).press('enter', 'escape').state.overlay?.kind).toBe('quit');
    expect(person.press('escape', 'ctrl-c').state.overlay?.kind).toBe('quit');
  });

  test('shows stage after stage with its seconds, and what the console says, harmless', () => {
    const person = begun().tell(reached('power', 0), reached('kernel', 5.25));
    person.tell(console(['\u001b[2J\u001b[31mLinux version 6.12\u0007\ttabs']));
    const text = sound(person).screen().join('\n');
    expect(text).toMatch(/switched on +0\.0 s/);
    expect(text).toMatch(/Its kernel starts.* 5\.3 s/);
    expect(text).toContain('Linux version 6.12  tabs');
  });

  test('a second try begins from the beginning, and says why', () => {
    const person = begun().tell(reached('power', 0), reached('kernel', 5));
    const note = say('Trying once more: {why}', { why: 'Kernel panic' });
    person.tell({ type: 'rehearsal-events', boot: 1, events: [{ type: 'note', note }] });
    expect(person.screen().join('\n')).toContain('Trying once more: Kernel panic');
    expect(person.state.rehearsing?.stages).toEqual([]);
  });

  test('its console follows, unless somebody scrolled up', () => {
    const person = begun().tell(console(Array.from({ length: 50 }, (_, index) => `line ${index}`)));
    expect(person.screen().join('\n')).toContain('line 49');
    person.press('up', 'page-up').tell(console(['new']));
    expect(person.screen().join('\n')).not.toContain('line 49');
    expect(person.press('home').screen().join('\n')).toContain('line 0');
    expect(person.type('f').screen().join('\n')).toContain('new');
  });

  test('Esc goes on without it', () => {
    const person = begun().press('escape');
    // To the plan that serves it: that comes after, never before.
    expect(person.state.screen).toBe('plan');
    expect(person.wishes.map(({ wish }) => wish).slice(-3)).toEqual([
      'stop-rehearsal',
      'keep-answers',
      'make-plan',
    ]);
  });

  test('that holds is a checklist; Enter goes on', () => {
    const person = ended(finding('root', true), finding('layer', true));
    expect(sound(person).screen().join('\n')).toContain('is what you asked for');
    expect(rehearsalItems(person.state).map(({ does }) => does)).toEqual(['serve', 'again']);
    expect(person.press('enter').state.screen).toBe('plan');
  });

  test('that does not hold says what was expected and what was found, first', () => {
    const person = ended(finding('root', true), finding('layer', false));
    const text = sound(person).screen().join('\n');
    expect(text).toContain('1 of 2 things are not as expected');
    expect(text.indexOf('layer')).toBeLessThan(text.indexOf('root'));
    expect(text).toContain('expected overlay');
    expect(rehearsalItems(person.state).map(({ does }) => does)).toEqual([
      'again',
      'answers',
      'serve',
    ]);
    expect(person.choose('Change the answers').state.screen).toBe('questions');
  });

  test('that failed says why, with what may be done; the console is still there', () => {
    const person = begun().tell(console(['panic']), { type: 'rehearsal-failed', problem });
    const text = sound(person).screen().join('\n');
    expect(text).toContain('The client did not report; read its console.');
    expect(text).toContain('panic');
    person.press('enter');
    expect(person.lastWish).toEqual({ wish: 'rehearse', tree: 'minimal' });
    expect(person.state.rehearsing).toBeNull();
  });

  test('that fails before it begins says so too', () => {
    const person = new Person().begin('minimal');
    person.state = { ...person.state, screen: 'rehearsal', rehearsing: null };
    expect(
      sound(person.tell({ type: 'rehearsal-failed', problem }))
        .screen()
        .join('\n'),
    ).toContain('The client did not report');
  });

  test('that needs something first shows the plan of it, and goes back to the dashboard', () => {
    const person = new Person();
    const plan = {
      schema: 1,
      title: say('Make the workshop'),
      root: '/',
      steps: [],
      notes: [],
    } as const;
    const planned = { ...emptyPlan, purpose: 'rehearsal', plan } as const;
    person.tell({ type: 'preparation-planned', plan: planned });
    expect(sound(person).state.screen).toBe('plan');
    expect(person.press('escape').state.screen).toBe('dashboard');
  });
});

describe('when all is done', () => {
  const done = (preset: string): Person => {
    const person = new Person().begin(preset);
    person.state = { ...person.state, screen: 'done' };
    return person.tell({ type: 'overlooked', overview });
  };

  test('it says what this server does now, and how a first machine boots', () => {
    const person = sound(done('minimal'));
    person.state = { ...person.state, size: { columns: 80, rows: 40 } };
    const text = person.screen().join('\n');
    expect(text).toContain('This server is a SIDUS server.');
    expect(text).toContain('clients boot version 2');
    expect(text).toContain('student: the password is in /etc/sidus/accounts/minimal.csv');
    expect(text).not.toContain('apply --yes');
  });

  test.each([
    ['Open the dashboard', { wish: 'overlook' }],
    ['Rehearse once more', { wish: 'rehearse', tree: 'minimal' }],
    ['Leave', { wish: 'exit', code: 0 }],
  ])('%s', (label, wish) => {
    expect(done('minimal').choose(label).lastWish).toMatchObject(wish);
  });

  test('the answers can be saved, and Esc asks before it leaves', () => {
    expect(done('minimal').choose('Save the answers').state.overlay?.kind).toBe('save');
    expect(done('minimal').press('escape').state.overlay?.kind).toBe('quit');
    expect(done('minimal').press('escape').choose('Quit').lastWish).toEqual({
      wish: 'exit',
      code: 0,
      words: [],
    });
  });

  test('of a run that was only looked at, nothing is offered that needs answers', () => {
    const person = new Person({ state: { screen: 'done' } });
    expect(doneItems(person.state).map(({ does }) => does)).toEqual(['dashboard', 'exit']);
    sound(person);
  });

  test('of a rehearsal at the very beginning comes the real thing', () => {
    const person = new Person().choose('Rehearse here first');
    expect(person.wizard.scope).toBe('trees');
    expect(person.wizard.root).toBe('/var/cache/sidus/rehearsal/rehearsal');
    person.state = { ...person.state, screen: 'done' };
    sound(person);
    expect(doneItems(person.state).map(({ does }) => does)).toEqual(['real', 'exit']);
    const left = person.choose('Leave').lastWish as { words: readonly string[] };
    expect(left.words).toContain('For a tree of your own: sudo sidus wizard');
    const real = person.press('up').press('enter');
    expect(real.state).toMatchObject({ screen: 'presets', wizard: null, planned: null });
  });
});

const overview: Overview = {
  schema: 1,
  root: '/',
  server: {
    name: 'srv',
    space: { freeBytes: 50 * 2 ** 30, sizeBytes: 100 * 2 ** 30, filesystem: 'ext4' },
    services: [{ name: 'sidus-dnsmasq.service', state: 'running', enabled: true, threads: null }],
  },
  trees: [
    {
      name: 'lab',
      made: 'sidus',
      inSite: true,
      directory: '/srv/nfsroot/lab',
      suite: 'trixie',
      release: null,
      kernel: null,
      draft: { suite: 'trixie', ahead: true },
      versions: [1, 2].map((version) => ({
        version,
        date: '2026-11-21T10:00:00.000Z',
        kernel: '6.12.0',
        image: false,
        current: version === 2,
      })),
      current: 2,
      takenBack: null,
      exportedTo: [],
    },
    {
      name: 'new',
      made: 'sidus',
      inSite: true,
      directory: '/srv/nfsroot/new',
      suite: 'trixie',
      release: null,
      kernel: null,
      draft: null,
      versions: [],
      current: null,
      takenBack: null,
      exportedTo: [],
    },
    {
      name: 'old',
      made: 'by hand',
      inSite: false,
      directory: '/srv/old',
      suite: null,
      release: 'Debian 12',
      kernel: null,
      draft: null,
      versions: [],
      current: null,
      takenBack: null,
      exportedTo: [{ to: '*', writable: true }],
    },
  ],
  clients: Array.from({ length: 12 }, (_, index) => ({
    address: `192.168.67.${index + 10}`,
    name: `\u001b[2Jname\t${'x'.repeat(60)}`,
    sees: 'lease',
  })),
  runs: [],
  running: null,
  pending: null,
  wire: null,
  problems: [{ code: 'x/y', summary: say('{what}', { what: 'w'.repeat(300) }), remedy: say('do') }],
};

describe('the dashboard', () => {
  const text = presetChoices.find(({ name }) => name === 'minimal')?.text ?? '';
  const at = (row: number, state: Partial<State> = {}): Person => {
    const person = new Person({ state: { screen: 'dashboard', overview, ...state } });
    person.tell({ type: 'start-known', start: { site: { text, trees: ['minimal'] } } });
    for (let index = 0; index < row; index += 1) person.press('down');
    return person;
  };
  const chore = (person: Person): unknown =>
    person.lastWish?.wish === 'make-chore' ? person.lastWish.chore : null;

  test('has a row for each tree and each version; what it shows is sound', () => {
    expect(dashboardRows(at(0).state)).toHaveLength(5);
    for (let row = 0; row < 5; row += 1) sound(at(row));
    sound(at(0, { overview: null }));
    sound(at(0, { overview: { ...overview, trees: [], clients: [], problems: [] } }));
  });

  test.each<[string, number, string, unknown]>([
    ['the draft is published', 0, 'p', { kind: 'publish', tree: 'lab' }],
    ['from a row of a version too', 2, 'p', { kind: 'publish', tree: 'lab' }],
    ['another version is given to clients', 1, 'v', { kind: 'switch', tree: 'lab', version: 1 }],
    ['a version is deleted', 1, 'x', { kind: 'delete', tree: 'lab', version: 1 }],
    ['the answers are held against the server', 0, 'n', { kind: 'apply' }],
  ])('%s, after its plan was seen', (_, row, key, wanted) => {
    const person = at(row).type(key);
    expect(chore(person)).toEqual(wanted);
    expect(person.state).toMatchObject({ screen: 'plan', planned: { purpose: 'chore' } });
    expect(person.press('escape').state.screen).toBe('dashboard');
  });

  test.each([
    ['a version that clients boot', 2, 'v', 'Clients boot this version already.'],
    ['one that clients boot, to be deleted', 2, 'x', 'Clients boot this version: v lets them'],
    ['a tree, to be deleted', 0, 'x', 'Choose a version first'],
    ['a tree that is not a version', 0, 'v', 'Choose a version first'],
    ['a tree without a draft', 3, 'p', 'has no draft yet'],
    ['a tree without a version', 3, 'b', 'needs a version'],
    ['a tree made by hand', 4, 'p', 'sidus leaves it alone'],
    ['a tree made by hand', 4, 'b', 'needs a version'],
    ['no run', 0, 't', 'No run is at work.'],
  ])('of %s it says why not (%i, %s)', (_, row, key, words) => {
    const person = at(row);
    const wishes = person.wishes.length;
    person.type(key);
    expect(person.screen().join('\n')).toContain(words);
    expect(person.wishes.length).toBe(wishes);
    expect(person.state.screen).toBe('dashboard');
  });

  test('a rehearsal, the answers, another look, the run at work, and the way out', () => {
    expect(at(1).type('b').lastWish).toEqual({ wish: 'rehearse', tree: 'lab' });
    expect(at(0).type('r').lastWish).toEqual({ wish: 'overlook' });
    expect(at(0).type('c').wizard.tree).toBe('lab');
    expect(at(4).type('c').wizard.tree).toBe('minimal');
    const running = { run: 'r9', command: 'sidus apply', since: '2026-11-21T10:00:00Z', pid: 7 };
    expect(at(0, { overview: { ...overview, running } }).type('t').lastWish).toEqual({
      wish: 'attach',
      run: 'r9',
    });
    expect(at(0).type('q').lastWish).toEqual({ wish: 'exit', code: 0, words: [] });
    expect(at(0).press('escape').state.overlay?.kind).toBe('quit');
  });

  test('without answers, c begins with them and n says that there are none', () => {
    const person = at(0).tell({ type: 'start-known', start: { site: null } });
    expect(person.type('n').screen().join('\n')).toContain('There are no answers');
    expect(person.type('c').state.screen).toBe('start');
  });

  test('a list that became shorter has its cursor in it', () => {
    const person = at(4).tell({
      type: 'overlooked',
      overview: { ...overview, trees: overview.trees.slice(0, 1) },
    });
    sound(person);
    expect(person.chosen()).toContain('version 2');
  });
});
