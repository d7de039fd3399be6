/**
 * Words shown to people: a plain English sentence with {named} holes, filled in only when shown.
 * A plan or a journal thus does not depend on a language, and a catalogue can be added later.
 */
export interface Message {
  readonly text: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export function say(text: string, values?: Readonly<Record<string, string | number>>): Message {
  return values === undefined ? { text } : { text, values };
}

/** The sentence with its holes filled. A hole without a value stays visible: that is a bug to see. */
export function render(message: Message): string {
  return message.text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = message.values?.[name];
    return value === undefined ? hole : String(value);
  });
}
