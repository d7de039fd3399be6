import type { Fact } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';
import type { Draft } from '../../core/preferences.ts';
import { ProblemError } from '../../core/problem.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { valueAt } from '../../planner/form.ts';
import { hostFacts, hostRows } from '../../planner/host-check.ts';
import { rehearsals } from '../state/start.ts';
import type { KeptAnswers, PresetChoice, Start } from '../state/state.ts';
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
  // What was typed a moment ago is kept first.
  await outside.preferences.flush();
  const kept = await outside.preferences.load();
  const drafts: KeptAnswers[] = Object.values(kept.drafts)
    .filter((draft) => belongsHere(draft, outside))
    .map((draft) => ({ draft, borrowed: false }));
  if (kept.offered !== null && belongsHere(kept.offered, outside)) {
    drafts.push({ draft: kept.offered, borrowed: true });
  }
  drafts.sort((a, b) => (a.draft.savedAt < b.draft.savedAt ? 1 : -1));
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
  if (said?.code === 'preferences/not-kept') store.dispatch({ type: 'not-kept', problem: said });
  else if (said !== undefined) store.dispatch({ type: 'noticed', notice: said });
  await facts;
}

/** Answers for this server: of this root, set aside for newer ones, or of a rehearsal here. */
function belongsHere({ root }: Draft, outside: Desk['outside']): boolean {
  const here = outside.pretending ? 'pretend' : outside.root;
  const rehearsed = !outside.pretending && here === '/' && root.startsWith(rehearsals);
  return root === here || root.startsWith(`${here}#`) || rehearsed;
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

/** Asked through the session, so that a pretended server has answers too. */
const siteText: Fact<string | null> = {
  id: 'site/text',
  source: { kind: 'file', at: { place: 'server', path: layout.site } },
  otherwise: null,
  parse: (text) => text,
};

async function siteHere(desk: Desk): Promise<Start['site']> {
  const { session } = desk.opened(desk.outside.root);
  const text = (await session.look([siteText])).get(siteText);
  if (text === null) return null;
  try {
    const trees = valueAt(parseAnswers(text, layout.site), 'trees');
    return {
      text,
      trees: typeof trees === 'object' && trees !== null ? Object.keys(trees) : [],
    };
  } catch (error) {
    // Edited by hand into something else: the dashboard says so, the wizard begins anew.
    if (error instanceof ProblemError) return null;
    throw error;
  }
}
