import { render } from '../../core/message.ts';
import { loginWords } from '../../features/directory/login-words.ts';
import { blank, type Line, line, span, wrapped } from '../line.ts';
import { asksPassword, loginHere, type Trying } from '../state/login.ts';
import type { AskedSecret } from '../state/secret.ts';
import type { State } from '../state/state.ts';
import type { TextEdit } from '../text-edit.ts';
import { fitted, helpOf, paragraph, sentence, type View, type Viewing } from '../view.ts';

/** What is typed and never drawn: passwords of people, and secrets of the site. */

const masked = ({ text, cursor }: TextEdit): TextEdit => ({
  text: '*'.repeat([...text].length),
  cursor,
});

const fieldWidth = (width: number): number => Math.max(16, Math.min(40, width - 18));

function fieldLine(label: string, edit: TextEdit, isHere: boolean, width: number): Line {
  const wide = fieldWidth(width);
  const name = fitted(label, 10);
  return isHere
    ? { kind: 'field', indent: 3, width: wide, label: name, edit, placeholder: '', after: [] }
    : line('   ', name, span(fitted(edit.text, wide).trimEnd(), 'strong'));
}

export function loginView(state: State, trying: Trying, { theme, width }: Viewing): View {
  const { wizard } = state;
  const found = wizard === null ? null : loginHere(wizard);
  const question = found?.question;
  const byPassword = asksPassword(state);
  const { outcome } = trying;
  const words =
    outcome === null || outcome === 'asking'
      ? null
      : loginWords(outcome.user, outcome.answer, found?.mounted ?? []);
  const mark = words?.good === true ? 'good' : 'bad';
  const fields = [
    fieldLine('User', trying.user, trying.field === 'user', width),
    ...(byPassword
      ? [fieldLine('Password', masked(trying.password), trying.field === 'password', width)]
      : []),
  ];
  const body: Line[] = [
    ...paragraph(
      `Can somebody log in? It is tried here, as clients of ${wizard?.tree ?? 'the tree'} would.`,
      width,
      'strong',
    ),
    blank,
    ...fields,
    blank,
    ...(outcome === 'asking'
      ? [line(' ', span(theme.marks.asking, 'dim'), span(' asking the directory ...', 'dim'))]
      : []),
    ...(words === null
      ? []
      : [
          ...saidLines(theme.marks[mark], render(words.said), mark, width),
          blank,
          ...words.rows.map(([name, value]) =>
            line('   ', span(fitted(name, 10), 'dim'), fitted(value, width - 14).trimEnd()),
          ),
        ]),
  ];
  return {
    title: 'Try a login',
    body,
    focus: body.findIndex(({ kind }) => kind === 'field'),
    help: helpOf(
      !byPassword
        ? 'The passwords are in the Kerberos realm: only whether they are there is asked.'
        : question?.encrypted === true
          ? 'The password goes to the directory alone, encrypted, and is kept nowhere.'
          : 'The password goes to the directory in the clear, as the answers want it, and is kept nowhere.',
      width,
    ),
  };
}

/** A name keeps its letters, so this is no sentence. */
function saidLines(mark: string, text: string, tone: 'good' | 'bad', width: number): Line[] {
  const indent = ` ${' '.repeat(mark.length)} `;
  return wrapped(text, width - indent.length - 1).map((one, at) =>
    at === 0 ? line(' ', span(mark, tone), ' ', span(one, tone)) : line(indent, span(one, tone)),
  );
}

export function secretView({ wanted, edit }: AskedSecret, { width }: Viewing): View {
  const field = fieldLine('Secret', masked(edit), true, width);
  const body: readonly Line[] = [
    ...paragraph(`Type ${render(wanted.of)}.`, width, 'strong'),
    ...paragraph(`It is the secret ${wanted.name}, for \`--secrets\`.`, width, 'dim'),
    blank,
    field,
    blank,
    ...paragraph('Who can read it, once it is in use:', width),
    ...paragraph(sentence(render(wanted.readers)), width, 'warning', 3),
    blank,
    ...paragraph('So take the password of an entry that may do nothing but read.', width),
  ];
  return {
    title: 'Secret',
    body,
    focus: body.indexOf(field),
    help: helpOf(
      'Enter takes it. It stands in no plan, no log and no draft; what was given before is replaced.',
      width,
    ),
  };
}
