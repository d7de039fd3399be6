import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import type { Site } from '../features/index.ts';

/** Which client is to be booted, and how much of the way to its kernel is to be the site's own. */
export interface ChainRequest {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly firmware?: 'bios' | 'uefi' | 'secureboot';
  readonly tree?: string;
  readonly mac: string;
  readonly hostname?: string;
}

/** A firmware by its name means the whole chain: the quick way has only QEMU's. */
export function chainKind({ quick, full, firmware }: ChainRequest): 'quick' | 'full' {
  if (quick !== true) return full === true || firmware !== undefined ? 'full' : 'quick';
  if (full !== true && firmware === undefined) return 'quick';
  throw new ProblemError({
    code: 'rehearsal/which-chain',
    at: '--quick',
    summary: say('the quick rehearsal has no firmware to choose, and is not the full one'),
    remedy: say('leave out `--quick`, or `--full` and `--firmware`'),
  });
}

export interface ChainChoice {
  /** Where the client is listed, if it has to be for what was asked. */
  readonly site: Site;
  readonly tree: string;
}

/**
 * The tree that the client boots. In the whole chain it is the site that decides: a machine that
 * is listed boots as it is listed, and one that is to boot another tree than every machine does,
 * or to have a name, is listed for the rehearsal. Throws a ProblemError.
 */
export function chainChoice(site: Site, request: ChainRequest): ChainChoice {
  const names = Object.keys(site.trees);
  const { tree, mac, hostname } = request;
  const [first = ''] = names;
  if (tree !== undefined && !names.includes(tree)) {
    throw new ProblemError({
      code: 'tree/which',
      summary: say('there is no tree called {tree}', { tree }),
      remedy: say('name one of {names} with `--tree`', { names: names.join(', ') }),
    });
  }
  if (chainKind(request) === 'quick') return { site, tree: tree ?? first };
  if (site.server.serve.dhcp === 'proxy' && request.firmware === 'secureboot') {
    throw new ProblemError({
      code: 'rehearsal/unsigned',
      at: '--firmware',
      summary: say('beside another DHCP server UEFI starts by iPXE, which is not signed'),
      remedy: say('give `--firmware uefi`, or try `--set serve.dhcp=existing`'),
    });
  }
  const listed = site.clients.find((one) => one.mac.toLowerCase() === mac.toLowerCase());
  if (listed === undefined) {
    const wanted = tree ?? first;
    if (wanted === first && hostname === undefined) return { site, tree: first };
    const entry = {
      mac,
      name: hostname ?? 'rehearsal',
      ...(wanted === first ? {} : { tree: wanted }),
    };
    return { site: { ...site, clients: [...site.clients, entry] }, tree: wanted };
  }
  const group = listed.group === undefined ? undefined : site.groups[listed.group];
  const own = listed.tree ?? group?.tree ?? first;
  if ((tree ?? own) !== own || (hostname ?? listed.name) !== listed.name) {
    throw new ProblemError({
      code: 'rehearsal/listed-otherwise',
      at: tree !== undefined && tree !== own ? '--tree' : '--hostname',
      summary: say('the site lists {mac} as {name}, which boots {tree}', {
        mac,
        name: listed.name,
        tree: own,
      }),
      remedy: say('leave out `--tree` and `--hostname`, or give another `--mac`'),
    });
  }
  return { site, tree: own };
}
