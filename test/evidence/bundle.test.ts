import { createHash } from 'node:crypto';
import { eraseSubject } from '../../src/application/erasures';
import { canonicalJson } from '../../src/domain/canonical-json';
import { consentStates } from '../../src/domain/subject/consent-state';
import { noticeStates } from '../../src/domain/subject/notice-state';
import { obligations } from '../../src/domain/subject/obligations';
import { addMs } from '../../src/domain/time';
import { type VerifiedBundle, verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { type About, type BundleOffice, type BundleOrdered, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, REASON, tellStory } from '../support/bundle-story';
import { fileIn, readZip, sha256, type ZipFiles } from '../support/zip-files';

interface Answer {
  readonly stamp: Readonly<Record<string, unknown>>;
  readonly inForce?: { readonly code: string; readonly version?: string };
  readonly history?: readonly { readonly id: string; readonly status: string; readonly label: string }[];
  readonly person?: { readonly linked: readonly string[]; readonly erasedAt?: string };
  readonly policies?: readonly {
    readonly id: string;
    readonly handle: string;
    readonly consents: readonly { readonly purpose: string; readonly status: string }[];
    readonly notices: readonly object[];
  }[];
  readonly obligations?: readonly { readonly policy: string; readonly kind: string }[];
}

describe('a bundle', () => {
  let office: BundleOffice;
  let story: BundleStory;
  beforeEach(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
  });
  afterEach(() => office.close());

  interface Opened {
    readonly found: VerifiedBundle;
    readonly files: ZipFiles;
    readonly answer: Answer;
  }

  async function bundle(about: About, more: Partial<BundleOrdered> = {}): Promise<Opened> {
    const path = await office.bundle(about, more);
    const files = await readZip(path);
    const answer = JSON.parse(String(fileIn(files, 'answer.json'))) as Answer;
    return { found: await verifyBundle(path), files, answer };
  }

  const statusOf = ({ policies = [] }: Answer, purpose: string) =>
    policies.find(({ id }) => id === story.privacy.policyId)?.consents.find((each) => each.purpose === purpose)?.status;

  it('of a person says where they stood at the instant that was asked for', async () => {
    const now = await bundle({ subjectId: story.kari });
    expect(now.found).toMatchObject({
      about: { subject: story.kari },
      keyGiven: false,
      personalValues: 0,
      laterEvents: 0,
    });
    expect([statusOf(now.answer, 'newsletter'), statusOf(now.answer, 'account')]).toEqual(['WITHDRAWN', 'RESTRICTED']);
    expect(now.answer.person?.linked).toEqual([story.visitor]);
    expect(now.found.says).toEqual(
      expect.arrayContaining([
        `fjordlys/personvern: newsletter WITHDRAWN since ${story.withdrawnAt}`,
        'fjordlys/personvern: account RESTRICTED',
        expect.stringMatching(/^fjordlys\/vilkar: ACCEPTED since 2024-/),
      ]),
    );
    const before = await bundle({ subjectId: story.kari }, { effectiveAt: story.whileGiven });
    expect([statusOf(before.answer, 'newsletter'), statusOf(before.answer, 'account')]).toEqual([
      'GIVEN',
      'RESTRICTED',
    ]);
    expect(before.answer.stamp).toMatchObject({ effectiveAt: story.whileGiven, rules: '1', timeZone: 'Europe/Oslo' });
  });

  it('answers as the read models do', async () => {
    const { answer } = await bundle({ subjectId: story.kari });
    const { readModels } = office.models;
    const at = answer.stamp.effectiveAt as BundleOrdered['effectiveAt'];
    const prefix = { n: Number(answer.stamp.events) };
    const person = readModels.personFacts(story.kari, prefix);
    if (!person) throw new Error('Kari is not known.');
    const policies = (answer.policies ?? []).flatMap(({ id }) => readModels.policyFacts(id, prefix) ?? []);
    expect(policies.map(({ policyId }) => policyId).sort()).toEqual(
      [...readModels.policiesThatMayConcern(story.kari, { effectiveAt: at, n: prefix.n })].sort(),
    );
    const told = policies.map((policy) => ({
      consents: consentStates(person, policy, at).map(({ purpose, status, reason }) => ({ purpose, status, reason })),
      notices: noticeStates(person, policy, at).map(({ step, reason }) => ({ step, reason })),
    }));
    expect(answer.policies).toMatchObject(JSON.parse(canonicalJson(told)));
    const items = obligations(person, policies, at).items.map(({ kind, policyId: policy }) => ({ kind, policy }));
    expect(items.length).toBeGreaterThan(0);
    expect(answer.obligations).toMatchObject(items);
  });

  it('of a policy says which version was in force, with every version by then and its text byte for byte', async () => {
    const { policyId, versionId } = story.privacy;
    const second = await office.publish('personvern', { label: 'Versjon 3' });
    const now = await bundle({ policyId });
    expect(now.answer.inForce).toEqual({ code: 'VERSION_IN_FORCE', version: second.versionId });
    expect(now.answer.history?.map(({ label, status }) => [label, status])).toEqual([
      ['Versjon 2. rev. 10', 'SUPERSEDED'],
      ['Versjon 3', 'IN_FORCE'],
    ]);
    const texts = [...now.files].filter(([name]) => name.startsWith('texts/'));
    expect(
      texts.map(([name, content]) => [name, String(content)]).sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
    ).toEqual([
      [expect.stringMatching(/^texts\/[0-9a-f]{64}\.txt$/), 'personvern: Versjon 2. rev. 10'],
      [expect.stringMatching(/^texts\/[0-9a-f]{64}\.txt$/), 'personvern: Versjon 3'],
    ]);
    for (const [name, content] of texts) expect(name).toBe(`texts/${sha256(content)}.txt`);
    expect(now.files.has(`statements/${versionId}.json`)).toBe(true);
    expect(now.found.says).toEqual([`fjordlys/personvern: VERSION_IN_FORCE "Versjon 3" (${second.versionId})`]);
    const then = await bundle({ policyId }, { effectiveAt: story.whileGiven });
    expect(then.answer.inForce).toEqual({ code: 'VERSION_IN_FORCE', version: versionId });
    expect(then.answer.history).toHaveLength(1);
  });

  it('at an earlier position knows what was known there, and says how many events came later', async () => {
    const { readModels } = office.models;
    await office.applied();
    const { n } = readModels.applied();
    const position = readModels.prefixAtOrdinal(n - 2)?.position;
    if (position === undefined) throw new Error('The log is too short.');
    const { answer, found } = await bundle({ subjectId: story.kari }, { position });
    expect(statusOf(answer, 'newsletter')).toBe('GIVEN');
    expect(found.laterEvents).toBe(1);
  });

  it('made again of the same order is the same bytes', async () => {
    const order = await office.order({ subjectId: story.kari });
    const first = await office.make(order);
    await office.publish('personvern', { label: 'Versjon 4' });
    await office.ledger.checkpoint();
    expect((await office.make(order)).equals(first)).toBe(true);
  });

  it('holds nothing that tells who it is of, unless that was asked for', async () => {
    const plain = await bundle({ subjectId: story.kari });
    const opened = await bundle({ subjectId: story.kari }, { personalValues: true });
    const key = await office.app.vault.subjectKey(story.kari);
    const content = (files: ZipFiles) => Buffer.concat([...files.values()]);
    for (const word of ['kari.nordmann', REASON]) expect(content(plain.files).includes(word)).toBe(false);
    expect(content(opened.files).includes(REASON)).toBe(true);
    expect(opened.found.personalValues).toBe(1);
    // Whatever opens one field opens no other (rule E4).
    const [value] = JSON.parse(String(fileIn(opened.files, 'personal-values.json'))) as {
      key: string;
      event: string;
    }[];
    const fields = { stream: `subject-${story.kari}`, eventId: String(value?.event), type: 'ProcessingRestricted' };
    expect(value?.key).toBe(Buffer.from(key?.fieldKey({ ...fields, field: 'reason' }) ?? []).toString('base64url'));
    expect(content(opened.files).includes(Buffer.from(key?.commandKey ?? []).toString('base64url'))).toBe(false);
  });

  it('verifies after an erasure, whether made before or after it; one made after shows no personal value', async () => {
    const before = await office.bundle({ subjectId: story.kari }, { personalValues: true });
    const position = office.models.readModels.applied().position;
    const then = office.clock.now;
    const officer = await office.request('officer');
    await eraseSubject(office.app, officer, { subjectId: story.kari, reason: 'Ba om det selv' });
    office.clock.now = addMs(office.clock.now, 1_000);
    expect(await verifyBundle(before)).toMatchObject({ personalValues: 1 });

    const after = await bundle({ subjectId: story.kari }, { personalValues: true });
    expect(after.found).toMatchObject({ about: { subject: story.kari }, personalValues: 0 });
    expect(after.answer.person?.erasedAt).toEqual(expect.any(String));
    expect(JSON.parse(String(fileIn(after.files, 'personal-values.json')))).toEqual([]);
    const streams = JSON.parse(String(fileIn(after.files, 'streams.json'))) as { stream: string; salt?: string }[];
    expect(streams.filter(({ salt }) => salt !== undefined)).toEqual([]);
    for (const word of [REASON, 'Ba om det selv', 'kari.nordmann']) {
      expect(Buffer.concat([...after.files.values()]).includes(word)).toBe(false);
    }

    const old = await bundle({ subjectId: story.kari }, { position, effectiveAt: then });
    const { stamp: _, ...same } = JSON.parse(String(fileIn(await readZip(before), 'answer.json')));
    expect(old.answer).toMatchObject(same);
  });

  it('of a log of more leaves than are listed rests on the stream map instead', async () => {
    const { found, files, answer } = await bundle({ subjectId: story.kari }, { maxListedLeaves: 10 });
    expect(files.has('leaves.bin')).toBe(false);
    expect([files.has('stream-map.jsonl'), files.has('stream-map.note'), files.has('later-leaves.jsonl')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(found).toMatchObject({ about: { subject: story.kari }, laterEvents: 0 });
    expect(statusOf(answer, 'newsletter')).toBe('WITHDRAWN');
    const listed = await bundle({ subjectId: story.kari });
    const { stamp: _one, ...mapped } = answer;
    const { stamp: _two, ...other } = listed.answer;
    expect(mapped).toEqual(other);
    const position = office.models.readModels.prefixAtOrdinal(Number(answer.stamp.events) - 2)?.position;
    if (position === undefined) throw new Error('The log is too short.');
    const earlier = await bundle({ subjectId: story.kari }, { maxListedLeaves: 10, position });
    expect(earlier.found.laterEvents).toBe(1);
  });

  it('is made where the tree follows a log that keeps none itself', async () => {
    const beside = await openBundleOffice(true);
    try {
      const { kari } = await tellStory(beside);
      const path = await beside.bundle({ subjectId: kari });
      expect(await verifyBundle(path)).toMatchObject({ about: { subject: kari } });
    } finally {
      await beside.close();
    }
  });

  it('lists every file by size and SHA-256, and tells an outsider in two languages how to check it', async () => {
    const { files } = await bundle({ subjectId: story.kari });
    const manifest = JSON.parse(String(fileIn(files, 'manifest.json'))) as {
      files: { path: string; sha256: string }[];
    };
    expect(manifest.files.map(({ path }) => path)).toEqual(
      [...files.keys()].filter((name) => name !== 'manifest.json'),
    );
    for (const { path, sha256: hash } of manifest.files) {
      expect(createHash('sha256').update(fileIn(files, path)).digest('hex')).toBe(hash);
    }
    expect(String(fileIn(files, 'README.en.md'))).toContain('openssl pkeyutl -verify');
    expect(String(fileIn(files, 'README.nb.md'))).toContain('openssl pkeyutl -verify');
  });
});
