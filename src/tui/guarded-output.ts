import { EventEmitter } from 'node:events';
import type { Environment, Look } from './terminal.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** While somebody drags a window, this often. */
const settling = 50;

const esc = '\u001b';
const home = `${esc}[2J${esc}[H`;
const eraseHistory = `${esc}[3J`;
const graphics = new RegExp(`${esc}\\[([0-9;]*)m`, 'g');

/**
 * The output that Ink gets. It always has a size (terminal.md B2 G6), never erases what was above
 * (G2), tells of a new size first the program and then Ink, and is silent while the screen is not ours.
 */
export class GuardedOutput {
  /** For Ink's option `stdout`. */
  readonly stream: NodeJS.WriteStream;
  /** Swallows what is written; the last frame is kept for `redraw`. */
  muted = false;
  readonly #output: NodeJS.WriteStream;
  readonly #environment: Environment;
  readonly #look: Omit<Look, 'unicode'>;
  readonly #listeners = new Set<(size: Size) => void>();
  readonly #ink = new EventEmitter();
  #size: Size;
  #frame = '';
  /** The terminal may show anything: wipe it before the next frame. */
  #unknown = false;
  #resting: NodeJS.Timeout | undefined;
  #again = false;

  constructor(output: NodeJS.WriteStream, environment: Environment, look: Omit<Look, 'unicode'>) {
    this.#output = output;
    this.#environment = environment;
    this.#look = look;
    this.#size = this.#measure();
    this.#ink.setMaxListeners(0);
    output.on('resize', this.#resized);
    this.stream = new Proxy(output, {
      get: (target, name) => {
        if (name === 'columns' || name === 'rows') return this.#size[name];
        if (name === 'getWindowSize') return () => [this.#size.columns, this.#size.rows];
        if (name === 'write') return this.#write;
        if (
          name === 'on' ||
          name === 'addListener' ||
          name === 'off' ||
          name === 'removeListener'
        ) {
          return (event: string, listener: (...args: unknown[]) => void) => {
            const emitter: NodeJS.EventEmitter = event === 'resize' ? this.#ink : target;
            emitter[name](event, listener);
            return this.stream;
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  get size(): Size {
    return this.#size;
  }

  /** Called with every new size, before Ink knows of it. */
  onSize(listener: (size: Size) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Draws the last frame again on a wiped screen. */
  redraw(): void {
    if (this.muted) return;
    this.#output.write(this.#look.linear ? this.#frame : home + this.#frame);
  }

  close(): void {
    this.muted = true;
    this.#output.off('resize', this.#resized);
    clearTimeout(this.#resting);
  }

  #measure(): Size {
    const { columns, rows } = this.#output;
    const fallback = (value: string | undefined, otherwise: number): number => {
      const number = Number(value);
      return Number.isInteger(number) && number > 0 ? number : otherwise;
    };
    return {
      columns: columns || fallback(this.#environment.COLUMNS, 80),
      rows: rows || fallback(this.#environment.LINES, 24),
    };
  }

  readonly #resized = (): void => {
    if (this.#resting !== undefined) {
      this.#again = true;
      return;
    }
    this.#tell();
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#resized();
    }, settling);
  };

  #tell(): void {
    const size = this.#measure();
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    // Terminals differ in what they do with lines that no longer fit.
    this.#unknown = !this.#look.linear;
    for (const listener of this.#listeners) listener(size);
    // Once React has drawn for it: otherwise Ink would show the old frame, too tall for the new size.
    setImmediate(() => setImmediate(() => this.#ink.emit('resize')));
  }

  readonly #write = (chunk: unknown, ...rest: unknown[]): boolean => {
    const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
    let text =
      typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('utf8');
    text = text.replaceAll(eraseHistory, '');
    if (!this.#look.colour) text = withoutColour(text);
    // Ink writes a frame at once, and nothing else that has lines.
    if (text.includes('\n')) this.#frame = text;
    if (this.muted) {
      if (done !== undefined) setImmediate(done);
      return true;
    }
    if (this.#unknown && text.includes('\n')) {
      this.#unknown = false;
      text = home + text;
    }
    return this.#output.write(text, done);
  };
}

/** Bold, underline and inverse stay: they are no colours. */
function withoutColour(text: string): string {
  return text.replace(graphics, (whole, list: string) => {
    const codes = list.split(';');
    const kept: string[] = [];
    for (let at = 0; at < codes.length; at += 1) {
      const code = Number(codes[at]);
      if (code === 38 || code === 48) at += codes[at + 1] === '2' ? 4 : 2;
      else if (!((code >= 30 && code <= 49) || (code >= 90 && code <= 107)))
        kept.push(codes[at] ?? '');
    }
    return kept.length === codes.length
      ? whole
      : kept.length === 0
        ? ''
        : `${esc}[${kept.join(';')}m`;
  });
}
