import type { Fact, Facts } from './fact.ts';
import type { Message } from './message.ts';
import type { Problem } from './problem.ts';

/**
 * Something tried on the outside while a person answers, because it takes long or sends packets:
 * does the mirror answer, is the range free. It never stands in the way by itself: a warning is
 * carried into the plan.
 */
export interface Trial {
  /** The answer it is about, as a path into the site. */
  readonly at: string;
  /** What is being asked, while it is: 'asking the mirror'. */
  readonly title: Message;
  /** Its id holds all that it depends on, so that another answer is another fact. */
  readonly fact: Fact<unknown>;
  verdict(facts: Facts): Verdict;
}

/** null: nothing worth saying. */
export type Verdict =
  | { readonly good: Message }
  | {
      readonly warning: Problem;
      /** A run would end because of it: `check` says that it is in the way. */
      readonly refuses?: boolean;
    }
  | null;
