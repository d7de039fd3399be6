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
 * for each that is fetched, unpacked and set up. It asks apt twice, first for the essential
 * packages: until the second count is known, the rest is taken to be as many again and more.
 */
export function mmdebstrapProgress(): ProgressReader {
  let counts = 0;
  let packages = 0;
  const seen = new Set<string>();
  return (line) => {
    const count = /(\d+) newly installed/.exec(line)?.[1];
    if (count !== undefined) {
      counts += 1;
      packages += Number(count);
    }
    const [, verb, name] =
      /^(Get:\d+|Unpacking|Setting up) (?:\S+ \S+ \S+ )?([a-z0-9][a-z0-9+.-]+)/.exec(line) ?? [];
    if (verb === undefined || packages === 0) return null;
    const action = verb.startsWith('Get') ? 'Fetching' : verb;
    seen.add(`${action} ${name}`);
    const total = 3 * (counts > 1 ? packages : packages * 3);
    return {
      done: Math.min(seen.size, total),
      total,
      note: say('{action} {name}', { action, name: name ?? '' }),
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
