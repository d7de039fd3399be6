import { say } from '../../core/message.ts';
import type { WantedSecret } from '../feature.ts';
import type { DirectoryAnswers } from './answers.ts';

/** The password of whom clients are to the directory. It comes by standard input or a prompt alone. */
export function bindSecret(tree: string): string {
  return `${tree}.directory`;
}

export function wantedSecrets(
  tree: string,
  { service, bindDn, files }: DirectoryAnswers,
): readonly WantedSecret[] {
  const ready = files.some(({ as }) => as === `${service}.conf`);
  if (service === 'none' || bindDn === null || ready) return [];
  return [
    {
      name: bindSecret(tree),
      of: say('the password of {dn}', { dn: bindDn }),
      readers: say(
        'root on each client of {tree} can read it, in {path} of its versions; and so can whoever boots a machine of theirs there, since what it boots comes over the network',
        { tree, path: service === 'sssd' ? '/etc/sssd/sssd.conf' : '/etc/nslcd.conf' },
      ),
    },
  ];
}
