import { assets } from '../core/assets.ts';
import type { Check, Effect } from '../core/effect.ts';
import { whereIs } from '../core/layout.ts';
import { type Message, render } from '../core/message.ts';
import { type PlacePath, placeName } from '../core/place.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Report, Standing } from '../core/report.ts';
import type { Text, Word } from '../core/text.ts';
import type { Site } from '../features/index.ts';

/** Answers that nobody gave, and who says so. */
export function describeSources(sources: Readonly<Record<string, Message>>, site: Site): string {
  const valueAt = (path: string): unknown =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], site);
  const lines = Object.entries(sources)
    .filter(([, from]) => from.text !== 'usual')
    .map(([path, from]) => `  ${path}: ${JSON.stringify(valueAt(path))}  (${render(from)})`);
  return lines.length === 0 ? '' : ['Found out, not given:', ...lines, '', ''].join('\n');
}

/** A plan as people read it. Golden files hold it, and their diff is the review. */
export function describePlan(plan: Plan, report: Report | null): string {
  const lines: string[] = [
    render(plan.title),
    ...(plan.root === '/' ? [] : [`  under ${plan.root}`]),
    ...plan.notes.map((note) => `  note: ${render(note)}`),
    '',
  ];
  for (const step of plan.steps) {
    const reported = report?.steps.find(({ id }) => id === step.id);
    const settled = reported?.settled === true ? '  (already so)' : '';
    lines.push(`${step.id} — ${render(step.title)}${settled}`, `  ${render(step.why)}`);
    if (reported?.settled !== true) lines.push(...describeStep(step, reported?.standing ?? []));
    lines.push('');
  }
  return lines.join('\n');
}

export function describeStep(step: Step, standing: readonly Standing[]): readonly string[] {
  return step.effects.flatMap((effect, index) => {
    if (standing[index] === 'so') return [];
    const [head, ...more] = describeEffect(effect);
    return [`  ${placeName(effect.place)}  ${head}`, ...more.map((line) => `    | ${line}`)];
  });
}

/** The first line says what; the further ones are what goes into a file. */
export function describeEffect(effect: Effect): readonly [string, ...string[]] {
  switch (effect.kind) {
    case 'file':
      return [`write    ${effect.path}  ${owned(effect)}`, ...contentOf(effect.content)];
    case 'block':
      if (effect.content === null) {
        return [`remove   ${effect.path}  the part called ${effect.marker}`];
      }
      return [
        `write    ${effect.path}  the part called ${effect.marker}`,
        ...contentOf(effect.content),
      ];
    case 'absent':
      return [
        effect.emptyDirectory === true
          ? `remove   ${effect.path}/  if nothing is in it`
          : `remove   ${effect.path}`,
      ];
    case 'directory':
      return [`make     ${effect.path}/  ${owned(effect)}`];
    case 'link':
      return [`link     ${effect.path} -> ${effect.target}`];
    case 'copy':
      if (effect.modified !== undefined) {
        return [`restore  ${effect.path}  ${owned(effect)}  from ${where(effect.from)}`];
      }
      return [`copy     ${where(effect.from)} -> ${effect.path}  ${owned(effect)}`];
    case 'secret':
      return [
        `secret   ${effect.name}  ${effect.given === true ? 'as it is given' : effect.before === undefined ? 'made if nobody gave it' : 'as before'}`,
      ];
    case 'packages':
      if (effect.purged === true) {
        const { paths } = effect.edited ?? { paths: [] };
        return [
          `purge    ${effect.names.join(' ')}`,
          ...paths.map((path) => `keeping ${path}  as it is now`),
        ];
      }
      return [
        `install  ${effect.names.join(' ')}${effect.recommends ? '  (and what they recommend)' : ''}${effect.place === 'server' ? '  (after apt-get update)' : ''}`,
      ];
    case 'unit':
      return [
        [
          effect.state === 'masked'
            ? 'mask    '
            : effect.state === 'enabled'
              ? 'enable  '
              : 'disable ',
          effect.name,
          effect.running === null ? '' : ` ${effect.running}`,
          effect.restartWhenChanged ? ' (restarted when changed)' : '',
        ]
          .join(' ')
          .trimEnd(),
      ];
    case 'run':
      return [
        `run      ${effect.argv.map(shown).join(' ')}${effect.stdin === undefined ? '' : `  <<< ${JSON.stringify(textOf(effect.stdin))}`}`,
        ...(effect.unless === null ? [] : [`unless ${condition(effect.unless)}`]),
      ];
    case 'publish':
      return [
        `publish  ${whereIs({ tree: effect.tree })} -> ${whereIs({ tree: effect.tree, version: effect.version })}`,
      ];
    case 'settings':
      return [
        `restore  /etc/  what packages changed or took along  from ${effect.from}`,
        ...effect.back,
        ...effect.gone.map((path) => `without ${path}`),
        ...effect.except.map((path) => `except ${path}`),
      ];
    default:
      return effect satisfies never;
  }
}

/** Text with its holes named. */
export function textOf(text: Text): string {
  if (typeof text === 'string') return text;
  return text
    .map((part) =>
      typeof part === 'string'
        ? part
        : 'secret' in part
          ? `<secret ${part.secret}>`
          : whereIs(part.at.place) + part.at.path,
    )
    .join('');
}

function condition(unless: Check): string {
  return unless.kind === 'exists'
    ? `${whereIs(unless.at.place)}${unless.at.path} is there`
    : `this succeeds: ${unless.argv.map(shown).join(' ')}`;
}

function owned(given: { mode: number; owner: string; group: string }): string {
  const mode = given.mode.toString(8).padStart(4, '0');
  return given.owner === 'root' && given.group === 'root'
    ? mode
    : `${mode} ${given.owner}:${given.group}`;
}

function contentOf(content: Text): readonly string[] {
  const text = textOf(content);
  const ours = assets.find((candidate) => candidate.content === text && text !== '');
  if (ours !== undefined) {
    return [`(assets/${ours.name} of sidus, ${text.split('\n').length - 1} lines)`];
  }
  return text === '' ? ['(empty)'] : text.replace(/\n$/, '').split('\n');
}

function where(at: PlacePath): string {
  return at.place === 'server' ? at.path : `${placeName(at.place)}:${at.path}`;
}

function shown(word: Word): string {
  if (typeof word !== 'string') {
    if ('asset' in word) return `assets/${word.asset}`;
    return 'cache' in word ? `~cache/${word.cache}` : whereIs(word.at.place) + word.at.path;
  }
  return /^[A-Za-z0-9_./:=,+@%-]+$/.test(word) ? word : JSON.stringify(word);
}
