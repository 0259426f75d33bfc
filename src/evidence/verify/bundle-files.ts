import { isUtf8 } from 'node:buffer';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  type LaterLeafLine,
  MAX_BUNDLE_EVENTS,
  MAX_BUNDLE_LINE_BYTES,
  MAX_LATER_LEAVES,
  type Manifest,
  type ManifestFile,
  type OpenedStream,
  type PersonalValue,
  type ProofLine,
  type StreamMapLine,
} from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { isObject, jsonOf } from './event-record';
import type { OpenBundle } from './open-bundle';

/** Files of a bundle as what they should be; each throws BundleRejected when it is something else. */

export async function readManifest(bundle: OpenBundle): Promise<Manifest> {
  const file = BUNDLE_FILES.manifest;
  const manifest = jsonOf(await textOf(bundle, file));
  const wrong = (why: string) => new BundleRejected('MANIFEST_INVALID', { file }, why);
  if (!isObject(manifest) || !Array.isArray(manifest.files)) throw wrong('it is no list of files');
  if (manifest.format !== BUNDLE_FORMAT) {
    throw new BundleRejected('BUNDLE_FORMAT_UNKNOWN', { file }, `its form is not ${BUNDLE_FORMAT}`);
  }
  const files: readonly unknown[] = manifest.files;
  if (!files.every(isManifestFile)) throw wrong('it is no list of files');
  if (new Set(files.map(({ path }) => path)).size !== files.length) throw wrong('it lists a file twice');
  return { format: BUNDLE_FORMAT, files };
}

/** Every file is listed, and every listed file is there. */
export function assertListed(bundle: OpenBundle, { files }: Manifest): void {
  const listed = new Set<string>([BUNDLE_FILES.manifest, ...files.map(({ path }) => path)]);
  const unlisted = bundle.names.find((name) => !listed.has(name));
  if (unlisted !== undefined) {
    throw new BundleRejected('FILE_UNEXPECTED', { file: unlisted }, 'the manifest does not list it');
  }
  const absent = [...listed].find((name) => !bundle.has(name));
  if (absent !== undefined) throw new BundleRejected('FILE_MISSING', { file: absent }, 'the manifest lists it');
}

/** Every file is byte for byte the one that the manifest lists. */
export async function assertUnaltered(bundle: OpenBundle, { files }: Manifest): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const found = await bundle.digest(path);
    if (found.bytes === bytes && found.sha256 === sha256) continue;
    throw new BundleRejected('FILE_ALTERED', { file: path }, 'it is not the file that the manifest lists');
  }
}

export async function readProofs(bundle: OpenBundle): Promise<readonly ProofLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.proofs, MAX_BUNDLE_EVENTS)).map((line, index) => {
    if (isProof(line)) return line;
    throw malformed(BUNDLE_FILES.proofs, `line ${index + 1}`);
  });
}

export async function readStreams(bundle: OpenBundle): Promise<readonly OpenedStream[]> {
  const streams = jsonOf(await textOf(bundle, BUNDLE_FILES.streams));
  if (Array.isArray(streams) && streams.every(isOpenedStream)) return streams;
  throw malformed(BUNDLE_FILES.streams);
}

export async function readStreamMap(bundle: OpenBundle): Promise<readonly StreamMapLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.streamMap, MAX_BUNDLE_EVENTS)).map((line, index) => {
    if (isStreamMapLine(line)) return line;
    throw malformed(BUNDLE_FILES.streamMap, `line ${index + 1}`);
  });
}

export async function readLater(bundle: OpenBundle): Promise<readonly LaterLeafLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.later, MAX_LATER_LEAVES)).map((line, index) => {
    if (isLaterLeaf(line)) return line;
    throw malformed(BUNDLE_FILES.later, `line ${index + 1}`);
  });
}

export async function readPersonalValues(bundle: OpenBundle): Promise<readonly PersonalValue[]> {
  const values = jsonOf(await textOf(bundle, BUNDLE_FILES.personal));
  if (Array.isArray(values) && values.every(isPersonalValue)) return values;
  throw malformed(BUNDLE_FILES.personal);
}

export async function textOf(bundle: OpenBundle, file: string): Promise<string> {
  const bytes = await bundle.read(file);
  if (!isUtf8(bytes)) throw malformed(file);
  return bytes.toString('utf8');
}

const LINE_FEED = 0x0a;

/** Lines of JSON. They are counted and measured before any is read, since a small archive may hold very many. */
async function linesOf(bundle: OpenBundle, file: string, most: number): Promise<readonly unknown[]> {
  const content = await bundle.read(file);
  const values: unknown[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(LINE_FEED, start);
    const isFit = end >= start && end - start <= MAX_BUNDLE_LINE_BYTES && values.length < most;
    if (!isFit) throw malformed(file, `line ${values.length + 1}`);
    values.push(jsonOf(content.toString('utf8', start, end)));
    start = end + 1;
  }
  return values;
}

function malformed(file: string, place?: string): BundleRejected {
  const culprit = { file, ...(place !== undefined && { place }) };
  return new BundleRejected('FILE_MALFORMED', culprit, 'it has not the form it must');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

function isManifestFile(value: unknown): value is ManifestFile {
  return isObject(value) && isText(value.path) && isCount(value.bytes) && isText(value.sha256);
}
function isProof(value: unknown): value is ProofLine {
  return isObject(value) && isCount(value.leaf) && isTexts(value.hashes);
}
function isOpenedStream(value: unknown): value is OpenedStream {
  return (
    isObject(value) && isText(value.stream) && isText(value.tag) && (value.salt === undefined || isText(value.salt))
  );
}
function isStreamMapLine(value: unknown): value is StreamMapLine {
  const isCounted = isObject(value) && [value.count, value.last, value.index].every(isCount);
  return isCounted && isText(value.tag) && isTexts(value.hashes);
}
function isLaterLeaf(value: unknown): value is LaterLeafLine {
  return isObject(value) && isCount(value.leaf) && isTexts(value.hashes) && isText(value.tag) && isText(value.sha256);
}
function isPersonalValue(value: unknown): value is PersonalValue {
  return isObject(value) && [value.event, value.field, value.key, value.text].every(isText);
}
