import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import type { Place } from '../../src/core/place.ts';
import type { Plan } from '../../src/core/plan.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { Session } from '../../src/runner/session.ts';
import type { System } from '../../src/system/system.ts';

export interface Contracted {
  readonly system: System;
  /** Puts something there behind the system's back, as another program would. Keys are of the whole machine. */
  plant(key: string, kind: 'file' | 'directory' | 'link', content?: string): Promise<void>;
  /** What lies there, without following a link; null: nothing. */
  look(key: string): Promise<{ readonly kind: string; readonly content: string } | null>;
  done(): Promise<void>;
}

const root = { mode: 0o644, owner: 'root', group: 'root' } as const;
const tree: Place = { tree: 'lab' };
const draft = '/srv/nfsroot/lab/draft';

async function codeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0]?.code ?? '';
    return (error as { code?: string }).code ?? String(error);
  }
}

/** What every System must do: run on the fake and on the host, so that the fake cannot lie. */
export function systemContract(name: string, make: () => Promise<Contracted>): void {
  describe(`the contract of a system: ${name}`, () => {
    let given: Contracted;
    let system: System;
    beforeAll(async () => {
      given = await make();
      system = given.system;
      await given.plant(`${draft}/usr`, 'directory');
      await given.plant(
        `${draft}/etc/passwd`,
        'file',
        'root:x:0:0::/root:/bin/sh\nalice:x:4711:4712::/home/alice:/bin/sh\n',
      );
      await given.plant(`${draft}/etc/group`, 'file', 'root:x:0:\nalice:x:4712:\nvideo:x:44:\n');
    });
    afterAll(() => given.done());

    test('what is not there is null, not a fault', async () => {
      expect(await system.stat('server', '/none')).toBeNull();
      expect(await system.read('server', '/none/below')).toBeNull();
      expect(await system.list('server', '/none')).toBeNull();
      expect(await system.hash('server', '/none')).toBeNull();
      await system.remove('server', '/none');
      await given.plant('/a-file', 'file', 'x');
      expect(await system.read('server', '/a-file/below')).toBeNull();
      expect(await system.stat('server', '/a-file/below')).toBeNull();
    });

    test('a directory goes when nothing is in it, and only then', async () => {
      await given.plant('/gone/deep/file', 'file', 'x');
      expect(await system.removeEmptyDirectory('server', '/gone/deep')).toBe(false);
      expect(await given.look('/gone/deep/file')).not.toBeNull();
      await system.remove('server', '/gone/deep/file');
      expect(await system.removeEmptyDirectory('server', '/gone/deep')).toBe(true);
      expect(await given.look('/gone/deep')).toBeNull();
      expect(await system.removeEmptyDirectory('server', '/gone/deep')).toBe(true);
    });

    test('a copy is as old as it is told to be', async () => {
      await given.plant('/ages/from', 'file', 'x');
      const modified = 1_600_000_000_123;
      const at = { place: 'server', path: '/ages/from' } as const;
      await system.copy(at, 'server', '/ages/to', { ...root, modified });
      expect((await system.stat('server', '/ages/to'))?.modified).toBe(modified);
      await system.copy(at, 'server', '/ages/new', root);
      expect((await system.stat('server', '/ages/new'))?.modified).not.toBe(modified);
    });

    test('a file is written with its directories, read, listed, hashed and removed', async () => {
      const text = 'grüße\nzweite Zeile';
      await system.write('server', '/new/deep/file', text, root);
      expect(await system.read('server', '/new/deep/file')).toBe(text);
      expect(await system.stat('server', '/new/deep/file')).toEqual({
        kind: 'file',
        size: Buffer.byteLength(text),
        mode: 0o644,
        owner: 'root',
        group: 'root',
        target: null,
        modified: expect.any(Number),
      });
      const digest = createHash('sha256').update(text).digest('hex');
      expect(await system.hash('server', '/new/deep/file')).toBe(digest);
      await system.write('server', '/new/deep/another', '', root);
      expect(await system.list('server', '/new/deep')).toEqual(['another', 'file']);
      expect(await system.read('server', '/new/deep/another')).toBe('');
      expect((await system.stat('server', '/new'))?.kind).toBe('directory');
      expect((await system.stat('server', '/new'))?.mode).toBe(0o755);
      await system.remove('server', '/new/deep/another');
      expect(await system.list('server', '/new/deep')).toEqual(['file']);
      expect(await system.hash('server', '/new/deep')).toBeNull();
    });

    test('a directory is made with its parents, and given other attributes when it is there', async () => {
      await system.makeDirectory('server', '/made/below', { ...root, mode: 0o750 });
      expect(await system.stat('server', '/made/below')).toMatchObject({
        kind: 'directory',
        mode: 0o750,
      });
      expect(await system.list('server', '/made/below')).toEqual([]);
      await system.makeDirectory('server', '/made/below', { ...root, mode: 0o1777 });
      expect((await system.stat('server', '/made/below'))?.mode).toBe(0o1777);
    });

    test('append makes the file with its directories, then adds, and keeps the mode', async () => {
      await system.append('server', '/logs/events', 'one\n', 0o600);
      await system.append('server', '/logs/events', 'two\n', 0o644);
      expect(await system.read('server', '/logs/events')).toBe('one\ntwo\n');
      expect((await system.stat('server', '/logs/events'))?.mode).toBe(0o600);
    });

    test('reading on goes from a byte to the end of the last whole line', async () => {
      const path = '/logs/growing';
      expect(await system.readFrom('server', path, 0)).toBeNull();
      await system.append('server', path, 'grüße\n', 0o600);
      expect(await system.readFrom('server', path, 0)).toEqual({ text: 'grüße\n', next: 8 });
      expect(await system.readFrom('server', path, 8)).toEqual({ text: '', next: 8 });
      await system.append('server', path, 'zwei\n\ndr', 0o600);
      expect(await system.readFrom('server', path, 8)).toEqual({ text: 'zwei\n\n', next: 14 });
      expect(await system.readFrom('server', path, 14)).toEqual({ text: '', next: 14 });
      await system.append('server', path, 'ei\n', 0o600);
      expect(await system.readFrom('server', path, 14)).toEqual({ text: 'drei\n', next: 19 });
      expect(await system.readFrom('server', path, 4711)).toMatchObject({ text: '' });
    });

    test('reading on comes to the end of what is long, line by whole line', async () => {
      const path = '/logs/long';
      const lines = [...Array(3000).keys()].map((n) => `${n} ${'ü'.repeat(n % 90)}\n`);
      const text = `${lines.join('')}${'é'.repeat(200_000)}\nlast\n`;
      await system.append('server', path, text, 0o600);
      let found = '';
      for (let next = 0; ; ) {
        const added = await system.readFrom('server', path, next);
        if (added === null || added.next === next) break;
        expect(added.text.endsWith('\n')).toBe(true);
        found += added.text;
        next = added.next;
      }
      expect(found === text).toBe(true);
    });

    test('a link is made, replaced, and never taken for what it names', async () => {
      await system.link('server', '/links/current', 'one');
      await system.link('server', '/links/current', 'two');
      expect(await system.stat('server', '/links/current')).toMatchObject({
        kind: 'link',
        target: 'two',
      });
      expect(await system.list('server', '/links')).toEqual(['current']);
      await system.write('server', '/links/two', 'behind the link', root);
      expect(await system.read('server', '/links/current')).toBe('behind the link');
      await system.remove('server', '/links/current');
      expect(await system.list('server', '/links')).toEqual(['two']);
    });

    test('a link to a directory is replaced, not entered', async () => {
      await system.makeDirectory('server', '/switch/1', { ...root, mode: 0o755 });
      await system.link('server', '/switch/current', '1');
      await system.link('server', '/switch/current', '2');
      expect(await system.list('server', '/switch/1')).toEqual([]);
      expect((await system.stat('server', '/switch/current'))?.target).toBe('2');
    });

    test('writing over a link replaces the link and leaves what it named', async () => {
      await system.write('server', '/replace/victim', 'untouched', root);
      await system.link('server', '/replace/file', 'victim');
      await system.write('server', '/replace/file', 'ours', root);
      expect(await system.stat('server', '/replace/file')).toMatchObject({ kind: 'file' });
      expect(await system.read('server', '/replace/victim')).toBe('untouched');
      await system.link('server', '/replace/copy', 'victim');
      const from = { place: 'server', path: '/replace/file' } as const;
      await system.copy(from, 'server', '/replace/copy', root);
      expect(await system.read('server', '/replace/copy')).toBe('ours');
      expect(await system.read('server', '/replace/victim')).toBe('untouched');
    });

    test('modes are what was asked for, set-id bits too, whoever the owner is', async () => {
      for (const mode of [0o4755, 0o2750, 0o600, 0o444, 0o000]) {
        await system.write(tree, '/usr/bin/tool', 'x', { mode, owner: 'alice', group: 'video' });
        expect(await system.stat(tree, '/usr/bin/tool')).toMatchObject({
          mode,
          owner: 'alice',
          group: 'video',
        });
      }
    });

    test('a copy goes from place to place, following links inside its own', async () => {
      await given.plant(`${draft}/boot/vmlinuz-6`, 'file', 'a kernel');
      await given.plant(`${draft}/vmlinuz`, 'link', '/boot/vmlinuz-6');
      const from = { place: tree, path: '/vmlinuz' };
      await system.copy(from, 'server', '/srv/tftp/vmlinuz', { ...root, mode: 0o640 });
      expect(await system.read('server', '/srv/tftp/vmlinuz')).toBe('a kernel');
      expect(await system.stat('server', '/srv/tftp/vmlinuz')).toMatchObject({
        kind: 'file',
        mode: 0o640,
      });
      expect(await codeOf(system.copy({ ...from, path: '/none' }, 'server', '/x', root))).toBe(
        'ENOENT',
      );
      expect(await system.stat('server', '/x')).toBeNull();
    });

    describe('links that try to leave', () => {
      const escapes: readonly (readonly [what: string, outside: string, target: string])[] = [
        ['an absolute link', '/outside-1', '/outside-1'],
        ['too many ..', '/outside-2', '../../../../../../../../../../../outside-2'],
        ['a link to a link', '/outside-3', 'first'],
      ];
      test.each(escapes)('%s stays inside a tree', async (_, outside, target) => {
        await given.plant(`${outside}/secret`, 'file', 'of the server');
        await given.plant(`${draft}/from${outside}/first`, 'link', outside);
        await given.plant(`${draft}/from${outside}/way`, 'link', target);
        const way = `/from${outside}/way`;
        await system.write(tree, `${way}/file`, 'inside', root);
        expect(await look(`${draft}${outside}/file`)).toBe('inside');
        expect(await given.look(`${outside}/file`)).toBeNull();
        expect(await system.read(tree, `${way}/secret`)).toBeNull();
        expect(await system.list(tree, way)).toEqual(['file']);
        await system.makeDirectory(tree, `${way}/made`, { ...root, mode: 0o700 });
        await system.append(tree, `${way}/log`, 'line', 0o644);
        await system.link(tree, `${way}/link`, 'file');
        await system.remove(tree, `${way}/secret`);
        expect((await given.look(`${outside}/secret`))?.content).toBe('of the server');
        expect(await system.list('server', outside)).toEqual(['secret']);
        expect(await system.list(tree, outside)).toEqual(['file', 'link', 'log', 'made']);
      });

      test('.. in a path itself ends at the root of the place', async () => {
        await system.write(tree, '/../../../../out', 'kept in', root);
        expect(await look(`${draft}/out`)).toBe('kept in');
        expect(await given.look('/out')).toBeNull();
      });

      test('a copy from a link to the outside takes what is inside, or nothing', async () => {
        await given.plant('/etc/own-secret', 'file', 'of the server');
        await given.plant(`${draft}/stolen`, 'link', '/etc/own-secret');
        const from = { place: tree, path: '/stolen' };
        expect(await codeOf(system.copy(from, 'server', '/got', root))).toBe('ENOENT');
        expect(await given.look('/got')).toBeNull();
      });

      test('a circle of links is ELOOP, as in the kernel', async () => {
        await given.plant(`${draft}/one`, 'link', 'other');
        await given.plant(`${draft}/other`, 'link', '/one');
        expect(await codeOf(system.read(tree, '/one'))).toBe('ELOOP');
        expect(await codeOf(system.write(tree, '/one/below', 'x', root))).toBe('ELOOP');
        // The link itself is there all the same.
        expect((await system.stat(tree, '/one'))?.target).toBe('other');
      });
    });

    async function look(key: string): Promise<string | undefined> {
      return (await given.look(key))?.content;
    }

    test('a secret is kept, and another is not taken from it', async () => {
      expect(await system.secret('lab.root')).toBeNull();
      await system.keepSecret('lab.root', 'horse');
      await system.keepSecret('lab.users.alice', 'battery');
      expect(await system.secret('lab.root')).toBe('horse');
      expect(await system.secret('lab.users.alice')).toBe('battery');
      expect(await system.secret('lab')).toBeNull();
      expect(system.randomText(16)).toMatch(/^[A-Za-z0-9-]{16}$/);
    });

    test('a secret that is given counts at once, takes the place of another, and is kept by who says so', async () => {
      await system.keepSecret('lab.directory', 'of before');
      expect(await system.secretIsKept('lab.directory')).toBe(true);
      system.giveSecret('lab.directory', 'given');
      expect(await system.secret('lab.directory')).toBe('given');
      expect(await system.secretIsKept('lab.directory')).toBe(false);
      await system.keepSecret('lab.directory', 'given');
      expect(await system.secretIsKept('lab.directory')).toBe(true);
    });

    test('a directory that is not there is an answer, and so is a login there', async () => {
      // Nobody has port 1 (tcpmux).
      const question = {
        uris: ['ldap://127.0.0.1:1', 'ldaps://127.0.0.1:1'],
        encrypted: true,
        authority: null,
        bind: { dn: 'cn=reader', secret: 'lab.directory' },
        people: { base: 'dc=x', schema: 'rfc2307', filter: '', elsewhere: false },
      } as const;
      const answer = await system.askDirectory(question);
      expect(answer.servers).toEqual(
        question.uris.map((uri) => ({
          ...{ uri, status: 'silent', words: 'nobody listens there', certificate: null },
          milliseconds: expect.any(Number),
        })),
      );
      expect(answer).toMatchObject({ bind: { status: 'unasked' }, base: { status: 'unasked' } });
      expect(await system.tryLogin(question, { user: 'a', password: 'b' })).toMatchObject({
        status: 'unfound',
        words: 'ldap://127.0.0.1:1: nobody listens there',
        uid: null,
      });
    });

    test('the lock is one: the second taker is told who holds it', async () => {
      expect(await system.lockHolder()).toBeNull();
      const release = await system.lock('sidus apply --of-the-first');
      expect(await system.lockHolder()).toMatchObject({
        command: 'sidus apply --of-the-first',
        run: null,
      });
      try {
        await system.lock('sidus apply --of-the-second');
        expect.unreachable('two have the lock');
      } catch (error) {
        expect((error as ProblemError).problems[0]?.code).toBe('run/locked');
        expect(JSON.stringify((error as ProblemError).problems)).toContain('--of-the-first');
      }
      await release();
      expect(await system.lockHolder()).toBeNull();
      const again = await system.lock('sidus apply --again', 'the-run');
      expect((await system.lockHolder())?.run).toBe('the-run');
      expect(await codeOf(system.lock('sidus apply --another', 'another-run'))).toBe('run/locked');
      expect((await system.lockHolder())?.run).toBe('the-run');
      await again();
    });

    test('an engine is launched, holds the lock, writes, and lets go of it', async () => {
      const plan: Plan = {
        schema: 1,
        title: { text: 'x' },
        root: system.root,
        steps: [],
        notes: [],
      };
      const session = new Session(system);
      const run = await session.begin(plan, 'sidus apply --launched');
      const events: Event[] = [];
      const never = new AbortController().signal;
      const progress = await session.follow(run, (event) => events.push(event), never);
      expect(progress).toMatchObject({ run, outcome: 'ok', problem: null });
      expect(events.map(({ type }) => type)).toEqual(['run-started', 'run-finished']);
      expect(await system.lockHolder()).toBeNull();
      expect(await system.list('server', `/var/lib/sidus/runs/${run}`)).not.toContain(
        'hand-over.json',
      );
    });
  });
}
