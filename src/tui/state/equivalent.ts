import { quote } from '../../planner/script.ts';
import type { State } from './state.ts';

/** A command for a server at a root, as it is typed: `sidus attach --root /srv/staged`. */
export function commandAt(verb: string, root: string): string {
  return ['sidus', verb, ...(root === '/' ? [] : ['--root', quote(root)])].join(' ');
}

/** The command that does the same without the wizard, with the answers given here. */
export function equivalentCommand({ wizard, root, screen }: State): string {
  if (wizard === null) return commandAt(screen === 'dashboard' ? 'status' : 'check', root);
  const verb = wizard.scope === 'trees' ? 'rehearse' : 'apply';
  // Answers that come from a file are more than what was given here.
  if (wizard.preset === null) {
    return `Ctrl-S saves the answers as site.yaml; then\n${commandAt(verb, root)} --answers site.yaml`;
  }
  const words = [
    'sidus',
    verb,
    '--preset',
    wizard.preset,
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
