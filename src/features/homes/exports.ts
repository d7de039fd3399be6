import { script } from '../../core/assets.ts';
import { absent, directory, type Effect, file, packages, run, unit } from '../../core/effect.ts';
import type { Fact, Facts } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import type { Step, StepId } from '../../core/plan.ts';
import { type Export, serverExports } from '../exports-text.ts';
import type { Site } from '../index.ts';
import { exportedTo, idOf } from '../serve/exports.ts';
import { rootDirectory } from '../server-facts.ts';

/** Beside the versions', and not in their file: homes stay when every version is gone. */
export const homesExportsPath = '/etc/exports.d/sidus-homes.exports';

/** Whether there were homes here before. */
export const exportedBefore: Fact<boolean> = {
  id: 'homes/exported-before',
  source: { kind: 'file', at: { place: 'server', path: homesExportsPath } },
  otherwise: false,
  parse: () => true,
};

interface Exported {
  readonly path: string;
  readonly security: string;
}

/** The directories of this server that trees have homes in, each once. */
export function homesHere(site: Site): readonly Exported[] {
  const found = new Map<string, Exported>();
  for (const { homes } of Object.values(site.trees)) {
    if (homes.kind === 'here') {
      found.set(homes.path, { path: homes.path, security: homes.security });
    }
  }
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** What somebody exports there, of this directory, in a file of theirs. */
export function byHand(facts: Facts, path: string): readonly Export[] {
  if (!facts.has(serverExports)) return [];
  return facts
    .get(serverExports)
    .filter((one) => one.path === path && one.file !== homesExportsPath);
}

/** Told from the ids of versions by one digit: assets/export-versions takes back its own kind. */
export function homesFilesystemId(path: string): string {
  return idOf(`sidus homes ${path}`, '8');
}

/**
 * exports(5): written at once (sync), because who was told that a file is kept switches off; and
 * the root of a client is nobody here.
 */
export function homesExportsFile(site: Site, homes: readonly Exported[]): string {
  const clients = exportedTo(site);
  return [
    '# Written by sidus; other exports belong into other files of this directory.\n',
    ...homes.map(
      ({ path, security }) =>
        `${path}${clients
          .map(
            (prefix) =>
              ` ${prefix}(rw,sync,root_squash,no_subtree_check,sec=${security},fsid=${homesFilesystemId(path)})`,
          )
          .join('')}\n`,
    ),
  ].join('');
}

const exportNow = run('server', ['sh', script('export-versions'), homesExportsPath, 'homes'], {
  rereads: true,
});

/** Makes the directories of homes, and lets clients write there. */
export function homesExportSteps(
  site: Site,
  facts: Facts,
  after: readonly StepId[],
): readonly Step[] {
  const all = homesHere(site);
  const ours = all.filter(({ path }) => byHand(facts, path).length === 0);
  const staged = facts.get(rootDirectory) !== '/';
  const now: readonly Effect[] = staged
    ? []
    : [unit('server', 'nfs-server.service', 'enabled', { running: 'started' }), exportNow];
  const quota = Object.values(site.trees).some(({ homes }) => homes.kind === 'here' && homes.quota);
  if (ours.length === 0) {
    if (!facts.has(exportedBefore) || !facts.get(exportedBefore)) return [];
    return [
      {
        id: 'serve/homes',
        title: say('Export homes no more'),
        why: say('No tree has them on this server now. The directories stay as they are.'),
        after,
        effects: [absent('server', homesExportsPath), ...(staged ? [] : [exportNow])],
      },
    ];
  }
  return [
    {
      id: 'serve/homes',
      title: say('Keep homes in {paths}, and let {clients} write there', {
        paths: ours.map(({ path }) => path).join(', '),
        clients: exportedTo(site).join(', '),
      }),
      why: say(
        'Each user makes the own home at the first login; root of a client may not. The server believes machines with these addresses who their users are.',
      ),
      after,
      effects: [
        ...(quota && !staged ? [packages('server', ['quota'])] : []),
        // As /tmp is: who makes a home there owns it, and nobody else removes it.
        ...ours.map(({ path }) => directory('server', path, { mode: 0o1777 })),
        file('server', homesExportsPath, homesExportsFile(site, ours)),
        ...now,
      ],
    },
  ];
}

/** What somebody exports already is left as it is, and said. */
export function homesNotes(site: Site, facts: Facts): readonly Message[] {
  return homesHere(site).flatMap(({ path }) =>
    byHand(facts, path)
      .slice(0, 1)
      .map(({ file: by, to }) =>
        say(
          '{by} exports {path} to {to} already: directory and export stay as they are. See that clients may write there, and that users find their homes.',
          { by, path, to },
        ),
      ),
  );
}
