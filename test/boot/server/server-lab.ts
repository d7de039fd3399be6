import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { asset } from '../../../src/core/assets.ts';
import { type ClientReport, clientReport } from '../../../src/core/client-report.ts';
import { workshop } from '../../../src/features/workshop.ts';
import { readLine } from '../../../src/rehearsal/protocol.ts';
import { until } from '../../support/machine.ts';
import { saidBy } from '../further-tree.ts';
import { root, system } from '../rehearsal-root.ts';

/** Where it lies, as the server of the tests sees it. */
const place = '/var/lib/sidus/lab';
export const labDirectory = join(root, place);

export interface Answer {
  readonly code: number;
  readonly output: string;
}

/** A client that has reported and is still on. */
export interface LabClient {
  readonly report: ClientReport;
  /** What the test inside it said, by its words. */
  readonly said: Readonly<Record<string, string>>;
}

/** A server and its clients, emulated, on a wire of their own. */
export class ServerLab {
  readonly #ended = new AbortController();
  readonly #lines: string[] = [];
  readonly #starts: string[] = [];
  readonly #answers: ((answer: Answer) => void)[] = [];
  #agent: Socket | null = null;
  #over: Promise<unknown> = Promise.resolve();
  /** When something was last said, in milliseconds since 1970. */
  #heard = 0;

  /**
   * Switches the server on and waits until it is up. An emulator that gives up before, or hangs, is
   * started once more: one of 18 boots did so (boot.md 9), and nothing was asked of the server yet.
   */
  static async on(): Promise<ServerLab> {
    const lab = new ServerLab();
    try {
      return await lab.#begin();
    } catch (error) {
      process.stderr.write(`the server did not come up, and is started once more: ${error}\n`);
      await lab.off();
      return new ServerLab().#begin();
    }
  }

  async #begin(): Promise<this> {
    const plain = { mode: 0o644, owner: 'root', group: 'root' } as const;
    for (const name of ['client', 'console']) {
      await system.write('server', `${place}/${name}`, asset(`rehearsal/${name}`).content, plain);
    }
    for (const name of ['lab', 'lab-client']) {
      const text = readFileSync(`test/boot/server/${name}`, 'utf8');
      await system.write('server', `${place}/${name}`, text, plain);
    }
    this.#over = system.exec(workshop, ['sh', '/rehearsal/lab'], {
      confined: true,
      privateNetwork: true,
      devices: true,
      binds: [{ from: { place: 'server', path: place }, to: '/rehearsal', readOnly: false }],
      signal: this.#ended.signal,
      unbuffered: true,
      line: (line) => {
        this.#heard = Date.now();
        this.#lines.push(line);
      },
    });
    await until('the wire', 30, () => (this.#lines.includes('lab: ready') ? true : null));
    this.#agent = await until('the agent’s socket', 30, () => dial(join(labDirectory, 'agent')));
    createInterface({ input: this.#agent }).on('line', (line) => this.#hear(line));
    await this.isUp(0);
    return this;
  }

  #hear(line: string): void {
    const [first = '', rest = ''] = line.split(' ');
    if (first === 'up') {
      this.#starts.push(rest);
      // Whoever asked before it went down is told nothing any more.
      for (const tell of this.#answers.splice(0)) tell({ code: -1, output: '' });
      return;
    }
    this.#answers.shift()?.({
      code: Number(first),
      output: Buffer.from(rest, 'base64').toString(),
    });
  }

  /** Waits until the server has been up more often than so. */
  isUp(times: number): Promise<true> {
    return until('the server to be up', 240, () => {
      const ended = this.#lines.find((line) => line.startsWith('lab: server ended'));
      if (ended !== undefined) throw new Error(ended);
      return this.#starts.length > times ? true : null;
    });
  }

  get timesUp(): number {
    return this.#starts.length;
  }

  /** A command for sh inside the server. */
  run(command: string): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => void this.#answers.push(resolve));
    this.#agent?.write(`${Buffer.from(command).toString('base64')}\n`);
    return answer;
  }

  /** As `run`, for what must not fail. */
  async output(command: string): Promise<string> {
    const { code, output } = await this.run(command);
    if (code !== 0) throw new Error(`${command}: ${code}\n${output.slice(-4000)}`);
    return output;
  }

  /** Switches the server off and on by its own means. */
  async reboot(): Promise<void> {
    const times = this.timesUp;
    void this.run('systemctl reboot');
    await this.isUp(times);
  }

  /** Boots a client until it reports; it stays on. As the server, it has a second try. */
  async client(mac: string): Promise<LabClient> {
    try {
      return await this.#boot(mac);
    } catch (error) {
      if (!/ended before it reported|waited|silent/.test(String(error))) throw error;
      process.stderr.write(`the client is started once more: ${error}\n`);
      await this.clientOff();
      return this.#boot(mac);
    }
  }

  async #boot(mac: string): Promise<LabClient> {
    const from = this.#lines.length;
    this.#heard = Date.now();
    this.#command(`client ${mac}`);
    const saidOf = (): Readonly<Record<string, string>> =>
      Object.fromEntries(
        this.#lines.slice(from).flatMap((line) => {
          const words = saidBy('kept', line);
          return words === null ? [] : [words];
        }),
      );
    const report = await until('the client’s report', 300, () => {
      for (const line of this.#lines.slice(from)) {
        const said = readLine(line);
        if (said.kind === 'failed') {
          throw new Error(`${said.why}\n${this.#lines.slice(-40).join('\n')}`);
        }
        if (said.kind === 'report') return clientReport.parse(said.json);
      }
      // As long as a rehearsal waits for one that says nothing (boot.md 9).
      if (Date.now() - this.#heard > 120_000) {
        throw new Error(`the client is silent\n${this.#lines.slice(-20).join('\n')}`);
      }
      return null;
    });
    const said = await until('what the client has to say', 240, () => {
      const all = saidOf();
      return 'done' in all ? all : null;
    });
    return { report, said };
  }

  /** Switches the client off. */
  async clientOff(): Promise<void> {
    const from = this.#lines.length;
    this.#command('off');
    await until('the client to be off', 30, () =>
      this.#lines.slice(from).includes('lab: no client') ? true : null,
    );
  }

  #command(line: string): void {
    writeFileSync(join(labDirectory, 'commands'), `${line}\n`, { flag: 'a' });
  }

  /** Nothing of it is left: the namespace dies with its first process. */
  async off(): Promise<void> {
    this.#ended.abort();
    this.#agent?.destroy();
    await this.#over;
  }
}

function dial(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
