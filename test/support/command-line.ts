import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const REGISTER = join(__dirname, 'register-typescript.cjs');

export interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly said: string;
}

/** Data directories as the first test that began so left them. */
const beginnings = new Map<string, string>();

afterAll(() => {
  for (const kept of beginnings.values()) rmSync(kept, { recursive: true, force: true });
});

/** The `samtykke` command of the sources, in a data directory of its own. */
export function commandLine(): {
  readonly directory: string;
  /** Begins with what commands make of an empty data directory: they are run once in a file of tests, then copied. */
  begin(name: string, commands: () => Promise<unknown>): Promise<void>;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
  remove(): void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    spawn(process.execPath, ['--no-warnings', '--require', REGISTER, join(ROOT, 'src/main.ts'), ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', HOME: directory, SAMTYKKE_DATA: join(directory, 'data'), ...environment },
    });
  const data = join(directory, 'data');
  return {
    directory,
    start,
    begin: async (name, commands) => {
      const known = beginnings.get(name);
      if (known !== undefined) return cpSync(known, data, { recursive: true });
      await commands();
      const kept = mkdtempSync(join(tmpdir(), 'samtykke-'));
      cpSync(data, kept, { recursive: true });
      beginnings.set(name, kept);
    },
    run: (args, environment) => ended(start(args, environment)),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function ended(child: ChildProcess): Promise<Ended> {
  const out: Buffer[] = [];
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out: Buffer.concat(out), said }));
  });
}

/** What a child prints until a pattern is met. @throws when it ends before */
export function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('close', (code) => reject(new Error(`It ended with ${code} before it printed ${pattern}: ${said}`)));
  });
}
