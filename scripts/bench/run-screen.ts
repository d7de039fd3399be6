// The run screen while a command talks: bundled and started on a terminal by screens.ts.
//   node run-screen.mjs LINES-PER-SECOND SECONDS FILE    writes its share of a core to FILE
import { writeFileSync } from 'node:fs';
import type { Event } from '../../src/core/event.ts';
import type { Plan, StepId } from '../../src/core/plan.ts';
import { ownTerminal } from '../../src/system/own-terminal.ts';
import type { Outside } from '../../src/tui/outside.ts';
import { Screen } from '../../src/tui/screen.ts';
import { initialState } from '../../src/tui/state/opening.ts';
import { Store } from '../../src/tui/store.ts';
import { loadInk, lookOf } from '../../src/tui/terminal.ts';

const [linesPerSecond = 700, seconds = 5] = process.argv.slice(2, 4).map(Number);
const [, , , , file = '/dev/null'] = process.argv;
/** As src/tui/conduct/runs.ts does. */
const pace = 100;
const warm = 1;

const steps = Array.from({ length: 23 }, (_, index) => `bench/step-${index}` as StepId);
const plan: Plan = {
  schema: 1,
  title: { text: 'A run that talks' },
  root: '/',
  notes: [],
  steps: steps.map((id) => ({
    id,
    title: { text: `Build the tree minimal from 42 packages: ${id}` },
    why: { text: 'To be measured.' },
    effects: [],
  })),
};
const [done = 'a/b', atWork = 'a/b'] = steps;

const terminal = ownTerminal();
const look = lookOf(terminal.environment);
const screen = new Screen(terminal, look, String);
const outside = { pretending: true, version: '0', root: '/', now: () => new Date() };
const store = new Store(initialState(outside as unknown as Outside, look, screen.size));
screen.enter();
screen.onSize(({ columns, rows }) => store.dispatch({ type: 'resized', columns, rows }));
const { render } = await loadInk(
  process.env as Record<string, string | undefined>,
  () => import('../../src/tui/draw.tsx'),
);
render(store, screen.output);

const at = (): string => new Date().toISOString();
store.dispatch(
  { type: 'run-begun', run: 'r', plan, durations: new Map(), attached: false },
  {
    type: 'events',
    run: 'r',
    events: [
      { type: 'run-started', run: 'r', steps, at: at() },
      { type: 'step-started', step: done, at: at() },
      { type: 'step-done', step: done, fingerprint: 'f', at: at() },
      { type: 'step-started', step: atWork, at: at() },
    ],
  },
);

let count = 0;
let owed = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  owed += ((now - last) * linesPerSecond) / 1000;
  last = now;
  const events: Event[] = [];
  for (; owed >= 1; owed -= 1) {
    count += 1;
    const line = `Setting up libsomething${count % 97}:amd64 (1.2.${count}-3+deb13u1) ...`;
    events.push({ type: 'output', step: atWork, line, at: at() });
  }
  const note = { text: 'package {done} of 60000', values: { done: count } };
  events.push({ type: 'progress', step: atWork, done: count, total: 60_000, note, at: at() });
  store.dispatch({ type: 'tick', now: Date.now() }, { type: 'events', run: 'r', events });
}, pace);

setTimeout(() => {
  const before = process.cpuUsage();
  const begun = performance.now();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1000 / (performance.now() - begun);
    writeFileSync(file, JSON.stringify({ share, lines: count }));
    screen.end(0);
  }, seconds * 1000);
}, warm * 1000);
