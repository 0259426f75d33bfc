import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenedFile, WrittenFile } from '../prepared-files';
import { portErrorOf } from './prepared-files-database';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;
const DRAFT = '.draft';
const NAME = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.draft)?$/;

/** The bytes of prepared files, one file each in one directory that only its owner reads, named by its order's id. */
export interface ContentFiles {
  /** Writes a file that is there as a whole or not at all, also after a power cut. */
  write(id: string, content: AsyncIterable<Uint8Array>): Promise<WrittenFile>;
  open(id: string): Promise<OpenedFile | undefined>;
  /** Also what a crash left half written. */
  remove(ids: readonly string[]): Promise<void>;
  /** Ids of all files there are, whole or not. */
  list(): Promise<readonly string[]>;
}

export async function openContentFiles(directory: string): Promise<ContentFiles> {
  await withPortErrors(async () => {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await chmod(directory, OWNER_ONLY_DIRECTORY);
  });
  const path = (id: string) => join(directory, id);
  const remove = async (ids: readonly string[]) => {
    for (const id of ids) {
      await rm(path(id), { force: true });
      await rm(`${path(id)}${DRAFT}`, { force: true });
    }
    if (ids.length > 0) await syncDirectory(directory);
  };
  return {
    write: async (id, content) => {
      const draft = `${path(id)}${DRAFT}`;
      try {
        const written = await writeDraft(draft, content);
        await withPortErrors(async () => {
          await rename(draft, path(id));
          await syncDirectory(directory);
        });
        return written;
      } catch (error) {
        await rm(draft, { force: true, recursive: true });
        throw error;
      }
    },
    open: (id) => openContent(path(id)),
    remove: (ids) => withPortErrors(() => remove(ids)),
    list: () =>
      withPortErrors(async () => {
        const entries = await readdir(directory, { withFileTypes: true });
        const ids = entries.filter(isContent).map(({ name }) => name.slice(0, name.length - suffixLength(name)));
        return [...new Set(ids)];
      }),
  };
}

async function writeDraft(draft: string, content: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  const file = await withPortErrors(() => open(draft, 'w', OWNER_ONLY_FILE));
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of content) {
      await withPortErrors(() => file.writeFile(chunk));
      hash.update(chunk);
      bytes += chunk.length;
    }
    await withPortErrors(() => file.sync());
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

/** Opened before it is answered, so that a file which is not there is told apart from one that breaks off. */
async function openContent(path: string): Promise<OpenedFile | undefined> {
  try {
    const file = await open(path, 'r');
    return { content: file.createReadStream() };
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw portErrorOf(error);
  }
}

const isContent = (entry: Dirent) => entry.isFile() && NAME.test(entry.name);

const suffixLength = (name: string) => (name.endsWith(DRAFT) ? DRAFT.length : 0);

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function withPortErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw portErrorOf(error);
  }
}

function isFileError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
