import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { say } from '../core/message.ts';
import { describeProblem, ProblemError } from '../core/problem.ts';
import { parseSecrets } from '../core/secrets.ts';
import { kernelOption, machineName } from '../features/values.ts';
import { usualClient } from '../planner/rehearsal.ts';
import { firmwares } from '../rehearsal/virtual-client.ts';
import { apply, resume } from './commands/apply.ts';
import { attach, stop } from './commands/attach.ts';
import { check } from './commands/check.ts';
import { plan } from './commands/plan.ts';
import { rehearse } from './commands/rehearse.ts';
import { dashboard, home, wizard } from './commands/screens.ts';
import { status } from './commands/status.ts';
import { publish, shell, versions } from './commands/tree.ts';
import { type Common, type CommonOptions, exit } from './common-options.ts';
import type { Outside } from './outside.ts';

/** Reads the command line, runs the command, and returns its exit code (design.md 6). */
export async function program(argv: readonly string[], outside: Outside): Promise<number> {
  let code: number = exit.done;
  const does =
    <Options extends CommonOptions>(
      action: (options: Options, common: Common, names: readonly string[]) => Promise<number>,
      root?: (options: Options) => string,
      /** An ordinary user is shown a server in memory. */
      pretends = false,
    ) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const asked = command.optsWithGlobals() as Options;
      const options = pretends && !outside.isRoot ? { ...asked, pretend: true } : asked;
      const common = await open(options, root?.(options), outside);
      code = await action(options, common, command.args);
    };

  const sidus = new Command('sidus')
    .description(
      'Turns a Debian server into a SIDUS server: one tree, booted by any number of clients.',
    )
    .version(outside.version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => outside.say(text),
      writeErr: (text) => outside.complain(text),
    })
    .showSuggestionAfterError();
  const common = (command: Command): Command =>
    command
      .option('--json', 'one JSON object; of a run, one JSON line for each event')
      .option('--root <directory>', 'put everything under this directory')
      .option('--cache <directory>', 'where packages and the workshop are kept')
      .option('--secrets <file>', 'secrets as a JSON object; - is standard input')
      .addOption(
        new Option('--progress <style>', 'how a run is shown')
          .choices(['auto', 'tty', 'plain', 'json', 'quiet'])
          .default('auto'),
      )
      .option('--no-color', 'no colour')
      .option('--pretend', 'on a server in memory: nothing is changed')
      .option(
        '--fail <word>',
        'with --pretend: the first command that holds this word fails, such as bootstrap, make-initrd, publish or quick',
      );
  const answered = (command: Command): Command =>
    common(command)
      .option('--preset <name>', 'begin with these answers')
      .option('--answers <file>', 'a site file; - is standard input')
      .option('--set <question=value>', 'one answer; may be repeated', collected, [])
      .option('--offline', 'ask neither the mirror nor the network');

  // `sidus` alone, with options or without; a name of its own, so that a mistyped command is told.
  common(sidus.command('home', { hidden: true })).action(
    does((options, given) => home(options, given), undefined, true),
  );
  answered(
    sidus.command('wizard').description('questions, plan, run and rehearsal, on screens'),
  ).action(does((options, given) => wizard(options, given), undefined, true));
  common(
    sidus.command('dashboard').description('how this server stands, and its chores, on screens'),
  ).action(does((options, given) => dashboard(options, given)));
  answered(
    sidus.command('check').description('what this server is, and what stands in the way'),
  ).action(does((options, given) => check(options, given)));
  answered(sidus.command('plan').description('what would be done; exit 3 if anything is pending'))
    .option('-o, --output <file>', 'save the plan for `sidus apply FILE`')
    .option('--script', 'as a shell script that does the same')
    .action(does((options, given) => plan(options, given)));
  answered(
    sidus.command('apply').argument('[plan.json]').description('do the plan, and exactly that'),
  )
    .option('--yes', 'go on without asking; without a terminal nothing is asked')
    .action(does((options, given, [saved]) => apply(saved, options, given)));
  common(sidus.command('resume').argument('[run]').description('go on with the last run')).action(
    does((options, given, [run]) => resume(run, options, given)),
  );
  common(
    sidus.command('attach').argument('[run]').description('show the run that is at work'),
  ).action(does((options, given, [run]) => attach(run, options, given)));
  common(
    sidus
      .command('stop')
      .argument('[run]')
      .description('end the run that is at work, after its step'),
  )
    .option('--now', 'in the middle of the step')
    .action(does((options, given, [run]) => stop(run, options, given)));
  answered(sidus.command('rehearse').description('boot a virtual client, and check it from inside'))
    .option('--quick', 'kernel, root, layer and identity, on a network of QEMU (the usual way)')
    .option('--full', "the whole chain: the firmware, and the site's own DHCP, TFTP and loaders")
    .addOption(
      new Option('--firmware <name>', 'what the client starts with; means --full').choices(
        firmwares,
      ),
    )
    .option('--tree <name>', 'which tree; the first otherwise')
    .option('--mac <address>', 'Ethernet address of the client', ethernet, usualClient.mac)
    .option('--hostname <name>', 'what DHCP calls it', hostname)
    .option('--memory <MiB>', 'its memory', wholeNumber, 1024)
    .option('--append <word>', 'one more word for its kernel command line', kernelWords, [])
    .option('--patience <seconds>', 'how long its boot may take', wholeNumber, 300)
    .option('--console', 'show all of its console')
    .action(
      does(
        (options, given) => rehearse(options as never, given),
        // A rehearsal of a preset is nobody's site: it stays in the cache, and touches none.
        (options) =>
          'preset' in options ? `/var/cache/sidus/rehearsal/${String(options.preset)}` : '/',
      ),
    );
  answered(sidus.command('status').description('how the site stands')).action(
    does((options, given) => status(options, given)),
  );
  const tree = sidus.command('tree').description('work on trees').enablePositionalOptions();
  answered(
    tree.command('publish').argument('[tree]').description('make the next version of a draft'),
  ).action(does((options, given, [name]) => publish(name, options, given)));
  answered(
    tree
      .command('versions')
      .argument('[tree]')
      .description('the versions, and which one clients boot'),
  ).action(does((options, given, [name]) => versions(name, options, given)));
  answered(
    tree
      .command('shell')
      .argument('[tree]')
      .argument('[command...]')
      .description('a shell, or one command, in a draft')
      .passThroughOptions(),
  ).action(does((options, given, [name, ...words]) => shell(name, words, options, given)));
  try {
    await sidus.parseAsync(isBare(argv) ? ['home', ...argv] : argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.wrong;
    if (!(error instanceof ProblemError)) throw error;
    return refuse(error, argv.includes('--json'), outside);
  }
  return code;
}

/** No command, only options for screens. */
function isBare([first]: readonly string[]): boolean {
  if (first === undefined) return true;
  return first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first);
}

/** All that is wrong, at once. A fault in a run is 1; a request that cannot be done is 2. */
function refuse(error: ProblemError, json: boolean, outside: Outside): number {
  if (json)
    outside.say(`${JSON.stringify({ schema: 1, type: 'problems', problems: error.problems })}\n`);
  else {
    for (const problem of error.problems) {
      outside.complain(`${outside.paint('red', '✗')} ${describeProblem(problem)}\n`);
    }
  }
  if (outside.signal.aborted) return exit.cancelled;
  const inRun = error.problems.some(({ code }) =>
    /^(rehearsal|run)\/(?!locked|none|not-at-work)/.test(code),
  );
  return inRun ? exit.failed : exit.wrong;
}

async function open(
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

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function kernelWords(value: string, before: readonly string[]): readonly string[] {
  if (kernelOption().safeParse(value).success) return [...before, value];
  throw new InvalidArgumentError('Write one word, as name or name=value, without quotes.');
}

function ethernet(value: string): string {
  const lower = value.toLowerCase();
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(lower)) return lower;
  throw new InvalidArgumentError('Write six pairs, such as 52:54:00:12:34:56.');
}

function hostname(value: string): string {
  if (machineName().safeParse(value).success) return value;
  throw new InvalidArgumentError('Use lower-case letters, digits and hyphens.');
}

function wholeNumber(value: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Write a whole number.');
}
