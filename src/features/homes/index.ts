import { absent, type Effect, file, run } from '../../core/effect.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { TreePlace } from '../../core/place.ts';
import { serverExports } from '../exports-text.ts';
import type { TreeTopic } from '../feature.ts';
import type { TreeAnswers } from '../index.ts';
import { answers } from './answers.ts';
import { exportedBefore } from './exports.ts';
import { fstab } from './fstab.ts';
import { homesOfListed, listedOnServer, mountsOf } from './mounts.ts';
import { homesProblems } from './problems.ts';
import { fileSystemOf, usedOtherwise } from './server-facts.ts';
import { exportTrials } from './trial.ts';

const sessions = '/etc/pam.d/common-session';

/** Whether the draft makes homes at login now. */
function homesMade(name: string): Fact<boolean> {
  return {
    id: `homes/${name}/made`,
    source: { kind: 'file', at: { place: { tree: name }, path: sessions } },
    otherwise: false,
    parse: (text) => text.includes('/usr/lib/sidus/session-home'),
  };
}

/** pam-auth-update(8) with our profile. */
function madeAtLogin(place: TreePlace, wanted: boolean): Effect {
  return wanted
    ? run(place, ['pam-auth-update', '--enable', 'sidus-home'], {
        unless: {
          kind: 'succeeds',
          place,
          argv: ['grep', '-q', '/usr/lib/sidus/session-home', sessions],
        },
      })
    : run(place, ['pam-auth-update', '--disable', 'sidus-home']);
}

/** Nobody else makes the homes of users that a directory knows, or that are listed and on a server. */
function needsMaking(given: TreeAnswers): boolean {
  return given.directory.service !== 'none' || listedOnServer(given);
}

const triedAgain = '/etc/systemd/system/mount.d/sidus.conf';

export const homes: TreeTopic<'homes', typeof answers> = {
  id: 'homes',
  title: 'Homes',
  help: 'Where users find what they kept.',
  scope: 'tree',
  answers,
  checks: ({ name, answers: { homes: given } }) => [
    homesMade(name),
    exportedBefore,
    ...(given.kind === 'here' ? [serverExports] : []),
    ...(given.kind === 'here' && given.quota ? [fileSystemOf(given.path)] : []),
    ...(given.kind === 'here' ? [usedOtherwise(given.path)] : []),
  ],
  problems: homesProblems,
  trials: ({ site, name, answers: given }) => exportTrials(site, name, given),
  steps: ({ name, place, answers: given, facts }) => {
    const mounts = mountsOf(given);
    const { domain, kind } = given.homes;
    const made = homesMade(name);
    const wanted = needsMaking(given);
    const named = domain !== '' && (kind === 'nfs4' || kind === 'here');
    return [
      {
        id: `homes/${name}/mounts`,
        title:
          mounts.length === 0
            ? say('Mount nothing beside the root')
            : say('Mount {places} when somebody uses it', {
                places: mounts
                  .map(({ at, server, path }) => `${at} (${server}:${path})`)
                  .join(', '),
              }),
        why:
          mounts.length === 0
            ? say('What users keep is in the layer of their client.')
            : say('A server that is away keeps no client from starting; it is asked again.'),
        after: [`tree/${name}/units`],
        follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
        effects: [
          file(place, '/etc/fstab', fstab(mounts)),
          // Five tries in ten seconds, as at a login, would be the last ones (systemd.unit(5)).
          mounts.length === 0
            ? absent(place, triedAgain)
            : file(place, triedAgain, '[Unit]\nStartLimitIntervalSec=0\n'),
          named
            ? file(place, '/etc/idmapd.conf.d/sidus.conf', `[General]\nDomain = ${domain}\n`)
            : absent(place, '/etc/idmapd.conf.d/sidus.conf'),
          // AppArmor lets programs into homes that it knows of.
          homesOfListed(given) === '/var/home'
            ? file(place, '/etc/apparmor.d/tunables/home.d/sidus', '@{HOMEDIRS}+=/var/home/\n')
            : absent(place, '/etc/apparmor.d/tunables/home.d/sidus'),
          ...(wanted || (facts.has(made) && facts.get(made)) ? [madeAtLogin(place, wanted)] : []),
        ],
      },
    ];
  },
};
