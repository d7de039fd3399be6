import { say } from '../../core/message.ts';
import { describeProblem, ProblemError } from '../../core/problem.ts';
import { runsAsRoot } from '../../features/server-facts.ts';
import { type Common, type CommonOptions, exit, exitOfRun, rootOption } from '../common-options.ts';
import { watch } from '../watch.ts';
import { namedRun } from './apply.ts';
import { attached } from './screens.ts';

/** Shows the run that is at work, from its beginning; of one that is over, what came of it. */
export async function attach(given: string | undefined, options: CommonOptions, common: Common) {
  const { outside, session } = common;
  await refuseOthers(common);
  const running = await session.running();
  const { run, plan } = await namedRun(given ?? running, common);
  if (run === running) {
    const shown = await attached(run, options, common);
    if (shown !== null) return shown;
  }
  if (run === running || options.json === true) {
    return watch({ run, plan, mine: false }, options, common);
  }
  // Also says of an engine that is gone what became of it.
  const progress = await session.follow(run, () => undefined, outside.signal);
  if (progress.outcome === null) return exit.cancelled;
  outside.complain(`The run ${run} is over: ${progress.outcome}.\n`);
  if (progress.problem !== null) outside.complain(`${describeProblem(progress.problem)}\n`);
  return exitOfRun(progress);
}

export interface StopOptions extends CommonOptions {
  readonly now?: boolean;
}

/** Asks the run that is at work to end: after its step, or in the middle of it. */
export async function stop(given: string | undefined, options: StopOptions, common: Common) {
  const { outside, session } = common;
  await refuseOthers(common);
  const run = given ?? (await session.running());
  if (run === null) {
    const none = (await session.runs()).length === 0;
    throw new ProblemError({
      code: 'run/none-at-work',
      summary: none
        ? say('no run is at work here, and there was none yet')
        : say('no run is at work here'),
      remedy: none
        ? say('begin with `sudo sidus{at}`, which shows a plan first', { at: rootOption(common) })
        : say('see with `sidus status` how the last one ended'),
    });
  }
  const how = options.now === true ? 'now' : 'after-step';
  await session.stop(run, how);
  // A step may take minutes; what is broken off is over in a moment, and the lock is free then.
  if (how === 'now') await session.follow(run, () => undefined, outside.signal);
  if (options.json === true) {
    outside.say(`${JSON.stringify({ schema: 1, type: 'stop', run, how })}\n`);
  } else {
    outside.complain(
      how === 'now'
        ? 'Stopped. `sidus resume` goes on: finished steps are not repeated.\n'
        : 'It ends after this step: `sidus attach` shows it, `sidus resume` goes on.\n',
    );
  }
  return exit.done;
}

/** What a run says is for root alone: it names every file of the server. */
async function refuseOthers({ session }: Common): Promise<void> {
  if ((await session.gather([runsAsRoot])).get(runsAsRoot)) return;
  throw new ProblemError({
    code: 'request/not-root',
    summary: say('only root can see or end a run'),
    remedy: say('run the same command with `sudo`'),
  });
}
