import type { DirectoryAnswers } from './answers.ts';

/** Where the certificates lie in a tree by which the directory's own is judged. */
export function authorityPath({ authority }: DirectoryAnswers): string {
  // That of ca-certificates, which is in every tree.
  return authority === null
    ? '/etc/ssl/certs/ca-certificates.crt'
    : '/etc/ssl/certs/sidus-directory.pem';
}
