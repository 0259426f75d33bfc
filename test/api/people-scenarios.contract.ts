import { randomUUID } from 'node:crypto';
import type { TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, STATEMENT } from '../support/policy-over-api';

/** A step is short: facts of a month ahead would leave the log of a real server ahead of its clock for as long. */
const STEP_MS = 10_000;
/** Ahead of every store's own clock, so that a command's time is the test's and not the log's. */
const AHEAD_MS = 60_000;

/** What people do about policies, through the API, the same on every store. */
export function peopleScenarios(store: string, open: (now: string) => Promise<TestApi>): void {
  describe(`people and their consents over time, on ${store}`, () => {
    let api: TestApi;
    let office: Office;
    let people: People;
    let policy: string;
    let kari: Person;
    let startMs: number;

    beforeEach(async () => {
      api = await open(new Date(Date.now() + AHEAD_MS).toISOString());
      office = await openOffice(api, `fjordlys-${randomUUID().slice(0, 8)}`);
      // A log that other tests wrote to may be ahead of this clock (rule S2).
      const { readModels } = api.services;
      startMs = Math.max(api.clock.nowMs, readModels.latestLiveValidFromMs(readModels.applied().n) + STEP_MS);
      api.clock.nowMs = startMs;
      people = peopleOf(api, office);
      policy = await office.createPolicy('privacy');
      kari = await people.register('kari');
    }, 60_000);
    afterEach(() => api.close());

    /** An instant so many steps after the beginning. */
    const step = (steps: number) => new Date(startMs + steps * STEP_MS).toISOString();
    const on = (steps: number) => ({ effectiveAt: step(steps) });
    const goTo = (steps: number) => {
      api.clock.nowMs = startMs + steps * STEP_MS;
    };

    test('given, and withdrawn later, is told apart at every time between', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      expect(refusals(await people.give(kari, v1, ['newsletter']))).toEqual([]);
      goTo(60);
      await people.withdraw(kari, policy, ['newsletter']);
      goTo(150);

      expect(await people.status(kari, policy, 'newsletter', on(-1))).toBe('UNKNOWN');
      expect(await people.status(kari, policy, 'newsletter', on(30))).toBe('GIVEN');
      expect(await people.status(kari, policy, 'newsletter', on(90))).toBe('WITHDRAWN');
      expect(await people.status(kari, policy, 'newsletter')).toBe('WITHDRAWN');
    });

    test('a version that is to come is accepted ahead, and then asks nobody again', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      expect(await people.todo(kari)).toEqual([]);

      const v2 = await people.publish(policy, {
        text: 'Versjon to.',
        reasons: ['PURPOSE'],
        statement: withPurpose('profiling'),
        more: { effectiveFrom: step(30), renewalPurposes: ['profiling'] },
      });
      expect(await people.todo(kari)).toEqual(['READ_NOTICE ahead', 'DECIDE_CONSENT profiling ahead']);
      expect(refusals(await people.give(kari, v2, ['profiling']))).toEqual([]);
      await people.acknowledge(kari, v2);
      expect(await people.todo(kari)).toEqual([]);
      expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');

      goTo(40);
      expect(await people.todo(kari)).toEqual([]);
      expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');
      expect(await people.status(kari, policy, 'profiling')).toBe('GIVEN');
    });

    test('a refusal is no reason to be asked, and a new purpose is', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.refuse(kari, v1, ['newsletter']);
      expect(await people.todo(kari)).toEqual([]);
      goTo(2);
      await people.publish(policy, {
        text: 'Versjon to.',
        reasons: ['PURPOSE'],
        statement: withPurpose('profiling'),
        more: { renewalPurposes: ['profiling'] },
      });
      expect(await people.todo(kari)).toEqual(['READ_NOTICE', 'DECIDE_CONSENT profiling']);
      expect(await people.status(kari, policy, 'newsletter')).toBe('REFUSED');
    });

    test('accepting the text of before is a conflict that carries the one of now', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      goTo(1);
      const v2 = await people.publish(policy, { text: 'Versjon to.', reasons: ['WORDING'] });
      goTo(2);
      const decision = { version: v1.id, locale: 'nb', contentSha256: v1.contentSha256, purposes: ['newsletter'] };
      const refused = await api.ask(
        `mutation ($input: DecisionInput!) { consentGive(input: $input) { consents { status } position
          userErrors { __typename code ... on VersionNotOffered { offered { id label } } } } }`,
        { as: kari.token, variables: { input: { ...decision, method: 'CLICKED_BUTTON' } } },
      );
      expect(refused.at('consentGive')).toEqual({
        consents: null,
        position: null,
        userErrors: [
          { __typename: 'VersionNotOffered', code: 'VERSION_NOT_OFFERED', offered: { id: v2.id, label: 'Versjon' } },
        ],
      });
      expect(await people.status(kari, policy, 'newsletter')).toBe('UNKNOWN');
    });

    test('a renewal changes no answer about before, and asks again', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      goTo(160);
      const before = await people.status(kari, policy, 'newsletter', on(130));
      await people.publish(policy, {
        text: 'Versjon to.',
        reasons: ['PURPOSE'],
        statement: withPurpose('profiling'),
        more: { renewalPurposes: ['newsletter', 'profiling'] },
      });
      expect([before, await people.status(kari, policy, 'newsletter', on(130))]).toEqual(['GIVEN', 'GIVEN']);
      expect(await people.status(kari, policy, 'newsletter')).toBe('INVALIDATED');
      expect(await people.todo(kari)).toEqual(['READ_NOTICE', 'DECIDE_CONSENT profiling', 'RENEW_CONSENT newsletter']);
    });

    test('other words ask nobody again', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      goTo(1);
      await people.publish(policy, { text: 'Versjon to, med andre ord.', reasons: ['WORDING'] });

      expect(await people.todo(kari)).toEqual([]);
      expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');
    });

    test('a consent of long ago that is told today was unknown before', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      goTo(140);
      const { position } = v1;
      const told = { subject: kari.id, occurredAt: step(20) };
      const late = await people.give({ id: kari.id, token: office.service }, v1, ['newsletter'], told);
      expect(refusals(late)).toEqual([]);

      expect(await people.status(kari, policy, 'newsletter', { ...on(50), position })).toBe('UNKNOWN');
      expect(await people.status(kari, policy, 'newsletter', on(50))).toBe('GIVEN');
      expect(await people.status(kari, policy, 'newsletter', on(10))).toBe('UNKNOWN');
    });

    test('a scheduled version that is withdrawn before its day leaves no trace', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      const v2 = await people.publish(policy, {
        text: 'Versjon to.',
        reasons: ['PURPOSE'],
        statement: withPurpose('profiling'),
        more: { effectiveFrom: step(50), renewalPurposes: ['newsletter', 'profiling'] },
      });
      expect(await people.status(kari, policy, 'newsletter', on(80))).toBe('INVALIDATED');
      await api.get(
        `mutation { policyVersionWithdraw(input: { version: "${v2.id}", reason: "Feil" }) { userErrors { code } } }`,
        { as: office.publisher },
      );
      expect(await people.todo(kari)).toEqual([]);
      expect(await people.status(kari, policy, 'newsletter', on(80))).toBe('GIVEN');
    });

    test('labels that sort otherwise stand in their true order', async () => {
      for (const [index, label] of ['2.1', '2.9', '2.10', 'Versjon 2. rev. 10'].entries()) {
        const reasons = [index === 0 ? 'FIRST_VERSION' : 'WORDING'];
        await people.publish(policy, { text: `Tekst ${label}.`, label, reasons });
        api.clock.nowMs += STEP_MS;
      }
      const answer = await api.get(`{ policy(id: "${policy}") { versions { nodes { label status } }
        inForce { version { label } } } }`);
      expect(answer.at('policy')).toEqual({
        versions: {
          nodes: [
            { label: '2.1', status: 'SUPERSEDED' },
            { label: '2.9', status: 'SUPERSEDED' },
            { label: '2.10', status: 'SUPERSEDED' },
            { label: 'Versjon 2. rev. 10', status: 'IN_FORCE' },
          ],
        },
        inForce: { version: { label: 'Versjon 2. rev. 10' } },
      });
    });

    test('the same command a hundred times at once is one event with one reply', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang' })),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer.data))).size).toBe(1);
      const facts = await api.get(`{ subject(id: "${kari.id}") { facts { nodes { type } } } }`, { as: office.officer });
      expect(facts.at('subject.facts.nodes')).toEqual([{ type: 'SubjectRegistered' }, { type: 'ConsentGiven' }]);
      const clash = await people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang', channel: 'EMAIL' });
      expect(refusals(clash)).toEqual(['IDEMPOTENCY_CONFLICT']);
      await people.withdraw(kari, policy, ['newsletter']);
      const again = await people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang' });
      expect(again.data).toEqual(answers[0]?.data);
    });

    test('a hundred registrations of one person at once make one person', async () => {
      const persons = await Promise.all(Array.from({ length: 100 }, () => people.register('ola')));
      expect(new Set(persons.map(({ id }) => id)).size).toBe(1);
    });
  });
}

function withPurpose(key: string): Readonly<Record<string, unknown>> {
  const [newsletter] = STATEMENT.purposes;
  const added = { ...newsletter, key, titles: [{ locale: 'nb', text: key }] };
  return { ...STATEMENT, purposes: [newsletter, added] };
}
