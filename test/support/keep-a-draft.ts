import type { Problem } from '../../src/core/problem.ts';
import { PreferencesOnDisk } from '../../src/system/preferences.ts';

/** As a program of its own, for another user or a full disk: keeps one draft, and prints what was said. */
const preferences = new PreferencesOnDisk();
const heard: Problem[] = [];
preferences.listen((problem) => heard.push(problem));
const { said } = await preferences.load();
const began = performance.now();
for (const size of [1, Number(process.argv[2] ?? 1)]) {
  preferences.keep({
    schema: 1,
    savedAt: '2026-11-21T10:00:00.000Z',
    root: '/',
    preset: null,
    tree: 'lab',
    answers: { text: 'x'.repeat(size) },
    screen: 'network',
    done: [],
  });
  preferences.flushNow();
}
const codes = (problems: readonly Problem[]): readonly string[] => problems.map(({ code }) => code);
process.stdout.write(
  `${JSON.stringify({ said: codes(said), heard: codes(heard), took: performance.now() - began })}\n`,
);
