import { join } from 'node:path';
import { eraseSubject } from '../../src/application/erasures';
import { canonicalJson } from '../../src/domain/canonical-json';
import { addMs } from '../../src/domain/time';
import {
  MAX_BUNDLE_KEYS,
  MAX_BUNDLE_SMALL_BYTES,
  MAX_RECORD_LINE_BYTES,
} from '../../src/evidence/verify/bundle-layout';
import { jsonOf, MAX_JSON_DEPTH, MAX_JSON_MEMBERS } from '../../src/evidence/verify/strict-json';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { linesIn, relisted, setLines } from '../support/bundle-forgery';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, tellStory } from '../support/bundle-story';
import { fileIn, readZip, writeZip, type ZipFiles } from '../support/zip-files';

interface Stream {
  readonly stream: string;
  readonly tag: string;
  readonly salt?: string;
  readonly [member: string]: unknown;
}

/** Nothing stands in a bundle that is not proven, and nothing that could be written in another way. */
describe('a bundle with more in it than it proves', () => {
  let office: BundleOffice;
  let story: BundleStory;
  let sound: ZipFiles;
  let mapped: ZipFiles;
  beforeAll(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
    sound = await readZip(await office.bundle({ subjectId: story.kari }, { personalValues: true }));
    const position = office.models.readModels.prefixAtOrdinal(office.models.readModels.applied().n - 3)?.position;
    if (position === undefined) throw new Error('The log is too short.');
    mapped = await readZip(await office.bundle({ subjectId: story.kari }, { maxListedLeaves: 5, position }));
  });
  afterAll(() => office.close());

  async function said(forge: (files: ZipFiles) => void, of: ZipFiles = sound) {
    const files = new Map(of);
    relisted(forge)(files);
    return verifyBundle(await writeZip(join(office.directory, 'strict.zip'), files)).then(
      () => ({ code: 'sound' }),
      ({ code, culprit }: { code: string; culprit: object }) => ({ code, culprit }),
    );
  }
  const edited = (name: string, from: string | RegExp, to: string) => (files: ZipFiles) => {
    const text = String(fileIn(files, name));
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`Nothing matches ${from}.`);
    files.set(name, Buffer.from(changed));
  };
  const streamsOf = (files: ZipFiles) => JSON.parse(String(fileIn(files, 'streams.json'))) as Stream[];
  const withStreams = (by: (streams: Stream[]) => readonly object[]) => (files: ZipFiles) =>
    files.set('streams.json', Buffer.from(`${canonicalJson(by(streamsOf(files)))}\n`));
  const changed = (stream: string, by: object) =>
    withStreams((streams) => streams.map((each) => (each.stream === stream ? { ...each, ...by } : each)));
  const kari = () => `subject-${story.kari}`;
  const evidence = () => streamsOf(sound).find(({ stream }) => stream.startsWith('evidence-'))?.stream ?? '';
  const memberOf = (stream: string, member: 'tag' | 'salt') =>
    streamsOf(sound).find((each) => each.stream === stream)?.[member] ?? '';

  it('is sound without', async () => {
    expect(await said(() => undefined)).toEqual({ code: 'sound' });
    expect(await said(() => undefined, mapped)).toEqual({ code: 'sound' });
    expect(String(fileIn(mapped, 'later-leaves.jsonl'))).not.toBe('');
  });

  it('is refused for a stream with another member, a salt of its own, or twice', async () => {
    const culprit = (stream: string) => ({ code: 'FILE_MALFORMED', culprit: { file: 'streams.json', stream } });
    expect(await said(changed(kari(), { name: 'Kari' }))).toMatchObject(culprit(kari()));
    expect(await said(edited('streams.json', '{"salt"', '{"__proto__":{},"salt"'))).toMatchObject({
      code: 'FILE_MALFORMED',
      culprit: { file: 'streams.json' },
    });
    expect(await said(changed(evidence(), { salt: 'A'.repeat(43) }))).toMatchObject(culprit(evidence()));
    expect(await said(withStreams(([first, ...rest]) => (first ? [first, first, ...rest] : rest)))).toMatchObject(
      culprit(evidence()),
    );
    expect(await said(withStreams((streams) => streams.toReversed()))).toMatchObject({
      code: 'FILE_MALFORMED',
      culprit: { file: 'streams.json' },
    });
  });

  it('is refused for a tag or salt that is the same written otherwise', async () => {
    for (const member of ['tag', 'salt'] as const) {
      const value = memberOf(kari(), member);
      const last = value.at(-1) ?? '';
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const alias = value.slice(0, -1) + alphabet.charAt(alphabet.indexOf(last) + 1);
      expect(Buffer.from(alias, 'base64url')).toEqual(Buffer.from(value, 'base64url'));
      for (const other of [alias, `${value}=`, ` ${value}`, Buffer.from(value, 'base64url').toString('base64')]) {
        expect(await said(changed(kari(), { [member]: other }))).toMatchObject({
          code: 'FILE_MALFORMED',
          culprit: { file: 'streams.json', stream: kari() },
        });
      }
    }
  });

  it('is refused where the salt of somebody is missing of whom the log does not say that they are erased', async () => {
    for (const stream of [kari(), `subject-${story.visitor}`]) {
      const without = withStreams((streams) =>
        streams.map(({ salt, ...rest }) => (rest.stream === stream ? rest : { ...rest, ...(salt && { salt }) })),
      );
      expect(await said(without)).toMatchObject({
        code: 'STREAM_TAG_WRONG',
        culprit: { file: 'streams.json', stream },
      });
    }
  });

  it('is refused for a member twice, white space, another order or another escape', async () => {
    const lines: readonly (readonly [string, RegExp, string, string])[] = [
      ['proofs.jsonl', /\{"hashes"/, '{"leaf":99999,"hashes"', 'FILE_MALFORMED'],
      ['proofs.jsonl', /\{"hashes":(\[[^\]]*\]),"leaf":(\d+)\}/, '{"leaf":$2,"hashes":$1}', 'FILE_MALFORMED'],
      ['proofs.jsonl', /"leaf":(\d+)/, '"leaf":$1.0', 'FILE_MALFORMED'],
      ['proofs.jsonl', /\}\n/, ',"note":"ekte"}\n', 'FILE_MALFORMED'],
      ['proofs.jsonl', /\n$/, '', 'FILE_MALFORMED'],
      ['proofs.jsonl', /\n$/, '\r\n', 'FILE_MALFORMED'],
      ['streams.json', /,/, ', ', 'FILE_MALFORMED'],
      ['streams.json', /\{"/, '{"tag":"","', 'FILE_MALFORMED'],
      ['streams.json', /\n$/, '', 'FILE_MALFORMED'],
      ['streams.json', /^/, '\ufeff', 'FILE_MALFORMED'],
      ['personal-values.json', /\{"event"/, '{"text":"Rett","event"', 'FILE_MALFORMED'],
      ['personal-values.json', /"Feil/, '"\\u0046eil', 'FILE_MALFORMED'],
      ['personal-values.json', /\[(\{.*\})\]/, '[$1,$1]', 'FILE_MALFORMED'],
    ];
    for (const [file, from, to, code] of lines) {
      expect({ from, ...(await said(edited(file, from, to))) }).toMatchObject({ from, code, culprit: { file } });
    }
    for (const file of ['stream-map.jsonl', 'later-leaves.jsonl']) {
      expect(await said(edited(file, /\{"/, '{"tag":"","'), mapped)).toMatchObject({
        code: 'FILE_MALFORMED',
        culprit: { file, place: 'line 1' },
      });
    }
  });

  it('is refused for a manifest that says more than it has to, or says it otherwise', async () => {
    const ofManifest = { code: 'MANIFEST_INVALID', culprit: { file: 'manifest.json' } };
    for (const [from, to] of [
      [/^\{/, '{"by":"Datatilsynet",'],
      [/^\{/, '{"format":"samtykke-bundle/2",'],
      [/"bytes":/, '"author":"x","bytes":'],
      [/,/, ', '],
      [/\n$/, ''],
      [/"sha256":"([0-9a-f])/, '"sha256":"$1$1'],
    ] as const) {
      const files = new Map(sound);
      relisted(() => undefined)(files);
      edited('manifest.json', from, to)(files);
      const found = verifyBundle(await writeZip(join(office.directory, 'strict.zip'), files));
      await expect(found).rejects.toMatchObject(ofManifest);
    }
  });

  it('is refused for a key that did not sign, a signature of nobody in it, and a key twice or written otherwise', async () => {
    const [key = ''] = linesIn(sound, 'keys.txt');
    const other = await openBundleOffice();
    const foreign = await readZip(await other.bundle({ subjectId: (await tellStory(other)).kari }));
    await other.close();
    const more = (files: ZipFiles) => {
      setLines(files, 'keys.txt', [key, ...linesIn(foreign, 'keys.txt')]);
      files.set('key-2.pem', fileIn(foreign, 'key-1.pem'));
    };
    const ofKeys = { code: 'KEY_INVALID', culprit: { file: 'keys.txt' } };
    expect(await said(more)).toMatchObject(ofKeys);
    expect(await said((files) => setLines(files, 'keys.txt', [key, key]))).toMatchObject(ofKeys);
    const ofPem = { code: 'KEY_INVALID', culprit: { file: 'key-1.pem' } };
    expect(await said(edited('key-1.pem', /^/, 'Fra Datatilsynet\n'))).toMatchObject(ofPem);
    const [, , , , signature = ''] = linesIn(sound, 'checkpoint.note');
    const [, , , , signatureOfOther = ''] = linesIn(foreign, 'checkpoint.note');
    for (const line of [signature, signatureOfOther, '— datatilsynet.no AAAAAAAAAAA=']) {
      expect(await said(edited('checkpoint.note', /$/, `${line}\n`))).toMatchObject({
        code: 'CHECKPOINT_INVALID',
        culprit: { file: 'checkpoint.note' },
      });
    }
    expect(await said(edited('stream-map.note', /$/, '— datatilsynet.no AAAAAAAAAAA=\n'), mapped)).toMatchObject({
      code: 'STREAM_MAP_ALTERED',
      culprit: { file: 'stream-map.note' },
    });
  });

  it('is refused for lines of the stream map and later leaves twice or of what is not opened', async () => {
    for (const [file, code] of [
      ['stream-map.jsonl', 'STREAM_MAP_ALTERED'],
      ['later-leaves.jsonl', 'EVENT_UNEXPECTED'],
    ] as const) {
      const twice = (files: ZipFiles) => {
        const [first = '', ...rest] = linesIn(files, file);
        setLines(files, file, [first, first, ...rest]);
      };
      expect(await said(twice, mapped)).toMatchObject({ code, culprit: { file } });
    }
  });

  it('is refused for too many keys, too deep JSON and too long lines before they are parsed', async () => {
    const [key = ''] = linesIn(sound, 'keys.txt');
    const keys = (count: number) => (files: ZipFiles) =>
      setLines(
        files,
        'keys.txt',
        Array.from({ length: count }, () => key),
      );
    const perKey = key.length + 1;
    expect(await said(keys(MAX_BUNDLE_KEYS + 1))).toMatchObject({
      code: 'KEY_INVALID',
      culprit: { file: 'keys.txt' },
    });
    expect(await said(keys(Math.ceil(MAX_BUNDLE_SMALL_BYTES / perKey) + 1))).toMatchObject({
      code: 'BUNDLE_TOO_LARGE',
      culprit: { file: 'keys.txt' },
    });
    for (const file of ['checkpoint.note', 'key-1.pem', 'README.nb.md']) {
      const large = (files: ZipFiles) => files.set(file, Buffer.alloc(MAX_BUNDLE_SMALL_BYTES + 1, '\n'));
      expect(await said(large)).toMatchObject({ code: 'BUNDLE_TOO_LARGE', culprit: { file } });
    }
    const deep = '['.repeat(1_000_000);
    for (const [file, code] of [
      ['streams.json', 'FILE_MALFORMED'],
      ['personal-values.json', 'FILE_MALFORMED'],
      ['answer.json', 'ANSWER_ALTERED'],
    ] as const) {
      expect(await said((files) => files.set(file, Buffer.from(deep)))).toMatchObject({ code, culprit: { file } });
    }
    const record = String(fileIn(sound, 'events.txt')).split('\n').slice(0, 7);
    for (const data of [`${deep}${']'.repeat(deep.length)}`, `{"x":"${'x'.repeat(MAX_RECORD_LINE_BYTES)}"}`]) {
      const long = (files: ZipFiles) => files.set('events.txt', Buffer.from(`${[...record, data].join('\n')}\n`));
      expect(await said(long)).toMatchObject({ code: 'EVENT_MALFORMED', culprit: { file: 'events.txt' } });
    }
    const files = new Map(sound);
    files.set('manifest.json', Buffer.from(deep));
    const found = verifyBundle(await writeZip(join(office.directory, 'strict.zip'), files));
    await expect(found).rejects.toMatchObject({ code: 'MANIFEST_INVALID', culprit: { file: 'manifest.json' } });
  });

  it('reads JSON up to its depth and number of members, brackets in texts not counted', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(jsonOf(nested(MAX_JSON_DEPTH))).toEqual(JSON.parse(nested(MAX_JSON_DEPTH)));
    expect(jsonOf(nested(MAX_JSON_DEPTH + 1))).toBeUndefined();
    const quoted = JSON.stringify(`\\"${'['.repeat(500)}\\`);
    expect(jsonOf(quoted)).toBe(JSON.parse(quoted));
    expect(jsonOf(`[${'0,'.repeat(MAX_JSON_MEMBERS)}0]`)).toBeUndefined();
    for (const text of ['', '{', ']', '"', '"\\', 'nul']) expect(jsonOf(text)).toBeUndefined();
  });

  it('needs no salt of whom the log says that they are erased', async () => {
    const officer = await office.request('officer');
    const prefix = office.models.readModels.applied();
    const waiting = await office.order({ subjectId: story.kari });
    const then = office.clock.now;
    await eraseSubject(office.app, officer, { subjectId: story.kari, reason: 'Ba om det selv' });
    office.clock.now = addMs(office.clock.now, 1_000);
    // Ordered before, and made after it: nothing in it would tell why there is no salt.
    await expect(office.write(waiting)).rejects.toMatchObject({ name: 'OrderFailed', code: 'SUBJECT_ERASED' });
    for (const more of [{}, { position: prefix.position, effectiveAt: then }]) {
      const path = await office.bundle({ subjectId: story.kari }, more);
      const streams = streamsOf(await readZip(path));
      expect(streams.some(({ salt }) => salt !== undefined)).toBe(false);
      expect(await verifyBundle(path)).toMatchObject({ about: { subject: story.kari } });
    }
  });
});
