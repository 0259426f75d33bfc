import { createReadStream } from 'node:fs';
import { MAX_TEXT_BYTES } from '../domain/limits';
import { Refusal } from '../domain/refusal';

/**
 * The bytes of a file that somebody named, which may be anything. At most one byte more than a text may have is read,
 * enough to be refused as too large, however long the file goes on.
 *
 * @throws Refusal FILE_UNREADABLE
 */
export async function readTextFile(path: string): Promise<Buffer> {
  return firstBytes(path, MAX_TEXT_BYTES + 1);
}

/**
 * Asked before a command begins that reads a file of any length on its way.
 * @throws Refusal FILE_UNREADABLE
 */
export async function assertReadable(path: string): Promise<void> {
  await firstBytes(path, 1);
}

async function firstBytes(path: string, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: most - 1 })) chunks.push(chunk);
  } catch (error) {
    throw new Refusal('FILE_UNREADABLE', reasonOf(error), 'X1', { path: ['file'] });
  }
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EISDIR: 'This is a directory.',
  EACCES: 'You have no permission to read it.',
  EPERM: 'You have no permission to read it.',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown fault';
  return REASONS[code] ?? `It cannot be read: ${code}.`;
}
