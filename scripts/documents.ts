import { z } from 'zod';
import { clientReport } from '../src/core/client-report.ts';
import { questionsOf } from '../src/core/question.ts';
import { serverTopics, siteFile, treeTopics } from '../src/features/index.ts';
import { eventSchema, planSchema, reportSchema, statusSchema } from '../src/planner/schemas.ts';
import { versionsSchema } from '../src/planner/versions-schema.ts';
import { bindings } from '../src/tui/key-bindings.ts';
import { problemsDocument } from './problems.ts';

/** The documents that are read off the topics and the types: path and content. */
export function generated(): readonly (readonly [string, string])[] {
  return [
    ['presets/site.schema.json', json(z.toJSONSchema(siteFile, { io: 'input' }))],
    ['docs/schemas/plan.json', json(z.toJSONSchema(planSchema))],
    ['docs/schemas/event.json', json(z.toJSONSchema(eventSchema))],
    ['docs/schemas/report.json', json(z.toJSONSchema(reportSchema))],
    ['docs/schemas/status.json', json(z.toJSONSchema(statusSchema))],
    ['docs/schemas/versions.json', json(z.toJSONSchema(versionsSchema))],
    ['docs/schemas/client-report.json', json(z.toJSONSchema(clientReport))],
    ['docs/questions.md', questions()],
    ['docs/keys.md', keysDocument()],
    ['docs/problems.md', problemsDocument()],
  ];
}

function json(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function questions(): string {
  const lines = [
    '# Every question',
    '',
    'Generated from `src/features` by `npm run generate`.',
    'A site file answers them by `server:` and `trees: NAME:`; `--set topic.question=value` answers one.',
    'What is left out is found out from the server where that is possible, and otherwise the usual value.',
    '',
  ];
  for (const topic of [...serverTopics, ...treeTopics]) {
    lines.push(
      `## ${topic.title} (\`${topic.id}\`, ${topic.scope === 'server' ? 'for the server' : 'for each tree'})`,
      '',
      topic.help,
      '',
      '| question | asked as | usual | help |',
      '| --- | --- | --- | --- |',
    );
    for (const question of questionsOf(topic.answers as unknown as z.ZodObject)) {
      const usual =
        question.initial === undefined
          ? question.suggest === undefined
            ? 'must be answered'
            : 'found out'
          : `\`${JSON.stringify(question.initial)}\``;
      const options = question.options.length > 0 ? ` (${question.options.join(', ')})` : '';
      lines.push(
        `| \`${topic.id}.${question.key}\` | ${cell(question.title)}${options} | ${usual} | ${cell(question.help)}${meanings(question.labels ?? {})} |`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** What options mean; not of the long lists of languages and keyboards. */
function meanings(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).filter(([option]) => option !== '');
  if (all.length > 20) return '';
  return all.map(([option, label]) => `<br>\`${option}\`: ${cell(label)}`).join('');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function keysDocument(): string {
  const lines = [
    '# Keys',
    '',
    'Generated from `src/tui/keys.ts` by `npm run generate`. `?` or Ctrl-K shows them in the program.',
    'A single letter is a command only where no text is being typed.',
    '',
    '| keys | where | what they do |',
    '| --- | --- | --- |',
  ];
  for (const { keys, where, help } of bindings) {
    const names = keys.map((name) => `<kbd>${name}</kbd>`).join(' ');
    lines.push(`| ${names} | ${where.join(', ')} | ${cell(help)} |`);
  }
  return `${lines.join('\n')}\n`;
}
