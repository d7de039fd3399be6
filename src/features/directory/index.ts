import { absent, type Effect, givenSecret, run, unit } from '../../core/effect.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { StepId } from '../../core/plan.ts';
import type { Problem } from '../../core/problem.ts';
import type { TreeTopic } from '../feature.ts';
import { imported, importedFile } from '../imported.ts';
import { answers, type DirectoryAnswers, readyFiles } from './answers.ts';
import { baseFact, questionOf } from './asking.ts';
import { authorityPath } from './authority.ts';
import { draftUsers } from './clashes.ts';
import { contradictions } from './contradictions.ts';
import { asksKerberos, kerberosEffects } from './kerberos.ts';
import { nslcdEffects } from './nslcd.ts';
import { bringsItsOwn, packagesOf } from './packages.ts';
import { wantedSecrets } from './secret.ts';
import { sssdEffects } from './sssd.ts';
import { directoryTrials } from './trials.ts';

/** Which of them ask no more, beside each. */
const othersOf = {
  none: ['sssd', 'nslcd'],
  sssd: ['nslcd'],
  nslcd: ['sssd'],
} as const;

const services = { none: 'files', sssd: 'sss', nslcd: 'ldap' } as const;

/** What the draft asks now: the packages of another service may be in it still. */
function asked(name: string): Fact<string | null> {
  return {
    id: `directory/${name}/asked`,
    source: {
      kind: 'command',
      place: { tree: name },
      argv: [
        'sed',
        '-n',
        's/^passwd:.*[[:space:]]\\(sss\\|ldap\\)\\([[:space:]].*\\)*$/\\1/p',
        '/etc/nsswitch.conf',
      ],
    },
    otherwise: null,
    parse: (text) => (text.trim() === '' ? null : text.trim()),
  };
}

/** All that is brought in: an authority's certificate, and what is ready-made. */
function importsOf(given: DirectoryAnswers): readonly { at: string; from: string }[] {
  if (given.service === 'none') return [];
  return [
    ...(given.encrypted && given.authority !== null
      ? [{ at: 'authority', from: given.authority }]
      : []),
    ...given.files.map(({ from }, index) => ({ at: `files.${index}.from`, from })),
  ];
}

export const directory: TreeTopic<'directory', typeof answers> = {
  id: 'directory',
  title: 'Directory',
  help: 'Whether clients know people from a directory.',
  scope: 'tree',
  answers,
  packages: ({ directory: given }) => packagesOf(given),
  finds: (given) => [baseFact(given)].flatMap((fact) => (fact === null ? [] : [fact])),
  trials: directoryTrials,
  logins: ({ name, answers: { directory: given } }) => questionOf(name, given),
  secrets: ({ name, answers: { directory: given } }) => wantedSecrets(name, given),
  checks: ({ name, answers: { directory: given } }) => [
    asked(name),
    ...(given.service === 'none' ? [] : [draftUsers(name)]),
    ...importsOf(given).map(({ from }) => importedFile(from)),
  ],
  problems: ({ name, answers: { directory: given }, facts }) => [
    ...contradictions(`trees.${name}.directory`, given, facts),
    ...importsOf(given).flatMap(({ at, from }): readonly Problem[] => {
      const fact = importedFile(from);
      const found = facts.has(fact) ? facts.get(fact) : null;
      if (found?.status !== 'absent') return [];
      return [
        {
          code: 'directory/no-file',
          at: `trees.${name}.directory.${at}`,
          summary: say('{from} cannot be had: {words}', { from, words: found.words }),
          remedy: say('name a file of this server, or a URL that answers'),
        },
      ];
    }),
  ],
  steps: ({ name, place, answers: of, facts }) => {
    const given = of.directory;
    const before = asked(name);
    const was = facts.has(before) ? facts.get(before) : null;
    // Nothing was asked, and nothing is to be: the tree is as Debian makes it.
    if (given.service === 'none' && (was === null || bringsItsOwn(of))) return [];
    const id = (what: string): StepId => `directory/${name}/${what}`;
    const follows = [`tree/${name}/bootstrap`, `packages/${name}/installed`] as const;
    const found = (from: string) => {
      const fact = importedFile(from);
      const file = facts.has(fact) ? facts.get(fact) : null;
      return file?.status === 'there' ? file.sha256 : null;
    };
    const taken = (
      from: string,
      path: string,
      owned: Parameters<typeof imported>[4] = {},
    ): readonly Effect[] => {
      const sha256 = found(from);
      return sha256 === null ? [] : imported(from, sha256, place, path, owned);
    };
    const ready = new Set(given.files.map(({ as }) => as));
    const others = othersOf[given.service];
    const effects: readonly Effect[] =
      given.service === 'none'
        ? []
        : [
            ...(given.encrypted && given.authority !== null
              ? taken(given.authority, authorityPath(given))
              : []),
            ...(given.service === 'sssd' && !ready.has('sssd.conf')
              ? sssdEffects(name, place, given)
              : []),
            ...(given.service === 'nslcd' ? nslcdEffects(name, place, given) : []),
            ...(ready.has('krb5.conf') ? [] : kerberosEffects(place, given)),
            ...given.files.flatMap(({ from, as }) => {
              const { path, ...owned } = readyFiles[as];
              // It is written below, over what name-service says.
              return as === 'nsswitch.conf' ? [] : taken(from, path, owned);
            }),
          ];
    return [
      {
        id: id('service'),
        title:
          given.service === 'none'
            ? say('Ask no directory any more')
            : given.uris.length === 0
              ? say('Let {service} say who the users are', { service: given.service })
              : say('Let {service} say who the users are, from {uris}', {
                  service: given.service,
                  uris: given.uris.join(', '),
                }),
        why: say('Names, groups and passwords are those of the directory, on every client.'),
        after: [`tree/${name}/units`],
        follows,
        effects: [
          ...wantedSecrets(name, given).map((wanted) => givenSecret(wanted.name)),
          ...effects,
          run(place, [
            '/usr/lib/sidus/name-service',
            services[given.service],
            ...(given.service === 'nslcd' && asksKerberos(given) ? ['krb5'] : []),
          ]),
          ...given.files.flatMap(({ from, as }) =>
            as === 'nsswitch.conf' ? taken(from, readyFiles[as].path) : [],
          ),
          ...others.map((one) => unit(place, `${one}.service`, 'masked')),
          // They may hold the password of whom clients were to the directory.
          ...others.map((one) => absent(place, readyFiles[`${one}.conf`].path)),
          // sssd.conf names what it answers, and then these refuse to start (sssd.conf(5), services).
          ...(given.service === 'sssd'
            ? ['nss', 'pam', 'pam-priv'].map((one) => unit(place, `sssd-${one}.socket`, 'masked'))
            : []),
          ...(given.service === 'none' ? [] : [unit(place, `${given.service}.service`, 'enabled')]),
        ],
      },
    ];
  },
};
