import { createDecipheriv, createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json';
import type { BundleOrder } from './bundle-answer';
import { type VersionContents } from './bundle-contents';
import { readPersonalValues, textOf } from './bundle-files';
import {
  BUNDLE_FILES,
  categoryOf,
  keyFile,
  type OpenedStream,
  type PersonalValue,
  SEALED_FIELD,
  STATEMENT_FILE,
  statementFile,
  TEXT_FILE,
  textFile,
} from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import type { ProvenEvent } from './check-events';
import type { ProvenStreams } from './check-streams';
import { isObject } from './event-record';
import type { OpenBundle } from './open-bundle';
import { jsonOf } from './strict-json';

/** Texts and statements are those of the versions, all of them and no others. @throws BundleRejected */
export async function assertContents(bundle: OpenBundle, versions: readonly VersionContents[]): Promise<number> {
  const expected = new Set<string>();
  for (const { versionId, contents, statement } of versions) {
    for (const { sha256, format, bytes } of contents) {
      const file = textFile(sha256, format);
      if (!expected.has(file)) await assertText(bundle, file, sha256, bytes);
      expected.add(file);
    }
    if (statement === undefined) continue;
    const file = statementFile(versionId);
    expected.add(file);
    if (!bundle.has(file)) throw new BundleRejected('FILE_MISSING', { file }, 'the version has a statement');
    if ((await textOf(bundle, file)) === `${canonicalJson(statement)}\n`) continue;
    throw new BundleRejected('STATEMENT_ALTERED', { file }, 'it is not the statement of the version');
  }
  const other = bundle.names.find((name) => isContent(name) && !expected.has(name));
  if (other !== undefined)
    throw new BundleRejected('FILE_UNEXPECTED', { file: other }, 'the answer names no such text');
  return [...expected].filter((name) => TEXT_FILE.test(name)).length;
}

async function assertText(bundle: OpenBundle, file: string, sha256: string, bytes: number): Promise<void> {
  if (!bundle.has(file)) throw new BundleRejected('TEXT_MISSING', { file }, 'a version that the answer names has it');
  const content = await bundle.read(file);
  if (content.length === bytes && createHash('sha256').update(content).digest('hex') === sha256) return;
  throw new BundleRejected('TEXT_ALTERED', { file }, 'its SHA-256 is not the one in its name and in the log');
}

const isContent = (name: string) => TEXT_FILE.test(name) || STATEMENT_FILE.test(name);

/** Nothing but what bundles hold. @throws BundleRejected FILE_UNEXPECTED */
export function assertKnownNames(bundle: OpenBundle, keys: number, isMapped: boolean, order: BundleOrder): void {
  const { leaves, streamMap, streamMapNote, later, personal, ...always } = BUNDLE_FILES;
  const fitting = isMapped ? [streamMap, streamMapNote, later] : [leaves];
  const known = new Set<string>([...Object.values(always), ...fitting]);
  if (order.personalValues && order.subjectId !== undefined) known.add(personal);
  for (let line = 1; line <= keys; line += 1) known.add(keyFile(line));
  const other = bundle.names.find((name) => !known.has(name) && !isContent(name));
  if (other !== undefined)
    throw new BundleRejected('FILE_UNEXPECTED', { file: other }, 'no bundle of this kind has it');
}

/**
 * Each opened personal value is what its field in the log decrypts to; where they were asked for, none of a person who
 * was not erased is left out.
 *
 * @throws BundleRejected FILE_MISSING PERSONAL_VALUE_ALTERED PERSONAL_VALUE_MISSING
 */
export async function assertPersonalValues(
  bundle: OpenBundle,
  streams: ProvenStreams,
  listed: readonly OpenedStream[],
  order: BundleOrder,
): Promise<number> {
  const file = BUNDLE_FILES.personal;
  if (!order.personalValues || order.subjectId === undefined) return 0;
  if (!bundle.has(file)) throw new BundleRejected('FILE_MISSING', { file }, 'personal values were asked for');
  const values = await readPersonalValues(bundle);
  assertAllOpened(values, streams, listed);
  const events = new Map(
    [...streams].flatMap(([stream, each]) =>
      categoryOf(stream) === 'subject' ? each.map((event) => [event.id, event] as const) : [],
    ),
  );
  for (const value of values) {
    const event = events.get(value.event);
    if (event && opened(event, value) === value.text) continue;
    const culprit = { file, event: value.event, place: value.field };
    throw new BundleRejected('PERSONAL_VALUE_ALTERED', culprit, 'its field in the log does not open to it');
  }
  return values.length;
}

/** Who has a salt in the bundle has a key, too, and it opens every field that is sealed under it. */
function assertAllOpened(
  values: readonly PersonalValue[],
  streams: ProvenStreams,
  listed: readonly OpenedStream[],
): void {
  const given = new Set(values.map(({ event, field }) => `${event} ${field}`));
  const sealed = listed
    .filter(({ salt }) => salt !== undefined)
    .flatMap(({ stream }) => streams.get(stream) ?? [])
    .filter(({ data }) => isObject(data) && typeof data[SEALED_FIELD] === 'string');
  const missing = sealed.find(({ id }) => !given.has(`${id} ${SEALED_FIELD}`));
  if (!missing) return;
  const culprit = { file: BUNDLE_FILES.personal, event: missing.id, place: SEALED_FIELD };
  throw new BundleRejected('PERSONAL_VALUE_MISSING', culprit, 'it was left out, and personal values were asked for');
}

const [FORM, NONCE_END, TAG_END] = [1, 13, 29];

/** AES-256-GCM over the field's own place; undefined where the key does not fit. */
function opened({ data, stream, id, type }: ProvenEvent, { field, key }: PersonalValue): string | undefined {
  const sealed = isObject(data) ? data[field] : undefined;
  if (typeof sealed !== 'string') return undefined;
  const box = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), box.subarray(FORM, NONCE_END), {
      authTagLength: TAG_END - NONCE_END,
    })
      .setAAD(Buffer.from(JSON.stringify([stream, id, type, field]), 'utf8'))
      .setAuthTag(box.subarray(NONCE_END, TAG_END));
    return Buffer.concat([decipher.update(box.subarray(TAG_END)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The answer in the bundle is the one that follows from its events. @throws BundleRejected ANSWER_ALTERED */
export function assertAnswer(text: string, folded: object): void {
  const right = `${canonicalJson(folded)}\n`;
  if (text === right) return;
  const given = jsonOf(text);
  const place = given === undefined ? undefined : firstDifference(given, jsonOf(right));
  const culprit = { file: BUNDLE_FILES.answer, ...(place !== undefined && { place }) };
  throw new BundleRejected('ANSWER_ALTERED', culprit, 'it is not what follows from the events');
}

/** Names from the outside in, joined by points; undefined: only the way it is written differs. */
function firstDifference(given: unknown, right: unknown): string | undefined {
  if (isObject(given) && isObject(right)) {
    for (const name of [...new Set([...Object.keys(right), ...Object.keys(given)])].sort()) {
      const inner = firstDifferenceAt(name, given[name], right[name]);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  if (Array.isArray(given) && Array.isArray(right)) {
    for (let index = 0; index < Math.max(given.length, right.length); index += 1) {
      const inner = firstDifferenceAt(String(index), given[index], right[index]);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  return Object.is(given, right) ? undefined : '';
}

function firstDifferenceAt(name: string, given: unknown, right: unknown): string | undefined {
  const inner = firstDifference(given, right);
  if (inner === undefined) return undefined;
  return inner === '' ? name : `${name}.${inner}`;
}
