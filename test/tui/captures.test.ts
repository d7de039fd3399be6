import { describe, expect, onTestFinished, test } from 'vitest';
import { faultsOfFrame, faultsOfLook, faultsOfScreen, wordsOf } from '../support/frame-rules.ts';
import { HeldServer } from '../support/held-server.ts';
import { expectScreen } from '../support/screen-golden.ts';
import { type Key, Showing, type Surroundings } from '../support/showing.tsx';

/**
 * Every screen, at three sizes and in three looks, as the program draws it: test/golden/screens. What
 * holds for all of them is checked for every frame that is drawn on the way.
 */

class Tour {
  readonly server: HeldServer;
  readonly showing: Showing;
  readonly #faults: string[] = [];

  constructor(
    given: Surroundings & { readonly failing?: string; before?: (server: HeldServer) => void } = {},
  ) {
    this.server = new HeldServer(given.failing ?? null);
    given.before?.(this.server);
    this.showing = new Showing(this.server, given);
    onTestFinished(() => {
      this.showing.close();
    });
  }

  /** `others`: also as it is without colour and without Unicode. */
  async see(name: string, what: string, others = false): Promise<void> {
    const shown = await this.showing.shown();
    for (const one of shown) {
      const { size, look, text } = one;
      const coloured = shown.find((other) => other.look === 'colour' && other.size === size);
      const words = wordsOf(coloured?.text ?? '', 'colour').join(' ');
      this.#faults.push(
        ...[
          ...faultsOfScreen(one).map((fault) => `does not show ${fault}`),
          ...faultsOfLook(one),
          ...(wordsOf(text, look).join(' ') === words
            ? []
            : [`has other words than in colour: ${wordsOf(text, look).join(' ')}\n  for ${words}`]),
        ].map((fault) => `${name} at ${size.columns}x${size.rows} ${look} ${fault}`),
      );
    }
    expectScreen(name, what, shown, others);
  }

  /** Nothing of all that was drawn, also between what was looked at. */
  nothingIsCut(): void {
    const frames = this.showing.frames();
    expect(frames.length).toBeGreaterThan(0);
    for (const { size, frame } of frames) {
      const found = faultsOfFrame(frame, size);
      this.#faults.push(
        ...found.map((fault) => `${size.columns}x${size.rows} ${fault}:\n${frame}`),
      );
    }
    expect(this.#faults).toEqual([]);
    expect(this.showing.wipes()).toBe(0);
  }

  press(...keys: readonly Key[]): Promise<void> {
    return this.showing.press(...keys);
  }

  type(text: string): Promise<void> {
    return this.showing.type(text);
  }

  choose(words: string): Promise<void> {
    return this.showing.choose(words);
  }

  moveTo(words: string): Promise<void> {
    return this.showing.moveTo(words);
  }

  async started(): Promise<void> {
    await this.showing.until(
      'the start',
      ({ start }) => start.rows !== null && start.presets.length > 0,
    );
  }

  async planned(): Promise<void> {
    await this.showing.until(
      'the plan',
      ({ planned }) => planned !== null && (planned.plan !== null || planned.problems.length > 0),
    );
  }

  /** The run is held after a line that fits, and the screen shows it. */
  async runTo(line: RegExp): Promise<void> {
    this.server.goOn();
    this.server.holdAfter(line);
    // Of a run that goes on: one that failed may have come as far.
    await this.showing.until(
      `the line ${line}`,
      ({ running }) =>
        running?.progress.outcome === null && running.log.lines.some((one) => line.test(one)),
    );
  }

  async applied(): Promise<void> {
    await this.planned();
    await this.type('apply');
    await this.press('enter');
  }
}

const bootstrapped = /^I: extracting archives/;

describe('screens', { timeout: 60_000 }, () => {
  test('a rehearsal, from the start to its end', async () => {
    const tour = new Tour();
    const { server, showing } = tour;
    await tour.see('start-looking', 'Start, in the first moment.');
    await tour.started();
    await tour.see('start', 'Start: nobody was here before.', true);
    await tour.press('ctrl-t');
    expect(showing.state.look).toEqual({ unicode: false, colour: false });
    await tour.press('ctrl-t');
    expect(showing.state.look).toEqual({ unicode: true, colour: true });
    server.holdBefore(/asset:solve/);
    await tour.choose('Rehearse here first');
    await tour.see('plan-being-made', 'The plan is being made; the mirror is asked.');
    server.goOn();
    await tour.planned();
    await tour.see('plan', 'The plan of a first rehearsal, folded.', true);
    await tour.type('app');
    await tour.see('plan-half-typed', 'apply is half typed.');
    await tour.type('ly');
    await tour.see('plan-typed', 'apply is typed.');
    server.holdAfter(bootstrapped);
    await tour.press('enter');
    await tour.runTo(bootstrapped);
    await tour.see('run-bootstrap', 'The run, in the middle of its longest step.', true);
    await tour.type('l');
    await tour.see('run-whole-log', 'The run, all of the screen for its log.');
    await tour.press('up', 'up', 'up');
    await tour.see('run-scrolled', 'The whole log, scrolled three lines up.');
    await tour.type('fl');
    await tour.press('ctrl-c');
    await tour.see('run-stop-menu', 'Ctrl-C in a run.', true);
    await tour.press('escape');
    server.pass(40);
    const step = showing.state.running?.plan.steps.find(
      ({ id }) => showing.state.running?.progress.steps[id] === 'running',
    );
    showing.store.dispatch({
      type: 'events',
      run: showing.state.running?.run ?? '',
      events: [
        {
          type: 'heartbeat',
          step: step?.id ?? 'tree/none',
          silentSeconds: 40,
          at: server.now().toISOString(),
        },
      ],
    });
    await tour.see('run-silent', 'A command that says nothing for 40 seconds.');
    server.goOn();
    server.holdBefore(/rehearsal\/quick/);
    await showing.until('the rehearsal', ({ rehearsing }) => rehearsing !== null);
    await tour.see('rehearsal-begins', 'A virtual client is about to be switched on.');
    for (const stage of ['power', 'kernel', 'root'] as const) {
      server.goOn();
      server.holdAfter(
        {
          power: /client on/,
          kernel: /Begin: Running .scripts.init-premount/,
          root: /systemd-ssh-generator/,
        }[stage],
      );
      await showing.until(
        stage,
        ({ rehearsing }) =>
          rehearsing?.stages.some((one) => one.stage === stage) === true &&
          (stage === 'power' ||
            rehearsing.console.lines.some((line) =>
              (stage === 'kernel' ? /init-premount/ : /systemd-ssh-generator/).test(line),
            )),
      );
      await tour.see(
        `rehearsal-${stage}`,
        `The virtual client: as far as ${stage}.`,
        stage === 'root',
      );
    }
    server.goOn();
    await showing.until('its report', ({ rehearsing }) => rehearsing?.result != null);
    await tour.see('rehearsal-holds', 'The client is what was asked for.', true);
    await tour.choose('Go on');
    await tour.see('done-rehearsed', 'Done: a rehearsal, which serves nobody.');
    tour.nothingIsCut();
  });

  test('every question of a small site, and what lies over them', async () => {
    const tour = new Tour({ pretending: false, files: ['site.yaml'] });
    const { server, showing } = tour;
    await tour.started();
    await tour.see('start-real', 'Start on a server that is none in memory.');
    await tour.press('ctrl-c');
    await tour.see('quit', 'Leaving: the safe choice has the focus.');
    await tour.press('escape');
    await tour.choose('Begin with a preset');
    await tour.see('presets', 'The presets.', true);
    server.holdBefore(/asset:find-neighbours/);
    await tour.choose('minimal');
    await showing.until('the range is asked about', ({ wizard }) =>
      Object.values(wizard?.trials ?? {}).some(({ verdict }) => verdict === 'asking'),
    );
    await tour.press('down', 'down', 'down');
    await tour.see('network-asking', 'Network: who has these addresses is being asked.');
    server.goOn();
    await showing.lookedAt();
    await tour.see('network-tried', 'Network: nobody has these addresses.', true);
    await tour.type('x');
    await showing.lookedAt();
    await tour.see('network-wrong', 'Network: an answer that is wrong, with what to do.', true);
    await tour.press('ctrl-d');
    server.say('asset:find-neighbours', {
      stdout:
        'asked 120\nneighbour 192.168.67.130 3c:52:82:00:00:01\nneighbour 192.168.67.131 3c:52:82:00:00:02\n',
    });
    await tour.press('down');
    await tour.type('192.168.67.253');
    await showing.lookedAt();
    await tour.press('up');
    await tour.see(
      'network-warning',
      'Network: a trial that warns. Other machines use these addresses.',
    );
    await tour.moveTo('Which router');
    await tour.see('network', 'Network, with the focus on a question that needs no answer.');
    await tour.moveTo('[ Go on');
    await tour.see('network-onward', 'Network: the row that goes on.');
    await tour.press('enter');
    await tour.see('serving', 'Serving: a choice in focus.');
    await tour.press('right');
    await showing.lookedAt();
    await tour.see('serving-chosen', 'Serving: the other choice.');
    await tour.press('ctrl-d');
    await showing.lookedAt();
    await tour.press('down');
    await tour.see('serving-list', 'Serving: a list in focus.');
    for (const [topic, title] of [
      ['tree', 'Tree'],
      ['packages', 'Packages'],
      ['locale', 'Locale'],
      ['accounts', 'Accounts'],
      ['directory', 'Directory'],
      ['homes', 'Homes'],
      ['persistence', 'Persistence'],
      ['hardware', 'Hardware'],
    ] as const) {
      await tour.moveTo('[ Go on');
      await tour.press('enter');
      await showing.lookedAt();
      await tour.see(topic, `${title}, as one comes to it.`, topic === 'accounts');
    }
    for (const _ of ['hardware', 'persistence', 'homes', 'directory']) await tour.press('escape');
    await tour.see('accounts-again', 'Accounts, come back to from a later topic.');
    await tour.moveTo('Which users');
    await tour.press('space');
    await tour.see('records', 'A list of records.', true);
    await tour.press('enter');
    await tour.see('record', 'One record.');
    await tour.press('escape');
    await tour.type('a');
    await tour.see('record-new', 'A record that is begun.');
    await tour.press('escape', 'escape');
    await tour.type('g');
    await tour.see('topics', 'The list of topics.', true);
    await tour.press('escape');
    await tour.type('?');
    await tour.see('keys', 'The list of keys.', true);
    await tour.press('page-down');
    await tour.see('keys-further', 'The list of keys, a page on.');
    await tour.press('escape');
    await tour.type('w');
    await tour.see('command', 'The command that does the same.');
    await tour.press('escape');
    await tour.type('g');
    await tour.choose('Packages');
    await tour.press('space');
    await showing.until('the names', ({ wizard }) =>
      Object.values(wizard?.offers ?? {}).some((names) => names !== null),
    );
    await tour.see('picker-several', 'A list of several names, those that are taken first.');
    await tour.type('open');
    await tour.see('picker-filter', 'A list of several names, filtered.', true);
    await tour.press('enter');
    await tour.type('nothing-like-it');
    await tour.see('picker-no-match', 'A name that is not in the list is offered as it was typed.');
    await tour.press('escape');
    await tour.type('g');
    await tour.choose('Locale');
    await tour.press('space');
    await tour.type('fr_');
    await tour.see('picker-one', 'A list of which one is taken, filtered.');
    await tour.type('zzz');
    await tour.see('picker-nothing', 'A list that holds all there is, and nothing in it fits.');
    await tour.press('escape');
    await tour.press('ctrl-s');
    await tour.see('save', 'Saving the answers.');
    await tour.press('enter');
    await showing.until(
      'the refusal',
      ({ overlay }) => overlay?.kind === 'save' && overlay.problem !== null,
    );
    await tour.see('save-refused', 'Saving where there is a file already.', true);
    await tour.press('escape');
    await tour.type('g');
    await tour.choose('See the plan');
    await tour.planned();
    await tour.see('plan-warnings', 'A plan with what a trial warned of.');
    tour.nothingIsCut();
  });

  test('a directory: what it says, its password, and a login', async () => {
    const tour = new Tour({ pretending: false });
    const { showing } = tour;
    await tour.started();
    await tour.choose('Begin with a preset');
    await tour.choose('minimal');
    await tour.type('g');
    await tour.choose('Directory');
    await tour.see('directory-none', 'Directory, as one comes to it: there is none.');
    await tour.press('right');
    await tour.moveTo('Where is the directory');
    await tour.press('space');
    await tour.type('ldaps://localhost');
    await tour.press('enter', 'enter');
    await showing.until(
      'the refusal',
      ({ wizard }) =>
        wizard?.siteProblems.some(
          ({ code, remedy }) => code === 'directory/no-base' && remedy.text.startsWith('mend'),
        ) === true,
    );
    await tour.moveTo('do its entries begin');
    await tour.see('directory-silent', 'A directory that cannot be asked where its entries begin.');
    await tour.moveTo('Where is the directory');
    await tour.press('ctrl-d', 'space');
    await tour.type('ldaps://ldap.school.example');
    await tour.press('enter', 'enter');
    await showing.until('its users', ({ wizard }) =>
      Object.entries(wizard?.trials ?? {}).some(
        ([at, { verdict }]) =>
          at.endsWith('directory.base') && verdict !== 'asking' && verdict !== null,
      ),
    );
    await tour.moveTo('do its entries begin');
    await tour.see('directory-base', 'The base, found out, and how many users are there.', true);
    await tour.moveTo('Who signed the certificate');
    await tour.see('directory-certificate', 'The certificate, and until when it is good.');
    await tour.moveTo('As whom do clients ask');
    await tour.type('cn=reader,dc=school,dc=example');
    const bind = (good: boolean) =>
      showing.until('what comes of asking as somebody', ({ wizard }) =>
        Object.entries(wizard?.trials ?? {}).some(
          ([at, { verdict }]) =>
            at.endsWith('directory.bindDn') &&
            verdict !== 'asking' &&
            verdict !== null &&
            'good' in verdict === good,
        ),
      );
    await bind(false);
    await tour.see(
      'directory-no-secret',
      'Clients are somebody to it, and the password is missing.',
    );
    await tour.press('ctrl-p');
    await tour.type('reader-knows-this');
    await tour.see('secret', 'The password of the directory is typed, and who can read it.', true);
    await tour.press('enter');
    await bind(true);
    await tour.see('directory-tried', 'Directory: the directory takes the password.');
    await tour.press('ctrl-o');
    await tour.type('ada');
    await tour.press('enter');
    await tour.type('ada-knows-this');
    await tour.see('login', 'A login that is about to be tried.', true);
    await tour.press('enter');
    const outcome = () =>
      showing.until(
        'what comes of the login',
        ({ overlay }) =>
          overlay?.kind === 'login' &&
          overlay.trying.outcome !== null &&
          overlay.trying.outcome !== 'asking',
      );
    await outcome();
    await tour.see('login-accepted', 'A login that the directory takes.', true);
    await tour.press('enter');
    await tour.type('wrong');
    await tour.press('enter');
    await outcome();
    await tour.see('login-refused', 'A login that the directory refuses.');
    await tour.press('escape');
    tour.nothingIsCut();
    const drawn = showing.frames().map(({ frame }) => frame);
    for (const password of ['reader-knows-this', 'ada-knows-this']) {
      expect(drawn.filter((frame) => frame.includes(password))).toEqual([]);
      expect(JSON.stringify(showing.state)).not.toContain(password);
    }
  });

  test('a plan that cannot be made', async () => {
    const tour = new Tour({ pretending: false });
    await tour.started();
    await tour.choose('Begin without a preset');
    await tour.showing.lookedAt();
    await tour.type('g');
    await tour.choose('Network');
    await tour.moveTo('address of the server');
    await tour.press('backspace', 'backspace', 'backspace', 'backspace', 'backspace', 'backspace');
    await tour.type('x');
    await tour.showing.lookedAt();
    await tour.press('ctrl-g');
    await tour.see('topics-wrong', 'The list of topics, where something is wrong.');
    await tour.choose('See the plan');
    await tour.planned();
    await tour.see(
      'plan-problems',
      'A plan that cannot be made: each problem is a way to its question.',
      true,
    );
    tour.nothingIsCut();
  });

  test('a server from its first plan to the dashboard', async () => {
    const tour = new Tour({ pretending: false, before: (server) => server.keepClientsAway() });
    const { server, showing } = tour;
    await tour.started();
    await tour.choose('Begin with a preset');
    await tour.choose('minimal');
    await showing.lookedAt();
    await tour.press('escape');
    await tour.started();
    await tour.see('start-draft', 'Start: earlier answers are kept.', true);
    await tour.press('enter');
    await showing.lookedAt();
    await tour.press('ctrl-g');
    await tour.choose('See the plan');
    await tour.planned();
    await tour.see('plan-folded', 'The plan of a small site, folded.');
    await tour.press('right', 'down', 'right');
    await tour.see('plan-open', 'The plan: a phase and a step are open.', true);
    await tour.applied();
    await showing.until('its report', ({ rehearsing }) => rehearsing?.result != null);
    await tour.see('rehearsal-minimal', 'The rehearsal of a small site holds.');
    await tour.press('enter');
    await tour.planned();
    await tour.see('plan-serving', 'The second plan: what was rehearsed is served.', true);
    await tour.type('apply');
    server.holdAfter(/^Setting up nfs-kernel-server/);
    await tour.press('enter');
    await tour.runTo(/^Setting up nfs-kernel-server/);
    await tour.see('run-apt', 'The run: the servers are installed.');
    server.goOn();
    await showing.until(
      'the overview',
      ({ screen, overview }) => screen === 'done' && overview !== null,
    );
    await tour.see('done', 'Done: this server serves clients, and none has come yet.', true);
    server.letClientsIn();
    showing.store.ask({ wish: 'overlook' });
    await showing.until('a client', ({ overview }) => (overview?.clients.length ?? 0) > 0);
    await tour.see('done-client', 'Done: the first clients have come.');
    await tour.choose('Open the dashboard');
    await showing.until(
      'the dashboard',
      ({ screen, overview }) => screen === 'dashboard' && overview !== null,
    );
    await tour.see('dashboard', 'The dashboard: a tree, a version, clients.', true);
    await tour.press('down');
    await tour.see('dashboard-version', 'The dashboard, with the focus on a version.');
    await tour.type('v');
    await tour.see('dashboard-notice', 'The dashboard: a key that does not apply here says so.');
    await tour.type('c');
    await showing.lookedAt();
    await tour.moveTo('last address');
    await tour.press('backspace');
    await tour.type('0');
    await showing.lookedAt();
    await tour.press('ctrl-g');
    await tour.choose('See the plan');
    await tour.planned();
    await tour.see('plan-change', 'The plan of a changed answer.');
    await tour.moveTo('Serve the clients');
    await tour.press('right');
    await tour.moveTo('Give addresses');
    await tour.press('right');
    await tour.moveTo('dnsmasq.conf');
    await tour.press('right');
    await tour.see('plan-difference', 'The plan: how a file of the server would change.', true);
    tour.nothingIsCut();
  });

  test('runs that fail or are stopped', async () => {
    const tour = new Tour({ failing: 'bootstrap' });
    const { server, showing } = tour;
    await tour.started();
    await tour.choose('Rehearse here first');
    await tour.applied();
    await showing.until('the failure', ({ screen }) => screen === 'failure');
    await tour.see('failure', 'A step has failed: what, what to do, and what it means.', true);
    server.holdAfter(bootstrapped);
    await tour.choose('Try this step again');
    await tour.runTo(bootstrapped);
    await tour.press('ctrl-c');
    await tour.choose('Stop after this step');
    await tour.see('run-stopping', 'The run stops after its step.');
    await tour.press('ctrl-c');
    await tour.choose('Stop now');
    await showing.until('the end', ({ screen }) => screen === 'failure');
    await tour.see('stopped', 'The run was stopped.');
    tour.nothingIsCut();
  });

  test('rehearsals that do not hold', async () => {
    const tour = new Tour({ failing: 'quick' });
    const { server, showing } = tour;
    await tour.started();
    await tour.choose('Rehearse here first');
    await tour.applied();
    await showing.until('the failure', ({ rehearsing }) => rehearsing?.problem != null);
    await tour.see('rehearsal-failed', 'The virtual client did not come up.', true);
    server.file('/srv/nfsroot/rehearsal/versions/1/etc/locale.conf', 'LANG=en_GB.UTF-8\n');
    await tour.choose('Boot it once more');
    await showing.until('its report', ({ rehearsing }) => rehearsing?.result != null);
    await tour.see(
      'rehearsal-finding',
      'A client booted, and is not in all what was asked for.',
      true,
    );
    await tour.choose('Go on without it');
    await tour.see('done-unfinished', 'Done, though the rehearsal did not hold.');
    tour.nothingIsCut();
  });

  test('servers of other kinds', async () => {
    const noSystemd = new Tour({
      pretending: false,
      before: (server) => server.say('test -d /run/systemd/system', { code: 1 }),
    });
    await noSystemd.started();
    await noSystemd.see('start-obstacle', 'Start on a server without systemd.', true);
    noSystemd.nothingIsCut();

    const empty = new Tour({ pretending: false, opening: { kind: 'dashboard' } });
    await empty.see('dashboard-looking', 'The dashboard, in its first moment.');
    await empty.showing.until('the overview', ({ overview }) => overview !== null);
    await empty.see('dashboard-empty', 'The dashboard of a server that has no tree.');
    empty.nothingIsCut();
  });

  test('a tree made by hand, and what is wrong with it', async () => {
    const tour = new Tour({
      pretending: false,
      opening: { kind: 'dashboard' },
      before: (server) => {
        server.file('/etc/exports', '/srv/nfsroot/sidus *(rw,no_root_squash)\n');
        server.units.set('nfs-server.service', { enabled: 'enabled', active: false });
        server.say('sh trees', { stdout: './sidus/etc/debian_version\t1700000000\t\n' });
        server.say('sh roots', {
          stdout: 'root 1\ndebian 12.9\nVERSION_CODENAME=bookworm\nkernel 6.1.0-31-amd64\n',
        });
      },
    });
    await tour.showing.until('the overview', ({ overview }) => overview !== null);
    await tour.see(
      'dashboard-by-hand',
      'The dashboard of a server whose tree was made by hand.',
      true,
    );
    tour.nothingIsCut();
  });

  test('a terminal that is too small', async () => {
    const tour = new Tour({ size: { columns: 59, rows: 15 } });
    await tour.started();
    await tour.see('too-small', 'A terminal with no room for a question and its answer.');
    tour.nothingIsCut();
  });
});
