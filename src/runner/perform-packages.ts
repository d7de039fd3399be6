import type { PackagesEffect } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import type { Argv } from '../core/text.ts';
import type { ExecOptions } from '../system/system.ts';
import { command, type Performing } from './command.ts';
import { aptProgress } from './command-progress.ts';
import { packagesWithSettings, removedIn } from './installed.ts';
import { keepEdited } from './settings.ts';

export function performPackages(
  effect: PackagesEffect,
  given: Performing,
): Promise<Problem | null> {
  return effect.purged === true ? purge(effect, given) : installPackages(effect, given);
}

/** Their services were stopped before, so nothing is held back: what they bring beside ends with them. */
async function purge(
  { names, edited }: PackagesEffect,
  given: Performing,
): Promise<Problem | null> {
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const options: ExecOptions = { confined: true, environment };
  const held = { ...options, heldServices: true };
  const unfinished = await command('server', ['dpkg', '--configure', '-a'], held, null, given);
  if (unfinished !== null) return unfinished;
  const left = await packagesWithSettings(given.system);
  const there = names.filter((name) => left.has(name));
  if (there.length === 0) return null;
  // Somebody may have installed what needs them since the plan was made.
  const ran = await given.system.exec('server', ['apt-get', '--simulate', 'purge', '--', ...there]);
  const more = removedIn(ran.stdout).filter((name) => !names.includes(name));
  if (ran.code === 0 && more.length > 0) {
    return {
      code: 'run/would-remove-more',
      summary: say('apt would remove {more} too', { more: more.join(' ') }),
      remedy: say('remove that first, or run `sidus undo --keep-packages`'),
    };
  }
  if (edited !== undefined) await keepEdited(edited, given.system);
  const argv: Argv = ['apt-get', 'purge', '--quiet', '--assume-yes', '--', ...there];
  return command('server', argv, options, null, given);
}

const aptOptions = [
  '--quiet',
  '--assume-yes',
  '--option',
  'Dpkg::Options::=--force-confold',
  '--option',
  'Dpkg::Options::=--force-confdef',
  '--option',
  'Dpkg::Use-Pty=0',
  '--option',
  // Standard error too, as the scripts around it have it: dpkg closes this one for its children.
  'APT::Status-Fd=3',
  '--option',
  'Acquire::Retries=3',
  '--option',
  'Acquire::http::Timeout=30',
  '--option',
  'Acquire::Languages=none',
] as const;

async function installPackages(
  { place, names, recommends }: PackagesEffect,
  given: Performing,
): Promise<Problem | null> {
  const suite = place === 'server' ? null : await given.system.read(place, '/etc/sidus/suite');
  const options: ExecOptions = {
    confined: true,
    ...(place === 'server'
      ? { heldServices: true, environment: { DEBIAN_FRONTEND: 'noninteractive' } }
      : // The initrd is made once, in a step of its own.
        { environment: { INITRD: 'No' } }),
    ...(suite === null ? {} : { packageCache: suite.trim() }),
  };
  const install: Argv = [
    'apt-get',
    'install',
    ...aptOptions,
    ...(place === 'server' ? [] : ['--option', 'Dpkg::Options::=--force-unsafe-io']),
    recommends ? '--install-recommends' : '--no-install-recommends',
    '--',
    ...names,
  ];
  if (place === 'server') {
    // On the server only what was asked for is done; an old list is better than none.
    await command(place, ['apt-get', 'update', '--quiet'], options, null, given);
    return command(place, install, options, aptProgress(), given);
  }
  const calls: readonly Argv[] = [
    // What a killed run left half done.
    ['dpkg', '--configure', '-a'],
    ['apt-get', 'update', '--quiet', '--error-on=any', '--option', 'Acquire::Languages=none'],
    install,
  ];
  for (const argv of calls) {
    const problem = await command(place, argv, options, aptProgress(), given);
    if (problem !== null) return problem;
  }
  return null;
}
