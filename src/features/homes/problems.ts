import type { Facts } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { asksKerberos } from '../directory/kerberos.ts';
import type { TreeContext } from '../feature.ts';
import { rootDirectory } from '../server-facts.ts';
import { byHand, exportedBefore } from './exports.ts';
import { clientsOf, clientsWithoutKeytab } from './keytabs.ts';
import { mountsOf } from './mounts.ts';
import { fileSystemOf, keepsQuotas, usedOtherwise } from './server-facts.ts';
import { userProblems } from './user-problems.ts';
import { covers, plainPath } from './values.ts';

type Asked = Omit<TreeContext, 'facts'> & { readonly facts: Facts };

export function homesProblems(context: Asked): readonly Problem[] {
  const { homes } = context.answers;
  return [
    ...nowhere(context),
    ...(homes.kind === 'here' ? hereProblems(context) : []),
    ...placeProblems(context),
    ...kerberosProblems(context),
    ...userProblems(context),
  ];
}

function nowhere({ name, answers: { homes } }: Asked): readonly Problem[] {
  if ((homes.kind !== 'nfs4' && homes.kind !== 'nfs3') || homes.server !== '') return [];
  return [
    {
      code: 'homes/no-server',
      at: `trees.${name}.homes.server`,
      summary: say('nobody said which server has the homes'),
      remedy: say('write its name, or choose another answer for where the homes are'),
    },
  ];
}

/** What lives below these is no user's. */
const taken: readonly string[] = [
  ...'/bin /boot /dev /etc /lib /lib32 /lib64 /proc /root /run /sbin /sys /tmp /usr'.split(' '),
  ...['/var/cache', '/var/lib', '/var/log', '/var/run', '/var/tmp', layout.trees, layout.tftp],
];

/** Everybody's, or somebody's: to make one of them writable for all would be a surprise. */
const shared: ReadonlySet<string> = new Set(['/home', '/media', '/mnt', '/opt', '/srv', '/var']);

function hereProblems({ site, name, answers: { homes }, facts }: Asked): readonly Problem[] {
  const problems: Problem[] = [];
  const { path, security } = homes;
  const at = `trees.${name}.homes`;
  if (!plainPath.test(path) || shared.has(path) || taken.some((one) => covers(one, path))) {
    problems.push({
      code: 'homes/no-place-for-homes',
      at: `${at}.path`,
      summary: say('{path} is no directory of this server for homes alone', { path }),
      remedy: say('name one such as /srv/homes, of letters, digits, hyphens and dots'),
    });
    return problems;
  }
  if (security !== 'sys') {
    problems.push({
      code: 'homes/here-with-tickets',
      at: `${at}.security`,
      summary: say('tickets open no homes of this server: it is no server of the realm'),
      remedy: say('choose sys, or name a server of homes that is one'),
    });
  }
  const used = usedOtherwise(path);
  if (facts.has(used) && facts.get(used) && !facts.get(exportedBefore)) {
    problems.push({
      code: 'homes/somebodys-directory',
      at: `${at}.path`,
      summary: say('there is something in {path}, and everybody would be let write there', {
        path,
      }),
      remedy: say('name a directory that is empty, or that is not there yet'),
    });
  }
  const other = Object.entries(site.trees).find(
    ([one, { homes: theirs }]) =>
      one !== name &&
      theirs.kind === 'here' &&
      theirs.path === path &&
      theirs.security !== security,
  );
  if (other !== undefined) {
    problems.push({
      code: 'homes/two-securities',
      at: `${at}.security`,
      summary: say('{other} has its homes in {path} too, with {security}', {
        other: other[0],
        path,
        security: other[1].homes.security,
      }),
      remedy: say('choose the same for both, or another directory'),
    });
  }
  const hand = byHand(facts, path);
  if (hand.length > 0 && !hand.some(({ writable }) => writable)) {
    problems.push({
      code: 'homes/exported-read-only',
      at: `${at}.path`,
      summary: say('{file} exports {path} already, and nobody may write there', {
        file: hand[0]?.file ?? '',
        path,
      }),
      remedy: say('write rw there and run `exportfs -ra`, or name another directory'),
    });
  }
  if (facts.get(rootDirectory) !== '/') return problems;
  if (homes.quota) problems.push(...quotaProblems(name, path, facts));
  return problems;
}

function quotaProblems(name: string, path: string, facts: Facts): readonly Problem[] {
  const fact = fileSystemOf(path);
  const found = facts.has(fact) ? facts.get(fact) : null;
  if (found === null || keepsQuotas(found)) return [];
  const given = { path, at: found.at, type: found.type };
  return [
    {
      code: 'homes/no-quota',
      at: `trees.${name}.homes.quota`,
      summary: say('{path} lies on {type} mounted at {at}, which keeps no quotas of users', given),
      remedy:
        found.type === 'ext4' || found.type === 'ext3'
          ? say(
              'add usrquota to the options of {at} in /etc/fstab, then run `apt-get install quota && mount -o remount {at} && quotacheck -cum {at} && quotaon {at}`',
              given,
            )
          : found.type === 'xfs'
            ? say(
                'add uquota to the options of {at} in /etc/fstab and mount it anew; for / it is rootflags=uquota on the kernel command line',
                given,
              )
            : say('name a directory on ext4, XFS or ZFS, or say no'),
    },
  ];
}

function placeProblems({ name, answers }: Asked): readonly Problem[] {
  const mounts = mountsOf(answers);
  const homes = mounts.length - answers.homes.shares.length;
  return mounts.flatMap(({ at }, index): readonly Problem[] => {
    const inside = mounts.find(
      (one, other) => other !== index && covers(one.at, at) && (one.at !== at || other < index),
    );
    if (inside === undefined) return [];
    return [
      {
        code: 'homes/inside-another',
        at:
          index < homes
            ? `trees.${name}.homes.mountPoint`
            : `trees.${name}.homes.shares.${index - homes}.mountPoint`,
        summary:
          inside.at === at
            ? say('{place} is mounted twice', { place: at })
            : say('{place} lies in {other}, which is mounted too', {
                place: at,
                other: inside.at,
              }),
        remedy: say('choose a place beside it, such as one below /srv'),
      },
    ];
  });
}

function kerberosProblems({ site, name, answers }: Asked): readonly Problem[] {
  const { homes, directory } = answers;
  const mounts = mountsOf(answers);
  const first = mounts.findIndex(({ security }) => security !== 'sys');
  if (first < 0) return [];
  const ofHomes = mounts.length - homes.shares.length;
  const at =
    first < ofHomes
      ? `trees.${name}.homes.security`
      : `trees.${name}.homes.shares.${first - ofHomes}.security`;
  const security = mounts[first]?.security ?? '';
  if (directory.service === 'none' || !asksKerberos(directory)) {
    return [
      {
        code: 'homes/no-realm',
        at,
        summary: say('{security} needs a Kerberos realm, and this tree has none', { security }),
        remedy: say('name the realm under Directory, or choose sys'),
      },
    ];
  }
  const without = clientsWithoutKeytab(site, name);
  if (without.length > 0) {
    const more = without.length - 3;
    const list = without.slice(0, 3).join(', ');
    return [
      {
        code: 'homes/no-keytab',
        at,
        summary:
          more > 0
            ? say('{list} and {more} more have no keytab, so {security} gives them nothing', {
                list,
                more,
                security,
              })
            : say('no keytab is known of {list}, so {security} gives nothing there', {
                list,
                security,
              }),
        remedy: say(
          'write `keytab: /root/keytabs/NAME.keytab` into the entry of each client, or choose sys',
        ),
      },
    ];
  }
  if (clientsOf(site, name).length > 0) return [];
  return [
    {
      code: 'homes/no-client-listed',
      at,
      summary: say('{security} needs a keytab for each client, and no client is listed', {
        security,
      }),
      remedy: say('list the clients of this tree, each with its `keytab:`, or choose sys'),
    },
  ];
}
