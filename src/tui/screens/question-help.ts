import type { Asked } from '../../planner/form.ts';
import type { Line } from '../line.ts';
import { isStrange } from '../state/names.ts';
import type { Wizard } from '../state/state.ts';
import { helpOf, problemLines, type Viewing } from '../view.ts';

/** On the row that goes on: what is not answered, or that all is well. */
export function restHelp(
  wizard: Wizard,
  asked: readonly Asked[],
  { width }: Viewing,
): readonly Line[] {
  const wrong = asked.filter(({ problems }) => problems.length > 0);
  const [first] = wrong;
  if (first === undefined) {
    const asking = asked.filter(({ path }) => wizard.trials[path]?.verdict === 'asking').length;
    return helpOf(
      asking > 0
        ? 'Something is still being tried; you need not wait for it.'
        : 'Enter goes on. You can come back at any time, with Esc or g.',
      width,
    );
  }
  return helpOf(
    `${wrong.length === 1 ? 'One answer needs' : `${wrong.length} answers need`} your attention: ${first.question.title} You may go on and come back.`,
    width,
  );
}

/** What is wrong with an answer, or what its question means. */
export function questionHelp(wizard: Wizard, asked: Asked, { width }: Viewing): readonly Line[] {
  const [problem] = asked.problems;
  const missing = problem?.code === 'answers/missing';
  if (problem !== undefined && !missing) return problemLines(problem, width);
  const tried = wizard.trials[asked.path];
  const verdict = tried?.verdict;
  if (verdict !== undefined && verdict !== 'asking' && verdict !== null && 'warning' in verdict) {
    return problemLines(verdict.warning, width);
  }
  if (isStrange(wizard, asked)) {
    return helpOf(`This server has no ${asked.value}. ${asked.question.help}`, width);
  }
  return helpOf(
    missing ? `This has no answer yet. ${asked.question.help}` : asked.question.help,
    width,
  );
}
