import { randomUUID } from 'node:crypto';
import { retirePolicy, withdrawVersion } from '../../src/application/policy-versions';
import { policyStream } from '../../src/application/stream-names';
import type { JsonObject, StoredEvent } from '../../src/event-store/event-store';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, REASON, tellStory } from '../support/bundle-story';
import { fileIn, readZip } from '../support/zip-files';

const CANARY = 'Kanarifugl Fjordland klaget';
const OLD = 'Gammel grunn i klartekst';

describe('bundles of policies whose reasons are sealed, and in clear as in older logs', () => {
  let office: BundleOffice;
  let story: BundleStory;
  beforeEach(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
  });
  afterEach(() => office.close());

  async function eventsOf(policyId: string): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of office.app.store.readStream(policyStream(policyId), { from: 1 })) events.push(event);
    return events;
  }

  /** As a release wrote it that knew no seal for it. */
  async function ofOld(policyId: string, type: string, data: JsonObject): Promise<void> {
    const before = await eventsOf(policyId);
    const metadata = { ...before.at(-1)?.metadata, commandId: randomUUID() };
    const event = { id: randomUUID(), type, data: { policyId, reason: OLD, ...data }, metadata };
    await office.app.store.append(policyStream(policyId), [event], before.length);
  }

  it('are verified, and open what is about the person and nothing of what the organisation wrote', async () => {
    const { app } = office;
    const { kari, privacy, terms } = story;
    const request = await office.request('publisher');
    const { policyId, versionId } = privacy;
    await withdrawVersion(app, request, { policyId, versionId, reason: CANARY, voidsDecisions: false });
    const at = office.clock.now;
    await ofOld(terms.policyId, 'PolicyRetired', { retirementId: randomUUID(), from: at, retiredAt: at });
    expect((await eventsOf(policyId)).at(-1)?.data).toMatchObject({ sealedReason: expect.stringMatching(/^[\w-]+$/) });
    const orders = [{ policyId }, { policyId: terms.policyId }, { subjectId: kari }];
    for (const about of orders) {
      const path = await office.bundle(about, 'subjectId' in about ? { personalValues: true } : {});
      const found = await verifyBundle(path);
      const files = await readZip(path);
      const all = [...files.values()].map(String).join('\n');
      expect(all).not.toContain(CANARY);
      expect(String(fileIn(files, 'events.txt')).includes(OLD)).toBe(
        !('policyId' in about) || about.policyId !== policyId,
      );
      if ('policyId' in about) continue;
      expect(found.personalValues).toBeGreaterThan(0);
      expect(String(fileIn(files, 'personal-values.json'))).toContain(REASON);
    }
  });

  it('a retired policy with both shapes in its stream is folded by the verifier as by the node', async () => {
    const { policyId, versionId } = story.terms;
    const request = await office.request('publisher');
    const at = office.clock.now;
    const old = { versionId, from: at, voidsDecisions: true, rerooted: [], withdrawnAt: at };
    await ofOld(policyId, 'PolicyVersionWithdrawn', old);
    await office.publish('vilkar', { kind: 'TERMS', reasons: ['FIRST_VERSION'] });
    await retirePolicy(office.app, request, { policyId, reason: CANARY, withdrawScheduled: false });
    const path = await office.bundle({ policyId });
    await verifyBundle(path);
    const answer = JSON.parse(String(fileIn(await readZip(path), 'answer.json')));
    expect(answer.inForce).toMatchObject({ code: 'RETIRED' });
  });
});
