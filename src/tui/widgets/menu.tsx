import { Text } from 'ink';
import SelectInput from 'ink-select-input';
import type { ReactElement } from 'react';
import { labelWidth, noteWidth } from '../line.ts';
import type { Theme } from '../theme.ts';
import { fitted } from '../view.ts';

/** Choices below each other. `ink-select-input` draws and hears nothing, as the text field. */
export function Menu({
  items,
  index,
  width,
  theme,
}: {
  readonly items: readonly { readonly label: string; readonly note: string }[];
  readonly index: number;
  readonly width: number;
  readonly theme: Theme;
}): ReactElement {
  const wide = labelWidth(items);
  return (
    <SelectInput
      // It keeps a choice of its own: another one, or another list, begins anew.
      key={`${index}/${items.length}`}
      isFocused={false}
      initialIndex={index}
      items={items.map(({ label, note }, at) => ({
        key: String(at),
        value: at,
        label:
          fitted(label, wide) +
          (note === '' ? '' : fitted(note, noteWidth(items, width)).trimEnd()),
      }))}
      indicatorComponent={({ isSelected = false }) => (
        <Text {...theme.props('chosen')}>{isSelected ? ` ${theme.pointer} ` : '   '}</Text>
      )}
      itemComponent={({ isSelected = false, label }) => (
        <Text wrap="truncate">
          <Text {...theme.props(isSelected ? 'chosen' : 'plain')}>
            {theme.words(label.slice(0, wide))}
          </Text>
          <Text {...theme.props('dim')}>{theme.words(label.slice(wide))}</Text>
        </Text>
      )}
    />
  );
}
