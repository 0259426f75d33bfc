import { randomUUID } from 'node:crypto';
import { subjects } from '../../src/application/aggregate';
import { correctFact } from '../../src/application/corrections';
import { giveConsent } from '../../src/application/decisions';
import { VaultLacksSubjects } from '../../src/application/erasure-outcomes';
import {
  carryOutErasures,
  declineErasure,
  eraseSubject,
  liftLegalHold,
  placeLegalHold,
  requestErasure,
} from '../../src/application/erasures';
import { handleCommand } from '../../src/application/handle-command';
import { NotFound } from '../../src/application/not-found';
import { recordNotice } from '../../src/application/notices';
import { personOf, streamTagOf } from '../../src/application/persons';
import { reconcileVault } from '../../src/application/reconcile-vault';
import { subjectStream } from '../../src/application/stream-names';
import { linkSubject, mendLinks } from '../../src/application/subject-links';
import { registerSubject } from '../../src/application/subjects';
import type { SubjectCommand } from '../../src/domain/subject/subject.commands';
import { addMs } from '../../src/domain/time';
import { type EventStore, StoreUnavailable } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { collect } from '../support/event-store-samples';
import { byClick, openPeopleOffice, type PeopleOffice } from '../support/people-office';

const DAY_MS = 86_400_000;
const reason = 'Etter krav fra Ola Nordmann';
const OUTCOME = ['SubjectErasureDecided', 'SubjectErasureStarted', 'SubjectErased'];

describe('an erasure', () => {
  let office: PeopleOffice;
  let breaks: () => boolean;
  beforeEach(async () => {
    breaks = () => false;
    office = await openPeopleOffice(
      breaking(openSqliteEventStore({ clock: Date.now }), (types) => breaks() && types.includes('SubjectErased')),
    );
  });
  afterEach(() => office.close());

  const officer = (key?: string) => office.request('officer', key);
  const typesSince = async (subjectId: string) => (await office.typesOf(subjectId)).slice(1);
  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };

  /** A command on its own, as a node would leave it that ended right after. */
  async function tell(subjectId: string, command: SubjectCommand): Promise<void> {
    const streamTag = await streamTagOf(office.app, subjectId, undefined);
    const origin = { organisationId: office.organisationId, request: await officer(), streamTag };
    await handleCommand(office.app, subjects, subjectId, origin, { identity: { commandId: randomUUID() }, command });
  }

  it('forgets row and key, records what was destroyed, and keeps the tag of the stream', async () => {
    const subjectId = await office.register();
    const keyId = (await office.app.vault.subjectKey(subjectId))?.keyId;
    const { position } = await eraseSubject(office.app, await officer(), { subjectId, reason });
    const events = await office.eventsOf(subjectId);
    expect(events.map(({ type }) => type)).toEqual(['SubjectRegistered', ...OUTCOME]);
    expect(new Set(events.map(({ metadata }) => metadata.streamTag)).size).toBe(1);
    expect(events.at(-1)?.position).toBe(position);
    expect(events.at(-1)?.data).toMatchObject({ keyId, epoch: 1, finalOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(JSON.stringify(events)).not.toContain('Nordmann');
    expect([
      await office.app.vault.subjectKey(subjectId),
      await office.app.vault.findSubjects(office.organisationId, ['ola']),
      await office.app.vault.subjectStates([subjectId]),
    ]).toEqual([undefined, [undefined], ['ERASED']]);
  });

  it('asked for again with its key answers the same; without it the person is erased', async () => {
    const subjectId = await office.register();
    const first = await eraseSubject(office.app, await officer('key'), { subjectId, reason });
    expect(await eraseSubject(office.restarted().app, await officer('key'), { subjectId, reason })).toEqual(first);
    await expect(eraseSubject(office.app, await officer(), { subjectId, reason })).rejects.toMatchObject({
      code: 'SUBJECT_ERASED',
    });
  });

  it('decided twenty times at once, on two nodes, is carried out once', async () => {
    const subjectId = await office.register();
    const nodes = [office.app, office.restarted().app];
    const request = await officer('key');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        eraseSubject(nodes[index % 2] ?? office.app, request, { subjectId, reason }),
      ),
    );
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(await typesSince(subjectId)).toEqual(OUTCOME);
  });

  it('ends everything else about the person', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    await eraseSubject(office.app, await officer(), { subjectId, reason });
    const consent = { subjectId, ...version, ...byClick, purposes: ['newsletter'] };
    const notice = { subjectId, ...version, channel: 'APP', step: 'NOTIFIED' } as const;
    for (const write of [
      giveConsent(office.app, await officer(), consent),
      giveConsent(office.app, await officer('key'), consent),
      recordNotice(office.app, await officer(), notice),
      requestErasure(office.app, await officer(), { subjectId }),
      placeLegalHold(office.app, await officer(), { subjectId, reason }),
    ]) {
      await expect(write).rejects.toMatchObject({ code: 'SUBJECT_ERASED' });
    }
    expect(await typesSince(subjectId)).toEqual(OUTCOME);
  });

  it('leaves the external id to a new, unconnected person (E3)', async () => {
    const first = await office.register();
    await eraseSubject(office.app, await officer(), { subjectId: first, reason });
    const second = await office.register();
    expect(second).not.toBe(first);
    expect(await office.typesOf(second)).toEqual(['SubjectRegistered']);
  });

  it('that is only asked for erases nothing, and may be declined (E1)', async () => {
    const subjectId = await office.register();
    const request = await officer('key');
    await requestErasure(office.app, request, { subjectId });
    await requestErasure(office.app, request, { subjectId });
    expect(await carryOutErasures(office.app, request, [subjectId])).toEqual({ done: [], waiting: 1 });
    await declineErasure(office.app, request, { subjectId, reason });
    expect(await typesSince(subjectId)).toEqual(['SubjectErasureRequested', 'SubjectErasureDeclined']);
    expect(await office.app.vault.subjectStates([subjectId])).toEqual(['KEPT']);
  });

  it('waits for a hold and is carried out when that is lifted', async () => {
    const subjectId = await office.register();
    await placeLegalHold(office.app, await officer(), { subjectId, reason });
    const { position } = await eraseSubject(office.app, await officer(), { subjectId, reason });
    const held = await office.eventsOf(subjectId);
    expect([held.at(-1)?.type, held.at(-1)?.position]).toEqual(['SubjectErasureDecided', position]);
    expect(await carryOutErasures(office.app, await officer(), [subjectId])).toEqual({ done: [], waiting: 1 });
    await liftLegalHold(office.app, await officer(), { subjectId, reason });
    expect(await typesSince(subjectId)).toEqual([
      'LegalHoldPlaced',
      'SubjectErasureDecided',
      'LegalHoldLifted',
      'SubjectErasureStarted',
      'SubjectErased',
    ]);
  });

  it('waits for a hold with an end until then, and a job carries it out', async () => {
    const subjectId = await office.register();
    const until = addMs(office.clock.now, 30 * DAY_MS);
    await placeLegalHold(office.app, await officer(), { subjectId, reason, until });
    await eraseSubject(office.app, await officer(), { subjectId, reason });
    later(30 * DAY_MS - 1);
    expect((await carryOutErasures(office.app, await officer(), [subjectId])).done).toEqual([]);
    later(1);
    expect((await carryOutErasures(office.app, await officer(), [subjectId])).done).toEqual([subjectId]);
    expect(await typesSince(subjectId)).toEqual(['LegalHoldPlaced', ...OUTCOME]);
  });

  it('cut short before its outcome is gone on with at the next start, and registering does not wait for that', async () => {
    const subjectId = await office.register();
    breaks = () => true;
    await expect(eraseSubject(office.app, await officer(), { subjectId, reason })).rejects.toThrow(StoreUnavailable);
    expect(await office.app.vault.subjectStates([subjectId])).toEqual(['ERASED']);
    breaks = () => false;
    const node = office.restarted();
    expect(await carryOutErasures(node.app, await officer(), [subjectId])).toEqual({ done: [subjectId], waiting: 0 });
    expect(await typesSince(subjectId)).toEqual(OUTCOME);
    expect(await office.register()).not.toBe(subjectId);
  });

  it('begun and not yet forgotten gives way to registering the same external id', async () => {
    const subjectId = await office.register();
    await placeLegalHold(office.app, await officer(), { subjectId, reason });
    await eraseSubject(office.app, await officer(), { subjectId, reason });
    const at = office.clock.now;
    await tell(subjectId, { type: 'LiftLegalHold', at, reason: 'sealed' });
    await tell(subjectId, { type: 'StartErasure', at });
    expect(await office.app.vault.subjectStates([subjectId])).toEqual(['KEPT']);
    const again = await Promise.all([office.register(), office.register()]);
    expect([again[0] === again[1], again[0] === subjectId]).toEqual([true, false]);
    expect((await typesSince(subjectId)).slice(-2)).toEqual(['SubjectErasureStarted', 'SubjectErased']);
  });

  describe('of an account (D7)', () => {
    async function linked() {
      const { organisationId } = office;
      const { id: anonymousId } = await registerSubject(office.app, await officer(), { organisationId });
      const accountId = await office.register();
      await linkSubject(office.app, await officer(), { anonymousId, accountId });
      return { anonymousId, accountId };
    }

    it('takes the anonymous person with it, who cannot be erased alone', async () => {
      const { anonymousId, accountId } = await linked();
      const alone = eraseSubject(office.app, await officer(), { subjectId: anonymousId, reason });
      await expect(alone).rejects.toMatchObject({ code: 'SUBJECT_LINKED' });
      await eraseSubject(office.app, await officer(), { subjectId: accountId, reason });
      expect(await typesSince(anonymousId)).toEqual(['SubjectLinked', 'SubjectErasureStarted', 'SubjectErased']);
      expect(await office.app.vault.subjectStates([anonymousId, accountId])).toEqual(['ERASED', 'ERASED']);
    });

    it('waits for a hold on the anonymous person, too', async () => {
      const { organisationId } = office;
      const { id: anonymousId } = await registerSubject(office.app, await officer(), { organisationId });
      await placeLegalHold(office.app, await officer(), { subjectId: anonymousId, reason });
      const accountId = await office.register();
      await linkSubject(office.app, await officer(), { anonymousId, accountId });
      await eraseSubject(office.app, await officer(), { subjectId: accountId, reason });
      expect(await typesSince(accountId)).toEqual(['SubjectLinkReceived', 'SubjectErasureDecided']);
      await liftLegalHold(office.app, await officer(), { subjectId: anonymousId, reason });
      expect(await office.app.vault.subjectStates([anonymousId, accountId])).toEqual(['ERASED', 'ERASED']);
    });

    it('that is erased has no more anonymous persons linked to it', async () => {
      const { organisationId } = office;
      const { id: anonymousId } = await registerSubject(office.app, await officer(), { organisationId });
      const accountId = await office.register();
      await eraseSubject(office.app, await officer(), { subjectId: accountId, reason });
      await expect(linkSubject(office.app, await officer(), { anonymousId, accountId })).rejects.toMatchObject({
        code: 'ACCOUNT_ERASED',
      });
    });

    it('takes along who was linked while it was erased', async () => {
      const { organisationId } = office;
      const { id: anonymousId } = await registerSubject(office.app, await officer(), { organisationId });
      const accountId = await office.register();
      await eraseSubject(office.app, await officer(), { subjectId: accountId, reason });
      const account = { id: accountId, anonymous: false, erased: false };
      await tell(anonymousId, { type: 'LinkSubject', at: office.clock.now, account });
      expect(await mendLinks(office.app, await officer(), [anonymousId])).toBe(0);
      expect(await typesSince(anonymousId)).toEqual(['SubjectLinked', 'SubjectErasureStarted', 'SubjectErased']);
      expect(await office.app.vault.subjectStates([anonymousId])).toEqual(['ERASED']);
    });
  });

  describe('compared between log and vault at a start (E2)', () => {
    it('erased in the log is erased in a vault that was put back', async () => {
      const subjectId = await office.register();
      expect(await reconcileVault(office.app, await officer(), [{ id: subjectId, erased: true }])).toEqual({
        forgotten: 1,
        recorded: 0,
      });
      expect(await office.app.vault.subjectStates([subjectId])).toEqual(['ERASED']);
    });

    it('erased in the vault is recorded in a log that does not know of it', async () => {
      const subjectId = await office.register();
      await office.app.vault.eraseSubject(subjectId);
      const logged = [{ id: subjectId, erased: false }];
      expect(await reconcileVault(office.app, await officer(), logged)).toEqual({ forgotten: 0, recorded: 1 });
      expect(await typesSince(subjectId)).toEqual(['SubjectErasureStarted', 'SubjectErased']);
      expect(await reconcileVault(office.restarted().app, await officer(), logged)).toMatchObject({ recorded: 1 });
      expect(await typesSince(subjectId)).toHaveLength(2);
    });

    it('whom the vault never knew are counted, and the node does not start', async () => {
      const other = await openPeopleOffice();
      const strangers = [await other.register(), await other.register({ externalId: 'kari' })];
      await other.close();
      const kept = await office.register();
      const logged = [kept, ...strangers].map((id) => ({ id, erased: false }));
      const reconciling = reconcileVault(office.app, await officer(), logged);
      await expect(reconciling).rejects.toThrow(VaultLacksSubjects);
      await expect(reconciling).rejects.toMatchObject({ count: 2, code: 'VAULT_LACKS_SUBJECTS' });
    });

    it('more than one page is compared', async () => {
      const logged = Array.from({ length: 1_001 }, () => ({
        id: '0d9b1f5e-1f7a-4b8e-9a51-1e9c6f3a7b01',
        erased: true,
      }));
      expect(await reconcileVault(office.app, await officer(), logged)).toEqual({ forgotten: 0, recorded: 0 });
      expect(await reconcileVault(office.app, await officer(), [])).toEqual({ forgotten: 0, recorded: 0 });
    });
  });

  describe('and a correction (D6)', () => {
    it('is recorded with a sealed reason, once for a key, and passes the rules anew', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      await giveConsent(office.app, await officer(), { subjectId, ...version, ...byClick, purposes: ['newsletter'] });
      const request = await officer('key');
      const input = { subjectId, corrects: 2, void: false, channel: 'LETTER', method: 'SIGNED', reason } as const;
      const first = await correctFact(office.app, request, input);
      expect(await correctFact(office.app, request, input)).toEqual(first);
      const [, , corrected] = await office.eventsOf(subjectId);
      expect(corrected?.data).toMatchObject({ corrects: 2, channel: 'LETTER', method: 'SIGNED' });
      expect(JSON.stringify(corrected)).not.toContain('Nordmann');
      const key = await office.app.vault.subjectKey(subjectId);
      const place = {
        stream: subjectStream(subjectId),
        eventId: corrected?.id ?? '',
        type: 'FactCorrected',
        field: 'reason',
      };
      expect(key?.open(place, String(corrected?.data.reason))).toBe(reason);
      const silent = correctFact(office.app, await officer(), { ...input, method: 'SILENCE' });
      await expect(silent).rejects.toMatchObject({ code: 'METHOD_NOT_A_CLEAR_ACT' });
      const nothing = correctFact(office.app, await officer(), { ...input, corrects: 99 });
      await expect(nothing).rejects.toMatchObject({ code: 'CORRECTS_NO_FACT' });
    });
  });

  it('of nobody is answered as if absent', async () => {
    const subjectId = '0d9b1f5e-1f7a-4b8e-9a51-1e9c6f3a7b01';
    await expect(eraseSubject(office.app, await officer(), { subjectId, reason })).rejects.toThrow(NotFound);
    await expect(personOf(office.app, subjectId)).rejects.toThrow(NotFound);
    expect(await collect(office.app.store.readStream(subjectStream(subjectId)))).toEqual([]);
  });
});

/** A store whose disk is full for some events: the real one else. */
function breaking(store: EventStore, breaks: (types: readonly string[]) => boolean): EventStore {
  return {
    append: async (stream, events, expected) => {
      if (breaks(events.map(({ type }) => type))) throw new StoreUnavailable('The disk is full.');
      return store.append(stream, events, expected);
    },
    readStream: (stream, range) => store.readStream(stream, range),
    readAll: (range) => store.readAll(range),
    head: (prefixes) => store.head(prefixes),
    subscribe: (options) => store.subscribe(options),
    comparePositions: (a, b) => store.comparePositions(a, b),
    isPosition: (text) => store.isPosition(text),
    close: () => store.close(),
  };
}
