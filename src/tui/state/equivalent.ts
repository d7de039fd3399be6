import { quote } from '../../planner/script.ts';
import type { State } from './state.ts';

/** The command that does the same without the wizard, with the answers given here. */
export function equivalentCommand({ wizard, root, screen }: State): string {
  if (wizard === null) return screen === 'dashboard' ? 'sidus status' : 'sidus check';
  const verb = wizard.scope === 'trees' ? 'rehearse' : 'apply';
  const words = [
    'sidus',
    verb,
    ...(wizard.preset === null ? [] : ['--preset', wizard.preset]),
    ...(root === '/' ? [] : ['--root', root]),
    ...leaves(wizard.own, []).flatMap(([path, value]) => ['--set', `${path}=${yaml(value)}`]),
  ];
  return words.map(quote).join(' ');
}

/** Answers with their paths as `--set` takes them: a topic of the server by its own name. */
function leaves(value: unknown, path: readonly string[]): readonly (readonly [string, unknown])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  const whole = path[0] === 'server' ? path.slice(1) : path;
  return [[whole.join('.'), value]];
}

/** JSON is YAML; a plain word needs no quotes in either. */
function yaml(value: unknown): string {
  return typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9_./@-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
