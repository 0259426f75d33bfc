import { createHash, type Hash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { portErrorOf } from '../../sqlite/driver-faults';
import type { DraftMark, OpenedFile, Piece, WrittenFile } from '../prepared-files';
import { PREPARED_FILES_FAULTS } from './prepared-files-database';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;
const DRAFT = '.draft';
const READ_AT_ONCE_BYTES = 1_048_576;
const NAME = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.draft)?$/;

/** The bytes of prepared files, one file each in one directory that only its owner reads, named by its order's id. */
export interface ContentFiles {
  /** Writes a file that is there as a whole or not at all, also after a power cut. */
  write(id: string, content: AsyncIterable<Piece>, writing: Writing): Promise<WrittenFile>;
  open(id: string): Promise<OpenedFile | undefined>;
  /** Also what a crash left half written. */
  remove(ids: readonly string[]): Promise<void>;
  /** Ids of all files there are, whole or not. */
  list(): Promise<readonly string[]>;
}

interface Writing {
  /** Goes on behind this mark. @throws DraftLost */
  readonly from: DraftMark | undefined;
  /** Keeps a mark; what stands before it has reached the disk. */
  keep(mark: DraftMark): Promise<void>;
}

/** What stands before a mark is no longer what it was. */
export class DraftLost extends Error {
  override readonly name = 'DraftLost';
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
    write: async (id, content, { from, keep }) => {
      const draft = `${path(id)}${DRAFT}`;
      let marked = from !== undefined;
      const keepMark = async (mark: DraftMark) => {
        await keep(mark);
        marked = true;
      };
      try {
        const written = await writeDraft(draft, content, { from, keep: keepMark });
        await withPortErrors(async () => {
          await rename(draft, path(id));
          await syncDirectory(directory);
        });
        return written;
      } catch (error) {
        if (!marked || error instanceof DraftLost) await rm(draft, { force: true, recursive: true });
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

async function writeDraft(draft: string, content: AsyncIterable<Piece>, { from, keep }: Writing): Promise<WrittenFile> {
  const file = await openDraft(draft, from);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    if (from) {
      await withPortErrors(() => goTo(file, from, hash));
      bytes = from.bytes;
    }
    for await (const piece of content) {
      if ('mark' in piece) {
        await withPortErrors(() => file.datasync());
        await keep({ bytes, sha256: hash.copy().digest('hex'), state: piece.mark });
        continue;
      }
      await withPortErrors(() => writeAll(file, piece, bytes));
      hash.update(piece);
      bytes += piece.length;
    }
    await withPortErrors(() => file.sync());
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

async function openDraft(draft: string, from: DraftMark | undefined): Promise<FileHandle> {
  try {
    return await open(draft, from ? 'r+' : 'w', OWNER_ONLY_FILE);
  } catch (error) {
    if (from && isFileError(error, 'ENOENT')) throw new DraftLost('The draft is not there.');
    throw portErrorOf(error, PREPARED_FILES_FAULTS);
  }
}

/** The system may take less at once than it is given. */
async function writeAll(file: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < piece.length; ) {
    const { bytesWritten } = await file.write(piece, written, piece.length - written, at + written);
    written += bytesWritten;
  }
}

/** Takes over what stands before a mark, once it is known to be what was written. @throws DraftLost */
async function goTo(file: FileHandle, mark: DraftMark, hash: Hash): Promise<void> {
  const buffer = new Uint8Array(READ_AT_ONCE_BYTES);
  for (let read = 0; read < mark.bytes; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, mark.bytes - read), read);
    if (bytesRead === 0) throw new DraftLost('The draft is shorter than its mark.');
    hash.update(buffer.subarray(0, bytesRead));
    read += bytesRead;
  }
  if (hash.copy().digest('hex') !== mark.sha256) throw new DraftLost('The draft is not what was written.');
  await file.truncate(mark.bytes);
}

/** Opened before it is answered, so that a file which is not there is told apart from one that breaks off. */
async function openContent(path: string): Promise<OpenedFile | undefined> {
  try {
    const file = await open(path, 'r');
    return { content: file.createReadStream() };
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return undefined;
    throw portErrorOf(error, PREPARED_FILES_FAULTS);
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
    throw portErrorOf(error, PREPARED_FILES_FAULTS);
  }
}

function isFileError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
