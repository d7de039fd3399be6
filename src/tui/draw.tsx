import { type Instance, render as renderInk } from 'ink';
import { App } from './app.tsx';
import type { Store } from './store.ts';

/** Ten frames a second at the most: a run that talks must not cost a core (terminal.md D3). */
const framesPerSecond = 10;

/** Loaded only when something is drawn: Ink is the larger half of the program. */
export function render(store: Store, output: NodeJS.WriteStream): Instance {
  return renderInk(<App store={store} />, {
    stdout: output,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: framesPerSecond,
  });
}
