import { type Message, say } from '../core/message.ts';

export interface Measured {
  readonly done: number;
  readonly total: number;
  readonly note: Message;
}

/** Reads how far a command is from what it prints. Never goes back. */
export type ProgressReader = (line: string) => Measured | null;

/**
 * apt's Status-Fd (terminal.md B 23): `dlstatus:n:percent:text` while it fetches, then
 * `pmstatus:package:percent:text`. Fetching is the first third.
 */
export function aptProgress(): ProgressReader {
  let best = 0;
  return (line) => {
    const [, kind, percent, text] = /^(dlstatus|pmstatus):[^:]*:([0-9.]+):(.*)$/.exec(line) ?? [];
    if (percent === undefined) return null;
    const share = kind === 'dlstatus' ? Number(percent) / 3 : 33 + (Number(percent) * 2) / 3;
    best = Math.max(best, Math.min(100, Math.round(share)));
    return { done: best, total: 100, note: say('{text}', { text: text ?? '' }) };
  };
}

/**
 * mmdebstrap --verbose prints what apt and dpkg print: how many packages are new, then one line
 * for each that is fetched, unpacked and set up.
 */
export function mmdebstrapProgress(): ProgressReader {
  let packages = 0;
  let done = 0;
  return (line) => {
    const count = /(\d+) newly installed/.exec(line)?.[1];
    if (count !== undefined) packages += Number(count);
    const [, verb, name] =
      /^(Get:\d+|Unpacking|Setting up) (?:\S+ \S+ \S+ )?([a-z0-9][a-z0-9+.-]+)/.exec(line) ?? [];
    if (verb === undefined || packages === 0) return null;
    done = Math.min(done + 1, packages * 3);
    return {
      done,
      total: packages * 3,
      note: say('{verb} {name}', {
        verb: verb.startsWith('Get') ? 'Fetching' : verb,
        name: name ?? '',
      }),
    };
  };
}

/** Our own publish script prints `copied N of M`, in mebibytes. */
export function copyProgress(): ProgressReader {
  return (line) => {
    const [, done, total] = /^copied (\d+) of (\d+)/.exec(line) ?? [];
    if (done === undefined || total === undefined) return null;
    return { done: Number(done), total: Number(total), note: say('MiB copied') };
  };
}
