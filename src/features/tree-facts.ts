import type { Fact } from '../core/fact.ts';
import { imageName } from '../core/form.ts';
import { layout } from '../core/layout.ts';
import { inTree } from '../core/place.ts';

/** Numbers of the published versions, in order. A name that is no number is an unfinished copy. */
export function publishedVersions(tree: string): Fact<readonly number[]> {
  return {
    id: `tree/${tree}/versions`,
    source: { kind: 'list', at: { place: 'server', path: `${layout.trees}/${tree}/versions` } },
    otherwise: [],
    parse: (text) =>
      text
        .split('\n')
        .filter((name) => /^[1-9][0-9]{0,8}$/.test(name))
        .map(Number)
        .sort((a, b) => a - b),
  };
}

export interface Published {
  readonly tree: string;
  readonly version: number;
}

/** Every version that lies on the server, of trees of the site and of others: clients may run on it. */
export const allPublished: Fact<readonly Published[]> = {
  id: 'tree/all-published',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      'cd "$1" 2>/dev/null || exit 0; for at in */versions/[1-9]*/etc/sidus/version; do [ ! -e "$at" ] || echo "$at"; done',
      'sh',
      { at: { place: 'server', path: layout.trees } },
    ],
  },
  otherwise: [],
  parse: (text) =>
    [...text.matchAll(/^([a-z][a-z0-9-]{0,31})\/versions\/([1-9][0-9]{0,8})\//gm)].map(
      ([, tree, version]) => ({ tree: tree ?? '', version: Number(version) }),
    ),
};

/** Every image that lies on the server, whole: a client may run on it. */
export const allImages: Fact<readonly Published[]> = {
  id: 'tree/all-images',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `cd "$1" 2>/dev/null || exit 0; for at in */images/[1-9]*/${imageName}; do [ ! -e "$at" ] || echo "$at"; done`,
      'images',
      { at: { place: 'server', path: layout.trees } },
    ],
  },
  otherwise: [],
  parse: (text) =>
    [...text.matchAll(/^([a-z][a-z0-9-]{0,31})\/images\/([1-9][0-9]{0,8})\//gm)].map(
      ([, tree, version]) => ({ tree: tree ?? '', version: Number(version) }),
    ),
};

/** The highest number ever given to a version, even to one that is gone. */
export function lastVersion(tree: string): Fact<number> {
  return {
    id: `tree/${tree}/last-version`,
    source: { kind: 'file', at: { place: 'server', path: `${layout.trees}/${tree}/last-version` } },
    otherwise: 0,
    parse: (text) => (/^[0-9]{1,9}\n?$/.test(text) ? Number(text) : 0),
  };
}

/** The version that the boot files name; null: none yet. */
export function currentVersion(tree: string): Fact<number | null> {
  return {
    id: `tree/${tree}/current`,
    source: {
      kind: 'target',
      at: { place: 'server', path: `${layout.tftp}/sidus/${tree}/current` },
    },
    otherwise: null,
    parse: (text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : null),
  };
}

/** The suite that the draft was made of; null: there is no draft. */
export function draftSuite(tree: string): Fact<string | null> {
  return {
    id: `tree/${tree}/suite`,
    source: { kind: 'file', at: { place: inTree(tree), path: '/etc/sidus/suite' } },
    otherwise: null,
    parse: (text) => text.trim(),
  };
}
