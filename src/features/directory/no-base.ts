import type { Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { DirectoryAnswers } from './answers.ts';
import { baseFact } from './asking.ts';

/** Nobody said where entries begin: and what came of asking the directory itself, if it was asked. */
export function noBase(at: string, given: DirectoryAnswers, facts: Facts): Problem {
  const fact = baseFact(given);
  const answer = fact === null || !facts.has(fact) ? null : facts.get(fact);
  if (answer !== null && answer.bases.length > 0) {
    return {
      code: 'directory/no-base',
      at,
      summary: say('nobody said where in the directory its entries begin'),
      remedy: say('write one of {bases}', { bases: answer.bases.join(', ') }),
    };
  }
  const mute = answer?.servers.find(({ status }) => status !== 'answers');
  if (mute !== undefined) {
    return {
      code: 'directory/no-base',
      at,
      summary: say('nobody said where entries begin, and {uri} could not be asked: {words}', {
        uri: mute.uri,
        words: mute.status === 'silent' ? mute.words : 'its certificate is not good for it',
      }),
      remedy: say('mend that first, or write the base, such as dc=example,dc=org'),
    };
  }
  return {
    code: 'directory/no-base',
    at,
    summary: say('nobody said where in the directory its entries begin'),
    remedy: say('write its base, such as dc=example,dc=org'),
  };
}
