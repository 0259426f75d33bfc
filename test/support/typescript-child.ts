import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

const REGISTER = join(__dirname, 'register-typescript.cjs');

/** Starts a TypeScript program of this repository, its path counted from the root, in a process of its own. */
export function startTypescript(program: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', '--require', REGISTER, join(ROOT, program), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What such a program says until it ends. @throws when it ends otherwise than well */
export async function runTypescript(program: string, ...args: readonly string[]): Promise<string> {
  const child = startTypescript(program, ...args);
  let said = '';
  let complained = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    complained += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complained}`);
  return said;
}
