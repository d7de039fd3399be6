import type { Fact } from '../../core/fact.ts';

/** One line of `apt-get indextargets`: where the server's own apt fetches packages from. */
export interface Archive {
  readonly address: string;
  readonly suite: string;
}

/**
 * The archives in the server's own apt sources, as apt itself reads them. A mirror's address is
 * never a constant of ours (design.md 3).
 */
export const serverArchives: Fact<readonly Archive[]> = {
  id: 'tree/server-archives',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'apt-get',
      'indextargets',
      '--format',
      '$(REPO_URI) $(CODENAME) $(SUITE)',
      'Created-By: Packages',
    ],
  },
  otherwise: [],
  parse: (text) => {
    const found = new Map<string, Archive>();
    for (const line of text.split('\n')) {
      const [address, suite] = line.split(' ');
      if (address === undefined || suite === undefined || !/^https?:/.test(address)) continue;
      const trimmed = address.replace(/\/+$/, '');
      found.set(`${trimmed} ${suite}`, { address: trimmed, suite });
    }
    return [...found.values()];
  },
};

/** The first of them that is a Debian main archive, by the form of its address. */
export function mainArchive(archives: readonly Archive[]): string | null {
  return archives.find(({ address }) => /\/debian$/.test(address))?.address ?? null;
}

export function securityArchive(archives: readonly Archive[]): string | null {
  return archives.find(({ address }) => /\/debian-security$/.test(address))?.address ?? null;
}

/** A deb822 file (sources.list(5)) with security and updates, so that they are in from the first byte. */
export function aptSources(given: {
  readonly suite: string;
  readonly mirror: string;
  readonly securityMirror: string;
  readonly components: readonly string[];
}): string {
  const { suite, mirror, securityMirror, components } = given;
  const paragraph = (address: string, suites: string): string =>
    [
      'Types: deb',
      `URIs: ${address}`,
      `Suites: ${suites}`,
      `Components: ${components.join(' ')}`,
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
    ].join('\n');
  return [
    paragraph(mirror, `${suite} ${suite}-updates`),
    paragraph(securityMirror, `${suite}-security`),
  ].join('\n');
}

/** apt_preferences(5): a priority below zero keeps a package out, whatever recommends it (debian.md 1). */
export function aptPreferences(excluded: readonly string[]): string {
  if (excluded.length === 0) return '# Nothing is kept out.\n';
  return `Package: ${excluded.join(' ')}\nPin: release *\nPin-Priority: -1\n`;
}
