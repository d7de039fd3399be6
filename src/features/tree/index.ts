import { z } from 'zod';
import { script } from '../../core/assets.ts';
import { directory, file, packages, run, unit } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import type { StepId } from '../../core/plan.ts';
import type { Problem } from '../../core/problem.ts';
import { ask } from '../../core/question.ts';
import type { TreeTopic } from '../feature.ts';
import { keptOut } from '../package-lists.ts';
import { phase } from '../phases.ts';
import { basePattern } from '../solve.ts';
import { draftSuite } from '../tree-facts.ts';
import { archiveAddress } from '../values.ts';
import {
  aptPreferences,
  aptSources,
  mainArchive,
  securityArchive,
  serverArchives,
} from './archives.ts';
import { capabilityEffects, initrdEffects, unitEffects } from './boot.ts';
import { form } from './form.ts';
import { identityEffects, maskedUnits } from './identity.ts';
import { mirrorTrials } from './mirror-trials.ts';
import { timeEffects } from './time.ts';

/** Suites that people will ask for, and why not yet. */
const refused: Readonly<Record<string, string>> = {
  noble: 'Ubuntu trees are not built yet; choose trixie',
  forky: 'Debian 14 boots with dracut, which is not supported yet; choose trixie',
  sid: 'unstable changes every day; choose trixie',
  bullseye: 'Debian 11 is no longer supported by its makers; choose trixie',
};

const components = ['main', 'contrib', 'non-free', 'non-free-firmware'] as const;

const answers = z.strictObject({
  suite: ask(
    z
      .enum(['trixie', 'bookworm'], {
        error: ({ input }) =>
          `${JSON.stringify(input)} cannot be built; ${refused[String(input)] ?? 'choose trixie or bookworm'}`,
      })
      .default('trixie'),
    {
      title: 'Which Debian do clients run?',
      help: 'The release that all clients share. In doubt: trixie, which gets security updates for longer.',
      labels: {
        trixie: 'Debian 13, the stable release',
        bookworm: 'Debian 12, the one before',
      },
    },
  ),
  architecture: ask(
    z
      .enum(['amd64'], {
        error: ({ input }) =>
          `${JSON.stringify(input)} cannot be built; choose amd64: no other machines were tried yet`,
      })
      .default('amd64'),
    {
      title: 'Which processors do the clients have?',
      help: 'No others were tried yet. In doubt: amd64, which fits every PC of the last fifteen years.',
      labels: { amd64: 'every 64-bit PC, by Intel or AMD' },
    },
  ),
  mirror: ask(archiveAddress(), {
    title: 'Which mirror do packages come from?',
    help: 'A mirror is a server that hands out the packages of Debian; its address ends in /debian as a rule. In doubt: the one that this server itself uses.',
    suggest: ({ facts }) => {
      const found = mainArchive(facts.get(serverArchives));
      return found === null
        ? null
        : { value: found, from: say("detected: the server's own mirror") };
    },
  }),
  securityMirror: ask(archiveAddress(), {
    title: 'Which mirror do security updates come from?',
    help: 'It ends in /debian-security as a rule. In doubt: the one that this server itself uses.',
    suggest: ({ facts, answers: given }) => {
      const found = securityArchive(facts.get(serverArchives));
      const mirror = given.mirror;
      // A mirror that somebody chose is likelier to hold both than a stranger is to be reachable.
      if (typeof mirror === 'string' && mirror !== mainArchive(facts.get(serverArchives))) {
        return /\/debian\/?$/.test(mirror)
          ? {
              value: mirror.replace(/\/debian\/?$/, '/debian-security'),
              from: say('beside the mirror'),
            }
          : null;
      }
      if (found !== null) return { value: found, from: say("detected: the server's own mirror") };
      return typeof mirror === 'string' && /\/debian\/?$/.test(mirror)
        ? {
            value: mirror.replace(/\/debian\/?$/, '/debian-security'),
            from: say('beside the mirror'),
          }
        : null;
    },
  }),
  components: ask(
    z
      .array(
        z.enum(components, {
          error: ({ input }) =>
            `${JSON.stringify(input)} is no part of the archive; choose among ${components.join(', ')}`,
        }),
      )
      .min(1, 'is empty; name at least main')
      .refine((given) => given.includes('main'), 'lacks main; without it nothing can be installed')
      .default([...components]),
    {
      title: 'Which parts of the archive may be used?',
      help: 'In doubt: all of them. Without non-free-firmware many network cards and graphics chips do not work.',
      choices: components,
      labels: {
        main: 'Debian itself: free software',
        contrib: 'free software that needs some that is not',
        'non-free': 'software that is not free',
        'non-free-firmware': 'what chips need to work',
      },
    },
  ),
  documentation: ask(z.boolean().default(true), {
    title: 'Do manuals come with the packages?',
    help: 'In doubt: yes. Without them the tree is smaller and built sooner; it cannot be changed for a draft that exists.',
  }),
  hostKeys: ask(z.enum(['own', 'kept', 'shared']).default('own'), {
    title: 'Which ssh host keys do clients have?',
    help: 'By them ssh knows a machine again; where they are new at each boot, it warns. Shared ones every client can read. In doubt: own.',
    labels: {
      own: 'made anew at each boot',
      kept: 'its own at every boot, if it is listed',
      shared: 'the same on all clients, at every boot',
    },
  }),
  form,
});

/** The answers that decide which packages there are. */
export const archiveAnswers = answers
  .pick({ suite: true, architecture: true, mirror: true, securityMirror: true, components: true })
  .strip();

/** What every client needs to boot, find its root and be itself (debian.md 1, 7; boot.md 3). */
export const basePackages: readonly string[] = [
  'busybox',
  'ca-certificates',
  'dbus',
  'e2fsprogs',
  'initramfs-tools',
  'iproute2',
  'klibc-utils',
  'kmod',
  'libcap2-bin',
  'libpam-systemd',
  'linux-image-amd64',
  'nfs-common',
  'systemd-sysv',
  'systemd-timesyncd',
  'udev',
  'zstd',
];

export const tree: TreeTopic<'tree', typeof answers> = {
  id: 'tree',
  title: 'Tree',
  help: 'The one Debian system that all clients share.',
  scope: 'tree',
  answers,
  facts: [serverArchives],
  checks: ({ name }) => [draftSuite(name)],
  problems: ({ name, answers: { tree: given }, facts }) => {
    const problems: Problem[] = [];
    const found = facts.get(draftSuite(name));
    if (found !== null && found !== given.suite) {
      problems.push({
        code: 'tree/other-suite',
        at: `trees.${name}.tree.suite`,
        summary: say('the draft of {name} is {found}, and cannot become {suite}', {
          name,
          found,
          suite: given.suite,
        }),
        remedy: say('give the {suite} tree another name', { suite: given.suite }),
      });
    }
    return problems;
  },
  trials: ({ name, answers: given }) => mirrorTrials(name, given),
  packages: ({ tree: { suite } }) =>
    suite === 'trixie' ? [...basePackages, 'linux-sysctl-defaults'] : basePackages,
  steps: ({ site, name, answers: given, place, wanted }) => {
    const { suite, architecture, hostKeys } = given.tree;
    // Beside the draft, not in the cache: a tree that is moved to another server takes it along.
    const preparation = `${layout.trees}/${name}/bootstrap`;
    const id = (what: string): StepId => `tree/${name}/${what}`;
    return [
      {
        id: id('tools'),
        title: say('Install mmdebstrap on the server'),
        why: say('It makes a Debian tree out of packages.'),
        phase: phase.preparing,
        effects: [packages('server', ['mmdebstrap', 'debian-archive-keyring'])],
      },
      {
        id: id('bootstrap'),
        title: say('Build the tree {name} from {count} packages and what they need', {
          name,
          count: wanted.length,
        }),
        why: say('One Debian {suite}, which all clients share.', { suite }),
        seconds: 90,
        after: [id('tools')],
        effects: [
          directory('server', layout.trees),
          directory('server', `${layout.trees}/${name}`),
          file('server', `${preparation}/sidus.sources`, aptSources(given.tree)),
          file('server', `${preparation}/preferences`, aptPreferences(keptOut(given))),
          run(
            'server',
            [
              'sh',
              script('bootstrap'),
              { at: { place, path: '' } },
              { at: { place: 'server', path: `${layout.cache}/${suite}` } },
              { at: { place: 'server', path: `${preparation}/sidus.sources` } },
              { at: { place: 'server', path: `${preparation}/preferences` } },
              suite,
              architecture,
              given.packages.recommends ? 'yes' : 'no',
              given.tree.documentation ? 'yes' : 'no',
              basePattern(suite, architecture, keptOut(given)),
              script('solve'),
              ...wanted,
            ],
            {
              unless: { kind: 'exists', at: { place, path: '/etc/sidus/suite' } },
              progress: 'mmdebstrap',
            },
          ),
        ],
      },
      {
        id: id('archives'),
        title: say('Tell the tree where its packages come from'),
        why: say('Updates must come from the same archives as the tree.'),
        after: [id('bootstrap')],
        effects: [
          file(place, '/etc/apt/sources.list.d/sidus.sources', aptSources(given.tree)),
          file(place, '/etc/apt/preferences.d/sidus', aptPreferences(keptOut(given))),
        ],
      },
      {
        id: id('identity'),
        title: say('Take from the tree what belongs to one machine'),
        why: say('Each client gets a name, a machine-id and keys of its own when it boots.'),
        after: [id('bootstrap')],
        follows: [`packages/${name}/installed`],
        effects: identityEffects(place, hostKeys),
      },
      {
        id: id('units'),
        title: say('Set up what a diskless client does at boot'),
        why: say(
          'It renews its lease, keeps its clock right, restores file capabilities, and leaves out what is meant for installed systems.',
        ),
        after: [id('identity')],
        effects: [
          ...unitEffects(place),
          ...timeEffects(place, site),
          ...maskedUnits.map((masked) => unit(place, masked, 'masked')),
        ],
      },
      {
        id: id('initrd'),
        title: say('Make the initrd that mounts the root'),
        why: say('It finds the server, mounts the version read-only, and lays the layer over it.'),
        seconds: 10,
        after: [id('units'), id('archives')],
        follows: [id('bootstrap'), `packages/${name}/installed`],
        effects: initrdEffects(place),
      },
      {
        id: id('capabilities'),
        title: say('List the file capabilities'),
        why: say('NFS does not carry them; clients restore them from this list.'),
        after: [id('units')],
        follows: [id('bootstrap'), `packages/${name}/installed`],
        effects: capabilityEffects(place),
      },
    ];
  },
};
