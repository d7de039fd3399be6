import { script } from '../../core/assets.ts';
import type { DirectoryAnswer, DirectoryQuestion } from '../../core/directory.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Known, Suggestion } from '../../core/question.ts';
import type { DirectoryAnswers } from './answers.ts';
import { asksKerberos } from './kerberos.ts';
import { bindSecret } from './secret.ts';
import { directoryAddress, distinguishedName } from './values.ts';

/** What a directory is asked before anybody knows where in it its entries begin: as nobody. */
function firstQuestion({
  uris,
  encrypted,
  authority,
}: Pick<DirectoryAnswers, 'uris' | 'encrypted' | 'authority'>): DirectoryQuestion {
  return {
    uris,
    encrypted,
    authority:
      authority === null || !encrypted
        ? null
        : ['sh', script('import-file'), 'show', { cache: 'imported' }, authority],
    bind: null,
    people: null,
  };
}

/** What a directory is asked for a tree; null: none, or only ready-made files know which. */
export function questionOf(tree: string, given: DirectoryAnswers): DirectoryQuestion | null {
  const { base, schema, filter, bindDn, service, uris } = given;
  if (service === 'none' || uris.length === 0 || base === null) return null;
  return {
    ...firstQuestion(given),
    bind: bindDn === null ? null : { dn: bindDn, secret: bindSecret(tree) },
    people: { base, schema, filter: filter ?? '', elsewhere: asksKerberos(given) },
  };
}

/** What a directory says. It takes seconds, and sends packets: a trial, and where answers are found out. */
export function directoryAnswer(question: DirectoryQuestion): Fact<DirectoryAnswer | null> {
  return {
    id: `directory/answer/${JSON.stringify(question)}`,
    source: { kind: 'directory', question },
    otherwise: null,
    parse: (text) => JSON.parse(text) as DirectoryAnswer,
  };
}

/** By which the base is found out; null: what was answered so far is not enough, or is wrong. */
export function baseFact(
  given: Readonly<Record<string, unknown>>,
): Fact<DirectoryAnswer | null> | null {
  const { service, uris, encrypted = true, authority = null, base } = given;
  const used = service === 'sssd' || service === 'nslcd';
  if (!used || (base !== undefined && base !== null)) return null;
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > 8) return null;
  if (!uris.every((uri) => directoryAddress().safeParse(uri).success)) return null;
  if (typeof encrypted !== 'boolean') return null;
  if (authority !== null && typeof authority !== 'string') return null;
  return directoryAnswer(firstQuestion({ uris, encrypted, authority }));
}

/** The base that the directory itself names (RFC 4512 5.1), where it leaves no doubt. */
export function suggestBase({ facts, answers }: Known): Suggestion | null {
  const fact = baseFact(answers);
  const answer = fact === null || !facts.has(fact) ? null : facts.get(fact);
  const [only, ...others] = answer?.bases ?? [];
  const value = answer?.usualBase ?? (others.length === 0 ? only : undefined);
  // Of a name that does not fit the files of clients nobody is spared to write another.
  return !distinguishedName().safeParse(value).success
    ? null
    : { value, from: say('detected: the directory says so') };
}
