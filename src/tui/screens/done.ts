import { layout } from '../../core/layout.ts';
import type { Overview } from '../../core/overview.ts';
import { passwordSheet } from '../../features/accounts.ts';
import { blank, type Line, line, span, wrapped } from '../line.ts';
import { doneItems } from '../state/done.ts';
import { cameTo } from '../state/run.ts';
import type { State } from '../state/state.ts';
import { fitted, helpOf, paragraph, type View, type Viewing } from '../view.ts';

/** What this server does now, and how to boot a first real machine. */
export function doneView(state: State, viewing: Viewing): View {
  const { wizard } = state;
  return wizard?.scope === 'trees' ? rehearsedView(state, viewing) : servingView(state, viewing);
}

function entry(label: string, text: string, width: number): readonly Line[] {
  return wrapped(text, width - 12).map((part, at) =>
    line(' ', span(fitted(at === 0 ? label : '', 10), 'dim'), ' ', part),
  );
}

function rehearsedView(state: State, { theme, width }: Viewing): View {
  const items = doneItems(state);
  const held = state.rehearsing?.result?.findings.every(({ holds }) => holds) === true;
  const body: Line[] = [
    line(
      ' ',
      span(theme.marks[held ? 'good' : 'warning'], held ? 'good' : 'warning'),
      ' ',
      span(
        held
          ? 'The rehearsal holds: this machine can do it.'
          : 'The tree is built; the rehearsal was not finished.',
        'strong',
      ),
    ),
    blank,
    ...paragraph(
      `A tree was built${held ? ', published and booted' : ' and published'}, all of it below ${state.wizard?.root ?? state.root}, its /srv/nfsroot too. No service was installed, and nothing serves clients: that comes with answers of your own.`,
      width,
    ),
    blank,
    { kind: 'menu', items, index: Math.min(state.menuIndex, items.length - 1) },
  ];
  return {
    title: 'Done',
    body,
    focus: body.length - 1,
    help: helpOf(
      'For real, you begin with a preset; nothing is changed before you have typed apply.',
      width,
    ),
  };
}

function servingView(state: State, { theme, width }: Viewing): View {
  const { overview, wizard } = state;
  const items = doneItems(state);
  const site = wizard?.completed?.site ?? null;
  const tree = overview?.trees.find(({ name }) => name === wizard?.tree) ?? overview?.trees[0];
  const current = tree?.versions.find((one) => one.current) ?? tree?.versions.at(-1);
  const staged = state.root !== '/';
  const toBeTold = site?.server.serve.dhcp === 'existing';
  const came = state.running === null ? null : cameTo(state.running);
  const services = overview?.server.services ?? [];
  const clients = overview?.clients ?? [];
  const body: Line[] = [
    line(
      ' ',
      span(theme.marks.good, 'good'),
      ' ',
      span(
        staged
          ? `Written under ${state.root}: nothing was started.`
          : `This server is a SIDUS server.${came === null ? '' : ` It took ${came}.`}`,
        'strong',
      ),
    ),
    blank,
    ...(tree === undefined
      ? []
      : entry(
          'Tree',
          `${tree.name}${current === undefined ? '' : `, clients boot version ${current.version}${current.kernel === null ? '' : `, kernel ${current.kernel}`}`}`,
          width,
        )),
    ...(staged || services.length === 0
      ? []
      : entry(
          'Services',
          services
            .map(({ name, state: now }) => `${name.replace('.service', '')} ${now}`)
            .join(', '),
          width,
        )),
    ...entry('Login', loginOf(state), width),
    ...(staged
      ? []
      : [
          ...entry(
            'First boot',
            `${toBeTold ? 'Tell the DHCP server that is there about this one: sidus plan says how. ' : ''}Choose network boot on a client of that network: PXE or LAN in a BIOS, IPv4 PXE in UEFI. It appears here:`,
            width,
          ),
          ...clientLines(clients, state, theme, width),
        ]),
    blank,
    { kind: 'menu', items, index: Math.min(state.menuIndex, items.length - 1) },
  ];
  return {
    title: 'Done',
    body,
    focus: body.length - 1,
    help: helpOf(
      'The answers, saved as site.yaml, do the same on another server: `sidus apply --answers site.yaml`.',
      width,
    ),
  };
}

/** Who gets into a client, and by what. */
function loginOf({ wizard, root }: State): string {
  const under = root === '/' ? '' : root;
  const accounts = wizard?.completed?.site?.trees[wizard.tree]?.accounts;
  if (wizard === null || accounts === undefined) {
    return `by the passwords in ${under}${layout.secrets}, which only root reads.`;
  }
  const sheet = `${under}${passwordSheet(wizard.tree)}`;
  const names = accounts.users.map(({ name }) => name);
  const byPassword = accounts.root === 'password' ? ['root', ...names] : names;
  const shown = byPassword.length > 4 ? [...byPassword.slice(0, 3), '...'] : byPassword;
  const parts = [
    ...(shown.length === 0
      ? []
      : [`${shown.join(', ')}: the password is in ${sheet}, which only root reads.`]),
    ...(accounts.root === 'key' ? ['root: by ssh key.'] : []),
  ];
  return parts.length === 0 ? 'nobody: there is no user, and root is locked.' : parts.join(' ');
}

/** The first machines, as they come. */
function clientLines(
  clients: Overview['clients'],
  state: State,
  theme: Viewing['theme'],
  width: number,
): readonly Line[] {
  if (clients.length === 0) {
    const dots = '.'.repeat(1 + (Math.floor(state.now / 1000) % 3));
    return [line(' ', span(theme.marks.asking, 'dim'), ` waiting for the first client ${dots}`)];
  }
  return clients
    .slice(0, 3)
    .map(({ name, mac, address, sees }) =>
      line(
        ' ',
        span(theme.marks.good, 'good'),
        ` ${fitted(`${name ?? mac ?? 'a client'}  ${address}`, 36)}`,
        span(
          fitted(
            sees === 'lease' ? 'has its address' : 'reads its root',
            Math.max(0, width - 43),
          ).trimEnd(),
          'dim',
        ),
      ),
    );
}
