/**
 * Where an effect happens. A tree without a version is its draft; a version is read only once it
 * is published. The workshop holds the tools of rehearsals and tests.
 */
export type Place = 'server' | TreePlace | { readonly workshop: string };

export interface TreePlace {
  readonly tree: string;
  readonly version?: number;
}

export interface PlacePath {
  readonly place: Place;
  readonly path: string;
}

export function inTree(tree: string, version?: number): TreePlace {
  return version === undefined ? { tree } : { tree, version };
}

/** How a place is called in a plan: 'server', 'minimal (draft)', 'minimal version 3'. */
export function placeName(place: Place): string {
  if (place === 'server') return 'server';
  if ('workshop' in place) return `workshop ${place.workshop}`;
  return place.version === undefined
    ? `${place.tree} (draft)`
    : `${place.tree} version ${place.version}`;
}
