import { type Asset, assets } from '../core/assets.ts';
import type { EditedSettings, Effect, RunEffect } from '../core/effect.ts';
import { layout, whereIs } from '../core/layout.ts';
import { render } from '../core/message.ts';
import type { Place } from '../core/place.ts';
import type { Plan } from '../core/plan.ts';
import { type Argv, secretsIn, type Text, type Word } from '../core/text.ts';
import { quote } from './quote.ts';
import { heading } from './script-heading.ts';

export { quote };

/**
 * A plan as a shell script that does the same without sidus: for review, and for people who
 * trust no wizard. POSIX sh; every value is quoted; secrets are read from files of a directory
 * named by SIDUS_SECRETS, one for each name, and stand nowhere in it.
 */
export function scriptOf(plan: Plan): string {
  const used = assetsOf(plan);
  const secrets = [...new Set(plan.steps.flatMap((step) => step.effects.flatMap(secretsOf)))];
  return [
    ...heading(plan, secrets),
    ...used.flatMap(assetLines),
    '',
    ...plan.steps.flatMap((step) => [
      `say ${quote(`${step.id}: ${render(step.title)}`)}`,
      ...step.effects.flatMap(effectLines),
      '',
    ]),
    `say 'done'`,
    '',
  ].join('\n');
}

function assetsOf(plan: Plan): readonly Asset[] {
  const names = new Set(['cord', 'hold-services']);
  for (const step of plan.steps) {
    for (const effect of step.effects) {
      if (effect.kind === 'publish') names.add('publish');
      if (effect.kind !== 'run') continue;
      const check = effect.unless?.kind === 'succeeds' ? effect.unless.argv : [];
      for (const word of [...effect.argv, ...check]) {
        if (typeof word === 'object' && 'asset' in word) names.add(word.asset);
      }
    }
  }
  return assets.filter(({ name }) => names.has(name));
}

function assetLines({ name, content }: Asset): readonly string[] {
  return ['', ...hereDocument(`cat >"$SCRIPTS/"${quote(name)}`, content)];
}

/** The delimiter is quoted, so that the shell reads nothing in the text, and is not a line of it. */
function hereDocument(command: string, text: string): readonly string[] {
  const lines = text.split('\n');
  let delimiter = 'END_OF_FILE';
  while (lines.some((line) => line.startsWith(delimiter))) delimiter += '_';
  const ended = text.endsWith('\n') || text === '';
  if (!ended) return [`printf '%s' ${quote(text)} | ${command}`];
  return [`${command} <<'${delimiter}'`, ...(text === '' ? [] : lines.slice(0, -1)), delimiter];
}

function effectLines(effect: Effect): readonly string[] {
  switch (effect.kind) {
    case 'file': {
      const put = `put ${ownedBy(effect)} ${at(effect.place, effect.path)} ${base(effect.place)}`;
      const plain = plainText(effect.content);
      if (plain !== null) return hereDocument(put, plain);
      return [`{ ${printed(effect.content)}; } | ${put}`];
    }
    case 'block': {
      const path = at(effect.place, effect.path);
      const begin = `# begin sidus: ${effect.marker}`;
      const end = `# end sidus: ${effect.marker}`;
      const without = `sed -i ${quote(`\\|^${pattern(begin)}$|,\\|^${pattern(end)}$|d`)} ${path}`;
      if (effect.content === null) return [`[ ! -e ${path} ] || ${without}`];
      return [
        `touch ${path}`,
        without,
        `printf '%s\\n' ${quote(begin)} ${quote(effect.content.replace(/\n$/, ''))} ${quote(end)} >>${path}`,
      ];
    }
    case 'absent':
      if (effect.emptyDirectory === true) {
        const path = at(effect.place, effect.path);
        return [`[ ! -d ${path} ] || rmdir --ignore-fail-on-non-empty -- ${path}`];
      }
      return [`rm -f -- ${at(effect.place, effect.path)}`];
    case 'directory':
      return [
        `directory ${ownedBy(effect)} ${at(effect.place, effect.path)} ${base(effect.place)}`,
      ];
    case 'link': {
      const path = at(effect.place, effect.path);
      return [`mkdir -p -- "$(dirname -- ${path})"`, `ln -sfnT -- ${quote(effect.target)} ${path}`];
    }
    case 'copy': {
      const { place, path } = effect.from;
      // Links of a tree are followed below its own root.
      const source =
        place === 'server' ? at(place, path) : `"$(inside ${base(place)} ${quote(path)})"`;
      return [
        `put ${ownedBy(effect)} ${at(effect.place, effect.path)} ${base(effect.place)} <${source}`,
        ...(effect.modified === undefined
          ? []
          : [`touch --date=@${effect.modified / 1000} -- ${at(effect.place, effect.path)}`]),
      ];
    }
    case 'secret':
      // secrets.json is for sidus alone: what scripts know of secrets lies elsewhere.
      if (effect.before !== undefined) return [];
      return [
        `[ -s "$SIDUS_SECRETS/"${quote(effect.name)} ] || { echo ${quote(`the secret ${effect.name} is missing`)} >&2; exit 1; }`,
      ];
    case 'packages':
      if (effect.purged === true) {
        return [
          'export DEBIAN_FRONTEND=noninteractive',
          ...keepingLines(effect.edited),
          `apt-get purge --quiet --assume-yes -- ${effect.names.map(quote).join(' ')}`,
        ];
      }
      return packageLines(effect.place, effect.names, effect.recommends);
    case 'unit':
      return unitLines(effect);
    case 'run':
      return runLines(effect);
    case 'publish':
      return [
        `confined sh "$SCRIPTS/publish" "$ROOT"${quote(`${layout.trees}/${effect.tree}`)} ${quote(effect.tree)} ${effect.version}`,
      ];
    case 'settings': {
      const kept = at('server', effect.from);
      const { paths, at: edited } = effect.edited;
      const left = [...effect.except, ...paths].map((path) =>
        quote(`--exclude=.${path.slice('/etc'.length)}`),
      );
      const etc = at('server', '/etc');
      return [
        `tar --create --directory=${kept} --anchored --no-wildcards ${left.join(' ')} . | tar --extract --skip-old-files --preserve-permissions --directory=${etc}`,
        ...effect.back.map(
          (path) =>
            `cp --archive -- ${at('server', effect.from + path.slice('/etc'.length))} ${at('server', path)}`,
        ),
        ...effect.gone.map((path) => `rm -f -- ${at('server', path)}`),
        ...paths.map((path) => {
          const [now, then] = [at('server', path), at('server', edited + path)];
          return `[ -e ${now} ] || [ ! -e ${then} ] || cp --archive -- ${then} ${now}`;
        }),
      ];
    }
    default:
      return effect satisfies never;
  }
}

function keepingLines(edited: EditedSettings | undefined): readonly string[] {
  if (edited === undefined || edited.paths.length === 0) return [];
  const to = at('server', edited.at);
  return [
    `install -d -m 0700 -- ${to}`,
    ...edited.paths.map((path) => {
      const now = at('server', path);
      return `[ ! -e ${now} ] || cp --archive --parents -- ${now} ${to}`;
    }),
  ];
}

function packageLines(
  place: Place,
  names: readonly string[],
  recommends: boolean,
): readonly string[] {
  const list = names.map(quote).join(' ');
  const install = `apt-get install --quiet --assume-yes ${recommends ? '--install-recommends' : '--no-install-recommends'} -- ${list}`;
  if (place === 'server') {
    return [
      `if ! dpkg-query --show --showformat='\${Status}\\n' ${list} 2>/dev/null | awk '$3 == "installed" {n++} END {exit n != ${names.length}}'; then`,
      '  export DEBIAN_FRONTEND=noninteractive',
      '  apt-get update --quiet',
      `  confined sh "$SCRIPTS/hold-services" ${install}`,
      'fi',
    ];
  }
  const tree = base(place);
  const cache = `"$ROOT"${quote(layout.cache)}/"$(cat ${tree}/etc/sidus/suite)"/archives`;
  return [
    `if ! in_tree ${tree} apt-get install --simulate --quiet=2 --no-install-recommends --option Dir::Cache::pkgcache= --option Dir::Cache::srcpkgcache= -- ${list} | awk '/^Inst/ {found = 1} END {exit found}'; then`,
    `  in_tree_with_network ${cache} ${tree} apt-get update --quiet`,
    `  in_tree_with_network ${cache} ${tree} ${install}`,
    'fi',
  ];
}

function unitLines(effect: Extract<Effect, { kind: 'unit' }>): readonly string[] {
  const { place, name, state, running } = effect;
  if (place !== 'server') {
    if (state === 'masked') {
      return [`ln -sfnT -- /dev/null ${at(place, `/etc/systemd/system/${name}`)}`];
    }
    return ['unmask', state === 'enabled' ? 'enable' : 'disable'].map(
      (verb) => `in_tree ${base(place)} systemctl ${verb} ${quote(name)}`,
    );
  }
  const verbs = { enabled: 'enable', disabled: 'disable', masked: 'mask' } as const;
  return [
    'systemctl daemon-reload',
    `systemctl ${verbs[state]} ${quote(name)}`,
    ...(running === null
      ? []
      : [`systemctl ${running === 'started' ? 'restart' : 'stop'} ${quote(name)}`]),
  ];
}

function runLines(effect: RunEffect): readonly string[] {
  const call = callOf(effect.place, effect.argv);
  const whole = effect.stdin === undefined ? call : `{ ${printed(effect.stdin)}; } | ${call}`;
  if (effect.unless === null) return [whole];
  const check =
    effect.unless.kind === 'exists'
      ? `[ -e ${at(effect.unless.at.place, effect.unless.at.path)} ]`
      : `${callOf(effect.unless.place, effect.unless.argv)} >/dev/null 2>&1`;
  return [`${check} || ${whole}`];
}

function callOf(place: Place, argv: Argv): string {
  const words = argv.map((word) => wordIn(word, place)).join(' ');
  return place === 'server' ? `confined ${words}` : `in_tree ${base(place)} ${words}`;
}

function wordIn(word: Word, place: Place): string {
  if (typeof word === 'string') return quote(word);
  if ('asset' in word) return `"$SCRIPTS/"${quote(word.asset)}`;
  if ('cache' in word) return `"$ROOT"${quote(`${layout.cache}/${word.cache}`)}`;
  return place === 'server' ? at(word.at.place, word.at.path) : quote(word.at.path);
}

/** A path on disk, below $ROOT. */
function at(place: Place, path: string): string {
  return `"$ROOT"${quote(whereIs(place) + path)}`;
}

function base(place: Place): string {
  return place === 'server' ? '"$ROOT"' : `"$ROOT"${quote(whereIs(place))}`;
}

function ownedBy(given: { mode: number; owner: string; group: string }): string {
  return `${quote(given.owner)} ${quote(given.group)} ${given.mode.toString(8).padStart(4, '0')}`;
}

/** null: it names a secret. */
function plainText(text: Text): string | null {
  if (typeof text === 'string') return text;
  if (secretsIn(text).length > 0) return null;
  return text
    .map((part) =>
      typeof part === 'string' ? part : 'at' in part ? whereIs(part.at.place) + part.at.path : '',
    )
    .join('');
}

function printed(text: Text): string {
  const parts = typeof text === 'string' ? [text] : text;
  return parts
    .map((part) => {
      if (typeof part === 'string') return `printf '%s' ${quote(part)}`;
      return 'secret' in part
        ? `secret ${quote(part.secret)}`
        : `printf '%s' ${quote(whereIs(part.at.place) + part.at.path)}`;
    })
    .join('; ');
}

function secretsOf(effect: Effect): readonly string[] {
  if (effect.kind === 'file') return secretsIn(effect.content);
  if (effect.kind === 'run' && effect.stdin !== undefined) return secretsIn(effect.stdin);
  return effect.kind === 'secret' && effect.before === undefined ? [effect.name] : [];
}

/** A text as a pattern of sed(1) that only it fits. */
function pattern(text: string): string {
  return text.replace(/[\\^$.*[\]|/]/g, '\\$&');
}
