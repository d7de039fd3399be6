import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { TreeContext } from '../feature.ts';
import type { Site, TreeAnswers } from '../index.ts';
import { homesMount, listedOnServer } from './mounts.ts';

/** Files on a server belong to numbers: who has which is the same for all that mount them. */
export function userProblems({
  site,
  name,
  answers,
}: Pick<TreeContext, 'site' | 'name' | 'answers'>): readonly Problem[] {
  const { homes, directory, accounts } = answers;
  if (homes.kind === 'none') return [];
  const at = `trees.${name}.homes.listed`;
  if (!listedOnServer(answers)) {
    if (directory.service !== 'none') return [];
    return [
      {
        code: 'homes/for-nobody',
        at,
        summary: say('nobody has a home on that server: no directory knows users'),
        remedy: say('choose server for the users under Accounts, or none for the homes'),
      },
    ];
  }
  const numberless = accounts.users.filter(({ uid }) => uid === null);
  const twice = accounts.users.filter(
    ({ uid }, index) =>
      uid !== null && accounts.users.some((one, at) => at < index && one.uid === uid),
  );
  const problems: Problem[] = [];
  if (numberless.length > 0) {
    problems.push({
      code: 'homes/no-number',
      at: `trees.${name}.accounts.users`,
      summary: say(
        'files on a server belong to numbers, and {count} of the users may get another one with the next tree, such as {login}',
        { count: numberless.length, login: numberless[0]?.name ?? '' },
      ),
      remedy: say('give each a `uid` that stays theirs for ever: 2001, 2002 and so on'),
    });
  }
  for (const { name: login, uid } of twice) {
    problems.push({
      code: 'homes/number-twice',
      at: `trees.${name}.accounts.users`,
      summary: say(
        '{login} has the number {uid} of somebody else, whose files would be theirs too',
        {
          login,
          uid: uid ?? 0,
        },
      ),
      remedy: say('give them another `uid`'),
    });
  }
  problems.push(...elsewhereProblems(site, name, answers));
  const [keyed] = accounts.users.filter(({ keys }) => keys.length > 0);
  if (keyed === undefined) return problems;
  return [
    ...problems,
    {
      code: 'homes/keys-on-server',
      at,
      summary: say('the ssh keys of {login} would lie in a home on the server', {
        login: keyed.name,
      }),
      remedy: say('choose client, or take the keys away and put them into that home yourself'),
    },
  ];
}

/** Of trees that come before this one, so that each is said once. */
function elsewhereProblems(site: Site, name: string, answers: TreeAnswers): readonly Problem[] {
  const at = `trees.${name}.accounts.users`;
  const all = Object.entries(site.trees);
  const before = all.slice(
    0,
    all.findIndex(([one]) => one === name),
  );
  return before
    .filter(([, theirs]) => listedOnServer(theirs) && sameHomes(theirs, answers))
    .flatMap(([tree, theirs]) =>
      answers.accounts.users.flatMap(({ name: login, uid }): readonly Problem[] => {
        const same = theirs.accounts.users.find((one) => one.name === login);
        const numbered = theirs.accounts.users.find((one) => one.uid === uid);
        if (uid === null) return [];
        if (same !== undefined && same.uid !== null && same.uid !== uid) {
          return [
            {
              code: 'homes/two-numbers',
              at,
              summary: say(
                '{login} has the number {uid}, and {other} in {tree}, whose homes are in the same place',
                { login, uid, other: same.uid, tree },
              ),
              remedy: say('give them the same `uid` in both'),
            },
          ];
        }
        if (numbered === undefined || numbered.name === login) return [];
        return [
          {
            code: 'homes/number-elsewhere',
            at,
            summary: say(
              '{login} has the number {uid}, which is that of {other} in {tree}, whose homes are in the same place',
              { login, uid, other: numbered.name, tree },
            ),
            remedy: say('give them another `uid`'),
          },
        ];
      }),
    );
}

const sameHomes = (one: TreeAnswers, other: TreeAnswers): boolean => {
  const [mine, theirs] = [homesMount(one), homesMount(other)];
  return mine !== null && mine.server === theirs?.server && mine.path === theirs.path;
};
