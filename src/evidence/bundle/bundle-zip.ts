import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { canonicalJson } from '../../domain/canonical-json';
import { OrderFailed } from '../order-failed';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_FILES,
  type Manifest,
  type ManifestFile,
  maxBytesOf,
} from '../verify/bundle-layout';
import { README_ID } from '../verify/bundle-readme';

/** A file that goes into a bundle: what is small at once, a text when its turn comes. */
export type BundleFile =
  | { readonly path: string; readonly content: Buffer }
  | (ManifestFile & { readonly read: () => Promise<Uint8Array> });

/** Hashes do not pack. */
const UNPACKED: ReadonlySet<string> = new Set([BUNDLE_FILES.leaves, BUNDLE_FILES.proofs]);

/** In a zip a time has no zone: this reads the same wherever it is made. */
const options = (path: string) => ({
  mtime: new Date(1980, 0, 1),
  mode: 0o100644,
  forceDosTimestamp: true,
  compress: !UNPACKED.has(path),
});

/**
 * The files as one zip, with the manifest of all of them: the same files give the same bytes.
 * @throws OrderFailed BUNDLE_TOO_LARGE it would be larger than what is verified
 */
export async function* bundleZip(files: readonly BundleFile[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const inOrder = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const manifest: Manifest = { format: BUNDLE_FORMAT, readme: README_ID, files: inOrder.map(listed) };
  assertWithinLimits(manifest.files);
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream as AsyncIterable<Uint8Array>);
  const fail = (error: unknown) => void output.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on('error', fail);
  const content = Buffer.from(`${canonicalJson(manifest)}\n`, 'utf8');
  for (const file of [...inOrder, { path: BUNDLE_FILES.manifest, content }]) {
    if ('content' in file) zip.addBuffer(file.content, file.path, options(file.path));
    else
      zip.addReadStreamLazy(
        file.path,
        options(file.path),
        (take) => void file.read().then((bytes) => take(null, Readable.from([Buffer.from(bytes)])), fail),
      );
  }
  zip.end();
  try {
    for await (const chunk of output) {
      signal.throwIfAborted();
      yield chunk as Uint8Array;
    }
  } finally {
    output.destroy();
  }
}

function listed(file: BundleFile): ManifestFile {
  if (!('content' in file)) return { path: file.path, bytes: file.bytes, sha256: file.sha256 };
  const { path, content } = file;
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

function assertWithinLimits(files: readonly ManifestFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const isLarge = files.length >= MAX_BUNDLE_FILES || files.some((file) => file.bytes > maxBytesOf(file.path));
  if (isLarge || bytes > MAX_BUNDLE_BYTES / 2) throw new OrderFailed('BUNDLE_TOO_LARGE');
}
