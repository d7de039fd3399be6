import { InvalidArgumentError } from 'commander';
import { kernelOption, machineName } from '../features/values.ts';

/** What options take, checked as commander wants it. */

export function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function kernelWords(value: string, before: readonly string[]): readonly string[] {
  if (kernelOption().safeParse(value).success) return [...before, value];
  throw new InvalidArgumentError('Write one word, as name or name=value, without quotes.');
}

export function ethernet(value: string): string {
  const lower = value.toLowerCase();
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(lower)) return lower;
  throw new InvalidArgumentError('Write six pairs, such as 52:54:00:12:34:56.');
}

export function hostname(value: string): string {
  if (machineName().safeParse(value).success) return value;
  throw new InvalidArgumentError('Use lower-case letters, digits and hyphens.');
}

export function wholeNumber(value: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Write a whole number.');
}
