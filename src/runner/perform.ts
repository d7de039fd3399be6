import { script } from '../core/assets.ts';
import type { Effect, RunEffect } from '../core/effect.ts';
import { layout, whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Place } from '../core/place.ts';
import type { Problem } from '../core/problem.ts';
import type { Argv, Word } from '../core/text.ts';
import type { ExecOptions, System } from '../system/system.ts';
import { withBlock } from './block.ts';
import {
  aptProgress,
  copyProgress,
  type Measured,
  mmdebstrapProgress,
  type ProgressReader,
} from './command-progress.ts';
import { explain } from './explain.ts';
import { resolveText } from './resolve.ts';

export interface Hearing {
  /** The line without the secrets of this step. */
  clean(line: string): string;
  line(line: string): void;
  progress(measured: Measured): void;
}

export interface Performing {
  readonly system: System;
  readonly hearing: Hearing;
  readonly signal: AbortSignal;
  /** Something before this effect, in the same step, was changed in this run. */
  readonly changedBefore: boolean;
}

/** Does one effect. Returns what went wrong; null: done. */
export async function perform(effect: Effect, given: Performing): Promise<Problem | null> {
  const { system } = given;
  switch (effect.kind) {
    case 'file':
      await system.write(
        effect.place,
        effect.path,
        await resolveText(effect.content, system),
        effect,
      );
      return null;
    case 'block': {
      const entry = await system.stat(effect.place, effect.path);
      const before = (await system.read(effect.place, effect.path)) ?? '';
      const attributes = entry ?? { mode: 0o644, owner: 'root', group: 'root' };
      const after = withBlock(before, effect.marker, effect.content);
      await system.write(effect.place, effect.path, after, attributes);
      return null;
    }
    case 'absent':
      await system.remove(effect.place, effect.path);
      return null;
    case 'directory':
      await system.makeDirectory(effect.place, effect.path, effect);
      return null;
    case 'link':
      await system.link(effect.place, effect.path, effect.target);
      return null;
    case 'copy':
      await system.copy(effect.from, effect.place, effect.path, effect);
      return null;
    case 'secret':
      await system.keepSecret(
        effect.name,
        (await system.secret(effect.name)) ?? system.randomText(16),
      );
      return null;
    case 'packages':
      return installPackages(effect.place, effect.names, effect.recommends, given);
    case 'unit':
      return performUnit(effect, given);
    case 'run':
      return performRun(effect, given);
    case 'publish':
      return command(
        'server',
        [
          'sh',
          script('publish'),
          { at: { place: 'server', path: `${layout.trees}/${effect.tree}` } },
          effect.tree,
          String(effect.version),
        ],
        { confined: true },
        copyProgress(),
        given,
      );
    default:
      return effect satisfies never;
  }
}

async function performRun(effect: RunEffect, given: Performing): Promise<Problem | null> {
  const reader =
    effect.progress === 'apt'
      ? aptProgress()
      : effect.progress === 'mmdebstrap'
        ? mmdebstrapProgress()
        : effect.progress === 'copy'
          ? copyProgress()
          : null;
  const options: ExecOptions = {
    confined: true,
    // A command in a tree reaches no network: what must be fetched is fetched as packages.
    ...(effect.place === 'server' ? {} : { privateNetwork: true }),
    ...(effect.stdin === undefined ? {} : { stdin: await resolveText(effect.stdin, given.system) }),
  };
  return command(effect.place, effect.argv, options, reader, given);
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
  'APT::Status-Fd=2',
  '--option',
  'Acquire::Retries=3',
  '--option',
  'Acquire::http::Timeout=30',
  '--option',
  'Acquire::Languages=none',
] as const;

async function installPackages(
  place: Place,
  names: readonly string[],
  recommends: boolean,
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

async function performUnit(
  effect: Extract<Effect, { kind: 'unit' }>,
  given: Performing,
): Promise<Problem | null> {
  const { place, name, state, running, restartWhenChanged } = effect;
  if (place !== 'server') {
    if (state === 'masked') {
      await given.system.link(place, `/etc/systemd/system/${name}`, '/dev/null');
      return null;
    }
    const verb = state === 'enabled' ? 'enable' : 'disable';
    return command(place, ['systemctl', verb, name], { privateNetwork: true }, null, given);
  }
  const calls: Argv[] = [['systemctl', 'daemon-reload']];
  if (state === 'masked') calls.push(['systemctl', 'mask', '--now', name]);
  else if (state === 'enabled')
    calls.push(['systemctl', 'unmask', name], ['systemctl', 'enable', name]);
  else calls.push(['systemctl', 'disable', name]);
  if (running === 'stopped') calls.push(['systemctl', 'stop', name]);
  if (running === 'started') {
    calls.push([
      'systemctl',
      restartWhenChanged && given.changedBefore ? 'restart' : 'start',
      name,
    ]);
  }
  for (const argv of calls) {
    const problem = await command('server', argv, {}, null, given);
    if (problem !== null) return problem;
  }
  return null;
}

/** Runs a command, hands its lines on, and keeps the last ones for when it fails. */
async function command(
  place: Place,
  argv: Argv,
  options: ExecOptions,
  reader: ProgressReader | null,
  { system, hearing, signal }: Performing,
): Promise<Problem | null> {
  const tail: string[] = [];
  const ran = await system.exec(place, argv, {
    ...options,
    signal,
    unbuffered: true,
    line: (raw) => {
      const line = hearing.clean(raw);
      const measured = reader?.(line) ?? null;
      if (measured !== null) hearing.progress(measured);
      if (/^(dlstatus|pmstatus):/.test(line)) return;
      tail.push(line);
      if (tail.length > 40) tail.shift();
      hearing.line(line);
    },
  });
  if (ran.code === 0) return null;
  if (signal.aborted) {
    return {
      code: 'run/stopped',
      summary: say('the step was stopped'),
      remedy: say('run `{again}` to go on: finished steps are not repeated'),
    };
  }
  if (ran.stderr !== '' && tail.length === 0) {
    tail.push(...hearing.clean(ran.stderr).trimEnd().split('\n'));
  }
  return explain(argv.map(shown).join(' '), ran.code, tail);
}

function shown(word: Word): string {
  if (typeof word === 'string') return word;
  if ('asset' in word) return word.asset;
  return 'cache' in word ? word.cache : whereIs(word.at.place) + word.at.path;
}
