import { createHash, generateKeyPairSync } from 'node:crypto';
import { canonicalJson } from '../../src/domain/canonical-json';
import { answerOf } from '../../src/evidence/verify/bundle-answer';
import { foldBundle, orderIn } from '../../src/evidence/verify/bundle-folds';
import { type BundleEvent, readRecords } from '../../src/evidence/verify/event-record';
import { checkpointText, signNote, verifierKeyText, verifierOf } from '../../src/ledger/checkpoint-note';
import { createTree, hashLeaf, inclusionProof, rootOf } from '../../src/ledger/merkle-tree';
import { fileIn, relist, type ZipFiles } from './zip-files';

/** What somebody does to a bundle; what the verifier has to say of it. */
export interface Forgery {
  readonly name: string;
  readonly forge: (files: ZipFiles) => void;
  readonly code: string;
  readonly culprit: {
    readonly file: string;
    readonly event?: string;
    readonly stream?: string;
    readonly leaf?: number;
  };
  /** The forger has a key of his own: only a key that was given finds that. */
  readonly needsKey?: true;
}

const LEAF_BYTES = 64;
const RECORD_LINES = 8;

/** Records of events, each with its eight line feeds. */
export function recordsIn(files: ZipFiles): Buffer[] {
  const records: Buffer[] = [];
  const content = fileIn(files, 'events.txt');
  let start = 0;
  while (start < content.length) {
    let end = start;
    for (let line = 0; line < RECORD_LINES; line += 1) end = content.indexOf(0x0a, end) + 1;
    records.push(content.subarray(start, end));
    start = end;
  }
  return records;
}

export function eventsIn(files: ZipFiles): readonly BundleEvent[] {
  return readRecords(fileIn(files, 'events.txt'));
}

export function setRecords(files: ZipFiles, records: readonly Buffer[]): void {
  files.set('events.txt', Buffer.concat(records));
}

export function linesIn(files: ZipFiles, name: string): string[] {
  return String(fileIn(files, name)).slice(0, -1).split('\n');
}

export function setLines(files: ZipFiles, name: string, lines: readonly string[]): void {
  files.set(name, Buffer.from(lines.map((line) => `${line}\n`).join('')));
}

/** Lists the files as they are now, so that nothing is found by the manifest. */
export const relisted = (forge: (files: ZipFiles) => void) => (files: ZipFiles) => {
  forge(files);
  relist(files);
};

/** One bit of one byte of a file. */
export function flipBit(files: ZipFiles, name: string, at: number): void {
  const content = Buffer.from(fileIn(files, name));
  content[at] = (content[at] ?? 0) ^ 0x01;
  files.set(name, content);
}

/** In one of the records. */
export function replaceIn(files: ZipFiles, place: number, what: string | RegExp, by: string): void {
  const records = recordsIn(files);
  const changed = String(records[place]).replace(what, by);
  if (changed === String(records[place])) throw new Error(`Nothing was replaced in record ${place}.`);
  records[place] = Buffer.from(changed);
  setRecords(files, records);
}

export function without<T>(list: readonly T[], place: number): T[] {
  return list.filter((_, index) => index !== place);
}

export function swapped<T>(list: readonly T[], a: number, b: number): T[] {
  const copy = [...list];
  const [first, second] = [copy[a], copy[b]];
  if (first === undefined || second === undefined) return copy;
  copy.splice(a, 1, second);
  copy.splice(b, 1, first);
  return copy;
}

export const leavesIn = (files: ZipFiles): Buffer[] => {
  const content = fileIn(files, 'leaves.bin');
  return Array.from({ length: content.length / LEAF_BYTES }, (_, leaf) =>
    content.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES),
  );
};

/** Makes the answer anew from the events that are left, as an honest bundle of them would have it. */
export function reanswer(files: ZipFiles, events?: number): void {
  const streams = new Map<string, BundleEvent[]>();
  for (const event of eventsIn(files)) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  const [evidence = ''] = [...streams.keys()].filter((stream) => stream.startsWith('evidence-'));
  const order = orderIn(streams.get(evidence) ?? []);
  streams.delete(evidence);
  const [origin = ''] = linesIn(files, 'checkpoint.note');
  const known = { ...order, events: events ?? order.events };
  const answer = answerOf(origin.slice('samtykke/'.length), known, foldBundle(streams));
  files.set('answer.json', Buffer.from(`${canonicalJson(answer)}\n`));
}

/** Takes an event away as if it had never been: its record, proof and leaf; then makes everything anew but the signature. */
export function erase(files: ZipFiles, place: number): void {
  const { leaf } = JSON.parse(linesIn(files, 'proofs.jsonl')[place] ?? '') as { leaf: number };
  renumber(files, place);
  const proofs = without(linesIn(files, 'proofs.jsonl'), place).map((line) => JSON.parse(line) as { leaf: number });
  const leaves = without(leavesIn(files), leaf);
  rebuild(
    files,
    place,
    leaves,
    proofs.map((each) => (each.leaf > leaf ? each.leaf - 1 : each.leaf)),
  );
}

/** Later events of the stream move up. */
function renumber(files: ZipFiles, place: number): void {
  const gone = eventsIn(files)[place];
  const records = recordsIn(files).map((record, index) => {
    const event = eventsIn(files)[index];
    if (!gone || !event || event.stream !== gone.stream || event.version <= gone.version) return record;
    const lines = String(record).split('\n');
    lines[4] = String(event.version - 1);
    return Buffer.from(lines.join('\n'));
  });
  setRecords(files, records);
}

function rebuild(files: ZipFiles, place: number, leaves: readonly Buffer[], places: readonly number[]): void {
  const records = without(recordsIn(files), place);
  setRecords(files, records);
  const changed = [...leaves];
  for (const [index, record] of records.entries()) {
    const leaf = places[index] ?? 0;
    const tag = changed[leaf]?.subarray(0, 32) ?? Buffer.of();
    changed[leaf] = Buffer.concat([tag, createHash('sha256').update(record).digest()]);
  }
  files.set('leaves.bin', Buffer.concat(changed));
  reprove(files, changed, places);
  reanswer(files);
}

function reprove(files: ZipFiles, leaves: readonly Buffer[], places: readonly number[]): void {
  const tree = treeOf(leaves);
  const lines = places.map((leaf) => {
    const hashes = inclusionProof(tree, leaf, leaves.length).map((hash) => Buffer.from(hash).toString('base64'));
    return canonicalJson({ leaf, hashes });
  });
  setLines(files, 'proofs.jsonl', lines);
}

function treeOf(leaves: readonly Buffer[]) {
  const tree = createTree();
  for (const leaf of leaves) tree.append(hashLeaf(leaf));
  return tree;
}

/** Puts size and root of the leaves that are left into the checkpoint; the signature stays that of another. */
export function recheckpoint(files: ZipFiles): void {
  const leaves = leavesIn(files);
  const root = rootOf(treeOf(leaves), leaves.length);
  const [origin = '', , , ...rest] = linesIn(files, 'checkpoint.note');
  setLines(files, 'checkpoint.note', [origin, String(leaves.length), Buffer.from(root).toString('base64'), ...rest]);
}

/** Signs the checkpoint with a key of the forger's own, under the name of the log. */
export function resign(files: ZipFiles): void {
  recheckpoint(files);
  const leaves = leavesIn(files);
  const [origin = ''] = linesIn(files, 'checkpoint.note');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = { ...verifierOf(origin, publicKey), privateKey };
  const text = checkpointText({ origin, size: leaves.length, root: rootOf(treeOf(leaves), leaves.length) });
  files.set('checkpoint.note', Buffer.from(signNote(text, [signer])));
  setLines(files, 'keys.txt', [verifierKeyText(signer)]);
  files.set('key-1.pem', Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }).toString()));
}
