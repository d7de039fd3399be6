import type { Effect, UnitEffect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { inTree } from '../core/place.ts';
import { fingerprint, type Plan, type Step, type StepId } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Report, Standing } from '../core/report.ts';
import type { System } from '../system/system.ts';
import { blockIn } from './block.ts';
import { installedPackages, packagesWithSettings } from './installed.ts';
import { resolveText, secretBefore } from './resolve.ts';
import { unsettled } from './settings.ts';
import { unitStateInTree } from './unit-links.ts';

/** How a plan stands, changing nothing: plan, status and idempotence are this one question. */
export async function inspectPlan(
  plan: Plan,
  system: System,
  finished: ReadonlyMap<StepId, string>,
  broken: ReadonlySet<StepId> = new Set(),
): Promise<Report> {
  const steps = [];
  for (const step of plan.steps) {
    const standing = await inspectStep(step, system);
    steps.push({
      id: step.id,
      title: step.title,
      standing,
      settled: !broken.has(step.id) && isSettled(step, standing, finished),
      state: null,
    });
  }
  return { schema: 1, title: plan.title, root: plan.root, steps, outcome: null, problem: null };
}

export async function inspectStep(step: Step, system: System): Promise<readonly Standing[]> {
  const standing: Standing[] = [];
  for (const effect of step.effects) standing.push(await inspect(effect, system));
  return standing;
}

/** Nothing to do: all is so, and what cannot be seen was finished as this very step. */
export function isSettled(
  step: Step,
  standing: readonly Standing[],
  finished: ReadonlyMap<StepId, string>,
): boolean {
  const same = finished.get(step.id) === fingerprint(step);
  return standing.every((one) => one === 'so' || (one === 'unknown' && same));
}

/** One effect. What this user may not look at is 'unknown'. */
export async function inspect(effect: Effect, system: System): Promise<Standing> {
  try {
    return await look(effect, system);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'EACCES' || code === 'EPERM') return 'unknown';
    if (error instanceof ProblemError && error.problems[0]?.code === 'system/not-root') {
      return 'unknown';
    }
    throw error;
  }
}

async function look(effect: Effect, system: System): Promise<Standing> {
  switch (effect.kind) {
    case 'file': {
      const entry = await system.stat(effect.place, effect.path);
      if (entry === null) return 'create';
      if (entry.kind !== 'file' || !sameAttributes(entry, effect)) return 'change';
      const wanted = await withoutMissingSecrets(effect, system);
      if (wanted === null) return 'change';
      return (await system.read(effect.place, effect.path)) === wanted ? 'so' : 'change';
    }
    case 'block': {
      const text = await system.read(effect.place, effect.path);
      const now = text === null ? null : blockIn(text, effect.marker);
      if (effect.content === null) return now === null ? 'so' : 'change';
      if (now === null) return 'create';
      return now === effect.content ? 'so' : 'change';
    }
    case 'absent':
      // What is not in a tree yet may come in while it is built.
      if (effect.place !== 'server' && (await system.stat(effect.place, '/usr')) === null) {
        return 'unknown';
      }
      return (await system.stat(effect.place, effect.path)) === null ? 'so' : 'change';
    case 'directory': {
      // As it is made: through a link that leads to one.
      const entry = await system.stat(effect.place, effect.path, true);
      if (entry === null) return 'create';
      return entry.kind === 'directory' && sameAttributes(entry, effect) ? 'so' : 'change';
    }
    case 'link': {
      const entry = await system.stat(effect.place, effect.path);
      if (entry === null) return 'create';
      return entry.kind === 'link' && entry.target === effect.target ? 'so' : 'change';
    }
    case 'copy': {
      const entry = await system.stat(effect.place, effect.path);
      if (entry === null) return 'create';
      if (entry.kind !== 'file' || !sameAttributes(entry, effect)) return 'change';
      if (effect.modified !== undefined && entry.modified !== effect.modified) return 'change';
      const [source, target] = await Promise.all([
        system.hash(effect.from.place, effect.from.path),
        system.hash(effect.place, effect.path),
      ]);
      return source === target ? 'so' : 'change';
    }
    case 'secret':
      if (effect.before !== undefined) {
        const before = await secretBefore(effect.name, effect.before, system);
        if (before === null) return (await system.secretIsKept(effect.name)) ? 'change' : 'so';
        return (await system.secret(effect.name)) === before ? 'so' : 'change';
      }
      return (await system.secretIsKept(effect.name)) ? 'so' : 'create';
    case 'packages': {
      if (effect.purged === true) {
        const left = await packagesWithSettings(system);
        return effect.names.some((name) => left.has(name)) ? 'change' : 'so';
      }
      const there = await installedPackages(effect.place, system);
      return effect.names.every((name) => there.has(name)) ? 'so' : 'change';
    }
    case 'unit':
      return (await unitIsSo(effect, system)) ? 'so' : 'change';
    case 'run': {
      if (effect.unless === null) return 'unknown';
      if (effect.unless.kind === 'exists') {
        const { place, path } = effect.unless.at;
        return (await system.stat(place, path)) === null ? 'create' : 'so';
      }
      const { place, argv } = effect.unless;
      if (place !== 'server' && (await system.stat(place, '/usr')) === null) return 'create';
      return (await system.exec(place, argv)).code === 0 ? 'so' : 'change';
    }
    case 'publish': {
      const stamp = await system.read(inTree(effect.tree, effect.version), '/etc/sidus/version');
      // The mark of a version that is being made: publish still has to take it away.
      const begun = `${layout.trees}/${effect.tree}/versions/.${effect.version}.begun`;
      if (stamp !== null && (await system.stat('server', begun)) === null) return 'so';
      return stamp === null ? 'create' : 'change';
    }
    case 'settings':
      return (await unsettled(effect, system)).length === 0 ? 'so' : 'change';
    default:
      return effect satisfies never;
  }
}

interface Owned {
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

function sameAttributes(entry: Owned, wanted: Owned): boolean {
  return entry.mode === wanted.mode && entry.owner === wanted.owner && entry.group === wanted.group;
}

async function withoutMissingSecrets(
  effect: Extract<Effect, { kind: 'file' }>,
  system: System,
): Promise<string | null> {
  try {
    return await resolveText(effect.content, system);
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

async function unitIsSo(effect: UnitEffect, system: System): Promise<boolean> {
  const { place, name, state, running } = effect;
  if (place !== 'server') {
    const now = await unitStateInTree(place, name, system);
    return now === state || (state === 'disabled' && now === 'missing');
  }
  const enabled = (await system.exec(place, ['systemctl', 'is-enabled', name])).stdout.trim();
  const stateIsSo = state === 'disabled' ? !enabled.startsWith('enabled') : enabled === state;
  if (!stateIsSo || running === null) return stateIsSo;
  const active = (await system.exec(place, ['systemctl', 'is-active', '--quiet', name])).code === 0;
  return active === (running === 'started');
}
