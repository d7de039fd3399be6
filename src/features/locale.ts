import { z } from 'zod';
import { type Effect, file, link, run } from '../core/effect.ts';
import type { Fact } from '../core/fact.ts';
import { say } from '../core/message.ts';
import type { StepId } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { ask } from '../core/question.ts';
import { closest } from './closest.ts';
import type { TreeTopic } from './feature.ts';
import { keyboards } from './known-keyboards.ts';
import { locales, localesMissingInBookworm } from './known-locales.ts';
import { legacyTimezones, timezones } from './known-timezones.ts';

/** locale.conf(5) or Debian's /etc/default/locale. */
const serverLanguage: Fact<string | null> = {
  id: 'locale/server-language',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['sh', '-c', 'cat /etc/locale.conf /etc/default/locale 2>/dev/null; :'],
  },
  otherwise: null,
  parse: (text) => {
    const found = /^LANG="?([A-Za-z0-9_.@-]+)"?$/m.exec(text)?.[1] ?? null;
    return found !== null && languageNames.includes(found) ? found : null;
  },
};

const serverTimezone: Fact<string | null> = {
  id: 'locale/server-timezone',
  source: { kind: 'command', place: 'server', argv: ['readlink', '/etc/localtime'] },
  otherwise: null,
  parse: (text) => {
    const found = /zoneinfo\/(.+)$/m.exec(text.trim())?.[1] ?? null;
    return found !== null && timezones.includes(found) ? found : null;
  },
};

const serverKeyboard: Fact<string | null> = {
  id: 'locale/server-keyboard',
  source: { kind: 'command', place: 'server', argv: ['cat', '/etc/default/keyboard'] },
  otherwise: null,
  parse: (text) => {
    const found = /^XKBLAYOUT="?([a-z]+)"?$/m.exec(text)?.[1] ?? null;
    return found !== null && layouts.includes(found) ? found : null;
  },
};

/** C.UTF-8 is part of the C library and needs no package. */
const languageNames: readonly string[] = [
  'C.UTF-8',
  ...locales.flatMap((line) => {
    const [name, charset] = line.split(' ');
    return name !== undefined && charset === 'UTF-8' && name !== 'C.UTF-8' ? [name] : [];
  }),
];
const layouts: readonly string[] = keyboards.map(({ layout }) => layout);

const variantsOf = (keyboard: unknown): readonly string[] =>
  keyboards.find(({ layout }) => layout === keyboard)?.variants ?? [];

function oneOf(
  known: readonly string[],
  what: string,
  look: string,
  renamed: Readonly<Record<string, string>> = {},
) {
  return z.string().refine((given) => known.includes(given), {
    error: ({ input }) => {
      const now = Object.hasOwn(renamed, String(input)) ? renamed[String(input)] : undefined;
      if (now !== undefined) return `${JSON.stringify(input)} has a new name; write ${now}`;
      const near = closest(String(input), known);
      const proposal = near.length > 0 ? `write ${near.join(' or ')} if that was meant` : look;
      return `${JSON.stringify(String(input).slice(0, 60))} is no ${what}; ${proposal}`;
    },
  });
}

/** Such as 'French (Belgium)' for fr_BE.UTF-8; none for a code that is not known here. */
function languageLabels(): Readonly<Record<string, string>> {
  const known = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const labels: Record<string, string> = { 'C.UTF-8': 'plain English, sorted by code' };
  for (const name of languageNames) {
    const [, language, country] = /^([a-z]{2,3})_([A-Z]{2})(?:\.UTF-8)?$/.exec(name) ?? [];
    if (language === undefined || country === undefined) continue;
    const label = known.of(`${language}-${country}`);
    if (label !== undefined && label.length < 50) labels[name] = label;
  }
  return labels;
}

const language = () => oneOf(languageNames, 'locale', 'choose one such as en_US.UTF-8');

const answers = z.strictObject({
  language: ask(language().default('C.UTF-8'), {
    title: 'Which language do clients speak?',
    help: 'The language and the country, such as fr_FR.UTF-8 for French in France. In doubt: that of this server; C.UTF-8 is plain English.',
    choices: languageNames,
    // Only made when it is shown.
    get labels() {
      return languageLabels();
    },
    suggest: ({ facts }) => {
      const value = facts.get(serverLanguage);
      return value === null ? null : { value, from: say("detected: the server's own") };
    },
  }),
  moreLanguages: ask(z.array(language()).max(100).default([]), {
    title: 'Which other languages may people choose?',
    help: 'More of them, for those who set LANG themselves. In doubt: none.',
    choices: languageNames,
    get labels() {
      return languageLabels();
    },
  }),
  timezone: ask(
    oneOf(timezones, 'timezone', 'choose one such as Europe/Paris', legacyTimezones).default(
      'Etc/UTC',
    ),
    {
      title: 'Which timezone are clients in?',
      help: 'A region and a city, such as Europe/Paris. In doubt: that of this server; otherwise Etc/UTC.',
      choices: timezones,
      suggest: ({ facts }) => {
        const value = facts.get(serverTimezone);
        return value === null ? null : { value, from: say("detected: the server's own") };
      },
    },
  ),
  keyboard: ask(oneOf(layouts, 'keyboard', 'choose one such as us, fr or de').default('us'), {
    title: 'Which keyboard do the clients have?',
    help: 'The layout, such as us, fr or de. In doubt: that of this server; otherwise us.',
    choices: layouts,
    labels: Object.fromEntries(keyboards.map(({ layout, title }) => [layout, title])),
    suggest: ({ facts }) => {
      const value = facts.get(serverKeyboard);
      return value === null ? null : { value, from: say("detected: the server's own") };
    },
  }),
  keyboardVariant: ask(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{0,32}$/, 'is no keyboard variant; leave it empty for the usual one')
      .default(''),
    {
      title: 'Which variant of that keyboard?',
      help: 'Such as bepo for fr, nodeadkeys for de. In doubt: leave it empty, for the usual one.',
      choices: ({ answers: given }) => ['', ...variantsOf(given.keyboard)],
      labels: { '': 'the usual one' },
    },
  ),
});

export const locale: TreeTopic<'locale', typeof answers> = {
  id: 'locale',
  title: 'Locale',
  help: 'Language, timezone and keyboard of the clients.',
  scope: 'tree',
  answers,
  facts: [serverLanguage, serverTimezone, serverKeyboard],
  packages: () => ['console-setup', 'keyboard-configuration', 'locales', 'tzdata'],
  problems: ({ name, answers: { locale: given, tree } }) => {
    const problems: Problem[] = [];
    for (const wanted of [given.language, ...given.moreLanguages]) {
      if (tree.suite !== 'bookworm' || !localesMissingInBookworm.includes(`${wanted} UTF-8`))
        continue;
      problems.push({
        code: 'locale/not-in-suite',
        at: `trees.${name}.locale`,
        summary: say('bookworm has no locale {wanted}', { wanted }),
        remedy: say('choose another, or the suite trixie'),
      });
    }
    const variants = variantsOf(given.keyboard);
    if (given.keyboardVariant !== '' && !variants.includes(given.keyboardVariant)) {
      const near = closest(given.keyboardVariant, variants);
      problems.push({
        code: 'locale/unknown-variant',
        at: `trees.${name}.locale.keyboardVariant`,
        summary: say('the keyboard {keyboard} has no variant {variant}', {
          keyboard: given.keyboard,
          variant: JSON.stringify(given.keyboardVariant),
        }),
        remedy:
          near.length > 0
            ? say('write {near} if that was meant', { near: near.join(' or ') })
            : say('leave it empty for the usual one'),
      });
    }
    return problems;
  },
  steps: ({ name, place, answers: { locale: given } }) => {
    const id = (what: string): StepId => `locale/${name}/${what}`;
    const generated = [...new Set([given.language, ...given.moreLanguages])]
      .filter((wanted) => wanted !== 'C.UTF-8')
      .sort();
    const languages: Effect[] = [
      file(
        place,
        '/etc/locale.gen',
        `${['# Which locales locale-gen makes.', ...generated.map((wanted) => `${wanted} UTF-8`)].join('\n')}\n`,
      ),
      run(place, ['locale-gen', '--purge']),
      // Writes the file that the suite reads: they differ (debian.md 4).
      run(place, ['update-locale', '--reset', `LANG=${given.language}`]),
    ];
    return [
      {
        id: id('languages'),
        title: say('Make the locales, and {language} the usual one', { language: given.language }),
        why: say('Programs speak it, sort by it and show its letters.'),
        follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
        effects: languages,
      },
      {
        id: id('timezone'),
        title: say('Set the timezone to {timezone}', { timezone: given.timezone }),
        why: say('The link is the truth; the package is told, or it would put UTC back.'),
        follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
        effects: [
          link(place, '/etc/localtime', `/usr/share/zoneinfo/${given.timezone}`),
          run(place, ['dpkg-reconfigure', '--frontend=noninteractive', 'tzdata']),
        ],
      },
      {
        id: id('keyboard'),
        title: say('Set the keyboard to {keyboard}', { keyboard: given.keyboard }),
        why: say('On the console as in a desktop.'),
        follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
        effects: [
          file(
            place,
            '/etc/default/keyboard',
            `XKBMODEL="pc105"\nXKBLAYOUT="${given.keyboard}"\nXKBVARIANT="${given.keyboardVariant}"\nXKBOPTIONS=""\nBACKSPACE="guess"\n`,
          ),
          run(place, ['setupcon', '--save-only']),
        ],
      },
    ];
  },
};
