/** A person's terminal. main.ts hands it in, so that screens open no file and read no environment. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly environment: Environment;
  /** Returns when it is written: for what is said while the process ends. Never throws. */
  writeSync(text: string): void;
  /** Throws away what was typed and not read, so that no shell gets it. Never throws. */
  drain(): void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** How the terminal wants to be drawn on. */
export interface Look {
  readonly unicode: boolean;
  readonly colour: boolean;
  /** For screen readers: line after line, no borders, no second screen. */
  readonly linear: boolean;
}

/** Why nothing can be drawn; null: it can. To be known before Ink is loaded (terminal.md B2 G10, G11). */
export type Hindrance = 'input' | 'output' | 'dumb' | 'continuous-integration' | null;

export function hindrance({
  input,
  output,
  environment,
}: Omit<Terminal, 'writeSync' | 'drain'>): Hindrance {
  if (input.isTTY !== true) return 'input';
  if (output.isTTY !== true) return 'output';
  if (['', 'dumb', 'unknown'].includes(environment.TERM ?? '')) return 'dumb';
  // Ink asks the same, and then shows nothing until it ends.
  for (const name of ['CI', 'CONTINUOUS_INTEGRATION']) {
    const value = environment[name];
    if (value !== undefined && value !== '0' && value !== 'false') return 'continuous-integration';
  }
  return null;
}

export function canDraw(terminal: Omit<Terminal, 'writeSync' | 'drain'>): boolean {
  return hindrance(terminal) === null;
}

/** `colour`: false for --no-color. */
export function lookOf(environment: Environment, colour = true): Look {
  const term = environment.TERM ?? '';
  const old = /^vt\d/.test(term);
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find(
    (value) => value !== undefined && value !== '',
  );
  return {
    // The kernel's console has UTF-8 and 512 glyphs; a terminal from before Unicode has none.
    unicode: /utf-?8/i.test(locale ?? '') && !old && term !== 'linux',
    // no-color.org: set, and not empty.
    colour: colour && (environment.NO_COLOR ?? '') === '' && !old && term !== 'dumb',
    linear: environment.SIDUS_LINEAR === '1' || environment.INK_SCREEN_READER === 'true',
  };
}

/**
 * Loads what draws. Ink asks once, while it is loaded, what the terminal can do, and would give up
 * bold and inverse where colour is unwanted; we use the terminal's own sixteen colours, and
 * `GuardedOutput` takes them out again where there shall be none.
 */
export async function loadInk<T>(
  environment: Record<string, string | undefined>,
  load: () => Promise<T>,
): Promise<T> {
  const before = environment.FORCE_COLOR;
  environment.FORCE_COLOR = '1';
  try {
    return await load();
  } finally {
    // Children shall not inherit it.
    if (before === undefined) delete environment.FORCE_COLOR;
    else environment.FORCE_COLOR = before;
  }
}
