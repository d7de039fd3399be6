import { toNumber } from '../../ipv4.ts';

/**
 * A ruleset as `nft --json list ruleset` prints it (libnftables-json(5)), and what becomes of a
 * packet in it, as far as can be told without being the kernel.
 */

export interface ChainName {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
}

interface Chain extends ChainName {
  /** null: other chains jump to it. */
  readonly base: { readonly type: string; readonly hook: string; readonly policy: string } | null;
  readonly rules: readonly (readonly unknown[])[];
}

export type Ruleset = readonly Chain[];

/** The first packet of somebody who comes to the server. */
export interface Packet {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** null: any. */
  readonly sourcePort: number | null;
  readonly card: string;
  readonly source: string;
  readonly destination: string;
}

type Json = Readonly<Record<string, unknown>>;

function part(given: unknown, key: string): Json | undefined {
  const value = isObject(given) ? given[key] : undefined;
  return isObject(value) ? value : undefined;
}

function isObject(given: unknown): given is Json {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

const word = (given: unknown): string => (typeof given === 'string' ? given : '');

/** Throws on what is no answer of nft. */
export function parseRuleset(text: string): Ruleset {
  const { nftables } = JSON.parse(text) as { nftables: readonly unknown[] };
  const rules = new Map<string, (readonly unknown[])[]>();
  const keyOf = (one: Json, chain: unknown): string =>
    JSON.stringify([one.family, one.table, chain]);
  for (const one of nftables) {
    const rule = part(one, 'rule');
    if (rule === undefined || !Array.isArray(rule.expr)) continue;
    const key = keyOf(rule, rule.chain);
    rules.set(key, [...(rules.get(key) ?? []), rule.expr]);
  }
  return nftables.flatMap((one) => {
    const chain = part(one, 'chain');
    if (chain === undefined) return [];
    return [
      {
        family: word(chain.family),
        table: word(chain.table),
        chain: word(chain.name),
        base:
          chain.hook === undefined
            ? null
            : {
                type: word(chain.type),
                hook: word(chain.hook),
                policy: word(chain.policy) || 'accept',
              },
        rules: rules.get(keyOf(chain, chain.name)) ?? [],
      },
    ];
  });
}

/**
 * The chains on the way into the server that drop or refuse one of these packets. A rule whose
 * condition cannot be told from here counts as if it did not fit: what it lets through may be
 * held up, and what it drops is somebody else's, such as a list of banned addresses. A jump to
 * `ours` is as if it were not there.
 */
export function dropping(
  ruleset: Ruleset,
  packets: readonly Packet[],
  ours: string,
): readonly ChainName[] {
  return ruleset.flatMap((chain) => {
    const { family, table, chain: name, base } = chain;
    if (base?.hook !== 'input' || base.type !== 'filter') return [];
    if (family !== 'ip' && family !== 'inet') return [];
    const dropped = packets.some((packet) => {
      const verdict = walk(chain, packet, { ruleset, ours, depth: 0 });
      return (verdict === 'accept' || verdict === 'drop' ? verdict : base.policy) === 'drop';
    });
    return dropped ? [{ family, table, chain: name }] : [];
  });
}

interface Walk {
  readonly ruleset: Ruleset;
  readonly ours: string;
  readonly depth: number;
}

/** 'return': to the chain before; null: this rule decides nothing, or the chain ended. */
type Decision = 'accept' | 'drop' | 'return' | null;

function walk(chain: Chain, packet: Packet, given: Walk): Decision {
  for (const rule of chain.rules) {
    const decision = decided(rule, chain, packet, given);
    if (decision !== null) return decision;
  }
  return null;
}

function decided(rule: readonly unknown[], chain: Chain, packet: Packet, given: Walk): Decision {
  for (const statement of rule) {
    if (!isObject(statement)) return null;
    const [kind = ''] = Object.keys(statement);
    if (kind === 'match') {
      if (fits(part(statement, 'match') ?? {}, packet) !== true) return null;
    } else if (kind === 'vmap') {
      const decision = mapped(part(statement, 'vmap') ?? {}, chain, packet, given);
      if (decision !== null) return decision;
    } else if (verdicts.has(kind)) return verdict(statement, chain, packet, given);
    else if (!neutral.has(kind)) return null;
  }
  return null;
}

const verdicts: ReadonlySet<string> = new Set([
  'accept',
  'drop',
  'reject',
  'jump',
  'goto',
  'return',
]);
/** What a packet passes unchanged, and whoever comes next. */
const neutral: ReadonlySet<string> = new Set(['counter', 'log', 'comment', 'mangle', 'notrack']);

function verdict(statement: unknown, chain: Chain, packet: Packet, given: Walk): Decision {
  const [kind = ''] = isObject(statement) ? Object.keys(statement) : [];
  if (kind === 'accept' || kind === 'drop' || kind === 'return') return kind;
  if (kind === 'reject') return 'drop';
  const target = word(part(statement, kind)?.target);
  if ((kind !== 'jump' && kind !== 'goto') || target === given.ours || given.depth > 20)
    return null;
  const next = given.ruleset.find(
    (one) => one.family === chain.family && one.table === chain.table && one.chain === target,
  );
  if (next === undefined) return null;
  const decision = walk(next, packet, { ...given, depth: given.depth + 1 });
  if (decision === 'accept' || decision === 'drop') return decision;
  // Whoever goes, and does not jump, does not come back.
  return kind === 'goto' ? 'return' : null;
}

function mapped(vmap: Json, chain: Chain, packet: Packet, given: Walk): Decision {
  const value = fieldOf(vmap.key, packet);
  const entries = part(vmap, 'data')?.set;
  if (value === undefined || value === null || !Array.isArray(entries)) return null;
  for (const entry of entries) {
    if (!Array.isArray(entry) || holds(entry[0], value) !== true) continue;
    return verdict(entry[1], chain, packet, given);
  }
  return null;
}

type Value = string | number;

/** null: nobody can tell. */
function fits(match: Json, packet: Packet): boolean | null {
  const value = fieldOf(match.left, packet);
  if (value === null) return false;
  if (value === undefined) return null;
  if (match.op === '==' || match.op === 'in') return holds(match.right, value);
  if (match.op === '!=') {
    const same = holds(match.right, value);
    return same === null ? null : !same;
  }
  return null;
}

/** undefined: not known; null: such a packet has none, and no condition on it fits. */
function fieldOf(left: unknown, packet: Packet): Value | null | undefined {
  const payload = part(left, 'payload');
  if (payload !== undefined) {
    const { protocol, field } = payload;
    if (protocol === 'ip') {
      if (field === 'saddr') return packet.source;
      if (field === 'daddr') return packet.destination;
      return field === 'protocol' ? packet.protocol : undefined;
    }
    if (protocol === 'th' || protocol === packet.protocol) {
      if (field === 'dport') return packet.port;
      return field === 'sport' ? (packet.sourcePort ?? undefined) : undefined;
    }
    return typeof protocol === 'string' ? null : undefined;
  }
  if (part(left, 'ct')?.key === 'state') return 'new';
  switch (part(left, 'meta')?.key) {
    case 'iif':
    case 'iifname':
      return packet.card;
    case 'l4proto':
      return packet.protocol;
    case 'nfproto':
      return 'ipv4';
    case 'protocol':
      return 'ip';
    case 'pkttype':
      return packet.destination === '255.255.255.255' ? 'broadcast' : 'host';
    default:
      return undefined;
  }
}

const numbers: Readonly<Record<string, number>> = { tcp: 6, udp: 17 };

/** Whether a value is what stands on the right of a condition, or in it; null: nobody can tell. */
function holds(right: unknown, value: Value): boolean | null {
  if (Array.isArray(right)) {
    const found = right.map((one) => holds(one, value));
    if (found.includes(true)) return true;
    return found.includes(null) ? null : false;
  }
  if (typeof right === 'string') {
    if (right === '*') return true;
    if (right.startsWith('@')) return null;
    return right.endsWith('*') && typeof value === 'string'
      ? value.startsWith(right.slice(0, -1))
      : right === value;
  }
  if (typeof right === 'number') {
    return right === (typeof value === 'string' ? (numbers[value] ?? value) : value);
  }
  if (!isObject(right)) return null;
  if (Array.isArray(right.set)) return holds(right.set, value);
  const element = part(right, 'elem');
  if (element !== undefined) return holds(element.val, value);
  const prefix = part(right, 'prefix');
  if (prefix !== undefined) return within(prefix, value);
  if (Array.isArray(right.range)) return between(right.range, value);
  return null;
}

const isAddress = (text: unknown): text is string =>
  typeof text === 'string' && /^\d{1,3}(\.\d{1,3}){3}$/.test(text);

function within({ addr, len }: Json, value: Value): boolean | null {
  if (!isAddress(value) || typeof len !== 'number') return null;
  if (!isAddress(addr)) return false;
  const size = 2 ** (32 - len);
  return Math.floor(toNumber(addr) / size) === Math.floor(toNumber(value) / size);
}

function between([first, last]: readonly unknown[], value: Value): boolean | null {
  if (typeof value === 'number') {
    if (typeof first !== 'number' || typeof last !== 'number') return null;
    return first <= value && value <= last;
  }
  if (!isAddress(value) || !isAddress(first) || !isAddress(last)) return null;
  return toNumber(first) <= toNumber(value) && toNumber(value) <= toNumber(last);
}
