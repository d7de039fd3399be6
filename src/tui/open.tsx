import type { Preferences } from '../core/preferences.ts';
import { Conductor } from './conduct/conductor.ts';
import { LinearView } from './linear.ts';
import type { Outside } from './outside.ts';
import { Screen } from './screen.ts';
import { initialState, type Opening, openWith } from './state/opening.ts';
import { Store } from './store.ts';
import { loadInk, lookOf, type Terminal, type Look as TerminalLook } from './terminal.ts';

export interface Screens {
  readonly terminal: Terminal;
  readonly outside: Outside;
  readonly opening: Opening;
  /** false for --no-color. */
  readonly colour: boolean;
  /** Words for a fault nobody expected; it is written down meanwhile. */
  crashed(error: unknown): string;
}

/** Opens the screens. The process ends with them: the exit code is theirs. */
export async function openScreens(given: Screens): Promise<never> {
  const { terminal, outside, opening } = given;
  const look = lookOf(terminal.environment, given.colour);
  const screen = new Screen(terminal, look, given.crashed);
  screen.beforeEnd(() => outside.preferences.flushNow());
  const store = new Store(initialState(outside, look, screen.size));
  screen.enter();
  let closeView: () => void = () => undefined;
  const conductor = new Conductor(outside, store, {
    aside: async (action) => {
      screen.suspend();
      try {
        return await action();
      } finally {
        screen.resume();
      }
    },
    redraw: () => screen.redraw(),
    exit: (code, words) => {
      if (words.length > 0) screen.lastWords = `${words.join('\n')}\n`;
      closeView();
      screen.end(code);
    },
    crash: (error) => screen.crash(error),
  });
  screen.beforeEnd(() => conductor.close());
  screen.onKeys((keys) => store.dispatch(...keys.map((key) => ({ type: 'key', key }) as const)));
  screen.onSize(({ columns, rows }) => store.dispatch({ type: 'resized', columns, rows }));
  if (look.linear) {
    const view = new LinearView(store, (text) => terminal.output.write(text));
    closeView = () => view.close();
  } else {
    closeView = await draw(store, screen, terminal);
  }
  // After the first paint: what is kept lies on a disk.
  const kept = await outside.preferences.load();
  outside.preferences.listen((problem) => store.dispatch({ type: 'not-kept', problem }));
  store.dispatch({ type: 'look-kept', look: chosenLook(look, kept.look) });
  // Once: a file that was set aside is not there at the next look.
  const [said] = kept.said;
  if (said !== undefined) store.dispatch({ type: 'noticed', notice: said });
  openWith(store, opening);
  return new Promise<never>(() => undefined);
}

async function draw(store: Store, screen: Screen, terminal: Terminal): Promise<() => void> {
  const { render } = await loadInk(
    terminal.environment as Record<string, string | undefined>,
    () => import('./draw.tsx'),
  );
  const ink = render(store, screen.output);
  ink.waitUntilExit().catch((error: unknown) => screen.crash(error));
  return () => ink.unmount();
}

/** What a person chose with Ctrl-T counts, as far as the terminal can. */
function chosenLook(
  detected: TerminalLook,
  kept: Awaited<ReturnType<Preferences['load']>>['look'],
): TerminalLook {
  return {
    ...detected,
    unicode: detected.unicode && kept.unicode !== false,
    colour: detected.colour && kept.colour !== false,
  };
}
