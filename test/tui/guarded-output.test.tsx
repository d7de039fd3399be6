import { Box, Text } from 'ink';
import { useEffect, useState } from 'react';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GuardedOutput } from '../../src/tui/guarded-output.ts';
import { golden, svg } from '../support/picture.ts';
import { Stage, tallest } from '../support/stage.ts';

/** Fills the screen, and learns its size as screens do. */
function Frame({ guard }: { readonly guard: () => GuardedOutput }) {
  const [size, set] = useState(() => guard().size);
  useEffect(() => guard().onSize(set), [guard]);
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows - 1}>
      <Text color="green" bold>
        TOP {size.columns}x{size.rows}
      </Text>
      <Box flexGrow={1} />
      <Text>BOTTOM &lt;&amp;&gt;</Text>
    </Box>
  );
}

function shown(stage: Stage): GuardedOutput {
  let known: GuardedOutput | undefined;
  const guard = new GuardedOutput(stage.output, stage.environment, stage.look);
  known = guard;
  const end = stage.draw(<Frame guard={() => known as GuardedOutput} />, guard);
  onTestFinished(end);
  return guard;
}

describe('sizes', () => {
  test('0x0 is what COLUMNS and LINES say, or 80x24', () => {
    const sizeAt = (environment: Record<string, string>) => {
      const { output } = new Stage(80, 24);
      Object.assign(output, { columns: 0, rows: 0 });
      return new GuardedOutput(output, environment, { colour: true, linear: false }).size;
    };
    expect(sizeAt({})).toEqual({ columns: 80, rows: 24 });
    expect(sizeAt({ COLUMNS: '100', LINES: '30' })).toEqual({ columns: 100, rows: 30 });
    expect(sizeAt({ COLUMNS: '-1', LINES: 'many' })).toEqual({ columns: 80, rows: 24 });
  });

  test('no frame is ever as tall as the screen, also while it shrinks', async () => {
    const stage = new Stage(120, 50);
    shown(stage);
    await stage.see('TOP 120x50');
    for (const [columns, rows] of [
      [80, 24],
      [60, 16],
      [200, 60],
      [60, 10],
    ] as const) {
      const from = stage.frames().length;
      stage.resize(columns, rows);
      await stage.see(`TOP ${columns}x${rows}`);
      expect(tallest(stage.frames().slice(from))).toBeLessThan(rows);
      expect(stage.screen().match(/TOP|BOTTOM/g)).toEqual(['TOP', 'BOTTOM']);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });

  test('what a terminal makes of lines that no longer fit is wiped', async () => {
    const stage = new Stage(80, 24);
    shown(stage);
    await stage.see('TOP 80x24');
    stage.resize(100, 40);
    stage.writeSync('\u001b[38;1HLEFT OVER\u001b[H');
    await stage.see('TOP 100x40');
    expect(stage.screen()).not.toContain('LEFT OVER');
  });

  test('a storm of sizes is drawn a few times only', async () => {
    const stage = new Stage(80, 24);
    shown(stage);
    await stage.see('TOP');
    const from = stage.writes.length;
    for (let columns = 80; columns <= 180; columns += 1) stage.resize(columns, 30);
    await stage.see('TOP 180x30');
    expect(stage.writes.length - from).toBeLessThan(30);
  });
});

describe('what is written', () => {
  test('never erases what was above', async () => {
    const stage = new Stage();
    const guard = shown(stage);
    guard.stream.write('\u001b[2J\u001b[3J\u001b[H');
    expect(stage.writes.at(-1)).toBe('\u001b[2J\u001b[H');
  });

  test('while muted goes nowhere; the newest frame is drawn afterwards', async () => {
    const stage = new Stage();
    const guard = shown(stage);
    await stage.see('BOTTOM');
    guard.muted = true;
    const { length } = stage.writes;
    let called = false;
    guard.stream.write('newer\n', () => {
      called = true;
    });
    guard.redraw();
    expect(stage.writes).toHaveLength(length);
    await expect.poll(() => called).toBe(true);
    guard.muted = false;
    guard.redraw();
    await stage.see('newer');
  });

  test('has no colour where there shall be none, and stays bold', () => {
    const stage = new Stage();
    const guard = new GuardedOutput(stage.output, {}, { colour: false, linear: false });
    guard.stream.write(
      '\u001b[1;31ma\u001b[38;5;9mb\u001b[38;2;1;2;3;7mc\u001b[0m\u001b[97;100md\u001b[m',
    );
    expect(stage.writes.at(-1)).toBe('\u001b[1mab\u001b[7mc\u001b[0md\u001b[m');
  });
});

test('a screen as a golden text and as a picture', async () => {
  const stage = new Stage(30, 6);
  shown(stage);
  await stage.see('BOTTOM');
  expect(golden(stage.cells())).toBe(
    'TOP 30x6\n\n\n\nBOTTOM <&>\n---\n 1:1-8 bold green: "TOP 30x6"\n',
  );
  const picture = svg(stage.cells(), 'a "frame"');
  expect(picture).toContain('font-weight="bold" fill="#56d364">TOP 30x6</text>');
  expect(picture).toContain('BOTTOM &lt;&amp;&gt;');
  expect(picture).toContain('aria-label="a &quot;frame&quot;"');
  expect(picture).not.toMatch(/http(?!:\/\/www\.w3\.org\/2000\/svg)/);
});
