import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../scripts/bundle.mjs';
import type { KeyName, OpenTerminal } from '../support/terminal.ts';

/** A program that draws, and what a test has to know of it. */
export interface Subject {
  readonly program: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Is on the screen as soon as keys are read. */
  readonly ready: string | RegExp;
  /** Are on the screen exactly once at every size from 60x16. */
  readonly once: readonly RegExp[];
  /** What a pipe, a dumb terminal or CI gets instead. */
  readonly plain: RegExp;
  readonly plainExit: number;
  /** To a text field that is empty and has the focus. */
  toField(terminal: OpenTerminal): Promise<void>;
  /** How the field shows this text, and no more of it. */
  field(text: string): string | RegExp;
  /** Empty the field. */
  readonly clear: readonly KeyName[];
  /** What may be typed into it. */
  readonly alphabet: string;
}

/** Text as a pattern that fits it alone. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

let built: Promise<string> | undefined;
let afterBuilt = (): void => undefined;

/** To be called once no test needs it any more. */
export function removeSample(): void {
  afterBuilt();
}

/** The small program of this folder. */
export async function sample(): Promise<Subject> {
  built ??= (async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sidus-sample-'));
    afterBuilt = () => rmSync(directory, { recursive: true });
    await bundle({ sample: 'test/terminal/sample.ts' }, directory);
    return join(directory, 'sample.mjs');
  })();
  return {
    program: [process.execPath, await built],
    args: [],
    env: {},
    ready: 'LAST ROW',
    once: [/SAMPLE/, /LAST ROW/],
    plain: /^plain: there is nothing to draw on$/m,
    plainExit: 0,
    toField: async () => undefined,
    field: (text) => new RegExp(`field \\[${literally(text)} *\\]`),
    clear: ['end', 'ctrl-u'],
    alphabet: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/@:=,+é日ß😀 ',
  };
}
