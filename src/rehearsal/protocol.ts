/** What assets/rehearsal/client prints, line by line. */
export type Said =
  | { readonly kind: 'stage'; readonly stage: string; readonly seconds: number }
  | { readonly kind: 'console'; readonly line: string }
  | { readonly kind: 'server'; readonly line: string }
  | { readonly kind: 'report'; readonly json: unknown }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'other'; readonly text: string };

export function readLine(line: string): Said {
  const [, who, rest] = /^(rehearsal|console|server|report): ?(.*)$/.exec(line) ?? [];
  if (who === 'console') return { kind: 'console', line: rest ?? '' };
  if (who === 'server') return { kind: 'server', line: rest ?? '' };
  if (who === 'report') {
    try {
      return { kind: 'report', json: JSON.parse(rest ?? '') };
    } catch {
      return { kind: 'failed', why: 'its report is not JSON' };
    }
  }
  const text = rest ?? line;
  const [, stage, seconds] =
    /^stage (address|loader|kernel|root|report) ([0-9.]+)$/.exec(text) ?? [];
  if (stage !== undefined) return { kind: 'stage', stage, seconds: Number(seconds) };
  if (text.startsWith('failed: ')) return { kind: 'failed', why: text.slice('failed: '.length) };
  return { kind: 'other', text };
}
