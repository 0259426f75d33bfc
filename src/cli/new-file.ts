import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandRefused } from './doors';

const OWNER_ONLY = 0o600;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Writes a file that appears whole at the end, or not at all; it is its owner's alone. One that is there stays as it is.
 * @returns its bytes
 * @throws CommandRefused FILE_EXISTS DIRECTORY_MISSING STOPPED @throws whatever the content throws, and what the system says
 */
export async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  assertNew(path);
  const beside = join(dirname(resolve(path)), `.samtykke-${randomUUID()}.part`);
  const file = await open(beside, 'wx', OWNER_ONLY);
  let bytes = 0;
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  try {
    try {
      for await (const chunk of content) {
        if (stopped) throw new CommandRefused('STOPPED', 'It was stopped; nothing of it is left.');
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    assertNew(path);
    await rename(beside, path);
    return bytes;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  }
}

/**
 * Asked before a command begins, so that nothing is recorded of a file that could not be written.
 * @throws CommandRefused FILE_EXISTS DIRECTORY_MISSING
 */
export function assertNew(path: string): void {
  const directory = dirname(resolve(path));
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new CommandRefused('DIRECTORY_MISSING', `${directory} is no directory: make it first.`);
  if (existsSync(path)) throw new CommandRefused('FILE_EXISTS', `${path} is there, and is not written over.`);
}
