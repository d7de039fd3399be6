import { z } from 'zod';
import { clientReport } from '../src/core/client-report.ts';
import { questionsOf } from '../src/core/question.ts';
import { serverTopics, siteFile, treeTopics } from '../src/features/index.ts';
import { eventSchema, planSchema, reportSchema, statusSchema } from '../src/planner/schemas.ts';
import { problemsDocument } from './problems.ts';

/** The documents that are read off the topics and the types: path and content. */
export function generated(): readonly (readonly [string, string])[] {
  return [
    ['presets/site.schema.json', json(z.toJSONSchema(siteFile, { io: 'input' }))],
    ['docs/schemas/plan.json', json(z.toJSONSchema(planSchema))],
    ['docs/schemas/event.json', json(z.toJSONSchema(eventSchema))],
    ['docs/schemas/report.json', json(z.toJSONSchema(reportSchema))],
    ['docs/schemas/status.json', json(z.toJSONSchema(statusSchema))],
    ['docs/schemas/client-report.json', json(z.toJSONSchema(clientReport))],
    ['docs/questions.md', questions()],
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
        `| \`${topic.id}.${question.key}\` | ${cell(question.title)}${options} | ${usual} | ${cell(question.help)} |`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
