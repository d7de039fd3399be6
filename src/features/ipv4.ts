/** Arithmetic on IPv4 addresses as numbers. What is given is known to be four decimal numbers. */

export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function toText(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}

/** How many addresses a network has. */
export const sizeOf = (prefix: number): number => 2 ** (32 - prefix);

/** The network's own address. */
export function networkOf(address: string, prefix: number): number {
  return Math.floor(toNumber(address) / sizeOf(prefix)) * sizeOf(prefix);
}

export function broadcastOf(address: string, prefix: number): number {
  return networkOf(address, prefix) + sizeOf(prefix) - 1;
}

/** The first address a machine may have. */
export function firstOf(address: string, prefix: number): number {
  return networkOf(address, prefix) + 1;
}

export function lastOf(address: string, prefix: number): number {
  return broadcastOf(address, prefix) - 1;
}

export function inNetwork(address: string, other: string, prefix: number): boolean {
  return networkOf(address, prefix) === networkOf(other, prefix);
}

export function netmaskOf(prefix: number): string {
  return toText(2 ** 32 - sizeOf(prefix));
}

/** The fewest prefixes that make up a range: exports(5) knows networks, not ranges. */
export function prefixesOf(first: string, last: string): readonly string[] {
  const end = toNumber(last);
  const prefixes: string[] = [];
  for (let at = toNumber(first); at <= end; ) {
    let bits = 32;
    while (bits > 0 && at % sizeOf(bits - 1) === 0 && at + sizeOf(bits - 1) - 1 <= end) bits -= 1;
    prefixes.push(`${toText(at)}/${bits}`);
    at += sizeOf(bits);
  }
  return prefixes;
}
