import { render, say } from '../core/message.ts';
import type { Overview, OverviewService, OverviewTree } from '../core/overview.ts';
import type { Problem } from '../core/problem.ts';
import { type Export, handsOut } from '../features/exports-text.ts';
import type { Site } from '../features/index.ts';
import { wireProblems } from '../features/serve/foreign-dhcp.ts';
import { unaskedProblems } from '../features/serve/unasked-dhcp.ts';
import { quote } from './script.ts';

/** What wants somebody's hand, the urgent first. Each goes away by itself once it is mended. */
export function overviewProblems(
  seen: Omit<Overview, 'problems'>,
  site: Site | null,
  exports: readonly Export[],
): readonly Problem[] {
  // Remedies are pasted where they are read: there --root was given too.
  const at = seen.root === '/' ? '' : ` --root ${quote(seen.root)}`;
  return [
    ...seen.server.services.flatMap((service) => serviceProblems(service, seen, site)),
    ...(site === null || seen.wire === null
      ? []
      : seen.wire.unasked === undefined
        ? wireProblems(site, seen.wire.servers, at)
        : unaskedProblems(site, seen.wire.unasked)),
    ...spaceProblems(seen),
    ...seen.trees.flatMap((tree) => writableProblems(tree, exports)),
    ...lastRunProblems(seen, at),
    ...(seen.running === null ? seen.trees.flatMap((tree) => treeProblems(tree, at)) : []),
    ...pendingProblems(seen, at),
  ];
}

function serviceProblems(
  { name, state }: OverviewService,
  seen: Omit<Overview, 'problems'>,
  site: Site | null,
): readonly Problem[] {
  // What was never installed is the plan's business; a run starts it in the end.
  if (!['stopped', 'failed'].includes(state) || seen.running !== null) return [];
  const wanted =
    name === 'nfs-server.service'
      ? seen.trees.some(({ exportedTo }) => exportedTo.length > 0)
      : site !== null && seen.trees.some(({ current }) => current !== null);
  if (!wanted) return [];
  return [
    {
      code: 'server/service-down',
      summary:
        name === 'nfs-server.service'
          ? say('{name} does not run: clients cannot reach their root', { name })
          : name === 'sidus-http.service'
            ? say(
                '{name} does not run: kernels come over TFTP, slowly, and clients start by their own clocks',
                { name },
              )
            : name === 'sidus-time.service'
              ? say('{name} does not run: nobody keeps the clocks of clients right', { name })
              : say('{name} does not run: clients get no boot files', { name }),
      remedy: say('see why with `systemctl status {name}`, then `systemctl restart {name}`', {
        name,
      }),
    },
  ];
}

const leastBytes = 2 * 2 ** 30;

function spaceProblems({ server: { space } }: Omit<Overview, 'problems'>): readonly Problem[] {
  if (space === null) return [];
  const { freeBytes, sizeBytes } = space;
  const share = sizeBytes === null || !(sizeBytes > 0) ? 1 : freeBytes / sizeBytes;
  if (freeBytes >= leastBytes && share >= 0.1) return [];
  return [
    {
      code: 'server/space-short',
      summary: say('only {free} GiB are free where the trees lie', {
        free: (freeBytes / 2 ** 30).toFixed(1),
      }),
      remedy: say('make room: `df -h` shows where, `apt-get clean` and old versions give some'),
    },
  ];
}

function writableProblems(tree: OverviewTree, exports: readonly Export[]): readonly Problem[] {
  const found = exports.filter((one) => one.writable && handsOut(one, tree.directory));
  return [...new Set(found.map(({ file, path }) => JSON.stringify({ file, path })))].map((key) => {
    const { file, path } = JSON.parse(key) as { file: string; path: string };
    const to = found.filter((one) => one.file === file && one.path === path).map((one) => one.to);
    return {
      code: 'tree/writable',
      summary: say('{path} is exported read-write to {to}: one client could change it for all', {
        path,
        to: [...new Set(to)].join(', '),
      }),
      remedy: say('put `ro` in the place of `rw` in {file}, then run `exportfs -ra`', { file }),
    };
  });
}

function lastRunProblems({ runs }: Omit<Overview, 'problems'>, at: string): readonly Problem[] {
  const [last] = runs;
  if (last === undefined || last.outcome === 'ok' || last.outcome === 'running') return [];
  const title = render(last.title);
  const { problem } = last;
  if (last.outcome === 'failed' && problem !== null) {
    return [
      {
        code: 'run/last-failed',
        summary: say('the last run failed ({title}): {what}', {
          title,
          what: render(problem.summary),
        }),
        remedy: say('{mend}; `sidus resume{at}` goes on with that run', {
          mend: render(problem.remedy),
          at,
        }),
        ...(problem.detail === undefined ? {} : { detail: problem.detail }),
      },
    ];
  }
  return [
    {
      code: 'run/last-unfinished',
      summary:
        last.outcome === 'cancelled'
          ? say('the last run was stopped after {done} of {steps} steps ({title})', {
              title,
              done: last.done,
              steps: last.steps,
            })
          : say('the last run broke off after {done} of {steps} steps ({title})', {
              title,
              done: last.done,
              steps: last.steps,
            }),
      remedy: say('run `sidus resume{at}` to go on: finished steps are not repeated', { at }),
    },
  ];
}

function treeProblems(tree: OverviewTree, at: string): readonly Problem[] {
  if (!tree.inSite) return [];
  const { name, current, draft, versions, takenBack } = tree;
  const newest = versions.at(-1)?.version;
  if (newest === undefined) {
    return [
      {
        code: 'tree/no-version',
        summary: say('{name} has no version that clients could boot', { name }),
        remedy:
          draft === null
            ? say('build it with `sidus apply{at}`', { at })
            : say('publish its draft with `sidus tree publish {name}{at}`', { name, at }),
      },
    ];
  }
  if (current !== null && versions.every(({ version }) => version !== current)) {
    return [
      {
        code: 'tree/current-gone',
        summary: say('clients of {name} are to boot version {current}, which is not there', {
          name,
          current,
        }),
        remedy: say('publish another with `sidus tree publish {name}{at}`', { name, at }),
      },
    ];
  }
  if (draft?.ahead === true) {
    return [
      {
        code: 'tree/draft-ahead',
        summary: say('the draft of {name} was worked on since version {newest}', { name, newest }),
        remedy: say('give it to the clients with `sidus tree publish {name}{at}`', { name, at }),
      },
    ];
  }
  if (current !== null && takenBack === newest) {
    return [
      {
        code: 'tree/was-taken-back',
        summary: say('clients of {name} boot version {current} again: {newest} was taken back', {
          name,
          current,
          newest,
        }),
        remedy: say(
          'mend the draft with `sidus tree shell {name}{at}` and publish it, or give {newest} again with `sidus tree rollback {name} {newest}{at}`',
          { name, newest, at },
        ),
      },
    ];
  }
  if (current !== null && newest > current) {
    return [
      {
        code: 'tree/newer-version',
        summary: say('{name} has version {newest}, and clients boot {current}', {
          name,
          newest,
          current,
        }),
        remedy: say('give it to the clients with `sidus tree publish {name}{at}`', { name, at }),
      },
    ];
  }
  return [];
}

function pendingProblems({ pending }: Omit<Overview, 'problems'>, at: string): readonly Problem[] {
  if (pending === null || pending === 0) return [];
  return [
    {
      code: 'site/pending',
      summary:
        pending === 1
          ? say('one step is not as the plan wants it')
          : say('{pending} steps are not as the plan wants them', { pending }),
      remedy: say('see them with `sidus plan{at}`, then run `sidus apply{at}`', { at }),
    },
  ];
}
