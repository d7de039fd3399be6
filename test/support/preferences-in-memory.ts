import type { Draft, Look, Preferences, Remembered } from '../../src/core/preferences.ts';

/** What a person is remembered by, as long as a test takes. */
export class PreferencesInMemory implements Preferences {
  #remembered: Remembered = {
    drafts: {},
    look: { unicode: null, colour: null },
    lastTree: null,
    said: [],
    offered: null,
  };

  async load(): Promise<Remembered> {
    return this.#remembered;
  }

  keep(draft: Draft): void {
    const { drafts } = this.#remembered;
    this.#remembered = {
      ...this.#remembered,
      drafts: { ...drafts, [draft.root]: draft },
      lastTree: draft.tree,
    };
  }

  async forget(root: string): Promise<void> {
    const { [root]: _, ...drafts } = this.#remembered.drafts;
    this.#remembered = { ...this.#remembered, drafts };
  }

  keepLook(look: Look): void {
    this.#remembered = { ...this.#remembered, look };
  }

  async flush(): Promise<void> {}
  flushNow(): void {}
  listen(): void {}
}
