import { Box, Text } from 'ink';
import { memo, type ReactElement } from 'react';
import type { Line, Span } from '../line.ts';
import type { Theme } from '../theme.ts';
import { Menu } from './menu.tsx';
import { TextField } from './text-field.tsx';

/** One line of a screen, whatever it holds; never taller than it says. */
export const Row = memo(function Row({
  line,
  width,
  theme,
}: {
  readonly line: Line;
  readonly width: number;
  readonly theme: Theme;
}): ReactElement {
  switch (line.kind) {
    case 'spans':
      return <Spans spans={line.spans} theme={theme} />;
    case 'field':
      return (
        <Box height={1} width={width} overflow="hidden">
          {/* Where there is no room for all, only what stands after the field gives way. */}
          <Box flexShrink={0}>
            <Text>{`${' '.repeat(line.indent)}${theme.words(line.label)}`}</Text>
          </Box>
          <TextField
            edit={line.edit}
            placeholder={line.placeholder}
            width={line.width}
            theme={theme}
          />
          <Spans spans={line.after} theme={theme} />
        </Box>
      );
    case 'menu':
      return <Menu items={line.items} index={line.index} width={width} theme={theme} />;
    default:
      return line satisfies never;
  }
});

function Spans({
  spans,
  theme,
}: {
  readonly spans: readonly Span[];
  readonly theme: Theme;
}): ReactElement {
  return (
    <Text wrap="truncate">
      {spans.every(({ text }) => text === '') ? ' ' : null}
      {spans.map(({ text, tone }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other names for its parts
        <Text key={index} {...theme.props(tone)}>
          {theme.words(text)}
        </Text>
      ))}
    </Text>
  );
}
