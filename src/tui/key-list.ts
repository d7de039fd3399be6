import { type Binding, bindings, type Context } from './key-bindings.ts';
import { wrapped } from './line.ts';
import type { MarkName } from './theme.ts';

/** A row of the list of keys: a heading, or what a key does; a mark stands in the keys' place. */
export interface KeyRow {
  readonly heading: string;
  readonly keys: string;
  readonly mark: MarkName | null;
  readonly help: string;
}

interface Group {
  readonly title: string;
  readonly contexts: readonly Context[];
}

const groups: readonly Group[] = [
  { title: 'Questions', contexts: ['questions', 'answered', 'choice', 'pick', 'records'] },
  { title: 'Users and other entries', contexts: ['entries'] },
  { title: 'Lists of names', contexts: ['several', 'picker'] },
  { title: 'Plan', contexts: ['applying', 'plan', 'problems'] },
  { title: 'Run', contexts: ['run', 'log'] },
  { title: 'Rehearsal', contexts: ['console'] },
  { title: 'Done', contexts: ['done'] },
  { title: 'Dashboard', contexts: ['dashboard'] },
  { title: 'Start, and other choices', contexts: ['start', 'menu'] },
];

/** What the signs before answers say. */
const marks: readonly (readonly [MarkName, string])[] = [
  ['good', 'Found out, of the preset, or given by you.'],
  ['none', 'The usual answer.'],
  ['asking', 'It is being tried; you need not wait.'],
  ['warning', 'Worth a look; you may go on.'],
  ['bad', 'Wrong or missing: there is no plan without it.'],
];

/** Columns for the keys. */
export const keysWidth = 19;

/** All keys, in so many columns: those of the place that one came from first, then what works in most. */
export function keyList(here: readonly Context[], width: number): readonly KeyRow[] {
  const near = (group: Group): boolean => group.contexts.some((one) => here.includes(one));
  const groupsOf = ({ where }: Binding): readonly Group[] =>
    groups.filter(({ contexts }) => contexts.some((one) => where.includes(one)));
  const isCommon = (binding: Binding): boolean =>
    binding.where.includes('everywhere') || groupsOf(binding).length > 2;
  const sections = (some: readonly Group[]): readonly KeyRow[] =>
    some.flatMap((group) =>
      section(
        group.title,
        bindings.filter((one) => !isCommon(one) && groupsOf(one).includes(group)),
        width,
      ),
    );
  return [
    ...sections(groups.filter(near)),
    ...section('Everywhere, where it makes sense', bindings.filter(isCommon), width),
    ...sections(groups.filter((group) => !near(group))),
    heading('What the marks say'),
    ...marks.flatMap(([mark, help]) => rows('', mark, help, width)),
  ];
}

function section(title: string, some: readonly Binding[], width: number): readonly KeyRow[] {
  return some.length === 0
    ? []
    : [
        heading(title),
        ...some.flatMap(({ keys, help }) => rows(keys.join(', '), null, help, width)),
      ];
}

function heading(title: string): KeyRow {
  return { heading: title, keys: '', mark: null, help: '' };
}

function rows(keys: string, mark: MarkName | null, help: string, width: number): readonly KeyRow[] {
  return wrapped(help, width - keysWidth).map((part, at) => ({
    heading: '',
    keys: at === 0 ? keys : '',
    mark: at === 0 ? mark : null,
    help: part,
  }));
}
