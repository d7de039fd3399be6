import { script } from '../core/assets.ts';
import { absent, directory, type Effect, packages, run } from '../core/effect.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { PlacePath } from '../core/place.ts';
import type { Step, StepId } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { TreeContext } from './feature.ts';
import { importedFile } from './imported.ts';
import type { Site, SiteClient } from './index.ts';
import { phase } from './phases.ts';
import { rootDirectory } from './server-facts.ts';

/**
 * What a client has of its own beside the tree that all share (design.md 4): its keytab and its ssh
 * host key. It lies on the server as it will lie on the client, below a directory that is exported
 * to that client's address alone; the boot script copies it into the layer. That guards against
 * mistakes, not against an attacker on the wire who takes the address.
 */
export interface OwnFiles {
  readonly client: SiteClient;
  /** Its place in the list. */
  readonly index: number;
  /** Where its keytab is now, on the server. */
  readonly keytab: string | null;
  readonly hostKey: boolean;
}

/** The word for the kernel of a client that has files of its own. */
export const ownFilesWord = 'sidus.own';

export function treeOf(site: Site, client: SiteClient): string | undefined {
  const group = client.group === undefined ? undefined : site.groups[client.group];
  return client.tree ?? group?.tree ?? Object.keys(site.trees)[0];
}

/** null: it has none. */
export function ownFilesOf(site: Site, client: SiteClient): OwnFiles | null {
  const tree = treeOf(site, client);
  const hostKey = tree !== undefined && site.trees[tree]?.tree.hostKeys === 'kept';
  if (client.keytab === undefined && !hostKey) return null;
  return { client, index: site.clients.indexOf(client), keytab: client.keytab ?? null, hostKey };
}

export function ownFilesIn(site: Site, tree: string): readonly OwnFiles[] {
  return site.clients.flatMap((client) => {
    const own = treeOf(site, client) === tree ? ownFilesOf(site, client) : null;
    return own === null ? [] : [own];
  });
}

/** Where they lie. The boot script finds it by the same rule, from the path of its version. */
export function ownDirectory(tree: string, mac: string): PlacePath & { readonly place: 'server' } {
  const name = mac.toLowerCase().replaceAll(':', '-');
  return { place: 'server', path: `${layout.trees}/${tree}/clients/${name}` };
}

/** What a rehearsal serves to this client beside the version; null: it has no files of its own. */
export function ownFilesServed(
  site: Site,
  tree: string,
  mac: string,
): { readonly path: string; readonly clients: string } | null {
  const own = ownFilesIn(site, tree).find(
    ({ client }) => client.mac.toLowerCase() === mac.toLowerCase(),
  );
  if (own?.client.address === undefined) return null;
  return { path: ownDirectory(tree, own.client.mac).path, clients: `${own.client.address}/32` };
}

export function ownFilesChecks({ site, name }: Pick<TreeContext, 'site' | 'name'>) {
  return ownFilesIn(site, name).flatMap(({ keytab }): readonly Fact<unknown>[] =>
    keytab === null ? [] : [importedFile(keytab)],
  );
}

export function ownFilesProblems({ site, name, facts }: TreeContext): readonly Problem[] {
  return ownFilesIn(site, name).flatMap(({ client, index, keytab }) => {
    const problems: Problem[] = [];
    if (client.address === undefined) {
      problems.push({
        code: 'clients/own-files-for-anybody',
        at: `clients.${index}.address`,
        summary: say('{name} has files of its own, and may have any address of the range', {
          name: client.name,
        }),
        remedy: say('give it an address: its files are exported to that one alone'),
      });
    }
    const found = keytab === null ? null : importedFile(keytab);
    const file = found !== null && facts.has(found) ? facts.get(found) : null;
    if (keytab !== null && file?.status === 'absent') {
      problems.push({
        code: 'clients/no-keytab',
        at: `clients.${index}.keytab`,
        summary: say('the keytab {keytab} of {name} cannot be had: {words}', {
          keytab,
          name: client.name,
          words: file.words,
        }),
        remedy: say(
          'make it where the realm is kept, by `kadmin.local ktadd -k FILE nfs/{name}`, and copy it here',
          { name: client.name },
        ),
      });
    }
    return problems;
  });
}

const ownFilesStep = (tree: string): StepId => `clients/${tree}/own-files`;

/** What it says stands in no plan: its sum does, and a file of another sum is refused. Mode 0600. */
function keytabEffects(from: string, path: string, facts: Facts): readonly Effect[] {
  const fact = importedFile(from);
  const found = facts.has(fact) ? facts.get(fact) : null;
  if (found?.status !== 'there') return [];
  const at = { place: 'server', path } as const;
  return [
    run(
      'server',
      ['sh', script('import-file'), 'keep', { cache: 'imported' }, from, found.sha256, { at }],
      { unless: { kind: 'succeeds', place: 'server', argv: ['cmp', '-s', from, { at }] } },
    ),
  ];
}

/** What must be there before it is exported. */
export function ownFilesStepIds(site: Site): readonly StepId[] {
  return Object.keys(site.trees)
    .filter((tree) => ownFilesIn(site, tree).length > 0)
    .map(ownFilesStep);
}

/** Its files, below `/srv/nfsroot/<tree>/clients/<mac>`, with the modes they have on the client. */
export function ownFilesSteps({ site, name, facts }: TreeContext): readonly Step[] {
  const all = ownFilesIn(site, name);
  if (all.length === 0) return [];
  const staged = facts.get(rootDirectory) !== '/';
  const effects = all.flatMap(({ client, keytab, hostKey }): readonly Effect[] => {
    const { path } = ownDirectory(name, client.mac);
    const key = `${path}/etc/ssh/ssh_host_ed25519_key`;
    return [
      directory('server', path),
      directory('server', `${path}/etc`),
      ...(keytab === null
        ? [absent('server', `${path}/etc/krb5.keytab`)]
        : keytabEffects(keytab, `${path}/etc/krb5.keytab`, facts)),
      ...(hostKey
        ? [
            directory('server', `${path}/etc/ssh`),
            run(
              'server',
              [
                'ssh-keygen',
                ...['-q', '-t', 'ed25519', '-N', '', '-C', `root@${client.name}`],
                '-f',
                { at: { place: 'server', path: key } },
              ],
              { unless: { kind: 'exists', at: { place: 'server', path: key } } },
            ),
          ]
        : [absent('server', key), absent('server', `${key}.pub`)]),
    ];
  });
  return [
    {
      id: ownFilesStep(name),
      title:
        all.length === 1
          ? say('Lay out what one client of {tree} has of its own', { tree: name })
          : say('Lay out what {count} clients of {tree} have of their own', {
              count: all.length,
              tree: name,
            }),
      why: say(
        'Keytabs and host keys: root alone reads them here, and each client its own, by its address.',
      ),
      phase: phase.publishing(name),
      after: [`tree/${name}/tools`],
      effects: [
        ...(staged || !all.some(({ hostKey }) => hostKey)
          ? []
          : [packages('server', ['openssh-client'])]),
        // Nobody else on the server comes past this one.
        directory('server', `${layout.trees}/${name}/clients`, {
          mode: 0o700,
        }),
        ...effects,
      ],
    },
  ];
}

/** exports(5): those of each client, read-only, to its own address and to nobody else. */
export function ownExports(site: Site): readonly (OwnFiles & { readonly tree: string })[] {
  return Object.keys(site.trees).flatMap((tree) =>
    ownFilesIn(site, tree)
      .filter(({ client }) => client.address !== undefined)
      .map((own) => ({ ...own, tree })),
  );
}
