import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import { parseSecrets } from '../core/secrets.ts';
import type { Common, CommonOptions } from './common-options.ts';
import type { Outside } from './outside.ts';

/** What the options that all commands take mean: where everything lies, and by which secrets. */
export async function open(
  options: CommonOptions,
  usualRoot: string | undefined,
  outside: Outside,
): Promise<Common> {
  const root = options.root === undefined ? (usualRoot ?? '/') : absolute(options.root, '--root');
  const cache =
    options.cache !== undefined
      ? absolute(options.cache, '--cache')
      : options.root === undefined && root !== '/'
        ? '/var/cache/sidus'
        : null;
  let secrets: Readonly<Record<string, string>> = {};
  if (options.secrets !== undefined) {
    const path = options.secrets;
    const text = path === '-' ? await outside.readStdin() : await outside.readFile(path);
    if (text === null) {
      throw new ProblemError({
        code: 'secrets/no-file',
        at: '--secrets',
        summary: say('there is no file {path}', { path }),
        remedy: say('give the path of a JSON file, or `-` for standard input'),
      });
    }
    secrets = parseSecrets(text, path);
  }
  if (options.fail !== undefined && options.pretend !== true) {
    throw new ProblemError({
      code: 'request/fail-for-real',
      at: '--fail',
      summary: say('nothing is made to fail on a real server'),
      remedy: say('add `--pretend`'),
    });
  }
  const pretend = options.pretend === true ? { failing: options.fail ?? null } : null;
  if (pretend !== null && options.json !== true) {
    outside.complain('Pretending: this server is in memory only, and nothing is changed.\n');
  }
  const at = pretend === null ? root : '/';
  const opening = { root: at, cache, secrets, pretend };
  return { outside, root: at, opening, ...outside.open(opening) };
}

/** A directory below which things may be put: no line breaks, no `..`, from the root on. */
function absolute(path: string, option: string): string {
  const clean = path.replace(/\/+$/, '');
  if (/^(\/[^/\n\r\0]+)+$/.test(clean) && !clean.split('/').includes('..')) return clean;
  throw new ProblemError({
    code: 'request/not-a-directory',
    at: option,
    summary: say('{path} is not an absolute path of a directory', {
      path: JSON.stringify(path.slice(0, 80)),
    }),
    remedy: say('write it from the root on, such as /srv/staged'),
  });
}
