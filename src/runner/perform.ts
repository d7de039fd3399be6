import { script } from '../core/assets.ts';
import type { Effect, RunEffect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import type { Problem } from '../core/problem.ts';
import type { Argv } from '../core/text.ts';
import type { ExecOptions } from '../system/system.ts';
import { blockDone } from './block.ts';
import { command, type Performing } from './command.ts';
import { aptProgress, copyProgress, mmdebstrapProgress } from './command-progress.ts';
import { notGiven } from './given-secrets.ts';
import { performPackages } from './perform-packages.ts';
import { resolveText, secretBefore } from './resolve.ts';
import { settle } from './settings.ts';

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
      const after = blockDone(before, effect);
      await system.write(effect.place, effect.path, after, attributes);
      return null;
    }
    case 'absent':
      if (effect.emptyDirectory !== true) {
        await system.remove(effect.place, effect.path);
      } else if (!(await system.removeEmptyDirectory(effect.place, effect.path))) {
        given.hearing.line(`${effect.path} stays: something is in it`);
      }
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
    case 'secret': {
      const { name, before } = effect;
      if (before !== undefined) {
        await system.keepSecret(name, await secretBefore(name, before, system));
        return null;
      }
      const known = await system.secret(name);
      if (known === null && effect.given === true) return notGiven(name);
      await system.keepSecret(name, known ?? system.randomText(16));
      return null;
    }
    case 'packages':
      return performPackages(effect, given);
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
    case 'settings':
      await settle(effect, system);
      return null;
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
    // systemctl(1) knows process 1 by its credentials, which a PID namespace of one's own hides:
    // "Failed to connect to system scope bus: No data available" (systemd 257).
    confined: effect.place !== 'server' || effect.argv[0] !== 'systemctl',
    // A command in a tree reaches no network: what must be fetched is fetched as packages.
    ...(effect.place === 'server' ? {} : { privateNetwork: true }),
    ...(effect.stdin === undefined ? {} : { stdin: await resolveText(effect.stdin, given.system) }),
  };
  return command(effect.place, effect.argv, options, reader, given);
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
    const own = await given.system.stat(place, `/etc/systemd/system/${name}`);
    const masked = own?.kind === 'link' && own.target === '/dev/null';
    // systemctl(1) enables nothing that is masked.
    for (const verb of [
      ...(masked ? ['unmask'] : []),
      state === 'enabled' ? 'enable' : 'disable',
    ]) {
      const options = { privateNetwork: true };
      const problem = await command(place, ['systemctl', verb, name], options, null, given);
      if (problem !== null) return problem;
    }
    return null;
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
