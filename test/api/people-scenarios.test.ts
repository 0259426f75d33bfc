import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, STATEMENT } from '../support/policy-over-api';

const DAY_MS = 86_400_000;

describe('people and their consents over a year', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
  });
  afterEach(() => api.close());

  test('given in January and withdrawn in March is told apart in February and April', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    expect(refusals(await people.give(kari, v1, ['newsletter']))).toEqual([]);
    api.clock.nowMs = Date.parse('2024-03-05T12:00:00Z');
    await people.withdraw(kari, policy, ['newsletter']);
    api.clock.nowMs = Date.parse('2024-06-01T12:00:00Z');

    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-01-09' })).toBe('UNKNOWN');
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-02-01' })).toBe('GIVEN');
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-04-01' })).toBe('WITHDRAWN');
    expect(await people.status(kari, policy, 'newsletter')).toBe('WITHDRAWN');
  });

  test('a version of next month is accepted ahead, and then asks nobody again', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    expect(await people.todo(kari)).toEqual([]);

    const v2 = await people.publish(policy, {
      text: 'Versjon to.',
      reasons: ['PURPOSE'],
      statement: withPurpose('profiling'),
      more: { effectiveOn: '2024-02-10', renewalPurposes: ['profiling'] },
    });
    expect(await people.todo(kari)).toEqual(['READ_NOTICE ahead', 'DECIDE_CONSENT profiling ahead']);
    expect(refusals(await people.give(kari, v2, ['profiling']))).toEqual([]);
    await people.acknowledge(kari, v2);
    expect(await people.todo(kari)).toEqual([]);
    expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');

    api.clock.nowMs += 40 * DAY_MS;
    expect(await people.todo(kari)).toEqual([]);
    expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');
    expect(await people.status(kari, policy, 'profiling')).toBe('GIVEN');
  });

  test('accepting the text of before is a conflict that carries the one of now', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    api.clock.nowMs += DAY_MS;
    const v2 = await people.publish(policy, { text: 'Versjon to.', reasons: ['WORDING'] });
    api.clock.nowMs += DAY_MS;

    const refused = await api.ask(
      `mutation ($input: DecisionInput!) { consentGive(input: $input) { consents { status } position
        userErrors { __typename code ... on VersionNotOffered { offered { id label } } } } }`,
      {
        as: kari.token,
        variables: {
          input: {
            version: v1.id,
            locale: 'nb',
            contentSha256: v1.contentSha256,
            purposes: ['newsletter'],
            method: 'CLICKED_BUTTON',
          },
        },
      },
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

  test('a renewal in June changes no answer about May, and asks again', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    api.clock.nowMs = Date.parse('2024-06-01T08:00:00Z');
    const may = { effectiveOn: '2024-05-15' };
    const before = await people.status(kari, policy, 'newsletter', may);
    await people.publish(policy, {
      text: 'Versjon to.',
      reasons: ['PURPOSE'],
      statement: withPurpose('profiling'),
      more: { renewalPurposes: ['newsletter', 'profiling'] },
    });
    expect([before, await people.status(kari, policy, 'newsletter', may)]).toEqual(['GIVEN', 'GIVEN']);
    expect(await people.status(kari, policy, 'newsletter')).toBe('INVALIDATED');
    expect(await people.todo(kari)).toEqual(['READ_NOTICE', 'DECIDE_CONSENT profiling', 'RENEW_CONSENT newsletter']);
  });

  test('other words ask nobody again', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    api.clock.nowMs += DAY_MS;
    await people.publish(policy, { text: 'Versjon to, med andre ord.', reasons: ['WORDING'] });

    expect(await people.todo(kari)).toEqual([]);
    expect(await people.status(kari, policy, 'newsletter')).toBe('GIVEN');
  });

  test('a consent of long ago that is imported today was unknown yesterday', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    api.clock.nowMs = Date.parse('2024-06-01T08:00:00Z');
    const yesterday = '2024-05-31T08:00:00.000Z';
    const input = { subject: kari.id, occurredAt: '2024-02-01T10:00:00+01:00' };
    const late = await people.give({ id: kari.id, token: office.service }, v1, ['newsletter'], input);
    expect(refusals(late)).toEqual([]);

    const then = { effectiveOn: '2024-03-01' };
    expect(await people.status(kari, policy, 'newsletter', { ...then, recordedAt: yesterday })).toBe('UNKNOWN');
    expect(await people.status(kari, policy, 'newsletter', then)).toBe('GIVEN');
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-01-20' })).toBe('UNKNOWN');
  });

  test('a scheduled version that is withdrawn before its day leaves no trace', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    const v2 = await people.publish(policy, {
      text: 'Versjon to.',
      reasons: ['PURPOSE'],
      statement: withPurpose('profiling'),
      more: { effectiveOn: '2024-03-01', renewalPurposes: ['newsletter', 'profiling'] },
    });
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-04-01' })).toBe('INVALIDATED');
    await api.get(
      `mutation { policyVersionWithdraw(input: { version: "${v2.id}", reason: "Feil" }) { userErrors { code } } }`,
      { as: office.publisher },
    );
    expect(await people.todo(kari)).toEqual([]);
    expect(await people.status(kari, policy, 'newsletter', { effectiveOn: '2024-04-01' })).toBe('GIVEN');
  });

  test('the same command a hundred times at once is one event with one reply', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang' })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer.data))).size).toBe(1);
    const other = await people.refuse(kari, v1, ['newsletter'], { idempotencyKey: 'en gang' });
    expect(refusals(other)).toEqual([]);
    const clash = await people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang', channel: 'EMAIL' });
    expect(refusals(clash)).toEqual(['IDEMPOTENCY_CONFLICT']);
    await people.withdraw(kari, policy, ['newsletter']);
    const again = await people.give(kari, v1, ['newsletter'], { idempotencyKey: 'en gang' });
    expect(again.data).toEqual(answers[0]?.data);
  });
});

function withPurpose(key: string): Readonly<Record<string, unknown>> {
  const [newsletter] = STATEMENT.purposes;
  const added = { ...newsletter, key, titles: [{ locale: 'nb', text: key }] };
  return { ...STATEMENT, purposes: [newsletter, added] };
}
