import { type CsvError, type Info, type Options, parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { say } from '../core/message.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { systemUsers, userRecord } from '../features/accounts.ts';
import { columnOf, headProblems, recordOf } from './accounts-columns.ts';

/** More are no class, and no plan of theirs would be read. */
const most = 1000;
/** Problems that somebody reads at one time. */
const shownProblems = 50;

export type ListedUser = z.input<typeof userRecord>;

/**
 * Users of a comma-separated list (RFC 4180; semicolons and tabs part fields too, as spreadsheets
 * write them). Its first line names the columns. Throws a ProblemError with every fault, by line.
 */
export function usersOfList(text: string, path: string): readonly ListedUser[] {
  const problems: Problem[] = [];
  const at = (line: number): string => `${path}:${line}`;
  // What a file of another encoding becomes when it is read as UTF-8 (U+FFFD), line by line.
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (!line.includes('\ufffd') && !line.includes('\0')) continue;
    problems.push({
      code: 'accounts/list-encoding',
      at: at(index + 1),
      summary: say('is not UTF-8'),
      remedy: say('write it as UTF-8: spreadsheets ask for that where they save'),
    });
  }
  const { rows, errors } = rowsOf(text);
  for (const error of errors) {
    const line = typeof error.lines === 'number' ? error.lines : 1;
    problems.push(
      error.code.includes('QUOTE')
        ? {
            code: 'accounts/list-quotes',
            at: at(line),
            summary: say('has a quotation mark in the wrong place'),
            remedy: say('put the whole field between two of them, and double each one inside'),
          }
        : {
            code: 'accounts/list-unreadable',
            at: at(line),
            summary: say('cannot be read'),
            remedy: say('write one user a line, fields parted by commas'),
          },
    );
  }
  const [head, ...others] = rows;
  if (head === undefined) {
    if (problems.length === 0) {
      problems.push({
        code: 'accounts/list-empty',
        at: at(1),
        summary: say('names no columns'),
        remedy: say('begin with a line such as `name,fullName,groups`'),
      });
    }
    throw new ProblemError(...problems);
  }
  const keys = head.fields.map(columnOf);
  problems.push(...headProblems(head.fields, keys, at(head.line)));
  if (!keys.includes('name')) throw new ProblemError(...problems);
  if (others.length === 0) {
    problems.push({
      code: 'accounts/list-nobody',
      at: at(head.line),
      summary: say('lists nobody'),
      remedy: say('write one user a line below this one'),
    });
  }
  const beyond = others[most];
  if (beyond !== undefined) {
    problems.push({
      code: 'accounts/list-long',
      at: at(beyond.line),
      summary: say('is past the {most} users that a tree may have', { most }),
      remedy: say('part the list among several trees, or take a directory'),
    });
  }

  const users: ListedUser[] = [];
  const seen = new Map<string, number>();
  for (const { fields, line } of others.slice(0, most)) {
    if (fields.length !== head.fields.length) {
      problems.push({
        code: 'accounts/list-fields',
        at: at(line),
        summary: say('has {found} fields, and the first line {wanted}', {
          found: fields.length,
          wanted: head.fields.length,
        }),
        remedy: say('put fields with commas in them into quotation marks, and leave none out'),
      });
      continue;
    }
    const given = recordOf(fields, keys);
    const { name } = given;
    if (typeof name !== 'string') {
      problems.push({
        code: 'accounts/list-nameless',
        at: at(line),
        summary: say('has no login name'),
        remedy: say('write one, such as alice'),
      });
      continue;
    }
    const { error } = userRecord.safeParse(given);
    problems.push(...(error?.issues ?? []).map((issue) => fieldProblem(issue, given, at(line))));
    const before = seen.get(name);
    if (before !== undefined) {
      problems.push({
        code: 'accounts/list-twice',
        at: at(line),
        summary: say('{name} is in line {before} already', { name, before }),
        remedy: say('take one of the two away'),
      });
    } else if (systemUsers.has(name)) {
      problems.push({
        code: 'accounts/system-user',
        at: at(line),
        summary: say('{login} is an account of the system itself', { login: name }),
        remedy: say('choose another login name'),
      });
    }
    seen.set(name, line);
    const { uid } = given;
    const holder = users.find((user) => user.uid === uid);
    if (typeof uid === 'number' && holder !== undefined) {
      problems.push({
        code: 'accounts/list-number-twice',
        at: at(line),
        summary: say('the number {uid} is that of {other} in line {before} already', {
          uid,
          other: holder.name,
          before: seen.get(holder.name) ?? 1,
        }),
        remedy: say('give one of the two another'),
      });
    }
    users.push(given as ListedUser);
  }
  if (problems.length > 0) throw new ProblemError(...foremost(problems, path));
  return users;
}

function fieldProblem(
  issue: z.core.$ZodIssue,
  given: Readonly<Record<string, unknown>>,
  at: string,
): Problem {
  const [what = issue.message, ...rest] = issue.message.split('; ');
  const value = issue.path.reduce<unknown>(
    (inside, part) => (inside as Record<PropertyKey, unknown> | undefined)?.[part],
    given,
  );
  return {
    code: 'accounts/list-field',
    at,
    summary: say('{key} {value} {what}', {
      key: String(issue.path[0] ?? ''),
      value: JSON.stringify(String(value).slice(0, 40)),
      what,
    }),
    remedy: say('{remedy}', { remedy: rest.join('; ') || 'see docs/questions.md' }),
  };
}

interface Row {
  readonly fields: readonly string[];
  /** In the file, from 1; of one that goes over several, the last. */
  readonly line: number;
}

function rowsOf(text: string): {
  readonly rows: readonly Row[];
  readonly errors: readonly CsvError[];
} {
  const errors: CsvError[] = [];
  const [first = ''] = text.split(/\r\n|\n|\r/);
  const delimiter = [';', '\t'].find((one) => first.includes(one)) ?? ',';
  try {
    // `on_skip` is documented, and missing in the types of 5.6.
    const options: Options & { readonly on_skip: (error?: CsvError) => void } = {
      bom: true,
      delimiter,
      info: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error !== undefined) errors.push(error);
      },
    };
    const found = parse(text, options) as unknown as readonly {
      readonly record: readonly string[];
      readonly info: Info;
    }[];
    const rows = found.map(({ record, info }) => ({ fields: record, line: info.lines }));
    return { rows: rows.filter(({ fields }) => fields.some((field) => field !== '')), errors };
  } catch (error) {
    // A quotation mark that nobody closes ends the list.
    return { rows: [], errors: [...errors, error as CsvError] };
  }
}

/** By line; those that nobody would read any more are counted. */
function foremost(problems: readonly Problem[], path: string): readonly Problem[] {
  const lineOf = ({ at = '' }: Problem): number => Number(at.slice(at.lastIndexOf(':') + 1));
  const sorted = [...problems].sort((a, b) => lineOf(a) - lineOf(b));
  if (sorted.length <= shownProblems) return sorted;
  return [
    ...sorted.slice(0, shownProblems),
    {
      code: 'accounts/list-more',
      at: path,
      summary: say('has {more} more faults', { more: sorted.length - shownProblems }),
      remedy: say('mend these first'),
    },
  ];
}
