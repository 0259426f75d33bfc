import { MAX_ARCHIVED_TEXT_BYTES } from '../../domain/limits';
import type { ContentRef, TextFlag } from '../../domain/policy/policy.events';
import type { Application } from '../application';
import { BoundedCache } from '../bounded-cache';
import { archiveText, decodeText } from '../texts';
import { type Budget, createBudget } from './budget';
import { createFlagFinder } from './flag-finder';
import type { DeclaredKind } from './git-attributes';
import type { GitBlobs } from './git-blobs';
import { formatOf } from './policy-names';
import { charsetOf, looksBinary } from './text-encoding';

/** A file at a commit as the log keeps it, or why it is no text that can be kept. */
export type PreparedText =
  | { readonly kind: 'text'; readonly content: ContentRef; readonly flags: readonly TextFlag[] }
  | { readonly kind: 'not a text'; readonly reason: 'BINARY' | 'TOO_LARGE' };

export interface GitTexts {
  /** Reads a file, stores its text before any event can name it (rule X2), and answers how it is named. */
  prepare(path: string, blob: string): Promise<PreparedText>;
  /** Only looks; nothing is stored. Undefined: it can be kept. */
  reasonNotToKeep(path: string, blob: string): Promise<'BINARY' | 'TOO_LARGE' | undefined>;
}

/** Contents held at a time, over all paths. Each is there as bytes, as text and as it is written. */
const MAX_BYTES_AT_WORK = 1_048_576;
/** What preparing a text needs beside its bytes, counted in bytes, so that many empty ones are bounded too. */
const BYTES_BESIDE = 4_096;
/** Files remembered, since texts return. */
const MAX_REMEMBERED_FILES = 4_096;

export function openGitTexts(
  app: Application,
  organisation: { readonly organisationId: string; readonly defaultLocale: string },
  blobs: GitBlobs,
  declared: ReadonlyMap<string, DeclaredKind>,
): GitTexts {
  const budget: Budget = createBudget(MAX_BYTES_AT_WORK);
  const remembered = new BoundedCache<PreparedText>(MAX_REMEMBERED_FILES);
  const flagsIn = createFlagFinder();
  const locale = organisation.defaultLocale;

  async function store(path: string, bytes: Uint8Array): Promise<PreparedText> {
    const charset = charsetOf(bytes);
    const text = { locale, format: formatOf(path), bytes, ...(charset && { charset }) };
    const content = await archiveText(app, organisation.organisationId, text);
    return { kind: 'text', content, flags: flagsIn(decodeText(bytes, charset), locale) };
  }

  async function read<T>(
    path: string,
    blob: string,
    use: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T | (PreparedText & { readonly kind: 'not a text' })> {
    if (declared.get(path) === 'binary') return { kind: 'not a text', reason: 'BINARY' };
    const size = await blobs.size(blob);
    if (size > MAX_ARCHIVED_TEXT_BYTES) return { kind: 'not a text', reason: 'TOO_LARGE' };
    return budget.run(size + BYTES_BESIDE, async () => {
      const bytes = await blobs.read(blob);
      if (declared.get(path) !== 'text' && looksBinary(bytes)) return { kind: 'not a text', reason: 'BINARY' };
      return use(bytes);
    });
  }

  return {
    prepare: async (path, blob) => {
      const key = `${declared.get(path) ?? ''} ${formatOf(path)} ${blob}`;
      const known = remembered.get(key);
      if (known) return known;
      const prepared = await read(path, blob, (bytes) => store(path, bytes));
      remembered.set(key, prepared, 1);
      return prepared;
    },
    reasonNotToKeep: async (path, blob) => (await read(path, blob, async () => undefined))?.reason,
  };
}
