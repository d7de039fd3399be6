import { z } from 'zod';
import { forms } from '../../core/form.ts';
import { ask } from '../../core/question.ts';

/** In which form clients get the tree, where their group or their own entry names no other. */
export const form = ask(z.enum(forms).default('files'), {
  title: 'In which form do clients get the tree?',
  help: 'An image takes half a minute more at each version, and half its space again; capabilities come along. In doubt: files.',
  labels: {
    files: 'ready at once; file capabilities set anew at boot',
    image: '3/4 of the bytes and 1/7 of the calls of a boot',
  },
});
