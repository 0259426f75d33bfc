import {
  erase,
  eventsIn,
  type Forgery,
  leavesIn,
  linesIn,
  reanswer,
  recheckpoint,
  recordsIn,
  relisted,
  replaceIn,
  resign,
  setLines,
  setRecords,
  swapped,
  without,
} from './bundle-forgery';
import type { ZipFiles } from './zip-files';

/** What can be done to one event. */
export function forgedEvent(sound: ZipFiles, place: number): readonly Forgery[] {
  const events = eventsIn(sound);
  const event = events[place];
  if (!event) return [];
  const { id, stream } = event;
  const file = 'events.txt';
  const kind = `${event.type} (${place})`;
  const forgeries: Forgery[] = [
    {
      name: `a byte of ${kind}`,
      forge: (files) => replaceIn(files, place, /.\n$/u, ' }\n'),
      code: 'EVENT_ALTERED',
      culprit: { file, event: id },
    },
    {
      name: `the time of ${kind}, with a new manifest and answer`,
      forge: relisted((files) => {
        replaceIn(files, place, event.recordedAt, '2020-01-01T00:00:00.000Z');
        reanswer(files);
      }),
      code: 'EVENT_ALTERED',
      culprit: { file, event: id },
    },
    {
      name: `the proof of ${kind}`,
      forge: relisted((files) => {
        const lines = linesIn(files, 'proofs.jsonl');
        const proof = JSON.parse(lines[place] ?? '') as { leaf: number; hashes: string[] };
        const first = Buffer.from(proof.hashes[0] ?? '', 'base64');
        first[0] = (first[0] ?? 0) ^ 0x80;
        proof.hashes[0] = first.toString('base64');
        lines[place] = JSON.stringify(proof);
        setLines(files, 'proofs.jsonl', lines);
      }),
      code: 'PROOF_WRONG',
      culprit: { file: 'proofs.jsonl', event: id },
    },
    {
      name: `${kind} twice`,
      forge: relisted((files) => {
        setRecords(files, recordsIn(files).toSpliced(place, 0, recordsIn(files)[place] ?? Buffer.of()));
        const lines = linesIn(files, 'proofs.jsonl');
        setLines(files, 'proofs.jsonl', lines.toSpliced(place, 0, lines[place] ?? ''));
      }),
      code: 'EVENTS_OUT_OF_ORDER',
      culprit: { file, event: id },
    },
  ];
  const { leaf } = JSON.parse(linesIn(sound, 'proofs.jsonl')[place] ?? '') as { leaf: number };
  forgeries.push({
    name: `${kind} dropped`,
    forge: relisted((files) => setRecords(files, without(recordsIn(files), place))),
    code: 'EVENT_MISSING',
    culprit: { file, leaf },
  });
  const isLast = events.findLastIndex((each) => each.stream === stream) === place;
  if (!stream.startsWith('evidence-')) {
    const next = events.find((each, index) => index > place && each.stream === stream);
    const gone: Forgery['culprit'] = next ? { file, stream, event: next.id } : { file, stream };
    forgeries.push({
      name: `${kind} dropped with its proof and a new answer`,
      forge: relisted((files) => {
        setRecords(files, without(recordsIn(files), place));
        setLines(files, 'proofs.jsonl', without(linesIn(files, 'proofs.jsonl'), place));
        tried(() => reanswer(files));
      }),
      code: isLast && event.version === 1 ? 'STREAM_UNEXPECTED' : 'EVENT_MISSING',
      culprit: isLast && event.version === 1 ? { file: 'streams.json', stream } : gone,
    });
  }
  if (place + 1 < events.length) {
    forgeries.push({
      name: `${kind} swapped with the next, and their proofs`,
      forge: relisted((files) => {
        setRecords(files, swapped(recordsIn(files), place, place + 1));
        setLines(files, 'proofs.jsonl', swapped(linesIn(files, 'proofs.jsonl'), place, place + 1));
      }),
      code: 'EVENTS_OUT_OF_ORDER',
      culprit: { file, event: id },
    });
  }
  return forgeries;
}

/** A fold of what is left may have no answer at all. */
export function tried(work: () => void): void {
  try {
    work();
  } catch {
    // The answer stays the old one.
  }
}

/** The person's withdrawal is left out by somebody who makes everything anew that needs no key. */
export function forgedWithdrawal(sound: ZipFiles, place: number): readonly Forgery[] {
  return [
    {
      name: 'the withdrawal left out, leaves, proofs, answer and manifest made anew',
      forge: relisted((files) => erase(files, place)),
      code: 'LEAVES_ALTERED',
      culprit: { file: 'leaves.bin' },
    },
    {
      name: 'the withdrawal left out, the checkpoint as well made anew',
      forge: relisted((files) => {
        erase(files, place);
        recheckpoint(files);
      }),
      code: 'CHECKPOINT_NOT_SIGNED',
      culprit: { file: 'checkpoint.note' },
    },
    {
      name: 'the withdrawal left out, everything signed by a key of the forger',
      forge: relisted((files) => {
        erase(files, place);
        resign(files);
      }),
      code: 'KEY_NOT_AS_GIVEN',
      culprit: { file: 'checkpoint.note' },
      needsKey: true,
    },
    {
      name: 'the withdrawal given the tag of another stream in the list of leaves',
      forge: relisted((files) => {
        const { leaf } = JSON.parse(linesIn(sound, 'proofs.jsonl')[place] ?? '') as { leaf: number };
        const leaves = leavesIn(files);
        leaves[leaf] = Buffer.concat([
          leaves[0]?.subarray(0, 32) ?? Buffer.of(),
          leaves[leaf]?.subarray(32) ?? Buffer.of(),
        ]);
        files.set('leaves.bin', Buffer.concat(leaves));
        setRecords(files, without(recordsIn(files), place));
        setLines(files, 'proofs.jsonl', without(linesIn(files, 'proofs.jsonl'), place));
        reanswer(files);
      }),
      code: 'LEAVES_ALTERED',
      culprit: { file: 'leaves.bin' },
    },
    {
      name: 'the withdrawal made one of another person',
      forge: relisted((files) => {
        const event = eventsIn(files)[place];
        replaceIn(files, place, String(event?.stream), 'subject-00000000-0000-4000-8000-000000000000');
      }),
      code: 'EVENT_ALTERED',
      culprit: { file: 'events.txt', event: String(eventsIn(sound)[place]?.id) },
    },
    {
      name: 'knowledge cut off before the withdrawal',
      forge: relisted((files) => {
        const { leaf } = JSON.parse(linesIn(sound, 'proofs.jsonl')[place] ?? '') as { leaf: number };
        const kept = linesIn(files, 'proofs.jsonl').map((line) => JSON.parse(line) as { leaf: number });
        const order = kept.length - 1;
        const shown = kept.flatMap((each, index) => (each.leaf < leaf || index === order ? [index] : []));
        setRecords(
          files,
          shown.map((index) => recordsIn(files)[index] ?? Buffer.of()),
        );
        setLines(
          files,
          'proofs.jsonl',
          shown.map((index) => linesIn(sound, 'proofs.jsonl')[index] ?? ''),
        );
        reanswer(files, leaf);
      }),
      code: 'EVENT_MISSING',
      culprit: { file: 'events.txt' },
    },
  ];
}
