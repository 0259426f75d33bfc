import { canonicalJson } from '../../src/domain/canonical-json';
import {
  eventsIn,
  type Forgery,
  flipBit,
  leavesIn,
  linesIn,
  reanswer,
  recordsIn,
  relisted,
  setLines,
  setRecords,
  without,
} from './bundle-forgery';
import type { BundleStory } from './bundle-story';
import { tried } from './forged-events';
import { fileIn, type ZipFiles } from './zip-files';

const canonical = (value: unknown) => Buffer.from(`${canonicalJson(value)}\n`);

/** What can be done to the answer and to the order. */
export function forgedAnswers(other: ZipFiles, order: number, count: number): readonly Forgery[] {
  const file = 'answer.json';
  const edit = (from: RegExp, to: string) =>
    relisted((files) => {
      const text = String(fileIn(files, file));
      if (!from.test(text)) throw new Error(`Nothing matches ${from}.`);
      files.set(file, Buffer.from(text.replace(from, to)));
    });
  const altered = (name: string, from: RegExp, to: string): Forgery => ({
    name,
    forge: edit(from, to),
    code: 'ANSWER_ALTERED',
    culprit: { file },
  });
  return [
    altered('a status', /"status":"WITHDRAWN"/, '"status":"GIVEN"'),
    altered('whether it is valid', /"valid":false/, '"valid":true'),
    altered('the instant', /"effectiveAt":"[^"]+"/, '"effectiveAt":"2024-06-17T10:00:00.000Z"'),
    altered('what was known', /"events":\d+/, '"events":3'),
    altered('when it was known', /"recordedAt":"[^"]+"/, '"recordedAt":"2024-06-17T10:00:00.000Z"'),
    altered('the position', /"position":"[^"]+"/, '"position":"WyJ4Il0"'),
    altered('the zone', /Europe\/Oslo/, 'UTC'),
    altered('the organisation', /Fjordlys AS/, 'Fjordlys ASA'),
    altered('a policy', /fjordlys\/vilkar/, 'fjordlys/villkar'),
    altered('white space', /,/, ', '),
    {
      name: "another date's answer",
      forge: relisted((files) => files.set(file, fileIn(other, file))),
      code: 'ANSWER_ALTERED',
      culprit: { file },
    },
    {
      name: "another date's order",
      forge: relisted((files) => {
        const records = recordsIn(files);
        records[order] = recordsIn(other).at(-1) ?? Buffer.of();
        setRecords(files, records);
      }),
      code: 'EVENT_ALTERED',
      culprit: { file: 'events.txt' },
    },
    {
      name: 'no order at all',
      forge: relisted((files) => {
        setRecords(files, recordsIn(files).slice(0, count - 1));
        setLines(files, 'proofs.jsonl', linesIn(files, 'proofs.jsonl').slice(0, count - 1));
      }),
      code: 'ORDER_MISSING',
      culprit: { file: 'events.txt' },
    },
    { name: 'no answer', forge: relisted((files) => files.delete(file)), code: 'FILE_MISSING', culprit: { file } },
    {
      name: 'rules of the future',
      forge: edit(/"rules":"1"/, '"rules":"2"'),
      code: 'RULES_UNKNOWN',
      culprit: { file },
    },
  ];
}

/** What can be done to the other files. */
export function forgedFiles(sound: ZipFiles, other: ZipFiles): readonly Forgery[] {
  const text = [...sound.keys()].find((name) => name.startsWith('texts/')) ?? '';
  const statement = [...sound.keys()].find((name) => name.startsWith('statements/')) ?? '';
  const note = 'checkpoint.note';
  const lineOf = (name: string, line: number, by: (text: string) => string) =>
    relisted((files) =>
      setLines(
        files,
        name,
        linesIn(files, name).map((each, index) => (index === line ? by(each) : each)),
      ),
    );
  const flipped = (file: string, code: string, isListed = true): Forgery => {
    const forge = (files: ZipFiles) => flipBit(files, file, Math.floor((fileIn(files, file).length * 2) / 3));
    return { name: `a bit of ${file}`, forge: isListed ? relisted(forge) : forge, code, culprit: { file } };
  };
  return [
    flipped(text, 'TEXT_ALTERED'),
    flipped(text, 'TEXT_ALTERED', false),
    flipped(statement, 'STATEMENT_ALTERED'),
    flipped('README.en.md', 'FILE_ALTERED', false),
    flipped('README.nb.md', 'FILE_ALTERED', false),
    flipped('README.en.md', 'FILE_ALTERED'),
    flipped('README.nb.md', 'FILE_ALTERED'),
    flipped('leaves.bin', 'LEAVES_ALTERED'),
    flipped('key-1.pem', 'KEY_INVALID'),
    flipped('keys.txt', 'KEY_INVALID'),
    {
      name: 'a text more',
      forge: relisted((files) => files.set(`texts/${'0'.repeat(64)}.txt`, Buffer.of())),
      code: 'FILE_UNEXPECTED',
      culprit: { file: `texts/${'0'.repeat(64)}.txt` },
    },
    {
      name: 'a file more',
      forge: (files) => files.set('more.txt', Buffer.of()),
      code: 'FILE_UNEXPECTED',
      culprit: { file: 'more.txt' },
    },
    {
      name: 'a listed file more',
      forge: relisted((files) => files.set('more.txt', Buffer.of())),
      code: 'FILE_UNEXPECTED',
      culprit: { file: 'more.txt' },
    },
    {
      name: 'a text less',
      forge: relisted((files) => files.delete(text)),
      code: 'TEXT_MISSING',
      culprit: { file: text },
    },
    { name: 'a listed text less', forge: (files) => files.delete(text), code: 'FILE_MISSING', culprit: { file: text } },
    {
      name: 'a statement less',
      forge: relisted((files) => files.delete(statement)),
      code: 'FILE_MISSING',
      culprit: { file: statement },
    },
    {
      name: 'no leaves',
      forge: relisted((files) => files.delete('leaves.bin')),
      code: 'FILE_MISSING',
      culprit: { file: 'leaves.bin' },
    },
    {
      name: 'no manifest',
      forge: (files) => files.delete('manifest.json'),
      code: 'FILE_MISSING',
      culprit: { file: 'manifest.json' },
    },
    {
      name: 'a manifest of nothing',
      forge: (files) => files.set('manifest.json', Buffer.from('{}')),
      code: 'MANIFEST_INVALID',
      culprit: { file: 'manifest.json' },
    },
    {
      name: 'a manifest of another form',
      forge: (files) => files.set('manifest.json', Buffer.from('{"format":"samtykke-bundle/2","files":[]}')),
      code: 'BUNDLE_FORMAT_UNKNOWN',
      culprit: { file: 'manifest.json' },
    },
    {
      name: 'the log in the checkpoint',
      forge: lineOf(note, 0, () => 'samtykke/00000000-0000-7000-8000-000000000000'),
      code: 'CHECKPOINT_NOT_SIGNED',
      culprit: { file: note },
    },
    {
      name: 'the size in the checkpoint',
      forge: lineOf(note, 1, (size) => String(Number(size) - 1)),
      code: 'CHECKPOINT_NOT_SIGNED',
      culprit: { file: note },
    },
    {
      name: 'the root in the checkpoint',
      forge: lineOf(note, 2, () => Buffer.alloc(32).toString('base64')),
      code: 'CHECKPOINT_NOT_SIGNED',
      culprit: { file: note },
    },
    {
      name: 'a letter of the signature',
      forge: lineOf(note, 4, (line) => `${line.slice(0, -20)}${otherwise(line.slice(-20))}`),
      code: 'CHECKPOINT_NOT_SIGNED',
      culprit: { file: note },
    },
    {
      name: 'no signature',
      forge: relisted((files) => setLines(files, note, linesIn(files, note).slice(0, 4))),
      code: 'CHECKPOINT_INVALID',
      culprit: { file: note },
    },
    {
      name: 'an older checkpoint',
      forge: relisted((files) => files.set('leaves.bin', fileIn(other, 'leaves.bin'))),
      code: 'LEAVES_ALTERED',
      culprit: { file: 'leaves.bin' },
    },
    {
      name: 'no keys',
      forge: relisted((files) => files.set('keys.txt', Buffer.of())),
      code: 'KEY_INVALID',
      culprit: { file: 'keys.txt' },
    },
    {
      name: 'a private key in place of the public',
      forge: relisted((files) =>
        files.set('key-1.pem', Buffer.from(`-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n`)),
      ),
      code: 'KEY_INVALID',
      culprit: { file: 'key-1.pem' },
    },
    {
      name: 'another personal value',
      forge: relisted((files) =>
        files.set(
          'personal-values.json',
          Buffer.from(String(fileIn(files, 'personal-values.json')).replace('Feil', 'Rett')),
        ),
      ),
      code: 'PERSONAL_VALUE_ALTERED',
      culprit: { file: 'personal-values.json' },
    },
    {
      name: 'another key of a personal value',
      forge: relisted((files) =>
        files.set(
          'personal-values.json',
          Buffer.from(String(fileIn(files, 'personal-values.json')).replace(/(?<="key":")[^"]+/, otherwise)),
        ),
      ),
      code: 'PERSONAL_VALUE_ALTERED',
      culprit: { file: 'personal-values.json' },
    },
    {
      name: 'a personal value left out',
      forge: relisted((files) => files.set('personal-values.json', Buffer.from('[]\n'))),
      code: 'PERSONAL_VALUE_MISSING',
      culprit: { file: 'personal-values.json' },
    },
    {
      name: 'all personal values left out',
      forge: relisted((files) => files.delete('personal-values.json')),
      code: 'FILE_MISSING',
      culprit: { file: 'personal-values.json' },
    },
    {
      name: 'a time stamp that is none',
      forge: relisted((files) => files.set('checkpoint.tsr', Buffer.from('of nothing'))),
      code: 'TIMESTAMP_INVALID',
      culprit: { file: 'checkpoint.tsr' },
    },
  ];
}

/** The same text with another first letter. */
function otherwise(text: string): string {
  return `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
}

/** What can be done to whole streams. */
export function forgedStreams(sound: ZipFiles, { visitor, terms }: BundleStory): readonly Forgery[] {
  const streams = JSON.parse(String(fileIn(sound, 'streams.json'))) as { stream: string; tag: string; salt?: string }[];
  const file = 'streams.json';
  const drop = (stream: string) =>
    relisted((files) => {
      const kept = eventsIn(files).flatMap((event, index) => (event.stream === stream ? [] : [index]));
      setRecords(
        files,
        kept.map((index) => recordsIn(files)[index] ?? Buffer.of()),
      );
      setLines(
        files,
        'proofs.jsonl',
        kept.map((index) => linesIn(sound, 'proofs.jsonl')[index] ?? ''),
      );
      files.set(file, canonical(streams.filter((each) => each.stream !== stream)));
      tried(() => reanswer(files));
    });
  const gone = (stream: string): Forgery => ({
    name: `all of ${stream.slice(0, stream.indexOf('-'))} left out`,
    forge: drop(stream),
    code: 'STREAM_MISSING',
    culprit: { file: 'events.txt', stream },
  });
  const organisation = streams.find(({ stream }) => stream.startsWith('organisation-'))?.stream ?? '';
  return [
    gone(`subject-${visitor}`),
    gone(`policy-${terms.policyId}`),
    gone(organisation),
    ...streams.flatMap(({ stream }) => (stream.startsWith('policy-') ? [gone(stream)] : [])),
    ...streams.map(
      ({ stream }, place): Forgery => ({
        name: `the tag of ${stream}`,
        forge: relisted((files) => {
          const changed = streams.map((each, index) => (index === place ? { ...each, tag: 'A'.repeat(43) } : each));
          files.set(file, canonical(changed));
        }),
        code: 'STREAM_TAG_WRONG',
        culprit: { file, stream },
      }),
    ),
    ...streams.flatMap(({ stream, salt }, place): readonly Forgery[] =>
      salt === undefined
        ? []
        : [
            {
              name: `the salt of ${stream}`,
              forge: relisted((files) => {
                const changed = streams.map((each, index) =>
                  index === place ? { ...each, salt: otherwise(salt) } : each,
                );
                files.set(file, canonical(changed));
              }),
              code: 'STREAM_TAG_WRONG',
              culprit: { file, stream },
            },
          ],
    ),
  ];
}

export function forgedLeaves(sound: ZipFiles): readonly Forgery[] {
  const file = 'leaves.bin';
  const places = [0, 1, Math.floor(leavesIn(sound).length / 2), leavesIn(sound).length - 1];
  return places.flatMap((place): readonly Forgery[] => [
    {
      name: `leaf ${place} dropped`,
      forge: relisted((files) => files.set(file, Buffer.concat(without(leavesIn(files), place)))),
      code: 'LEAVES_ALTERED',
      culprit: { file },
    },
    {
      name: `leaf ${place} twice`,
      forge: relisted((files) =>
        files.set(file, Buffer.concat(leavesIn(files).toSpliced(place, 0, leavesIn(files)[place] ?? Buffer.of()))),
      ),
      code: 'LEAVES_ALTERED',
      culprit: { file },
    },
  ]);
}
