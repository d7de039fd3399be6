import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { askingOf, type Question, questionsOf } from '../../src/core/question.ts';
import { serverTopics, treeTopics } from '../../src/features/index.ts';
import { cards } from '../../src/features/network-facts.ts';
import { firstFacts } from '../../src/planner/derive.ts';
import { fixedFacts } from '../support/facts.ts';
import { everything } from '../support/fields.ts';

/** Every question there is, those of a record's fields too. */
const questions = [...serverTopics, ...treeTopics].flatMap(({ id, answers }) =>
  below(id, questionsOf(answers as unknown as z.ZodObject)),
);

function below(path: string, all: readonly Question[]): (readonly [string, Question])[] {
  return all.flatMap((question) => [
    [`${path}.${question.key}`, question] as const,
    ...below(`${path}.${question.key}`, question.fields),
  ]);
}

function question(path: string): Question {
  const found = questions.find(([at]) => at === path)?.[1];
  if (found === undefined) throw new Error(`there is no question ${path}`);
  return found;
}

const facts = fixedFacts(firstFacts(), { [cards.id]: ['docker0', 'eno1', 'lan0'] });

function choicesOf({ choices }: Question, answers: Readonly<Record<string, unknown>> = {}) {
  return typeof choices === 'function' ? choices({ facts, answers }) : (choices ?? []);
}

describe.each(questions)('%s', (_, asked) => {
  test('fits a screen of 80 columns, and says what to do in doubt', () => {
    expect(asked.title.length).toBeLessThanOrEqual(60);
    expect(asked.title).toMatch(/\?$/);
    expect(asked.help.length).toBeLessThanOrEqual(150);
    expect(asked.help).toMatch(/\bIn doubt: [^.]+/);
  });

  test('says what each option means, in a few words', () => {
    const labels = asked.labels ?? {};
    for (const option of asked.options) expect(labels[option], option).toBeTruthy();
    for (const [option, label] of Object.entries(labels)) {
      expect(label.length, `${option}: ${label}`).toBeLessThan(50);
      expect([...asked.options, ...choicesOf(asked, { keyboard: 'fr' })]).toContain(option);
    }
  });

  test('offers only what it accepts, and nothing twice', () => {
    const choices = choicesOf(asked, { keyboard: 'fr' });
    expect(new Set(choices).size).toBe(choices.length);
    for (const choice of choices) {
      const given = asked.kind === 'list' ? [choice] : choice;
      const { error } = asked.schema.safeParse(given);
      const messages = error?.issues.map(({ message }) => message) ?? [];
      // One part of the archive alone may lack main.
      expect(messages.filter((message) => !message.startsWith('lacks main'))).toEqual([]);
    }
  });
});

describe('choices', () => {
  test('of cards: all of the server, real ones first', () => {
    expect(choicesOf(question('network.interfaceName'))).toEqual(['eno1', 'lan0', 'docker0']);
  });

  test.each([
    ['fr', 'bepo'],
    ['de', 'nodeadkeys'],
  ])('of variants of the keyboard %s: the usual one, then such as %s', (keyboard, variant) => {
    const choices = choicesOf(question('locale.keyboardVariant'), { keyboard });
    expect(choices[0]).toBe('');
    expect(choices).toContain(variant);
  });

  test.each([undefined, 'nonsense', 7])('of variants, without a keyboard: %j', (keyboard) => {
    expect(choicesOf(question('locale.keyboardVariant'), { keyboard })).toEqual(['']);
  });

  test('of languages and keyboards are named in words', () => {
    expect(question('locale.language').labels).toMatchObject({
      'fr_BE.UTF-8': 'French (Belgium)',
      'de_DE.UTF-8': 'German (Germany)',
      'C.UTF-8': expect.stringContaining('English'),
    });
    expect(question('locale.keyboard').labels).toMatchObject({ fr: 'French', de: 'German' });
  });

  test('of what a list may hold leave room for other words', () => {
    const { schema } = question('accounts.users.groups');
    expect(schema.safeParse(['audio', 'students']).success).toBe(true);
  });
});

describe('packages are offered from the archive of the tree', () => {
  const { offered } = question('packages.include');
  const tree = everything.trees.lab;
  const fact = offered?.(tree);

  test('one a line, after a status', () => {
    expect(fact?.parse('status ok\nacl\nemacs\n')).toEqual(['acl', 'emacs']);
    expect(fact?.parse('status mirror-unreachable it sleeps\ndetail x\n')).toEqual([]);
    expect(fact?.parse('')).toEqual([]);
    expect(fact?.otherwise).toEqual([]);
  });

  test('another mirror or suite is another fact, and other packages are not', () => {
    const with_ = (more: object) => offered?.({ ...tree, tree: { ...tree.tree, ...more } })?.id;
    expect(with_({})).toBe(fact?.id);
    expect(with_({ documentation: false })).toBe(fact?.id);
    expect(with_({ mirror: 'http://other.example/debian' })).not.toBe(fact?.id);
    expect(with_({ suite: 'bookworm' })).not.toBe(fact?.id);
    expect(offered?.({ ...tree, packages: { include: ['vim'] } })?.id).toBe(fact?.id);
  });

  test.each([
    ['nothing is answered', {}],
    ['the mirror is missing', { tree: { ...tree.tree, mirror: undefined } }],
    ['the suite is none', { tree: { ...tree.tree, suite: 'noble' } }],
  ])('not when %s', (_, given) => {
    expect(offered?.(given)).toBeNull();
  });
});

test('a question that is asked of a schema keeps labels that are made late', () => {
  const schema = treeTopics[2].answers.shape.language;
  expect(Object.keys(askingOf(schema)?.labels ?? {}).length).toBeGreaterThan(200);
});
