import { type Message, say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';

/** What a command's last lines mean, where they are known; the first that fits. Its groups fill the summary. */
const known: readonly (readonly [
  pattern: RegExp,
  code: `run/${string}`,
  summary: Message,
  remedy: Message,
  /** The answer that decides it. */
  at?: string,
])[] = [
  [
    /No space left on device|not enough free space/i,
    'run/no-space',
    say('the disk is full'),
    say('make room (`df -h` shows where), then run `{again}`: finished steps are not repeated'),
  ],
  [
    /Failed to fetch|Could not connect|Temporary failure resolving|Could not resolve|Connection timed out|Unable to connect|Connection refused|Hash Sum mismatch|Undetermined Error|Connection failed/i,
    'run/mirror-failed',
    say('the mirror broke off while packages were fetched'),
    say('see whether it answers again, then run `{again}`: what was fetched is kept'),
  ],
  [
    /Could not get lock|Unable to acquire the dpkg frontend lock|is another process using it/i,
    'run/apt-busy',
    say('another apt is at work on this server'),
    say('wait until it is done, then run `{again}`'),
  ],
  [
    /^delete-version: (clients boot|something is mounted|a client runs) /m,
    'run/version-in-use',
    say('the version is in use, and was not deleted'),
    say('see by whom with `sidus tree versions`; once nobody uses it, run `{again}`'),
  ],
  [
    /another DHCP server answers on (?<card>\S+): (?<servers>.+)/i,
    'run/foreign-dhcp',
    say('another DHCP server answers on {card}: {servers}'),
    say('set `serve.dhcp` to proxy, or take the other server off this wire; then apply again'),
    'server.serve.dhcp',
  ],
  [
    /^cannot ask on \S+: no link on (?<card>[^\s:]+)/m,
    'run/no-link',
    say('{card} has no link: whether another DHCP server answers there is unknown'),
    say(
      'plug its cable in, and see that what is at the other end is on; then run `{again}`: finished steps are not repeated',
    ),
  ],
];

export function explain(command: string, code: number, tail: readonly string[]): Problem {
  const detail = tail.join('\n');
  for (const [pattern, problem, { text }, remedy, at] of known) {
    const found = pattern.exec(detail);
    if (found === null) continue;
    const summary = say(text, { ...found.groups });
    return { code: problem, summary, remedy, detail, ...(at === undefined ? {} : { at }) };
  }
  return {
    code: 'run/command-failed',
    summary: say('`{command}` ended with {code}', { command, code }),
    remedy: say(
      'mend what its last lines report, then run `{again}`: finished steps are not repeated',
    ),
    detail,
  };
}
