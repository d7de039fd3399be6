// Writes docs/pictures: the program as a person sees it, on a pretended server, in a real terminal.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { svg } from '../test/support/picture.ts';
import { open } from '../test/support/terminal.ts';
import { towards } from '../test/support/towards.ts';

const directory = 'docs/pictures';
const size = { columns: 100, rows: 28 };
/** A minute of a pretended rehearsal takes six seconds. */
const patience = 60_000;

const home = mkdtempSync(join(tmpdir(), 'sidus-pictures-'));
const terminal = open(['wizard', '--pretend'], {
  ...size,
  env: { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), COLORTERM: '' },
});

/** The last row is never drawn on. */
function take(name: string, title: string): void {
  const picture = svg(terminal.cells().slice(0, -1), title);
  writeFileSync(`${directory}/${name}.svg`, picture);
  console.log(`${directory}/${name}.svg  ${Math.ceil(picture.length / 1000)} kB`);
}

/** Moves to the row that shows these words. */
async function moveTo(words: string): Promise<void> {
  const isThere = (): boolean =>
    terminal
      .screen()
      .split('\n')
      .some((row) => row.includes(`❯ ${words}`) || /❯.*$/.exec(row)?.[0].includes(words));
  for (let moves = 0; moves < 40 && !isThere(); moves += 1) {
    const before = terminal.screen();
    await terminal.press(towards(before.split('\n'), words));
    // Each move is drawn before the next: what is looked for may be on no screen yet.
    await terminal.gone(before).catch(() => undefined);
  }
  if (!isThere()) throw new Error(`"${words}" is not there:\n${terminal.screen()}`);
}

try {
  mkdirSync(directory, { recursive: true });
  await terminal.see(/Mirror +http/, patience);
  take('start', 'sidus begins: what this server is, and what one may begin with');

  await moveTo('Begin with a preset');
  await terminal.press('enter');
  await terminal.see('The least that a room');
  await terminal.press('enter');
  await moveTo('What is the first address');
  await terminal.see('answered just now');
  take('questions', 'The wizard asks about the network');

  await terminal.press('ctrl-g');
  await moveTo('[ See the plan ]');
  await terminal.press('enter');
  await terminal.see('Prepare this server', patience);
  await terminal.press('right');
  await moveTo('Install mmdebstrap');
  await terminal.press('right');
  await terminal.see('after apt-get update');
  take('plan', 'The plan: every file and every command, before anything changes');

  await terminal.type('apply');
  await terminal.see('Enter does it.');
  await terminal.press('enter');
  await terminal.see(/▶ +\d+ Build the tree/, patience);
  await terminal.see(
    /left\n[\s\S]*▶ +\d+ Build the tree.*(Unpacking|Setting up|Configuring)/,
    patience,
  );
  take('run', 'The run: steps, progress, and what the commands say');

  await terminal.see('A client booted from', patience);
  take('rehearsal', 'A virtual client has booted and says what it is');

  // What was rehearsed, and only that, is served.
  await terminal.press('enter');
  await terminal.see('Serve the clients', patience);
  await terminal.type('apply');
  await terminal.see('Enter does it.');
  await terminal.press('enter');
  await terminal.see('reads its root', patience);
  take('done', 'Done: what this server does, and the first clients as they come');

  await terminal.press('enter');
  await terminal.see(/Clients seen: [1-9]/);
  take('dashboard', 'The dashboard: trees, services, clients, runs');

  await terminal.type('q');
  await terminal.ended;
} finally {
  try {
    terminal.kill('SIGTERM');
  } catch {
    // It has ended.
  }
  rmSync(home, { recursive: true, force: true });
}
