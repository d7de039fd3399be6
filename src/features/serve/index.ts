import { z } from 'zod';
import { asset } from '../../core/assets.ts';
import { absent, copy, directory, file, packages, unit } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import { inTree } from '../../core/place.ts';
import type { Step, StepId } from '../../core/plan.ts';
import { ask } from '../../core/question.ts';
import type { ServerTopic } from '../feature.ts';
import { homesExportSteps } from '../homes/exports.ts';
import { ownFilesStepIds } from '../own-files.ts';
import { phase } from '../phases.ts';
import { rootDirectory } from '../server-facts.ts';
import { imageStepIds } from '../tree/image.ts';
import {
  allImages,
  allPublished,
  currentVersion,
  lastVersion,
  publishedVersions,
} from '../tree-facts.ts';
import { kernelOption } from '../values.ts';
import { alreadyServed, servedPorts, unsharedDhcp } from './already-served.ts';
import type { BootChoice } from './command-line.ts';
import { dnsmasqFile, dnsmasqUnit, guardPath } from './dnsmasq.ts';
import { bootDirectory, clientEntries, menus, versionEntries } from './entries.ts';
import { exportNow, exportsFile, exportsPath } from './exports.ts';
import { firewallFacts } from './firewall/facts.ts';
import { firewallSteps } from './firewall/index.ts';
import { dhcpTrial } from './foreign-dhcp.ts';
import { foreignFiles, foreignFilesProblems } from './foreign-files.ts';
import { guardBeforeStart, guardSteps } from './guard.ts';
import { busyboxPackage, httpStep } from './http.ts';
import { freePort, listeners, portProblems, usualPort } from './http-port.ts';
import { exported, formOf, ownBoot } from './images.ts';
import { ipxeMenu, ownScript, versionScript } from './ipxe.ts';
import { loadersStep } from './loaders.ts';
import { namedVersionsProblems } from './named-versions.ts';
import { threadFacts, threadsStep } from './nfs-threads.ts';
import { ownEntries } from './own-entries.ts';
import { advertiserFiles, advertiserPackages } from './router-advertisement.ts';
import { timeFacts, timeSteps } from './time.ts';
import { toldSteps } from './told-dhcp.ts';
import { currentOf, givingEffects, givingStep, versionsOf } from './versions.ts';

const notAPort = 'is not a port; write a number from 1024 to 65535, such as 7069';

const answers = z.strictObject({
  dhcp: ask(z.enum(['full', 'proxy', 'existing']).default('full'), {
    title: 'Who gives the clients their addresses?',
    help: 'Two DHCP servers on one network disturb everybody there. In doubt: full on a network of its own, proxy in an office.',
    labels: {
      full: 'this server; never where another one does it',
      proxy: 'the one there is, untouched; no Secure Boot',
      existing: 'the one there is, with lines that you paste',
    },
  }),
  options: ask(z.array(kernelOption()).max(50).default([]), {
    title: 'What else goes onto the kernel command line?',
    help: 'Words for the kernels of all clients, such as console=ttyS0,115200. In doubt: none.',
    choices: ['quiet', 'nomodeset', 'console=ttyS0,115200', 'ipv6.disable=1'],
    labels: {
      quiet: 'fewer lines while it starts',
      nomodeset: 'where the screen stays black',
      'console=ttyS0,115200': 'talks over a serial cable too',
      'ipv6.disable=1': 'without IPv6',
    },
  }),
  httpPort: ask(z.int(notAPort).min(1024, notAPort).max(65535, notAPort).default(usualPort), {
    title: 'On which port do clients ask for their kernel?',
    help: 'HTTP of our own, for boot files alone; a web server keeps its port 80. In doubt: what is proposed, because nobody has it.',
    suggest: freePort,
    seldom: true,
  }),
});

export const serve: ServerTopic<'serve', typeof answers> = {
  id: 'serve',
  title: 'Serving',
  help: 'How clients find their kernel and their root.',
  scope: 'server',
  answers,
  facts: [rootDirectory, listeners],
  checks: (site) => [
    allPublished,
    allImages,
    ownEntries,
    busyboxPackage,
    ...firewallFacts,
    ...threadFacts,
    ...timeFacts(site),
    servedPorts(site),
    unsharedDhcp,
    foreignFiles(site),
    ...Object.keys(site.trees).flatMap((tree) => [
      publishedVersions(tree),
      lastVersion(tree),
      currentVersion(tree),
    ]),
  ],
  problems: (site, facts) => [
    ...portProblems(site, facts),
    ...alreadyServed(site, facts),
    ...foreignFilesProblems(site, facts),
    ...namedVersionsProblems(site, facts),
  ],
  trials: (site) => [dhcpTrial(site)],
  steps: (site, facts) => {
    const staged = facts.get(rootDirectory) !== '/';
    const trees = Object.keys(site.trees);
    const [first] = trees;
    const { dhcp } = site.server.serve;
    const settings = first === undefined ? undefined : site.trees[first]?.tree;
    if (settings === undefined) return [];
    const versions = versionsOf(site, facts);
    const options = site.server.serve.options;
    const published = (tree: string): readonly StepId[] => [
      `tree/${tree}/version`,
      ...imageStepIds(site, facts, tree),
    ];
    const offered = (tree: string, version: number): BootChoice => ({
      ...{ tree, version, options },
      form: formOf(site, facts, tree, version),
    });

    const tools: Step[] = staged
      ? []
      : [
          {
            id: 'serve/tools',
            title: say('Install the servers, without starting them'),
            why: say(
              'nfs-kernel-server serves the root; dnsmasq-base gives addresses and boot files, busybox kernels over HTTP; radvd spares some machines a wait of 13 seconds.',
            ),
            phase: phase.preparing,
            seconds: 20,
            effects: [
              packages('server', [
                ...['nfs-kernel-server', 'dnsmasq-base', facts.get(busyboxPackage)],
                ...advertiserPackages(site),
              ]),
            ],
          },
        ];
    const ready: readonly StepId[] = tools.map(({ id }) => id);

    const entries = site.clients.flatMap((client) => {
      const own = ownBoot(site, facts, client);
      if (own === null) return [];
      const entry = clientEntries(site, client.mac, own);
      return dhcp === 'proxy' ? [...entry, ownScript(site, client.mac, own)] : entry;
    });
    // A machine that is no longer listed boots as every other.
    const kept = new Set(entries.map(({ path }) => path));
    const stale = facts
      .get(ownEntries)
      .map((path) => `${layout.tftp}/${path}`)
      .filter((path) => !kept.has(path))
      .map((path) => absent('server', path));

    return [
      ...(staged ? [] : guardSteps(site)),
      ...tools,
      loadersStep(site, settings),
      ...versions.map(
        ({ tree, version }): Step => ({
          id: `serve/${tree}/version-${version}`,
          title: say('Put kernel, initrd and boot entries of {tree} version {version} in place', {
            tree,
            version,
          }),
          why: say('Each version boots with its own kernel; its entries lie beside it.'),
          after: [
            ...published(tree),
            // Whoever boots this version already must not be sent where nothing is exported.
            ...(offered(tree, version).form === 'image' ? ['serve/exports' as const] : []),
          ],
          effects: [
            copy(
              { place: inTree(tree, version), path: '/vmlinuz' },
              'server',
              `${layout.tftp}/${bootDirectory(tree, version)}/vmlinuz`,
            ),
            copy(
              { place: inTree(tree, version), path: '/initrd.img' },
              'server',
              `${layout.tftp}/${bootDirectory(tree, version)}/initrd.img`,
            ),
            ...versionEntries(site, offered(tree, version)),
            ...(dhcp === 'proxy' ? [versionScript(site, offered(tree, version))] : []),
          ],
        }),
      ),
      threadsStep(site, facts, [...ready, ...trees.flatMap(published)]),
      httpStep(site, staged, [
        ...ready,
        ...versions.map(({ tree, version }): StepId => `serve/${tree}/version-${version}`),
      ]),
      ...timeSteps(site, facts, staged),
      {
        id: 'serve/exports',
        title: say('Export the versions to the clients'),
        why:
          dhcp === 'full'
            ? say('Read-only, and to the range of the clients alone.')
            : say(
                'Read-only, to the whole network: which addresses clients have, another decides.',
              ),
        after: [
          'serve/nfs-threads',
          ...ready,
          ...trees.flatMap(published),
          ...ownFilesStepIds(site),
        ],
        effects: [
          file('server', exportsPath, exportsFile(site, exported(site, facts))),
          ...(staged
            ? []
            : [unit('server', 'nfs-server.service', 'enabled', { running: 'started' }), exportNow]),
        ],
      },
      ...homesExportSteps(site, facts, ['serve/exports']),
      ...trees.map(
        (tree): Step => ({
          id: givingStep(tree),
          title: say('Let clients boot {tree} version {version}', {
            tree,
            version: currentOf(tree, facts),
          }),
          why: say('One link switches kernel, initrd and root together.'),
          after: [
            'serve/exports',
            'serve/http',
            ...versions
              .filter((one) => one.tree === tree)
              .map(({ version }): StepId => `serve/${tree}/version-${version}`),
          ],
          effects: givingEffects(tree, currentOf(tree, facts)),
        }),
      ),
      {
        id: 'serve/menus',
        title: say('Write what the loaders read first'),
        why: say('A machine that is not listed boots {first}.', { first: first ?? '' }),
        after: ['serve/loaders', ...trees.map(givingStep)],
        effects: [
          ...menus(trees),
          ...(dhcp === 'proxy' ? [ipxeMenu(trees)] : []),
          ...entries,
          ...stale,
        ],
      },
      ...firewallSteps(site, facts, ['serve/menus']),
      {
        id: 'serve/dnsmasq',
        title:
          dhcp === 'full'
            ? say('Give addresses and boot files on {card}', {
                card: site.server.network.interfaceName,
              })
            : say('Give boot files on {card}', { card: site.server.network.interfaceName }),
        why: say('A service of our own: a dnsmasq that is there for DNS is not touched.'),
        after: ['serve/menus', ...ready],
        effects: [
          ...(staged ? [] : guardBeforeStart(site)),
          directory('server', layout.state),
          file('server', '/etc/sidus/dnsmasq.conf', dnsmasqFile(site)),
          file('server', guardPath, asset('find-dhcp-servers').content, { mode: 0o755 }),
          ...advertiserFiles(site),
          file('server', '/etc/systemd/system/sidus-dnsmasq.service', dnsmasqUnit(site)),
          ...(staged
            ? []
            : [
                unit('server', 'sidus-dnsmasq.service', 'enabled', {
                  running: 'started',
                  restartWhenChanged: true,
                }),
              ]),
        ],
      },
      ...toldSteps(site),
    ];
  },
};
