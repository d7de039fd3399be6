import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { busyboxPackage } from '../../src/features/serve/http.ts';
import { freePort, parseListeners, portProblems } from '../../src/features/serve/http-port.ts';
import { fixedFacts, planned, plannedFrom } from '../support/facts.ts';

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };

/** ss(8) of iproute2 6.1 and 6.15; the second field of a name is its card. */
const recorded = `LISTEN 0      9            192.168.67.1:7069      0.0.0.0:*    users:(("nginx",pid=71,fd=6),("nginx",pid=70,fd=6))
LISTEN 0      4096       127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=5,fd=14))
LISTEN 0      511                    *:80              *:*    users:(("apache2",pid=9,fd=4))
LISTEN 0      128              0.0.0.0:22        0.0.0.0:*
LISTEN 0      128                 [::]:7070         [::]:*
`;

describe('who listens', () => {
  test('is read of ss, for IPv4', () => {
    expect(parseListeners(recorded)).toEqual({
      ours: null,
      others: [
        { address: '192.168.67.1', port: 7069, program: 'nginx' },
        { address: '127.0.0.53', port: 53, program: 'systemd-resolve' },
        { address: '0.0.0.0', port: 80, program: 'apache2' },
        { address: '0.0.0.0', port: 22, program: null },
      ],
    });
    expect(parseListeners(`ours 192.168.67.1:7069\n`).ours).toBe('192.168.67.1:7069');
    expect(parseListeners('nonsense\nours\nLISTEN')).toEqual({ ours: null, others: [] });
  });

  const known = (text: string) => ({ 'serve/listeners': parseListeners(text) });

  test('decides what is proposed: the usual port, or the next that nobody has', () => {
    const proposed = (text: string, root = '/') => {
      const found = freePort({
        facts: fixedFacts([{ id: 'serve/listeners' }, { id: 'server/root' }] as never, {
          ...known(text),
          'server/root': root,
        }),
        answers: {},
      });
      return found === null ? null : [found.value, render(found.from)];
    };
    expect(proposed('')).toBeNull();
    expect(proposed(recorded)).toEqual([7070, 'nginx has 7069']);
    expect(proposed(`ours 192.168.67.1:7069\n${recorded}`)).toBeNull();
    // Of another root this machine says nothing.
    expect(proposed(recorded, '/srv/staged')).toBeNull();
    const local = 'LISTEN 0 9 127.0.0.1:7069 0.0.0.0:*\n';
    expect(proposed(local)).toBeNull();
    const { site } = plannedFrom({ server: { network }, trees: { lab: {} } }, known(recorded));
    expect(site.server.serve.httpPort).toBe(7070);
  });

  test('is a problem where it was chosen all the same', () => {
    const given = { server: { network, serve: { httpPort: 7069 } }, trees: { lab: {} } };
    const { site } = plannedFrom(given);
    const problems = (text: string) =>
      portProblems(
        site,
        fixedFacts([{ id: 'serve/listeners' }, { id: 'server/root' }] as never, known(text)),
      ).map(describeProblem);
    expect(problems('')).toEqual([]);
    expect(problems(recorded)[0]).toMatch(
      /^server\.serve\.httpPort: nginx listens on port 7069 already; choose another with `--set serve\.httpPort=7070`/,
    );
    expect(problems(`ours 192.168.67.1:7069\n${recorded}`)).toEqual([]);
    expect(problems(recorded.replace('192.168.67.1:7069', '192.168.68.1:7069'))).toEqual([]);
    expect(problems(recorded.replace('192.168.67.1:7069', '*:7069'))).toHaveLength(1);
    expect(() => plannedFrom(given, known(recorded))).toThrow('serve/port-taken');
  });
});

test('the busybox that is there stays: its two packages shut each other out', () => {
  expect(busyboxPackage.parse('installed\n')).toBe('busybox-static');
  expect(busyboxPackage.parse('config-files\n')).toBe('busybox');
  expect(busyboxPackage.parse('')).toBe('busybox');
  const names = (known: Readonly<Record<string, unknown>>): readonly string[] =>
    planned('minimal', known).plan.steps.flatMap(({ id, effects }) =>
      id === 'serve/tools'
        ? effects.flatMap((effect) => (effect.kind === 'packages' ? effect.names : []))
        : [],
    );
  expect(names({})).toContain('busybox');
  expect(names({ 'serve/busybox': 'busybox-static' })).not.toContain('busybox');
});

test('GRUB of bookworm is not told of a port, which it would take for a part of a name', () => {
  const entry = (suite: string): string =>
    JSON.stringify(
      planned('minimal', {}, { trees: { minimal: { tree: { suite } } } }).plan.steps.find(
        ({ id }) => id === 'serve/minimal/version-1',
      )?.effects,
    );
  expect(entry('trixie')).toContain('(http,192.168.67.1:7069)');
  expect(entry('bookworm')).not.toContain('(http,');
  // Its pxelinux knows ports.
  expect(entry('bookworm')).toContain('http://192.168.67.1:7069/sidus/minimal/1/vmlinuz');
});

test('the service comes up before a client is told of it, with its unit, and not under a root', () => {
  const { plan } = planned('minimal');
  const ids = plan.steps.map(({ id }) => id);
  const at = ids.indexOf('serve/http');
  expect(at).toBeGreaterThan(ids.indexOf('serve/minimal/version-1'));
  expect(at).toBeLessThan(ids.indexOf('serve/minimal/current'));
  const kinds = (staged: typeof plan) =>
    staged.steps.find(({ id }) => id === 'serve/http')?.effects.map(({ kind }) => kind);
  expect(kinds(plan)).toEqual(['file', 'unit']);
  expect(kinds(planned('minimal', { 'server/root': '/srv/staged' }).plan)).toEqual(['file']);
  const existing = planned('minimal', {}, { server: { serve: { dhcp: 'existing' } } }).plan;
  expect(kinds(existing)).toEqual(['file', 'unit']);
});
