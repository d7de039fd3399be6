import { layout } from '../../core/layout.ts';
import { ProblemError } from '../../core/problem.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { valueAt } from '../../planner/form.ts';
import { hostFacts, hostRows } from '../../planner/host-check.ts';
import type { PresetChoice, Start } from '../state/state.ts';
import type { Desk } from './conductor.ts';

/** The preset that most begin with: it comes first. */
const simplest = 'minimal';

/** What this server is, what one may begin with, and what one began earlier. */
export async function lookAround(desk: Desk): Promise<void> {
  const { outside, store } = desk;
  const { session } = desk.opened(outside.root);
  const facts = (async () => {
    session.forget();
    const rows = hostRows(await session.gather(hostFacts));
    store.dispatch({ type: 'start-known', start: { rows } });
  })();
  const kept = await outside.preferences.load();
  const own = kept.drafts[outside.pretending ? 'pretend' : outside.root];
  const offered = outside.pretending ? null : kept.offered;
  const drafts = [...(own === undefined ? [] : [own]), ...(offered === null ? [] : [offered])];
  const names = [...(await outside.presets())].sort(
    (a, b) => Number(b === simplest) - Number(a === simplest) || (a < b ? -1 : 1),
  );
  const presets = await Promise.all(
    names.map(async (name): Promise<PresetChoice> => {
      const text = (await outside.preset(name)) ?? '';
      return { name, text, about: aboutOf(text) };
    }),
  );
  store.dispatch({ type: 'start-known', start: { presets, drafts, site: await siteHere(desk) } });
  const [said] = kept.said;
  if (said !== undefined) store.dispatch({ type: 'noticed', notice: said });
  await facts;
}

/** The paragraph that a preset begins with: what it is for. */
function aboutOf(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('# yaml-language-server'));
  const comment: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('#')) break;
    const words = line.replace(/^#\s*/, '');
    // Its first paragraph; what comes after is for those who read the file.
    if (words === '' && comment.length > 0) break;
    if (words !== '') comment.push(words);
  }
  return comment.join(' ').replace(/`/g, '').trim();
}

async function siteHere({ outside }: Desk): Promise<Start['site']> {
  const path = `${outside.root === '/' ? '' : outside.root}${layout.site}`;
  try {
    const text = await outside.readFile(path);
    if (text === null) return null;
    const trees = valueAt(parseAnswers(text, path), 'trees');
    return {
      text,
      trees: typeof trees === 'object' && trees !== null ? Object.keys(trees) : [],
    };
  } catch (error) {
    // Unreadable for this user, or edited by hand into something else: as if it were not there.
    if (error instanceof ProblemError) return null;
    throw error;
  }
}
