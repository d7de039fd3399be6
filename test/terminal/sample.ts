import { makeRoomToEnd } from '../../src/system/exit-deadlock.ts';
import { ownTerminal, survivesItsTerminal } from '../../src/system/own-terminal.ts';
import { Screen } from '../../src/tui/screen.ts';
import { canDraw, loadInk, lookOf } from '../../src/tui/terminal.ts';

// The smallest program on `Screen`, as main.ts starts one.

survivesItsTerminal();
process.on('exit', makeRoomToEnd);
const terminal = ownTerminal();
if (!canDraw(terminal)) {
  process.stdout.write('plain: there is nothing to draw on\n');
} else {
  const look = lookOf(terminal.environment, !process.argv.includes('--no-color'));
  const screen = new Screen(
    terminal,
    look,
    (error) => `crashed: ${error instanceof Error ? error.message : String(error)}`,
  );
  const { draw } = await loadInk(process.env, () => import('./sample-screen.tsx'));
  draw(screen, terminal, look);
}
