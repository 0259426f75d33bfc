import { isUtf8 } from 'node:buffer';
import { MAX_KEY_CHANGES } from '../../ledger/key-handover';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  categoryOf,
  type KeyChangeLine,
  type LaterLeafLine,
  MAX_BUNDLE_EVENTS,
  MAX_BUNDLE_LINE_BYTES,
  MAX_LATER_LEAVES,
  MAX_PATH_HASHES,
  type Manifest,
  type ManifestFile,
  type OpenedStream,
  type PersonalValue,
  type ProofLine,
  type StreamMapLine,
} from './bundle-layout';
import { README_EN, README_ID, README_NB, readmeId } from './bundle-readme';
import { BundleRejected } from './bundle-rejected';
import { isObject } from './event-record';
import type { OpenBundle } from './open-bundle';
import { canonicalOf, hasOnly, isHash, jsonOf } from './strict-json';

/**
 * Files of a bundle as what they should be; each throws BundleRejected when it is something else. They hold what they must
 * and nothing besides, in the one way that it is written: nothing stands in a bundle that nobody looks at.
 */

export async function readManifest(bundle: OpenBundle): Promise<Manifest> {
  const file = BUNDLE_FILES.manifest;
  const text = await textOf(bundle, file);
  const manifest = jsonOf(text);
  const wrong = (why: string) => new BundleRejected('MANIFEST_INVALID', { file }, why);
  if (!isObject(manifest) || !Array.isArray(manifest.files)) throw wrong('it is no list of files');
  if (manifest.format !== BUNDLE_FORMAT) {
    throw new BundleRejected('BUNDLE_FORMAT_UNKNOWN', { file }, `its form is not ${BUNDLE_FORMAT}`);
  }
  const files: readonly unknown[] = manifest.files;
  if (!files.every(isManifestFile)) throw wrong('it is no list of files');
  if (!isAscending(files.map(({ path }) => path))) throw wrong('it lists a file twice, or not in order');
  const { readme } = manifest;
  const isCanonical = text.endsWith('\n') && canonicalOf(text.slice(0, -1)) !== undefined;
  if (!isCanonical || !isHash(readme, 'hex') || !hasOnly(manifest, ['files', 'format', 'readme'])) {
    throw wrong('it is not written as manifests are');
  }
  return { format: BUNDLE_FORMAT, readme, files };
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

/**
 * What tells an outsider how to verify the bundle without us is what this release tells them, word for word.
 * @returns false: it is that of another release, and whether that wrote it so is not known here
 */
export async function assertReadme(bundle: OpenBundle, { readme }: Manifest): Promise<boolean> {
  const [en, nb] = [BUNDLE_FILES.readmeEn, BUNDLE_FILES.readmeNb];
  const [english, norwegian] = [await textOf(bundle, en), await textOf(bundle, nb)];
  const altered = (file: string, why: string) => new BundleRejected('FILE_ALTERED', { file }, why);
  if (readme !== README_ID) {
    if (readmeId(english, norwegian) === readme) return false;
    throw altered(en, 'with the Norwegian one it is not the README that the manifest names');
  }
  if (english !== README_EN) throw altered(en, 'it is not what this release writes');
  if (norwegian !== README_NB) throw altered(nb, 'it is not what this release writes');
  return true;
}

export async function readProofs(bundle: OpenBundle): Promise<readonly ProofLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.proofs, MAX_BUNDLE_EVENTS)).map((line, index) => {
    if (isProof(line)) return line;
    throw malformed(BUNDLE_FILES.proofs, { place: `line ${index + 1}` });
  });
}

export async function readStreams(bundle: OpenBundle): Promise<readonly OpenedStream[]> {
  const file = BUNDLE_FILES.streams;
  const streams = await listOf(bundle, file);
  return streams.map((each, index) => {
    const before = streams[index - 1];
    const isInOrder = index === 0 || (isOpenedStream(before) && isOpenedStream(each) && before.stream < each.stream);
    if (isOpenedStream(each) && isInOrder) return each;
    const stream = isObject(each) && isText(each.stream) ? each.stream : undefined;
    throw malformed(file, { place: `item ${index + 1}`, ...(stream !== undefined && { stream }) });
  });
}

/** None where the bundle has no such file. */
export async function readKeyChanges(bundle: OpenBundle): Promise<readonly KeyChangeLine[]> {
  const file = BUNDLE_FILES.keyChanges;
  if (!bundle.has(file)) return [];
  const lines = await linesOf(bundle, file, MAX_KEY_CHANGES);
  if (lines.length === 0) throw malformed(file);
  return lines.map((line, index) => {
    if (isKeyChange(line)) return line;
    throw malformed(file, { place: `line ${index + 1}` });
  });
}

export async function readStreamMap(bundle: OpenBundle): Promise<readonly StreamMapLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.streamMap, MAX_BUNDLE_EVENTS)).map((line, index) => {
    if (isStreamMapLine(line)) return line;
    throw malformed(BUNDLE_FILES.streamMap, { place: `line ${index + 1}` });
  });
}

export async function readLater(bundle: OpenBundle): Promise<readonly LaterLeafLine[]> {
  return (await linesOf(bundle, BUNDLE_FILES.later, MAX_LATER_LEAVES)).map((line, index) => {
    if (isLaterLeaf(line)) return line;
    throw malformed(BUNDLE_FILES.later, { place: `line ${index + 1}` });
  });
}

export async function readPersonalValues(bundle: OpenBundle): Promise<readonly PersonalValue[]> {
  const file = BUNDLE_FILES.personal;
  const seen = new Set<string>();
  return (await listOf(bundle, file)).map((each, index) => {
    const isNew = isPersonalValue(each) && !seen.has(`${each.event} ${each.field}`);
    if (!isNew) throw malformed(file, { place: `item ${index + 1}` });
    seen.add(`${each.event} ${each.field}`);
    return each;
  });
}

export async function textOf(bundle: OpenBundle, file: string): Promise<string> {
  const bytes = await bundle.read(file);
  if (!isUtf8(bytes)) throw malformed(file);
  return bytes.toString('utf8');
}

/** A list as one JSON text with a line feed behind it. */
async function listOf(bundle: OpenBundle, file: string): Promise<readonly unknown[]> {
  const text = await textOf(bundle, file);
  const list = text.endsWith('\n') ? canonicalOf(text.slice(0, -1)) : undefined;
  if (!Array.isArray(list)) throw malformed(file);
  return list;
}

const LINE_FEED = 0x0a;

/** Lines of JSON. They are counted and measured before any is read, since a small archive may hold very many. */
async function linesOf(bundle: OpenBundle, file: string, most: number): Promise<readonly unknown[]> {
  const content = await bundle.read(file);
  if (!isUtf8(content)) throw malformed(file);
  const values: unknown[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(LINE_FEED, start);
    const isFit = end >= start && end - start <= MAX_BUNDLE_LINE_BYTES && values.length < most;
    const value = isFit ? canonicalOf(content.toString('utf8', start, end)) : undefined;
    if (value === undefined) throw malformed(file, { place: `line ${values.length + 1}` });
    values.push(value);
    start = end + 1;
  }
  return values;
}

function malformed(file: string, where: { readonly place?: string; readonly stream?: string } = {}): BundleRejected {
  return new BundleRejected('FILE_MALFORMED', { file, ...where }, 'it has not the form it must');
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isPath = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MAX_PATH_HASHES && value.every((each) => isHash(each, 'base64'));
const isAscending = (texts: readonly string[]) =>
  texts.every((text, index) => index === 0 || (texts[index - 1] ?? text) < text);

function isManifestFile(value: unknown): value is ManifestFile {
  if (!isObject(value) || !hasOnly(value, ['bytes', 'path', 'sha256'])) return false;
  return isText(value.path) && isCount(value.bytes) && isHash(value.sha256, 'hex');
}
function isProof(value: unknown): value is ProofLine {
  return isObject(value) && hasOnly(value, ['hashes', 'leaf']) && isCount(value.leaf) && isPath(value.hashes);
}
/** Only of a person's stream the tag follows from a salt. */
function isOpenedStream(value: unknown): value is OpenedStream {
  if (!isObject(value) || !isText(value.stream) || !isHash(value.tag, 'base64url')) return false;
  const isPersonal = categoryOf(value.stream) === 'subject';
  return hasOnly(value, ['stream', 'tag'], isPersonal ? ['salt'] : []) && isHashOrAbsent(value.salt);
}
const isHashOrAbsent = (value: unknown) => value === undefined || isHash(value, 'base64url');
function isKeyChange(value: unknown): value is KeyChangeLine {
  if (!isObject(value) || !hasOnly(value, ['from', 'hashes', 'note'])) return false;
  return isText(value.from) && isText(value.note) && isPath(value.hashes);
}
function isStreamMapLine(value: unknown): value is StreamMapLine {
  if (!isObject(value) || !hasOnly(value, ['count', 'hashes', 'index', 'last', 'tag'])) return false;
  return (
    [value.count, value.last, value.index].every(isCount) && isHash(value.tag, 'base64url') && isPath(value.hashes)
  );
}
function isLaterLeaf(value: unknown): value is LaterLeafLine {
  if (!isObject(value) || !hasOnly(value, ['hashes', 'leaf', 'sha256', 'tag'])) return false;
  const isLeaf = isCount(value.leaf) && isHash(value.tag, 'base64url') && isHash(value.sha256, 'hex');
  return isLeaf && isPath(value.hashes);
}
function isPersonalValue(value: unknown): value is PersonalValue {
  if (!isObject(value) || !hasOnly(value, ['event', 'field', 'key', 'text'])) return false;
  return isHash(value.key, 'base64url') && [value.event, value.field, value.text].every(isText);
}
