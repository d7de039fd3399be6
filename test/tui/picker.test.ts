import { describe, expect, test } from 'vitest';
import { valueAt } from '../../src/planner/form.ts';
import { frameOf } from '../../src/tui/frame.ts';
import { plain } from '../../src/tui/line.ts';
import { offeredFact, pickerView } from '../../src/tui/state/picker.ts';
import { focused } from '../../src/tui/state/wizard.ts';
import { expectSound } from '../support/frames.ts';
import { Person } from '../support/person.ts';
import { sizes } from '../support/showing.tsx';

/** At the list of a question of the preset minimal. */
function at(topic: string, key: string): Person {
  return new Person().begin('minimal').press('ctrl-g').choose(topic).goTo(key).press('space');
}

function rows(person: Person): readonly string[] {
  const { overlay } = person.state;
  if (overlay?.kind !== 'picker') throw new Error('no list is open');
  return pickerView(person.wizard, overlay.picker).rows.map(
    ({ name, taken, own }) => `${taken ? '*' : ''}${name}${own ? ' (own)' : ''}`,
  );
}

const answer = (person: Person, path: string): unknown =>
  valueAt(person.wizard.completed?.values, `trees.minimal.${path}`);

/** The id of the fact that the list of packages rests on. */
function factOf(person: Person): string {
  const asked = focused(person.wizard);
  const fact = asked === null ? null : offeredFact(person.wizard, asked.question);
  if (fact === null) throw new Error('nothing is offered here');
  return fact;
}

describe('one of several', () => {
  test('the filter leaves what holds the words, what begins with them first', () => {
    const person = at('Locale', 'timezone').type('/paris');
    expect(rows(person)).toEqual(['*Europe/Paris']);
    person.press('ctrl-u').type('rome');
    expect(rows(person)).toEqual(['Europe/Rome']);
    person.press('ctrl-u').type('america');
    expect(rows(person)[0]).toMatch(/^America\//);
    expect(rows(person).every((name) => name.toLowerCase().includes('america'))).toBe(true);
  });

  test('what a name means is searched too', () => {
    const person = at('Locale', 'language').type('belgium');
    expect(rows(person)).toContain('fr_BE.UTF-8');
    expect(rows(person).every((name) => /_BE|^\*/.test(name))).toBe(true);
  });

  test('cards say where they lead; one that this server has not is marked, and says so', () => {
    const person = at('Network', 'interfaceName');
    expect(person.screen().join('\n')).toMatch(/lan0 {2}192\.168\.67\.1\/24/);
    person.type('zzz').press('enter').goTo('interfaceName');
    expect(person.screen().join('\n')).toContain('This server has no zzz.');
    expect(person.screen().join('\n')).toMatch(/❯ {2}! +Which network card/);
  });

  test('Enter takes the row, the list goes, and the next question has its turn', () => {
    const person = at('Locale', 'timezone').type('rome').press('enter');
    expect(person.state.overlay).toBeNull();
    expect(answer(person, 'locale.timezone')).toBe('Europe/Rome');
    expect(person.question).toBe('trees.minimal.locale.keyboard');
  });

  test('however far down the choice is, the line that is typed in is seen', () => {
    for (const size of sizes) {
      const person = at('Locale', 'timezone');
      const frame = frameOf({ ...person.state, size });
      const text = frame?.body.map(plain).join('\n');
      expect(text).toContain('type to search');
      expect(text).toContain('❯ (●) Europe/Paris');
    }
  });

  test('Space takes it too; Esc leaves everything as it was', () => {
    expect(answer(at('Locale', 'timezone').type('rome').press('space'), 'locale.timezone')).toBe(
      'Europe/Rome',
    );
    const person = at('Locale', 'timezone').type('rome').press('down', 'escape');
    expect(person.wizard.own).toEqual({});
    expect(person.question).toBe('trees.minimal.locale.timezone');
  });

  test('a letter opens the list with its filter begun', () => {
    const person = new Person().begin('minimal').press('ctrl-g').choose('Locale');
    person.goTo('keyboard').type('be');
    expect(person.state.overlay).toMatchObject({
      kind: 'picker',
      picker: { filter: { text: 'be' } },
    });
    expect(rows(person)).toContain('be');
  });

  test('what is in no list can be typed where the question takes it, and only there', () => {
    expect(rows(at('Persistence', 'size').type('30%'))).toEqual(['30% (own)']);
    expect(rows(at('Persistence', 'size').type('much'))).toEqual([]);
    expect(rows(at('Locale', 'timezone').type('Mars/Base'))).toEqual([]);
    const person = at('Persistence', 'size').type('30%').press('enter');
    expect(answer(person, 'persistence.size')).toBe('30%');
    expect(person.wizard.completed?.site).not.toBeNull();
  });

  test('with nothing that fits, Enter takes nothing and says so', () => {
    const person = at('Locale', 'timezone').type('mars').press('enter');
    expect(person.wizard.own).toEqual({});
    expect(person.screen().join('\n')).toContain('Nothing fits what you typed');
  });
});

describe('several', () => {
  test('Space takes in and leaves out; Enter with nothing typed is done', () => {
    const person = at('Hardware', 'extras');
    expect(rows(person)).toEqual(['*firmware', '*microcode']);
    person.press('space');
    // The rows stay where they are while one chooses.
    expect(rows(person)).toEqual(['firmware', '*microcode']);
    person.press('down', 'space');
    expect(answer(person, 'hardware.extras')).toEqual([]);
    person.press('space', 'enter');
    expect(person.state.overlay).toBeNull();
    expect(answer(person, 'hardware.extras')).toEqual(['microcode']);
    expect(person.question).toBe('trees.minimal.hardware.extras');
  });

  test('Enter on what was typed takes it, and the filter is there for the next name', () => {
    const person = at('Packages', 'include');
    person.tell({ type: 'offered', id: factOf(person), names: null });
    person.type('htop').press('enter').type('vim').press('enter');
    expect(answer(person, 'packages.include')).toEqual([
      'openssh-server',
      'less',
      'nano',
      'htop',
      'vim',
    ]);
    expect(person.state.overlay).toMatchObject({ picker: { filter: { text: '' }, index: 0 } });
  });

  test('a name typed whole is taken by Space, and the next one begins anew', () => {
    const person = at('Packages', 'include');
    const id = factOf(person);
    person.tell({ type: 'offered', id, names: ['htop', 'nano', 'vim', 'vim-tiny'] });
    person.type('vim').press('space').type('htop').press('space');
    expect(answer(person, 'packages.include')).toEqual([
      'openssh-server',
      'less',
      'nano',
      'vim',
      'htop',
    ]);
    // One that is there already is left out by it, as any row.
    person.type('nano').press('space');
    expect(answer(person, 'packages.include')).not.toContain('nano');
  });

  test('a name of one’s own that is wrong is said at once, and can be taken out again', () => {
    const person = at('Network', 'nameservers').type('nonsense').press('enter');
    expect(person.screen().join('\n')).toContain('nonsense: is not an IPv4 address');
    expect(person.screen().join('\n')).toContain('[✗] nonsense');
    expect(person.screen().join('\n')).toContain('[✓] 192.168.67.53');
    person.type('nonsense').press('enter');
    expect(valueAt(person.wizard.completed?.values, 'server.network.nameservers')).toEqual([
      '192.168.67.53',
    ]);
    expect(person.screen().join('\n')).not.toContain('is not an IPv4 address');
  });

  test('in a list that is only typed, a space is part of it; with nothing typed it toggles', () => {
    const key = 'ssh-ed25519 AAAA alice@lab';
    const person = new Person().begin('minimal').press('ctrl-g').choose('Accounts');
    person.goTo('root').press('left').goTo('rootKeys').press('space').type(key).press('enter');
    expect(answer(person, 'accounts.rootKeys')).toEqual([key]);
    person.press('space');
    expect(answer(person, 'accounts.rootKeys')).toEqual([]);
    person.paste(key).press('enter');
    expect(answer(person, 'accounts.rootKeys')).toEqual([key]);
  });
});

describe('names that come from outside', () => {
  const open = (): Person => at('Packages', 'include');

  test('are wished for when the list opens, and meanwhile the list says so', () => {
    const person = open();
    expect(person.wishes).toContainEqual({ wish: 'offer', path: 'trees.minimal.packages.include' });
    person.tell({ type: 'offered', id: factOf(person), names: null });
    expect(person.screen().join('\n')).toContain('asking for the names');
  });

  test('60 000 of them: few rows are made, all can be found', () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `package-${index}`);
    const person = open();
    person.tell({ type: 'offered', id: factOf(person), names });
    expect(person.screen().join('\n')).toContain('60000 names');
    expect(rows(person).length).toBeLessThanOrEqual(500);
    person.type('package-59999');
    expect(rows(person)).toEqual(['package-59999']);
    person.press('enter');
    expect(answer(person, 'packages.include')).toContain('package-59999');
    // What is taken stands first, and is in the list once.
    expect(rows(person).filter((name) => name === '*package-59999')).toHaveLength(1);
    person.press('end', 'page-up', 'home', 'page-down', 'down', 'up');
    expectSound(person.state);
  });

  test('none: what is typed is taken, and looked at later', () => {
    const person = open();
    person.tell({ type: 'offered', id: factOf(person), names: [] });
    person.type('htop').press('enter');
    expect(answer(person, 'packages.include')).toContain('htop');
  });
});
