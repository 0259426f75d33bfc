import { openTestApi, operator, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';

const AUDIT = `query ($policy: ID!, $asOf: AsOfInput) { audit(policy: $policy, asOf: $asOf) {
  subjects inBreach consents { purpose status subjects valid } notices { step subjects } asOf { position effectiveAt } } }`;

describe('the rights of a person', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;
  let v1: ShownVersion;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari@example.test');
    const ola = await people.register('ola@example.test');
    v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.give(kari, v1, ['newsletter']);
    await people.refuse(ola, v1, ['newsletter']);
  });
  afterEach(() => api.close());

  const audit = async (asOf?: object) =>
    (await api.get(AUDIT, { as: office.officer, variables: { policy, ...(asOf && { asOf }) } })).at('audit');

  test('an audit counts everybody whom the policy concerns, by how they stand', async () => {
    expect(await audit()).toEqual({
      subjects: 2,
      inBreach: 0,
      consents: [
        { purpose: 'newsletter', status: 'GIVEN', subjects: 1, valid: 1 },
        { purpose: 'newsletter', status: 'REFUSED', subjects: 1, valid: 0 },
      ],
      notices: [{ step: 'PENDING', subjects: 2 }],
      asOf: expect.anything(),
    });
  });

  test('an erasure changes no answer about before, and forgets who it was', async () => {
    const before = await audit();
    const asOf = (before as { asOf: object }).asOf;
    await write(api, kari.token, 'subjectErasureRequest', {}, 'subject { erasureRequestedAt erased }');
    api.clock.nowMs += 86_400_000;
    const erased = await write(
      api,
      office.officer,
      'subjectErase',
      { subject: kari.id, reason: 'Kari Nordmann asked' },
      'subject { id erased externalId }',
    );
    expect(erased.at('subject')).toEqual({ id: kari.id, erased: true, externalId: null });
    expect(await audit(asOf)).toEqual(before);
    expect(await audit()).toMatchObject({ subjects: 1 });
    expect(await people.status(kari, policy, 'newsletter', asOf)).toBe('GIVEN');

    const facts = await api.get(
      `{ subject(id: "${kari.id}") { facts { nodes { type data sentence(locale: "en") } } } }`,
      {
        as: office.officer,
      },
    );
    expect(JSON.stringify(facts.data)).not.toContain('Nordmann');
    expect(JSON.stringify(facts.data)).toContain('{\\"erased\\":true}');
    const gone = await api.get(`{ subject(organisation: "${office.id}", externalId: "kari@example.test") { id } }`, {
      as: office.service,
    });
    expect(gone.at('subject')).toBeNull();
    const anew = await people.register('kari@example.test');
    expect(anew.id).not.toBe(kari.id);
  });

  test('a legal hold makes an erasure wait until it is lifted', async () => {
    await write(
      api,
      office.officer,
      'legalHoldPlace',
      { subject: kari.id, reason: 'Sak' },
      'subject { restrictedUntil }',
    );
    const waiting = await write(
      api,
      office.officer,
      'subjectErase',
      { subject: kari.id, reason: 'Bedt om' },
      'subject { erased }',
    );
    expect(waiting.at('subject.erased')).toBe(false);
    await write(api, office.officer, 'legalHoldLift', { subject: kari.id, reason: 'Sak slutt' }, 'subject { erased }');
    const after = await api.get(`{ subject(id: "${kari.id}") { erased } }`, { as: office.officer });
    expect(after.at('subject.erased')).toBe(true);
  });

  test('a legal hold with an end restricts until then, and no longer', async () => {
    const until = new Date(api.clock.nowMs + 3_600_000).toISOString();
    const input = { subject: kari.id, reason: 'Sak', until };
    await write(api, office.officer, 'legalHoldPlace', input, 'subject { restrictedUntil }');
    const restricted = async () =>
      (await api.get(`{ subject(id: "${kari.id}") { restrictedUntil } }`, { as: office.officer })).at(
        'subject.restrictedUntil',
      );
    expect(await restricted()).toBe(until);
    api.clock.nowMs += 3_599_999;
    expect(await restricted()).toBe(until);
    api.clock.nowMs += 1;
    expect(await restricted()).toBeNull();
  });

  test('a correction stands for every instant from its position on, and both stay in the log', async () => {
    const given = await people.give(kari, v1, ['newsletter'], {});
    const position = given.at('position');
    const input = { corrects: position, void: true, reason: 'Feil person' };
    const corrected = await write(api, office.officer, 'factCorrect', input, 'fact { type data }');
    expect(corrected.at('fact.type')).toBe('FactCorrected');
    expect(String(corrected.at('fact.data'))).toContain('Feil person');
    const answer = await api.get(
      `{ consentState(subject: "${kari.id}", policy: "${policy}", purpose: "newsletter") {
      status reason { code event { type position } } } }`,
      { as: office.officer },
    );
    expect(answer.at('consentState.status')).toBe('GIVEN');
    expect(answer.at('consentState.reason.event.position')).not.toBe(position);
  });

  test("nobody reaches another's person", async () => {
    const other = await openOffice(api, 'nordnes');
    const query = `{ subject(id: "${kari.id}") { id } consentState(subject: "${kari.id}", policy: "${policy}", purpose: "newsletter") { status } }`;
    for (const as of [other.service, other.officer, office.editor]) {
      const answer = await api.ask(query, { as });
      expect(answer.data).toEqual({ subject: null, consentState: null });
      expect(answer.codes).toEqual(['NOT_FOUND']);
    }
    const ola = await people.register('ola@example.test');
    const stolen = await send(api, ola.token, 'consentWithdraw', {
      subject: kari.id,
      policy,
      purposes: ['newsletter'],
    });
    expect(stolen.codes).toEqual(['FORBIDDEN']);
    expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');
  });

  test("the product's own id of a person does not stand in an address", async () => {
    const query = `{ subject(organisation: "${office.id}", externalId: "kari@example.test") { id } }`;
    expect((await api.ask(query, { as: office.service, inAddress: true })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await api.ask(query, { as: office.service })).at('subject.id')).toBe(kari.id);
  });

  test('what may not be written is refused with its code, and nothing is written', async () => {
    const decision = { version: v1.id, locale: 'nb', contentSha256: v1.contentSha256, method: 'CLICKED_BUTTON' };
    const cases: readonly [string, object, string][] = [
      ['consentGive', { ...decision, purposes: ['unknown'] }, 'PURPOSE_UNKNOWN'],
      ['consentGive', { ...decision, purposes: [] }, 'PURPOSES_EMPTY'],
      ['consentGive', { ...decision }, 'PURPOSES_EMPTY'],
      ['consentGive', { ...decision, purposes: Array(10_000).fill('newsletter') }, 'TOO_MANY'],
      ['consentGive', { ...decision, purposes: ['newsletter'], method: 'SCROLL' }, 'METHOD_NOT_A_CLEAR_ACT'],
      [
        'consentGive',
        { ...decision, purposes: ['newsletter'], contentSha256: 'ab'.repeat(32) },
        'CONTENT_NOT_OF_VERSION',
      ],
      ['consentGive', { ...decision, purposes: ['newsletter'], locale: 'en' }, 'LOCALE_NOT_IN_VERSION'],
      [
        'consentGive',
        { ...decision, purposes: ['newsletter'], occurredAt: '2024-02-01T00:00:00Z' },
        'OCCURRED_IN_FUTURE',
      ],
      [
        'consentGive',
        { ...decision, purposes: ['newsletter'], occurredAt: '2023-02-01T00:00:00Z' },
        'OCCURRED_TOO_LONG_AGO',
      ],
      ['termsAccept', decision, 'POLICY_IS_NOT_TERMS'],
      ['termsAccept', { ...decision, purposes: ['newsletter'] }, 'PURPOSES_OUT_OF_PLACE'],
      ['consentWithdraw', { policy, purposes: ['unknown'] }, 'PURPOSE_UNKNOWN'],
    ];
    const head = (await api.get('{ log { head } }', { as: operator })).at('log.head');
    for (const [mutation, input, code] of cases) {
      const answer = await send(api, kari.token, mutation, input as Record<string, unknown>);
      expect([mutation, code, ...refusals(answer), ...answer.codes]).toEqual([mutation, code, code]);
    }
    const after = (await api.get('{ log { head } }', { as: operator })).at('log.head');
    expect(after).toBe(head);
  });
});
