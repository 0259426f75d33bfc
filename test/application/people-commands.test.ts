import { createHash, randomUUID } from 'node:crypto';
import {
  acceptTerms,
  deferConsent,
  giveConsent,
  refuseConsent,
  refuseTerms,
  withdrawConsent,
} from '../../src/application/decisions';
import { IdempotencyConflict } from '../../src/application/handle-command';
import { NotFound } from '../../src/application/not-found';
import { deferNotice, recordNotice } from '../../src/application/notices';
import { registerOrganisation } from '../../src/application/organisations';
import { createPolicy } from '../../src/application/policies';
import { importVersion, retirePolicy, revokeImport } from '../../src/application/policy-versions';
import {
  liftObjection,
  liftRestriction,
  objectToProcessing,
  restrictProcessing,
} from '../../src/application/processing-rights';
import { subjectStream } from '../../src/application/stream-names';
import { classifySubject } from '../../src/application/subjects';
import { addMs, parseInstant } from '../../src/domain/time';
import { byClick, openPeopleOffice, type PeopleOffice } from '../support/people-office';
import { day, statement } from '../support/policy-stories';

const DAY_MS = 86_400_000;

describe('facts about people', () => {
  let office: PeopleOffice;
  beforeEach(async () => {
    office = await openPeopleOffice();
  });
  afterEach(() => office.close());

  const service = (key?: string) => office.request('service', key);
  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  const newsletter = { purposes: ['newsletter'], ...byClick };

  it("are each an event of their own in the person's stream", async () => {
    const { app } = office;
    const version = await office.publish('privacy');
    const contract = await office.publish('terms', { kind: 'TERMS' });
    const subjectId = await office.register();
    const request = await service();
    const { policyId } = version;
    const purposes = ['newsletter'];
    const notice = { subjectId, ...version, channel: 'APP' } as const;
    await recordNotice(app, request, { ...notice, step: 'NOTIFIED' });
    await recordNotice(app, request, { ...notice, step: 'SHOWN', method: 'SCROLL' });
    await deferNotice(app, request, { subjectId, policyId, versionId: version.versionId, channel: 'APP' });
    await recordNotice(app, request, { ...notice, step: 'ACKNOWLEDGED', method: 'CLICKED_BUTTON' });
    await acceptTerms(app, request, { subjectId, ...contract, ...byClick });
    await refuseTerms(app, request, { subjectId, ...contract, ...byClick });
    await deferConsent(app, request, { subjectId, ...version, ...newsletter, method: 'DISMISSAL' });
    await refuseConsent(app, request, { subjectId, ...version, ...newsletter });
    await giveConsent(app, request, { subjectId, ...version, ...newsletter });
    await withdrawConsent(app, request, { subjectId, policyId, purposes });
    await objectToProcessing(app, request, { subjectId, policyId, purposes, reason: 'Unødvendig' });
    await liftObjection(app, request, { subjectId, policyId, purposes });
    await restrictProcessing(app, request, { subjectId, policyId, purposes });
    const last = await liftRestriction(app, request, { subjectId, policyId, purposes });
    const events = await office.eventsOf(subjectId);
    expect(events.map(({ type }) => type)).toEqual([
      'SubjectRegistered',
      'NoticeNotified',
      'NoticeShown',
      'NoticeDeferred',
      'NoticeAcknowledged',
      'TermsAccepted',
      'TermsRefused',
      'ConsentDeferred',
      'ConsentRefused',
      'ConsentGiven',
      'ConsentWithdrawn',
      'ProcessingObjected',
      'ProcessingObjectionLifted',
      'ProcessingRestricted',
      'ProcessingRestrictionLifted',
    ]);
    expect(last).toEqual({ id: subjectId, position: events.at(-1)?.position, warnings: [] });
  });

  it("bear the tag of the person's own key, the same on all, and the actor", async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const key = await office.app.vault.subjectKey(subjectId);
    const events = await office.eventsOf(subjectId);
    const tag = key?.streamTag(subjectStream(subjectId));
    expect(events.map(({ metadata }) => metadata.streamTag)).toEqual([tag, tag]);
    expect(events.map(({ metadata }) => metadata.actor)).toEqual(Array(2).fill((await service()).actor));
    expect(events.map(({ metadata }) => metadata.tenant)).toEqual(Array(2).fill(office.organisationId));
  });

  it('keep what was written freely sealed, bound to its event', async () => {
    const { policyId } = await office.publish('privacy');
    const subjectId = await office.register();
    const reason = 'Jeg heter Ola Nordmann';
    await objectToProcessing(office.app, await service('key'), { subjectId, policyId, purposes: ['account'], reason });
    const [, event] = await office.eventsOf(subjectId);
    expect(JSON.stringify(event)).not.toContain('Nordmann');
    const key = await office.app.vault.subjectKey(subjectId);
    const place = {
      stream: subjectStream(subjectId),
      eventId: event?.id ?? '',
      type: 'ProcessingObjected',
      field: 'reason',
    };
    expect(key?.open(place, String(event?.data.reason))).toBe(reason);
  });

  it.each(['', 'x'.repeat(4_001), 'half \ud800', 'NUL \0'])('with a reason of bad form are refused', async (reason) => {
    const { policyId } = await office.publish('privacy');
    const subjectId = await office.register();
    const input = { subjectId, policyId, purposes: ['account'], reason };
    await expect(objectToProcessing(office.app, await service(), input)).rejects.toMatchObject({
      code: 'REASON_INVALID',
    });
    expect(await office.typesOf(subjectId)).toEqual(['SubjectRegistered']);
  });

  describe('sent again (I1, I2)', () => {
    it('a hundred times at once with one key are one event and one answer', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const request = await service('key');
      const give = () => giveConsent(office.app, request, { subjectId, ...version, ...newsletter });
      const answers = await Promise.all(Array.from({ length: 100 }, give));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(await office.typesOf(subjectId)).toEqual(['SubjectRegistered', 'ConsentGiven']);
    });

    it('on two nodes at once they are one event and one answer', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const request = await service('key');
      const nodes = [office.app, office.restarted().app, office.restarted().app];
      const input = { subjectId, ...version, ...newsletter };
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => giveConsent(nodes[index % 3] ?? office.app, request, input)),
      );
      expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
      expect(await office.typesOf(subjectId)).toHaveLength(2);
    });

    it('after a later withdrawal get their first answer, also on a node that remembers nothing', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const request = await service('key');
      const input = { subjectId, ...version, ...newsletter };
      const first = await giveConsent(office.app, request, input);
      later(DAY_MS);
      await withdrawConsent(office.app, await service(), {
        subjectId,
        policyId: version.policyId,
        purposes: ['newsletter'],
      });
      expect(await giveConsent(office.app, request, input)).toEqual(first);
      expect(await giveConsent(office.restarted().app, request, input)).toEqual(first);
      expect(await office.typesOf(subjectId)).toHaveLength(3);
    });

    it('after the version has gone get their first answer, too', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const request = await service('key');
      const input = { subjectId, ...version, ...newsletter };
      const first = await giveConsent(office.app, request, input);
      later(DAY_MS);
      await office.publish('privacy');
      expect(await giveConsent(office.app, request, input)).toEqual(first);
      await expect(giveConsent(office.app, await service('another'), input)).rejects.toMatchObject({
        code: 'VERSION_NOT_OFFERED',
      });
    });

    it('with the same key and other content are a conflict, and nothing is written', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const request = await service('key');
      await giveConsent(office.app, request, { subjectId, ...version, ...newsletter });
      const other = { subjectId, ...version, ...newsletter, channel: 'SMS' } as const;
      await expect(giveConsent(office.app, request, other)).rejects.toThrow(IdempotencyConflict);
      expect(await office.typesOf(subjectId)).toHaveLength(2);
    });

    it('with a key that another caller, operation or person has used are commands of their own', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const other = await office.register({ externalId: 'kari' });
      const input = { subjectId, ...version, ...newsletter };
      await giveConsent(office.app, await service('key'), input);
      await giveConsent(office.app, await office.request('another', 'key'), input);
      await refuseConsent(office.app, await service('key'), input);
      await giveConsent(office.app, await service('key'), { ...input, subjectId: other });
      expect([await office.typesOf(subjectId), await office.typesOf(other)].flat()).toHaveLength(6);
    });

    it('refused the first time they may succeed the second', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register({ categories: ['supplier'] });
      const request = await service('key');
      const input = { subjectId, ...version, ...newsletter };
      await expect(giveConsent(office.app, request, input)).rejects.toMatchObject({ code: 'PURPOSE_NOT_ON_CONSENT' });
      await classifySubject(office.app, await service(), { subjectId, categories: ['customer'] });
      expect((await giveConsent(office.app, request, input)).id).toBe(subjectId);
    });
  });

  it('on a version that is not offered are refused with the one that is', async () => {
    const first = await office.publish('privacy');
    later(DAY_MS);
    const second = await office.publish('privacy');
    const subjectId = await office.register();
    const refusal = giveConsent(office.app, await service(), { subjectId, ...first, ...newsletter });
    await expect(refusal).rejects.toMatchObject({
      code: 'VERSION_NOT_OFFERED',
      details: { kind: 'version-not-offered', offeredVersionId: second.versionId },
    });
  });

  it('on an import that was taken out again are refused with the version that is offered', async () => {
    const { app, organisationId } = office;
    const { id: policyId } = await createPolicy(app, await office.request('editor'), {
      organisationId,
      slug: 'old',
      kind: 'PRIVACY_NOTICE',
      title: 'Old',
    });
    const publisher = await office.request('publisher');
    const imported = async (label: string, effectiveFrom: string) => {
      const version = { policyId, label, locale: 'nb', format: 'PLAIN_TEXT', text: label, statement } as const;
      const dated = {
        effectiveFrom: parseInstant(effectiveFrom),
        reasons: ['FIRST_VERSION'],
        summaries: [],
        renewalPurposes: [],
      } as const;
      return (await importVersion(app, publisher, { ...version, ...dated })).id;
    };
    const stands = await imported('Right', '2020-01-01T00:00:00.000Z');
    const wrong = await imported('Wrong', '2021-01-01T00:00:00.000Z');
    const subjectId = await office.register();
    const shown = {
      subjectId,
      policyId,
      versionId: wrong,
      locale: 'nb',
      contentSha256: createHash('sha256').update('Wrong').digest('hex'),
    };
    const give = async () => giveConsent(app, await service(), { ...shown, ...newsletter });
    expect((await give()).id).toBe(subjectId);
    await revokeImport(app, publisher, { policyId, versionId: wrong, reason: 'Wrong day' });
    const refused = { code: 'VERSION_NOT_OFFERED', details: { offeredVersionId: stands } };
    await expect(give()).rejects.toMatchObject(refused);
    const notice = { ...shown, channel: 'APP', step: 'SHOWN' } as const;
    await expect(recordNotice(app, await service(), notice)).rejects.toMatchObject(refused);
    await expect(deferNotice(app, await service(), { ...shown, channel: 'APP' })).rejects.toMatchObject(refused);
  });

  it('telling of a version on one channel is one event, however many nodes tell it', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const nodes = [office.app, office.restarted().app];
    const input = { subjectId, ...version, channel: 'APP', step: 'NOTIFIED' } as const;
    const request = await service();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => recordNotice(nodes[index % 2] ?? office.app, request, input)),
    );
    expect(await office.typesOf(subjectId)).toEqual(['SubjectRegistered', 'NoticeNotified']);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
  });

  it('withdrawing works after retirement, and takes effect whichever clock was fast', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const { now } = office.clock;
    office.clock.now = addMs(now, 600_000);
    await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { policyId } = version;
    await retirePolicy(office.app, await service(), { policyId, reason: 'slutt', withdrawScheduled: false });
    office.clock.now = now;
    await withdrawConsent(office.app, await service(), { subjectId, policyId, purposes: ['newsletter'] });
    const [, given, withdrawn] = await office.eventsOf(subjectId);
    expect(withdrawn?.data).toMatchObject({ live: true, validFrom: given?.data.validFrom });
  });

  it("with a person's own token tell of nothing old", async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const own = { ...(await service()), ownToken: true };
    const input = { subjectId, ...version, ...newsletter, occurredAt: addMs(office.clock.now, -600_000) };
    await expect(giveConsent(office.app, own, input)).rejects.toMatchObject({ code: 'OCCURRED_TOO_LONG_AGO' });
    const now = { ...input, occurredAt: addMs(office.clock.now, -60_000) };
    expect((await giveConsent(office.app, own, now)).warnings).toEqual([]);
    expect((await office.eventsOf(subjectId)).at(-1)?.data).not.toHaveProperty('ownToken');
  });

  describe('told late (S5)', () => {
    const warned = [expect.objectContaining({ code: 'LATE_CHANGES_NOTHING' })];

    it('a withdrawal of before the yes says that it changes nothing, every time it is sent', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      later(10 * DAY_MS);
      const before = addMs(office.clock.now, -DAY_MS);
      await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
      const request = await service('late');
      const input = { subjectId, policyId: version.policyId, purposes: ['newsletter'], occurredAt: before };
      const answer = await withdrawConsent(office.app, request, input);
      expect(answer.warnings).toEqual(warned);
      await withdrawConsent(office.app, await service(), {
        subjectId,
        policyId: version.policyId,
        purposes: ['newsletter'],
      });
      expect(await withdrawConsent(office.restarted().app, request, input)).toEqual(answer);
    });

    it('what does change the current state is answered without a warning', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      later(10 * DAY_MS);
      const occurredAt = addMs(office.clock.now, -DAY_MS);
      const request = await service();
      const { policyId } = version;
      const given = await giveConsent(office.app, request, { subjectId, ...version, ...newsletter, occurredAt });
      const withdrawn = await withdrawConsent(office.app, request, {
        subjectId,
        policyId,
        purposes: ['newsletter'],
        occurredAt,
      });
      expect([given.warnings, withdrawn.warnings]).toEqual([[], []]);
    });

    it('a classification, a notice and an acceptance that others have overtaken say so', async () => {
      const version = await office.publish('privacy');
      const contract = await office.publish('terms', { kind: 'TERMS' });
      const subjectId = await office.register();
      later(10 * DAY_MS);
      const occurredAt = addMs(office.clock.now, -DAY_MS);
      const request = await service();
      await classifySubject(office.app, request, { subjectId, exempt: true });
      await recordNotice(office.app, request, { subjectId, ...version, channel: 'APP', step: 'ACKNOWLEDGED' });
      await acceptTerms(office.app, request, { subjectId, ...contract, ...byClick });
      const answers = [
        await classifySubject(office.app, request, {
          subjectId,
          categories: ['customer', 'prospect'],
          exempt: true,
          occurredAt,
        }),
        await classifySubject(office.app, request, {
          subjectId,
          exempt: false,
          categories: ['x'],
          occurredAt: addMs(occurredAt, -DAY_MS),
        }),
        await recordNotice(office.app, request, { subjectId, ...version, channel: 'APP', step: 'SHOWN', occurredAt }),
        await refuseTerms(office.app, request, { subjectId, ...contract, ...byClick, occurredAt }),
      ];
      expect(answers.map(({ warnings }) => warnings.length)).toEqual([0, 1, 1, 1]);
    });
  });

  describe('about what there is not', () => {
    it('are answered as if it were absent, whatever the id looks like', async () => {
      const version = await office.publish('privacy');
      const subjectId = await office.register();
      const input = { subjectId, ...version, ...newsletter };
      const request = await service();
      const absent = [
        { ...input, subjectId: randomUUID() },
        { ...input, subjectId: 'nobody' },
        { ...input, subjectId: '../organisation' },
        { ...input, policyId: randomUUID() },
        { ...input, policyId: 'x' },
        { ...input, versionId: randomUUID() },
        { ...input, versionId: 'v' },
      ];
      for (const each of absent) await expect(giveConsent(office.app, request, each)).rejects.toThrow(NotFound);
      expect(await office.typesOf(subjectId)).toEqual(['SubjectRegistered']);
    });

    it("another organisation's policy is none, unless it is the person's customer's", async () => {
      const { app } = office;
      const operator = await office.request('operator');
      const facts = { timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: false };
      const acme = await registerOrganisation(app, operator, {
        ...facts,
        slug: 'acme',
        name: 'Acme AS',
        customerOf: office.organisationId,
      });
      const version = await office.publish('acme-privacy', { organisationId: acme.id });
      const subjectId = await office.register();
      const input = { subjectId, ...version, ...newsletter };
      const request = await service();
      await expect(giveConsent(app, request, input)).rejects.toThrow(NotFound);
      later(10 * DAY_MS);
      await classifySubject(app, request, { subjectId, customerId: acme.id });
      expect((await giveConsent(app, request, input)).id).toBe(subjectId);
      const before = { ...input, occurredAt: addMs(office.clock.now, -DAY_MS) };
      await expect(giveConsent(app, request, before)).rejects.toMatchObject({
        code: 'VERSION_NOT_OFFERED',
        details: { kind: 'version-not-offered' },
      });
      later(DAY_MS);
      await classifySubject(app, request, { subjectId, customerId: null });
      await expect(giveConsent(app, request, input)).rejects.toMatchObject({ code: 'VERSION_NOT_OFFERED' });
      const { policyId } = version;
      expect((await withdrawConsent(app, request, { subjectId, policyId, purposes: ['newsletter'] })).id).toBe(
        subjectId,
      );
    });
  });

  it('of a past day before the person was known are possible', async () => {
    office.clock.now = day('2024-01-10');
    const version = await office.publish('privacy');
    office.clock.now = day('2024-06-01');
    const subjectId = await office.register();
    const occurredAt = day('2024-02-01');
    await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter, occurredAt });
    expect((await office.eventsOf(subjectId)).at(-1)?.data).toMatchObject({ validFrom: occurredAt, live: false });
  });
});
