import type { Evidence } from '../../application/evidence';
import { readTextBytes } from '../../application/texts';
import { canonicalJson } from '../../domain/canonical-json';
import { verifierKeyText } from '../../ledger/checkpoint-note';
import type { SignedCheckpoint } from '../../ledger/checkpoint-stream';
import { consistencyProof } from '../../ledger/merkle-tree';
import type { EvidenceGenerators, EvidenceWork } from '../evidence-generators';
import { LedgerBehind } from '../ledger-behind';
import { OrderFailed } from '../order-failed';
import { answerOf } from '../verify/bundle-answer';
import { contentsOf, type VersionContents } from '../verify/bundle-contents';
import { type BundleFolds, foldBundle, orderIn } from '../verify/bundle-folds';
import {
  BUNDLE_FILES,
  categoryOf,
  type KeyChangeLine,
  keyFile,
  type OpenedStream,
  type PersonalValue,
  SEALED_FIELD,
  statementFile,
  streamOf,
  textFile,
} from '../verify/bundle-layout';
import { README_EN, README_NB } from '../verify/bundle-readme';
import { isForgotten } from '../verify/check-streams';
import { base64, bundleLeaves, lines } from './bundle-leaves';
import { type BundleParts, type OpenedStreams, openStreams } from './bundle-source';
import { type BundleFile, bundleZip } from './bundle-zip';

/** What an outsider can verify without us: a policy's or a person's answer with everything that it rests on. */
export function bundles(parts: BundleParts): EvidenceGenerators {
  return {
    BUNDLE: {
      ZIP: async function* (order, work) {
        yield* bundleZip(await bundleFiles(parts, order, work), work.signal);
      },
    },
  };
}

/** How long it is waited for the tree to come as far as the order, where it follows the log. */
const REACH_MS = 30_000;

async function bundleFiles(parts: BundleParts, order: Evidence, work: EvidenceWork): Promise<readonly BundleFile[]> {
  const { prefix, signal, rows } = work;
  const opened = await openStreams(parts, order, prefix, signal);
  const total = [...opened.values()].reduce((sum, events) => sum + events.length, 0);
  rows(0, total);
  const checkpoint = await checkpointOver(parts, order, opened);
  const { events, files } = await bundleLeaves(parts, opened, checkpoint, signal);
  rows(total, total);
  const streams = new Map([...opened].map(([stream, each]) => [stream, each.map(({ event }) => event)]));
  const ordered = orderIn(streams.get(streamOf('evidence', order.evidenceId)) ?? []);
  const answering = new Map([...streams].filter(([stream]) => categoryOf(stream) !== 'evidence'));
  const folds = foldBundle(answering);
  const answer = answerOf(parts.app.logId, ordered, folds);
  const listed = await openedStreams(parts, order, opened);
  return [
    text(BUNDLE_FILES.readmeEn, README_EN),
    text(BUNDLE_FILES.readmeNb, README_NB),
    json(BUNDLE_FILES.answer, answer),
    { path: BUNDLE_FILES.events, content: Buffer.concat(events.map(({ record }) => record)) },
    json(BUNDLE_FILES.streams, listed),
    ...files,
    ...signatureFiles(checkpoint),
    ...(await keyChangeFiles(parts, checkpoint)),
    ...(await timestampFiles(parts, checkpoint)),
    ...contentFiles(parts, folds, contentsOf(answer, answering)),
    ...(order.personalValues && order.subjectId !== undefined
      ? [json(BUNDLE_FILES.personal, await personalValues(parts, opened, listed))]
      : []),
  ];
}

/** The first checkpoint that covers the order itself, which follows everything that the answer knows. */
async function checkpointOver(
  { ledger }: BundleParts,
  order: Evidence,
  opened: OpenedStreams,
): Promise<SignedCheckpoint> {
  const [last] = opened.get(streamOf('evidence', order.evidenceId)) ?? [];
  if (!last) throw new Error('A bundle was ordered, and the log does not hold it.');
  const { position } = last.stored;
  if (!(await ledger.reach(position, REACH_MS))) throw new LedgerBehind();
  const leaf = ledger.leafAt(position);
  const checkpoint = leaf === undefined ? undefined : await ledger.covering(leaf + 1);
  if (!checkpoint || checkpoint.size > ledger.tree.size()) throw new LedgerBehind();
  return checkpoint;
}

const text = (path: string, content: string): BundleFile => ({ path, content: Buffer.from(content, 'utf8') });
const json = (path: string, value: unknown): BundleFile => text(path, `${canonicalJson(value)}\n`);

function signatureFiles({ note, signers }: SignedCheckpoint): readonly BundleFile[] {
  const pems = signers.map(({ publicKey }, index) =>
    text(keyFile(index + 1), publicKey.export({ format: 'pem', type: 'spki' }).toString()),
  );
  const keys = signers.map((signer) => `${verifierKeyText(signer)}\n`).join('');
  return [text(BUNDLE_FILES.checkpoint, note), text(BUNDLE_FILES.keys, keys), ...pems];
}

/** So that whoever has a key of ten years ago need not ask for today's. */
async function keyChangeFiles({ ledger }: BundleParts, checkpoint: SignedCheckpoint): Promise<readonly BundleFile[]> {
  const changes = (await ledger.keyChanges(checkpoint)).map(({ from, note, checkpoint: { size } }): KeyChangeLine => {
    const hashes = consistencyProof(ledger.tree, size, checkpoint.size);
    return { from: verifierKeyText(from), note, hashes: hashes.map(base64) };
  });
  return changes.length > 0 ? [lines(BUNDLE_FILES.keyChanges, changes)] : [];
}

async function timestampFiles({ ledger }: BundleParts, { size }: SignedCheckpoint): Promise<readonly BundleFile[]> {
  const stamp = await ledger.timestampOf(size);
  return stamp ? [{ path: BUNDLE_FILES.timestamp, content: Buffer.from(stamp.response) }] : [];
}

function contentFiles(
  { app }: BundleParts,
  folds: BundleFolds,
  versions: readonly VersionContents[],
): readonly BundleFile[] {
  const files = new Map<string, BundleFile>();
  for (const { policyId, versionId, contents, statement } of versions) {
    if (statement) files.set(versionId, json(statementFile(versionId), statement));
    for (const { sha256, format, bytes } of contents) {
      const path = textFile(sha256, format);
      const read = () => readTextBytes(app, folds.policy(policyId).organisationId, sha256);
      files.set(path, { path, sha256, bytes, read });
    }
  }
  return [...files.values()];
}

/**
 * With the salts of persons who are not erased, so that their tags can be computed anew.
 * @throws OrderFailed SUBJECT_ERASED since it was ordered, of which nothing in the bundle would tell
 */
async function openedStreams(
  { app }: BundleParts,
  order: Evidence,
  opened: OpenedStreams,
): Promise<readonly OpenedStream[]> {
  const streams: OpenedStream[] = [];
  for (const [stream, events] of [...opened].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const tag = events[0]?.leaf.toString('base64url', 0, 32) ?? '';
    const key = categoryOf(stream) === 'subject' ? await app.vault.subjectKey(subjectIn(stream)) : undefined;
    const isOwn = key?.streamTag(stream) === tag;
    const isLost = categoryOf(stream) === 'subject' && !isOwn;
    if (
      isLost &&
      !isForgotten(
        events.map(({ event }) => event),
        order,
      )
    )
      throw new OrderFailed('SUBJECT_ERASED');
    streams.push({ stream, tag, ...(key && isOwn && { salt: Buffer.from(key.streamSalt).toString('base64url') }) });
  }
  return streams;
}

const subjectIn = (stream: string) => stream.slice('subject-'.length);

/**
 * Every sealed field of the opened events with a key of its own; of whoever is erased there is none (rules E3, E4).
 * @throws OrderFailed SUBJECT_ERASED while it was made: whose salt is in the bundle, all of their values are
 */
async function personalValues(
  { app }: BundleParts,
  opened: OpenedStreams,
  listed: readonly OpenedStream[],
): Promise<readonly PersonalValue[]> {
  const values: PersonalValue[] = [];
  for (const { stream } of listed.filter(({ salt }) => salt !== undefined)) {
    const key = await app.vault.subjectKey(subjectIn(stream));
    if (!key) throw new OrderFailed('SUBJECT_ERASED');
    for (const { stored } of opened.get(stream) ?? []) {
      const sealed = stored.data[SEALED_FIELD];
      if (typeof sealed !== 'string') continue;
      const place = { stream, eventId: stored.id, type: stored.type, field: SEALED_FIELD };
      const fieldKey = Buffer.from(key.fieldKey(place)).toString('base64url');
      values.push({ event: stored.id, field: SEALED_FIELD, key: fieldKey, text: key.open(place, sealed) });
    }
  }
  return values;
}
