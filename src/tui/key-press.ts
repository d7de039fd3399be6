/** A key, or text that arrived at once: what the reducer sees of the terminal. */
export interface KeyPress {
  readonly name:
    | 'text'
    | 'enter'
    | 'escape'
    | 'up'
    | 'down'
    | 'left'
    | 'right'
    | 'tab'
    | 'shift-tab'
    | 'backspace'
    | 'delete'
    | 'page-up'
    | 'page-down'
    | 'home'
    | 'end';
  /** Of `text`: what was typed or pasted. With ctrl: the letter. */
  readonly text: string;
  readonly ctrl: boolean;
}

export const typed = (text: string): KeyPress => ({ name: 'text', text, ctrl: false });
export const chord = (letter: string): KeyPress => ({ name: 'text', text: letter, ctrl: true });
export const pressed = (name: KeyPress['name']): KeyPress => ({ name, text: '', ctrl: false });
