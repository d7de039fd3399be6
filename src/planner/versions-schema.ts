import { z } from 'zod';
import { problem } from './schemas.ts';

/** What `sidus tree versions --json` prints (version-standing.ts). */
export const versionsSchema = z
  .strictObject({
    schema: z.literal(1),
    trees: z.array(
      z.strictObject({
        tree: z.string(),
        inSite: z.boolean(),
        current: z.number().int().nullable(),
        halfDeleted: z.array(z.number().int()),
        versions: z.array(
          z.strictObject({
            version: z.number().int(),
            date: z.string().nullable(),
            kernel: z.string().nullable(),
            image: z.boolean(),
            sizeBytes: z.number().nullable(),
            current: z.boolean(),
            entries: z.array(z.string()),
            running: z.array(z.string()),
            perhapsRunning: z.array(z.string()),
            inTheWay: z.array(problem),
          }),
        ),
      }),
    ),
  })
  .meta({ title: 'Versions', description: 'The versions of trees: `sidus tree versions --json`.' });
