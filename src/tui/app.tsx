import { Box, Text } from 'ink';
import { type ReactElement, useSyncExternalStore } from 'react';
import { frameOf, smallest } from './frame.ts';
import type { Line } from './line.ts';
import { rowsForRule } from './state/log-window.ts';
import type { Store } from './store.ts';
import type { Theme } from './theme.ts';
import { Row } from './widgets/row.tsx';

/**
 * Draws the state, and nothing else: keys go to the store, not to React. A frame fits by how it is
 * made (frame.ts), and each row cuts itself off: to have Ink clip them all would cost a quarter more.
 */
export function App({
  store,
}: {
  readonly store: Pick<Store, 'state' | 'subscribe'>;
}): ReactElement {
  const state = useSyncExternalStore(store.subscribe, store.state);
  const frame = frameOf(state);
  if (frame === null) {
    const { columns, rows } = state.size;
    return (
      <Box flexDirection="column">
        <Text wrap="truncate">
          {`sidus needs ${smallest.columns}x${smallest.rows}; this is ${columns}x${rows}.`}
        </Text>
        <Text wrap="truncate">Whatever runs goes on.</Text>
      </Box>
    );
  }
  const { theme, columns, bodyWidth } = frame;
  return (
    <Box flexDirection="column" width={columns} height={frame.rows}>
      <Row line={frame.header} width={columns} theme={theme} />
      <Row line={frame.rule} width={columns} theme={theme} />
      <Box height={frame.bodyHeight}>
        {frame.rail === null ? null : (
          <Box width={columns - bodyWidth} flexDirection="column" flexShrink={0}>
            <Lines lines={frame.rail} width={columns - bodyWidth} theme={theme} />
          </Box>
        )}
        <Box width={bodyWidth} flexDirection="column">
          <Lines lines={frame.body} width={bodyWidth} theme={theme} />
        </Box>
      </Box>
      {frame.rows >= rowsForRule - 1 ? (
        <Row line={frame.rule} width={columns} theme={theme} />
      ) : null}
      <Lines lines={frame.help} width={columns} theme={theme} />
      <Row line={frame.footer} width={columns} theme={theme} />
    </Box>
  );
}

function Lines({
  lines,
  width,
  theme,
}: {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly theme: Theme;
}): ReactElement[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
  return lines.map((line, index) => <Row key={index} line={line} width={width} theme={theme} />);
}
