import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { NewEvent } from '../../src/event-store/event-store';

/** Most events of one append in the storm; the version decides how many it holds. */
const MAX_STORM_EVENTS = 3;

export function stormStream(writer: number): string {
  return `storm-${uuidOf(`writer ${writer}`)}`;
}

/** What a writer appends when it has seen `version` events of its stream. */
export function stormEvents(writer: number, version: number): NewEvent[] {
  return Array.from({ length: 1 + (version % MAX_STORM_EVENTS) }, (_, index) =>
    stormEvent(writer, version + index + 1),
  );
}

/** The event that a writer sends as this version of its stream, whenever it sends it. */
export function stormEvent(writer: number, version: number): NewEvent {
  const text = 'æ'.repeat((version * 37) % 300);
  return {
    id: uuidOf(`writer ${writer} version ${version}`),
    type: 'StormRecorded',
    data: { writer, version, text },
    metadata: { commandId: uuidOf(`command ${writer} ${version}`) },
  };
}

export interface StormProcess {
  readonly pid: number;
  /** Lines it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves once it has printed so many lines; rejects when it ends before. */
  untilLines(count: number): Promise<void>;
  /** Ends it by SIGKILL and resolves once it is gone and its last line read. */
  kill(): Promise<void>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

export interface StormOptions {
  readonly writers: number;
  /** Appends of each writer before the program ends by itself; absent: until it is killed. */
  readonly most?: number;
  /** Command that starts the program under its eyes (strace). */
  readonly wrapper?: readonly string[];
}

/**
 * Gives tests a way to start the appending program in a process of its own, and ends what a failed test left running.
 * Call it once in a describe block.
 */
export function storms(): (directory: string, options: StormOptions) => StormProcess {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
    }
  });
  return (directory, { writers, most = 0, wrapper = [] }) => {
    const node = [process.execPath, '--require', join(__dirname, 'register-typescript.cjs')];
    const program = [join(__dirname, 'append-storm.child.ts'), directory, String(writers), String(most)];
    const [command = '', ...parameters] = [...wrapper, ...node, ...program];
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return watchStorm(child);
  };
}

function watchStorm(child: ChildProcessByStdio<null, Readable, null>): StormProcess {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const read = once(reader, 'close');
  const ended = once(child, 'exit').then(async ([code]: (number | null)[]) => {
    await read;
    return code ?? null;
  });
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    untilLines: async (count) => {
      const gone = ended.then((code) => `ended with ${code}`);
      while (lines.length < count) {
        const what = await Promise.race([once(reader, 'line'), gone]);
        if (typeof what === 'string' && lines.length < count) {
          throw new Error(`The appending process ${what} after ${lines.length} lines.`);
        }
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
