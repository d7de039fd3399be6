import { StringDecoder } from 'node:string_decoder';
import { chord, type KeyPress, pressed, typed } from './key-press.ts';

const esc = '\u001b';
const pasteBegins = '[200~';
const pasteEnds = `${esc}[201~`;

/**
 * An Esc by itself and the first byte of an arrow are told apart by what follows within this time,
 * in milliseconds. 30 were too few where the sender was busy; more than 100 would be felt.
 */
const escapeWait = 80;
/** A paste whose end was lost must not take the keyboard away for ever. */
const pasteWait = 2000;
/** No key has a longer sequence: what is longer was typed after an Esc. */
const longest = 32;

const finals: Readonly<Record<string, KeyPress['name']>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  M: 'enter',
  Z: 'shift-tab',
};
const numbers: Readonly<Record<string, KeyPress['name']>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};

/**
 * What a terminal sends, as keys: nothing lost, nothing out of order, however the bytes are cut.
 *
 * Ink's useInput is not used for it: several Backspaces or Enters in one read, as on a slow line or a
 * busy machine, arrive there as text; an arrow that is cut in two as an Esc and `[B`; and Ctrl-F1
 * throws (docs/decisions). Typed text comes one code point at a time; a `text` that is longer was pasted.
 */
export class KeyReader {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #pasting = false;

  push(bytes: Uint8Array | string): readonly KeyPress[] {
    this.#rest += typeof bytes === 'string' ? bytes : this.#decoder.write(Buffer.from(bytes));
    return this.#read(false);
  }

  /** After how many milliseconds of silence `flush` is to be called; null: nothing is waited for. */
  get wait(): number | null {
    if (this.#pasting) return pasteWait;
    return this.#rest === '' ? null : escapeWait;
  }

  /** Nothing more came: what is there is all there is. */
  flush(): readonly KeyPress[] {
    return this.#read(true);
  }

  #read(final: boolean): readonly KeyPress[] {
    const keys: KeyPress[] = [];
    while (this.#rest !== '') {
      if (this.#pasting) {
        const end = this.#rest.indexOf(pasteEnds);
        if (end === -1 && !final) return keys;
        const text = pasted(end === -1 ? this.#rest : this.#rest.slice(0, end));
        if (text !== '') keys.push(typed(text));
        this.#rest = end === -1 ? '' : this.#rest.slice(end + pasteEnds.length);
        this.#pasting = false;
      } else if (this.#rest.startsWith(esc)) {
        const length = sequenceLength(this.#rest);
        if (length === 'more' && !final) return keys;
        if (typeof length === 'number') {
          const sequence = this.#rest.slice(1, length);
          this.#rest = this.#rest.slice(length);
          if (sequence === pasteBegins) this.#pasting = true;
          else keys.push(...keysOf(sequence));
        } else {
          this.#rest = this.#rest.slice(1);
          keys.push(pressed('escape'));
        }
      } else {
        const point = String.fromCodePoint(this.#rest.codePointAt(0) ?? 0);
        this.#rest = this.#rest.slice(point.length);
        keys.push(...keysOfPoint(point));
      }
    }
    if (final) this.#pasting = false;
    return keys;
  }
}

/** Of the sequence at the beginning of text; 'none': an Esc, and then something else. */
function sequenceLength(text: string): number | 'more' | 'none' {
  const kind = text[1];
  if (kind === undefined) return 'more';
  // Alt-Backspace. Other Alt keys are an Esc and a key: on a busy machine an Esc and the next key arrive together, and an Esc must not be lost.
  if (kind === '\u007f') return 2;
  if (kind === 'O') return text[2] === undefined ? 'more' : /[A-Za-z]/.test(text[2]) ? 3 : 'none';
  if (kind !== '[') return 'none';
  // The function keys of the kernel's console: ESC [ [ A.
  if (text[2] === '[') return text[3] === undefined ? 'more' : /[A-E]/.test(text[3]) ? 4 : 'none';
  for (let at = 2; at < longest; at += 1) {
    const byte = text[at];
    if (byte === undefined) return 'more';
    if (/[@-~]/.test(byte)) return at + 1;
    if (!/[ -?]/.test(byte)) return 'none';
  }
  return 'none';
}

/** `sequence`: without its Esc. What stands for no key of ours is nothing. */
function keysOf(sequence: string): readonly KeyPress[] {
  if (sequence === '\u007f') return [{ ...pressed('backspace'), ctrl: true }];
  const [, parameters = '', final = ''] = /^(?:O|\[)([0-9;:]*)(.)$/s.exec(sequence) ?? [];
  const [number = '', modifier = '1'] = parameters.split(';');
  const ctrl = ((Number.parseInt(modifier, 10) - 1) & 4) !== 0;
  // Terminals that a crashed program left in the keyboard protocol of kitty.
  if (final === 'u') {
    const point = Number.parseInt(number, 10);
    if (!(point > 0 && point <= 0x10ffff)) return [];
    if (point === 27) return [pressed('escape')];
    const character = String.fromCodePoint(point);
    return ctrl ? [chord(character)] : keysOfPoint(character);
  }
  const name = final === '~' ? numbers[number] : finals[final];
  if (name === undefined || (final === 'M' && sequence[0] !== 'O')) return [];
  return [{ name, text: '', ctrl }];
}

function keysOfPoint(point: string): readonly KeyPress[] {
  const code = point.codePointAt(0) ?? 0;
  if (point === '\r' || point === '\n') return [pressed('enter')];
  if (point === '\t') return [pressed('tab')];
  if (point === '\b' || point === '\u007f') return [pressed('backspace')];
  if (code >= 1 && code <= 26) return [chord(String.fromCharCode(code + 96))];
  return printable(point) ? [typed(point)] : [];
}

/** No control character, and no byte that was no UTF-8. */
function printable(point: string): boolean {
  return !/^[\p{Cc}\p{Cs}\ufffd]$/u.test(point);
}

/**
 * Fields have one line: line ends between words become spaces. What nobody sees is taken out,
 * because an address with a zero-width space in it looks right.
 */
function pasted(text: string): string {
  const oneLine = text
    .replace(/^[\r\n]+|[\r\n]+$/g, '')
    .replace(/\r\n|[\r\n\t\u00a0\u2028\u2029]/g, ' ')
    .replace(/[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return [...oneLine].filter(printable).join('');
}

/** Reads keys of a terminal until it is stopped. */
export function readKeys(
  input: NodeJS.ReadStream,
  listener: (keys: readonly KeyPress[]) => void,
): () => void {
  const reader = new KeyReader();
  let waiting: NodeJS.Timeout | undefined;
  let looking: NodeJS.Immediate | undefined;
  const stop = (): void => {
    clearTimeout(waiting);
    clearImmediate(looking);
  };
  const hear = (keys: readonly KeyPress[]): void => {
    if (reader.wait !== null) {
      waiting = setTimeout(() => {
        // The time may have passed while we were busy: what has come meanwhile is read first.
        looking = setImmediate(() => hear(reader.flush()));
      }, reader.wait);
    }
    if (keys.length > 0) listener(keys);
  };
  const data = (bytes: Uint8Array | string): void => {
    stop();
    hear(reader.push(bytes));
  };
  input.on('data', data);
  input.resume();
  return () => {
    stop();
    input.off('data', data);
    input.pause();
  };
}
