import { defineConfig } from 'vitest/config';

/**
 * unit: pure, seconds. terminal: programs on a pseudo terminal, a minute. machine: the real machine in
 * temporary directories and namespaces (root), with one real boot. boot: the table of boots of
 * docs/tests.md, minutes. long: boots that mostly wait, outside CI.
 */
export default defineConfig({
  test: {
    // Two cores are what all of it is measured on; those that must not run side by side say so.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          // Ink draws nothing where it believes to be in CI; its colours are tested.
          env: { CI: 'false', CONTINUOUS_INTEGRATION: 'false', FORCE_COLOR: '1' },
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/terminal/**', 'test/machine/**', 'test/boot/**', 'test/long/**'],
          // The laws die hundreds of times in one test.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'terminal',
          globalSetup: 'test/support/build.ts',
          include: ['test/terminal/**/*.test.ts'],
          // Times between keys are part of what is tested.
          fileParallelism: false,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'machine',
          globalSetup: 'test/support/build.ts',
          include: ['test/machine/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'boot',
          globalSetup: 'test/boot/fresh-root.ts',
          include: ['test/boot/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
      {
        test: {
          name: 'long',
          globalSetup: 'test/boot/fresh-root.ts',
          include: ['test/long/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
