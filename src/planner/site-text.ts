import { Document, isMap, parseDocument } from 'yaml';
import type { Site } from '../features/index.ts';

/**
 * A site as its file: every answer in it, so that it is the same site tomorrow, and the comments
 * of the file that the answers came from kept where they were.
 */
export function siteText(site: Site, original: string | null): string {
  const parsed = original === null ? null : parseDocument(original);
  const document =
    parsed !== null && parsed.errors.length === 0 && isMap(parsed.contents)
      ? parsed
      : new Document({});
  document.deleteIn(['$schema']);
  fill(document, [], site);
  return document.toString({ lineWidth: 100 });
}

function fill(document: Document, path: readonly string[], value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const here = path.length === 0 ? document.contents : document.getIn(path);
    if (!isMap(here)) document.setIn(path, document.createNode({}));
    for (const [key, inner] of Object.entries(value)) fill(document, [...path, key], inner);
    return;
  }
  const node = document.getIn(path, true) as { toJSON?: () => unknown } | undefined;
  const now = typeof node?.toJSON === 'function' ? node.toJSON() : node;
  if (JSON.stringify(now) !== JSON.stringify(value)) {
    document.setIn(path, document.createNode(value));
  }
}
