import { describe, expect, test } from 'vitest';
import type { LoginAnswer } from '../../src/core/directory.ts';
import { notGiven } from '../../src/runner/given-secrets.ts';
import { directoryAnswers } from '../support/directory.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { Person } from '../support/person.ts';

const password = 'alice-knows-this';
const accepted: LoginAnswer = {
  status: 'accepted',
  words: '',
  uid: 5001,
  gid: 5000,
  groups: ['students', 'chess'],
  home: '/home/alice',
  shell: '/bin/bash',
};

function atDirectory(more: object = {}): Person {
  const person = new Person();
  person.tell({
    type: 'answers-given',
    opening: {
      ...{ kind: 'answers', preset: null, original: null },
      answers: { trees: { lab: { directory: { ...directoryAnswers, ...more } } } },
    },
  });
  return person.press('ctrl-g').choose('Directory');
}

const lookedAt = (person: Person): string => {
  for (const size of sizes) expectSound({ ...person.state, size });
  return person.screen().join('\n');
};
/** All that lasts: the state, but for what has not been done yet, and what is kept on disk. */
const kept = (person: Person): string => JSON.stringify([person.state, person.draft]);

describe('trying a login', () => {
  test('asks for a name and a password, which is drawn nowhere and kept nowhere', () => {
    const person = atDirectory().press('ctrl-o').type('alice').press('enter').type(password);
    const screen = lookedAt(person);
    expect(screen).toMatch(/alice/);
    expect(screen).toMatch(/\*{16}/);
    expect(screen).not.toContain(password);
    expect(JSON.stringify(person.draft)).not.toContain(password);
    person.press('enter');
    expect(person.lastWish).toMatchObject({
      wish: 'try-login',
      login: { user: 'alice', password },
      attempt: 1,
    });
    expect(kept(person)).not.toContain(password);
    expect(lookedAt(person)).toMatch(/asking the directory/);
    person.tell({ type: 'login-tried', attempt: 1, user: 'alice', answer: accepted });
    const said = lookedAt(person);
    for (const word of ['alice can log in', '5001', 'students, chess', '/home/alice', '/bin/bash'])
      expect(said).toContain(word);
    expect(kept(person)).not.toContain(password);
    expect(JSON.stringify(person.wishes.filter(({ wish }) => wish !== 'try-login'))).not.toContain(
      password,
    );
  });

  test('is refused in the words of the directory', () => {
    const person = atDirectory()
      .press('ctrl-o')
      .type('alice')
      .press('enter')
      .type('x')
      .press('enter');
    const answer = { ...accepted, status: 'refused', words: 'name or password is wrong' } as const;
    person.tell({ type: 'login-tried', attempt: 1, user: 'alice', answer });
    expect(lookedAt(person)).toMatch(/refuses alice: name or password is wrong/);
  });

  test('what comes of an earlier try, or after Esc, is dropped', () => {
    const person = atDirectory().press('ctrl-o').type('alice').press('enter', 'enter');
    person.type('x').press('enter', 'enter');
    expect(person.lastWish).toMatchObject({ attempt: 2, login: { user: 'alicex' } });
    person.tell({ type: 'login-tried', attempt: 1, user: 'alice', answer: accepted });
    expect(lookedAt(person)).toMatch(/asking the directory/);
    person.press('escape');
    person.tell({ type: 'login-tried', attempt: 2, user: 'alice', answer: accepted });
    expect(person.state.overlay).toBeNull();
  });

  test('Esc forgets what was typed; keys of lists move between the fields', () => {
    const person = atDirectory().press('ctrl-o').type('alice').press('down').type(password);
    person.press('up').type('x').press('tab', 'escape');
    expect(kept(person)).not.toContain(password);
    person.press('ctrl-o');
    expect(lookedAt(person)).not.toMatch(/alice|\*/);
  });

  test('of a realm there is no password to type, and without a directory no login', () => {
    const person = atDirectory({ realm: 'SCHOOL.EXAMPLE' }).press('ctrl-o').type('alice');
    expect(lookedAt(person)).not.toMatch(/Password/);
    person.press('enter');
    expect(person.lastWish).toMatchObject({ wish: 'try-login', login: { password: '' } });
    expect(atDirectory({ service: 'none' }).press('ctrl-o').state.overlay).toBeNull();
    expect(atDirectory().press('ctrl-g').choose('Locale').press('ctrl-o').state.overlay).toBeNull();
  });
});

describe('the password of the directory', () => {
  test('is typed unseen, says who can read it, and goes to the server at hand alone', () => {
    const person = atDirectory().press('ctrl-p').type(password);
    const screen = lookedAt(person);
    expect(screen).toMatch(/password of cn=reader,dc=school,dc=example/);
    expect(screen.replace(/\s+/g, ' ')).toMatch(/root on each client of lab can read it/i);
    expect(screen).not.toContain(password);
    person.press('enter');
    expect(person.wishes).toContainEqual({
      wish: 'give-secret',
      root: '/',
      name: 'lab.directory',
      value: password,
    });
    expect(person.lastWish).toEqual({ wish: 'check-answers' });
    expect(kept(person)).not.toContain(password);
    expect(person.state.overlay).toBeNull();
  });

  test('is asked for where clients are somebody, and when a run misses it', () => {
    expect(atDirectory({ bindDn: null }).press('ctrl-p').state.overlay).toBeNull();
    const person = atDirectory();
    person.tell({ type: 'begin-refused', problems: [notGiven('lab.directory')] });
    expect(lookedAt(person)).toMatch(/password of cn=reader/);
    person.press('escape');
    person.tell({ type: 'begin-refused', problems: [notGiven('other.directory')] });
    expect(person.state.overlay).toBeNull();
    expect(person.state.notice).toMatchObject({ code: 'secrets/not-given' });
  });
});
