import { readFileSync } from 'node:fs';
import type { Plan } from '../../src/core/plan.ts';
import { keepRequest } from '../../src/runner/engine.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { undoingPlan } from './undoing.ts';

// Applies the plan in the file that is named, or takes the last run back, on the very machine that
// this runs on: for a machine that is thrown away. An engine in this process: no systemd runs there.

const [what = ''] = process.argv.slice(2);
const host = new Host({ root: '/' });
const plan: Plan =
  what === 'undo' ? await undoingPlan(host) : JSON.parse(readFileSync(what, 'utf8'));
const run = `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}-${host.randomText(4)}`;
await keepRequest({ plan, command: 'test' }, run, host);
const progress = await new Session(host).execute(run, new AbortController().signal);
process.stdout.write(`${JSON.stringify({ ...progress, notes: plan.notes })}\n`);
process.exitCode = progress.outcome === 'ok' ? 0 : 1;
