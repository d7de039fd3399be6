import { Command, CommanderError, Option } from 'commander';
import { describeProblem, ProblemError } from '../core/problem.ts';
import { otherServers } from '../features/serve/told-dhcp.ts';
import { usualClient } from '../planner/rehearsal.ts';
import { firmwares } from '../rehearsal/virtual-client.ts';
import { apply, resume } from './commands/apply.ts';
import { attach, stop } from './commands/attach.ts';
import { check } from './commands/check.ts';
import { plan } from './commands/plan.ts';
import { rehearse } from './commands/rehearse.ts';
import { dashboard, home, wizard } from './commands/screens.ts';
import { status } from './commands/status.ts';
import { publish, shell } from './commands/tree.ts';
import { undo } from './commands/undo.ts';
import { deleteVersions, rollBack, versions } from './commands/versions.ts';
import { type Common, type CommonOptions, exit } from './common-options.ts';
import { open } from './opening.ts';
import { collected, ethernet, hostname, kernelWords, wholeNumber } from './option-values.ts';
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
      .option(
        '--accounts <file>',
        'add the users of a list (CSV: name,fullName,groups,shell,keys,uid); TREE=FILE where there are several trees',
        collected,
        [],
      )
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
  answered(sidus.command('check').description('what this server is, and what stands in the way'))
    .option('--login <user>', 'try to log in as this user of the directory; asks for the password')
    .option('--password-stdin', 'with --login: read the password from standard input')
    .option('--tree <name>', 'with --login: as clients of which tree')
    .action(does((options, given) => check(options, given)));
  answered(sidus.command('plan').description('what would be done; exit 3 if anything is pending'))
    .option('-o, --output <file>', 'save the plan for `sidus apply FILE`')
    .option('--script', 'as a shell script that does the same')
    .addOption(
      new Option('--dhcp <server>', 'only what to tell another DHCP server, to paste').choices(
        otherServers,
      ),
    )
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
  common(
    sidus
      .command('undo')
      .argument('[run]')
      .description('take back what the last run changed on this server, or the one named'),
  )
    .option('--yes', 'go on without asking; without a terminal nothing is asked')
    .option('--list', 'only say which runs can be taken back')
    .addOption(
      new Option('--changed <what>', 'files that somebody changed since').choices([
        'keep',
        'replace',
      ]),
    )
    .option('--keep-packages', 'leave the packages that the run installed')
    .option('--disconnect', 'even where clients lose the version that they run')
    .option('--with-newer', 'take back newer runs that changed the same things, too')
    .action(does((options, given, [run]) => undo(run, options, given)));
  answered(sidus.command('rehearse').description('boot a virtual client, and check it from inside'))
    .option('--quick', 'kernel, root, layer and identity, on a network of QEMU (the usual way)')
    .option('--full', "the whole chain: the firmware, and the site's own DHCP, TFTP and loaders")
    .addOption(
      new Option('--firmware <name>', 'what the client starts with; means --full').choices(
        firmwares,
      ),
    )
    .option('--tree <name>', 'which tree; the first otherwise')
    .option('--login <user>', 'boots nothing: try to log in, in the draft; asks for the password')
    .option('--password-stdin', 'with --login: read the password from standard input')
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
      .description('the versions, who boots and runs them, and which can be deleted'),
  ).action(does((options, given, [name]) => versions(name, options, given)));
  answered(
    tree
      .command('rollback')
      .argument('[tree]')
      .argument('[version]')
      .description('let clients boot the version before, or the one named'),
  ).action(does((options, given, words) => rollBack(words, options, given)));
  answered(
    tree
      .command('delete')
      .argument('[tree]')
      .argument('[version...]')
      .description('delete versions that nobody boots or runs'),
  )
    .option('--yes', 'go on without asking; without a terminal nothing is asked')
    .action(does((options, given, words) => deleteVersions(words, options, given)));
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
