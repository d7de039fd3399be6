import { script } from '../../core/assets.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { TreeAnswers } from '../index.ts';

/** What a mirror says of a suite. */
export type MirrorAnswer =
  | {
      readonly status: 'ok';
      readonly codename: string;
      /** As the archive writes it: '15 Nov 2026'. */
      readonly date: string;
      /** The day after which it must not be used any more, if that is past. */
      readonly expired: string | null;
      readonly milliseconds: number;
    }
  | { readonly status: 'absent'; readonly words: string }
  | { readonly status: 'silent'; readonly words: string }
  | { readonly status: 'unasked' };

export function mirrorAnswer(address: string, suite: string): Fact<MirrorAnswer> {
  return {
    id: `tree/mirror-answer/${suite}/${address}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['sh', script('ask-mirror'), { cache: 'mirrors' }, address, suite],
      patience: 30,
      anyExit: true,
    },
    otherwise: { status: 'unasked' },
    parse: parseMirrorAnswer,
  };
}

/** Reads what `assets/ask-mirror` prints; its header says what each line means. */
export function parseMirrorAnswer(text: string): MirrorAnswer {
  const [, status = '', words = ''] = /^status (\S+) ?(.*)$/m.exec(text) ?? [];
  if (status === 'absent' || status === 'silent') return { status, words };
  if (status !== 'ok') return { status: 'unasked' };
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  const day = (words: string): string =>
    /\b[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}\b/.exec(words)?.[0] ?? words;
  return {
    status,
    codename: field('codename'),
    date: day(field('date')),
    expired: /^expired$/m.test(text) ? day(field('valid-until')) : null,
    milliseconds: Number(/ in ([0-9]+) ms$/m.exec(text)?.[1] ?? 0),
  };
}

function verdictOf(at: string, mirror: string, suite: string, answer: MirrorAnswer): Verdict {
  if (answer.status === 'unasked') return null;
  if (answer.status === 'silent') {
    return {
      warning: {
        code: 'tree/mirror-silent',
        at,
        summary: say('{mirror} does not answer: {words}', { mirror, words: answer.words }),
        remedy: say(
          "look at the address, at this server's network and its proxy, or name another mirror",
        ),
      },
    };
  }
  if (answer.status === 'absent') {
    return {
      warning: {
        code: 'tree/mirror-without-suite',
        at,
        summary: say('{mirror} has no {suite}: {words}', { mirror, suite, words: answer.words }),
        remedy: say('name a mirror that has dists/{suite}, or look at the end of the address', {
          suite,
        }),
      },
    };
  }
  const { codename, date, expired, milliseconds } = answer;
  if (codename !== suite) {
    return {
      warning: {
        code: 'tree/mirror-other-suite',
        at,
        summary: say('{mirror} gives {codename} where it says {suite}', {
          mirror,
          codename,
          suite,
        }),
        remedy: say('name another mirror'),
      },
    };
  }
  if (expired !== null) {
    return {
      warning: {
        code: 'tree/mirror-outdated',
        at,
        summary: say('{mirror} is of {date}, and good until {expired}', { mirror, date, expired }),
        remedy: say('name another mirror, or see with `date` whether the clock here is right'),
      },
    };
  }
  return {
    good:
      milliseconds < 3000
        ? say('answers: {codename} of {date}', { codename, date })
        : say('answers after {seconds} s: {codename} of {date}', {
            seconds: Math.round(milliseconds / 1000),
            codename,
            date,
          }),
  };
}

/** Whether the two mirrors of a tree answer, and hold its suite. */
export function mirrorTrials(name: string, { tree }: TreeAnswers): readonly Trial[] {
  const ask = (key: 'mirror' | 'securityMirror', suite: string): Trial => {
    const at = `trees.${name}.tree.${key}`;
    const fact = mirrorAnswer(tree[key], suite);
    return {
      at,
      title: say('asking {mirror} for {suite}', { mirror: tree[key], suite }),
      fact,
      verdict: (facts) => verdictOf(at, tree[key], suite, facts.get(fact)),
    };
  };
  return [ask('mirror', tree.suite), ask('securityMirror', `${tree.suite}-security`)];
}
