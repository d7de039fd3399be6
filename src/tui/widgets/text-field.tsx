import { Box, Text } from 'ink';
import TextInput from 'ink-text-input';
import type { ReactElement } from 'react';
import type { TextEdit } from '../text-edit.ts';
import type { Theme } from '../theme.ts';

/**
 * A line of text and its cursor. `ink-text-input` draws and hears nothing: on its own it loses
 * keys that come fast (terminal.md B2 G1).
 */
export function TextField({
  edit,
  placeholder,
  width,
  theme,
}: {
  readonly edit: TextEdit;
  readonly placeholder: string;
  readonly width: number;
  readonly theme: Theme;
}): ReactElement {
  const points = [...theme.words(edit.text)];
  // The part around the cursor, where the text is longer than the field.
  const from = Math.max(0, edit.cursor - (width - 2));
  const before = points.slice(from, edit.cursor).join('');
  const [under = '', ...rest] = points.slice(edit.cursor, from + width - 1);
  // Apart from the cursor, because without colour it looks like what was typed.
  const hint =
    points.length === 0 && placeholder !== ''
      ? ` ${theme.words(placeholder).slice(0, width - 3)}`
      : '';
  const used = [...before].length + 1 + rest.length + [...hint].length;
  return (
    <Box flexShrink={0}>
      <Text>[</Text>
      <TextInput value={before} focus={false} showCursor={false} onChange={ignore} />
      {under === '' ? (
        <Text {...theme.props('accent')}>{theme.cursor}</Text>
      ) : (
        <Text inverse>{under}</Text>
      )}
      <Text>{rest.join('')}</Text>
      <Text {...theme.props('dim')}>{hint}</Text>
      <Text>{' '.repeat(Math.max(0, width - used))}]</Text>
    </Box>
  );
}

function ignore(): void {}
