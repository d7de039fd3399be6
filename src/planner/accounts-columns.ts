import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { closest } from '../features/closest.ts';

/** What a column is called, and what else people call it. */
const columns: Readonly<Record<string, readonly string[]>> = {
  name: ['name', 'login', 'username', 'user'],
  fullName: ['fullname', 'full name', 'gecos', 'comment'],
  groups: ['groups', 'group'],
  shell: ['shell'],
  uid: ['uid', 'number', 'user id', 'uid number', 'uidnumber'],
  keys: ['keys', 'key', 'ssh key', 'ssh keys'],
};
const secretColumns = ['password', 'passwd', 'pass', 'secret'];

/** null: it means nothing here. */
export function columnOf(field: string): string | null {
  const plain = field.toLowerCase().replace(/[_-]+/g, ' ').trim();
  return Object.entries(columns).find(([, names]) => names.includes(plain))?.[0] ?? null;
}

/** What is wrong with the line that names the columns. `keys`: what each means here. */
export function headProblems(
  fields: readonly string[],
  keys: readonly (string | null)[],
  at: string,
): readonly Problem[] {
  const problems = fields.flatMap((field, index): readonly Problem[] => {
    const key = keys[index] ?? null;
    if (secretColumns.includes(field.toLowerCase())) {
      return [
        {
          code: 'accounts/list-passwords',
          at,
          summary: say('has a column of passwords, for everybody who sees the list'),
          remedy: say(
            'take the column {field} away: a password is made for each user, and `--secrets` gives others',
            { field },
          ),
        },
      ];
    }
    if (key === null) {
      const near = closest(field.toLowerCase(), Object.values(columns).flat());
      const known = (near.length > 0 ? near : Object.keys(columns)).join(', ');
      return [
        {
          code: 'accounts/list-column',
          at,
          summary: say('has a column that means nothing here: {field}', {
            field: JSON.stringify(field.slice(0, 40)),
          }),
          remedy: say('take it away, or call it one of {known}', { known }),
        },
      ];
    }
    return keys.indexOf(key) === index
      ? []
      : [
          {
            code: 'accounts/list-columns-twice',
            at,
            summary: say('has two columns for {key}', { key }),
            remedy: say('take one of the two away'),
          },
        ];
  });
  return keys.includes('name')
    ? problems
    : [
        ...problems,
        {
          code: 'accounts/list-no-logins',
          at,
          summary: say('has no column with login names'),
          remedy: say('call one of its columns `name`'),
        },
      ];
}

/** A line as a user's answers, by the columns; empty fields are not given. */
export function recordOf(
  fields: readonly string[],
  keys: readonly (string | null)[],
): Readonly<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) {
    const key = keys[index] ?? null;
    if (key === null || field === '') continue;
    if (key === 'groups') given[key] = field.split(/[\s,;|]+/).filter((one) => one !== '');
    else if (key === 'keys') given[key] = field.split(/\s*[|\n]\s*/);
    else given[key] = key === 'uid' && /^\d+$/.test(field) ? Number(field) : field;
  }
  return given;
}
