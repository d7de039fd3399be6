import { layout } from '../core/layout.ts';
import { type Message, say } from '../core/message.ts';
import { installedBy, type UndoGiven } from './undo-choice.ts';

export interface LeftAlone {
  /** Changed by somebody after the run. */
  readonly stay: readonly string[];
  /** Below /etc, and no step of the runs changed them. */
  readonly changed: readonly string[];
  /** The runs made secrets. */
  readonly secrets: boolean;
  /** Directories that the runs made, with something in them that they did not make. */
  readonly full: readonly string[];
}

/** What a person should know before an undo: who suffers, what is taken, what stays. */
export function notesOf(given: UndoGiven, { stay, changed, secrets, full }: LeftAlone) {
  const { runs, root, purging, connected } = given;
  const notes: Message[] = [
    say('It takes back {runs}.', { runs: listed(runs.map(({ id }) => id)) }),
  ];
  const steps = runs.flatMap(({ plan }) => plan.steps);
  const serves = steps.some(({ effects }) =>
    effects.some(
      (effect) =>
        effect.place === 'server' &&
        (effect.kind === 'unit' || (effect.kind === 'run' && effect.rereads === true)),
    ),
  );
  if (serves && connected.length > 0) {
    notes.push(
      say(
        'Clients hang on this server now: {clients}. What they run may stop with what is taken back; switch them off first.',
        { clients: listed(connected) },
      ),
    );
  }
  const builds = steps.some(({ effects }) =>
    effects.some(
      (effect) =>
        effect.kind === 'publish' ||
        effect.place !== 'server' ||
        // Images lie beside versions.
        ('path' in effect && effect.path.startsWith(`${layout.trees}/`)),
    ),
  );
  if (builds) {
    notes.push(
      say(
        'Trees, versions, their images and the cache of packages stay: clients may run on a version. They lie in {trees} and {cache}.',
        { trees: layout.trees, cache: layout.cache },
      ),
    );
  }
  if (secrets) {
    notes.push(
      say(
        'The secrets that it made leave {path}; what stands there now is kept in the history of this undo, because versions go on using it.',
        { path: layout.secrets },
      ),
    );
  }
  if (stay.length > 0) {
    notes.push(say('Somebody changed these since; they stay: {paths}.', { paths: listed(stay) }));
  }
  if (changed.length > 0) {
    notes.push(
      say('These in /etc have changed otherwise; they stay: {paths}.', { paths: listed(changed) }),
    );
  }
  const { wanted } = installedBy(runs);
  if (purging === null && wanted.length > 0) {
    notes.push(
      root === '/'
        ? say('The packages that it installed stay: {names}.', { names: listed(wanted) })
        : say('Packages of this machine stay, which other directories may need: {names}.', {
            names: listed(wanted),
          }),
    );
  }
  // Trees were spoken of.
  const others = full.filter((path) => !`${path}/`.startsWith(`${layout.trees}/`));
  if (others.length > 0) {
    notes.push(
      say('Directories with something else in them stay: {paths}.', { paths: listed(others) }),
    );
  }
  return notes;
}

/** A note is read: of many, the first are named. */
function listed(names: readonly string[]): string {
  const most = 12;
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
