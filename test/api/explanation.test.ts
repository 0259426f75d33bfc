import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const DAY_MS = 86_400_000;
const START = '2024-01-02T10:00:00.000Z';

interface Step {
  readonly number: number | null;
  readonly fact: { readonly type: string } | null;
  readonly at: string;
  readonly sentence: string;
  readonly rules: readonly { readonly name: string; readonly text: string }[];
  readonly changes: readonly {
    readonly about: string;
    readonly text: string;
    readonly before: string;
    readonly after: string;
  }[];
}

describe('why a person stands as they do', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;
  let v1: ShownVersion;

  beforeEach(async () => {
    api = await openTestApi(START);
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    v1 = await people.publish(policy, { text: 'Versjon en.', label: 'Versjon 1' });
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  const goTo = (days: number) => {
    api.clock.nowMs = Date.parse(START) + days * DAY_MS;
  };
  const ask = (asOf: object | undefined, paging = '', locale = 'nb', as = office.officer, subject = kari.id) =>
    api.ask(
      `query ($id: ID!, $policy: ID!, $asOf: AsOfInput) { subject(id: $id) { explanation(policy: $policy, asOf: $asOf${paging}) {
        asOf { effectiveAt }
        steps { number at sentence(locale: "${locale}") fact { type actor } rules { name text(locale: "${locale}") }
          changes { about purposes before after rule text(locale: "${locale}") } }
        standing { about purposes before after rule text(locale: "${locale}") }
        pageInfo { hasNextPage hasPreviousPage endCursor } } } }`,
      { as, variables: { id: subject, policy, ...(asOf && { asOf }) } },
    );
  const steps = async (...args: Parameters<typeof ask>) =>
    (await ask(...args)).at('subject.explanation.steps') as readonly Step[];

  test('each fact is told with the rules it applied and what it changed, in order, in Norwegian and in English', async () => {
    await people.acknowledge(kari, v1);
    await people.give(kari, v1, ['newsletter']);
    goTo(30);
    await people.publish(policy, {
      text: 'Versjon to.',
      label: 'Versjon 2',
      reasons: ['PURPOSE'],
      statement: withPurpose('profiling'),
      more: { renewalPurposes: ['newsletter', 'profiling'] },
    });
    goTo(40);
    await people.withdraw(kari, policy, ['newsletter']);

    const told = await steps(undefined);
    expect(told.map(({ fact, rules }) => [fact?.type, rules.map(({ name }) => name).join(' ')])).toEqual([
      ['SubjectRegistered', 'O1 V1'],
      ['PolicyVersionPublished', 'V1 V6 O1 D1 O2'],
      ['NoticeAcknowledged', 'C2 C5 V6 D1 O2'],
      ['ConsentGiven', 'C1 C2 D1 O2'],
      ['PolicyVersionPublished', 'V1 V6 D3 D1 O2'],
      ['ConsentWithdrawn', 'C3 D1 O2'],
    ]);
    expect(told[3]).toMatchObject({
      sentence: 'Samtykket til newsletter (Versjon 1, nb).',
      changes: [
        {
          about: 'CONSENT',
          purposes: ['newsletter'],
          before: 'REQUESTED',
          after: 'GIVEN',
          rule: 'D1',
          text: 'Formålet newsletter: spurt, ikke valgt (kan ikke behandles) → gitt (kan behandles). Personen har samtykket.',
        },
        { about: 'OBLIGATION', after: null, text: 'Må velge (newsletter, Versjon 1): ikke lenger.' },
      ],
    });
    const inEnglish = await steps(undefined, '', 'en');
    expect(inEnglish[4]?.sentence).toMatch(/^Published version 2 \(Versjon 2\), effective from /);
    expect(inEnglish[4]?.changes.map(({ text }) => text)).toContain(
      'Purpose newsletter: given (may be processed) → no longer counts (may not be processed). The consent was given to a version that has since changed so that it has to be given again.',
    );
    expect(inEnglish[5]?.changes[0]?.text).toBe(
      'Purpose newsletter: no longer counts (may not be processed) → withdrawn (may not be processed). The person withdrew the consent.',
    );
    expect((await ask(undefined)).at('subject.explanation.standing')).toContainEqual({
      about: 'CONSENT',
      purposes: ['newsletter'],
      before: null,
      after: 'WITHDRAWN',
      rule: 'D1',
      text: 'Formålet newsletter: trukket tilbake (kan ikke behandles). Personen har trukket samtykket tilbake.',
    });
  });

  test('a date that came by itself is a step without a fact', async () => {
    await people.publish(policy, {
      text: 'Versjon to.',
      label: 'Versjon 2',
      reasons: ['RETENTION'],
      statement: withPurpose('newsletter', 'P1M'),
      more: { effectiveFrom: '2024-02-01T00:00:00.000Z', renewalPurposes: ['newsletter'] },
    });
    goTo(31);
    const v2 = { ...v1, id: await inForce() };
    const { give } = people;
    const hash = String(
      (await api.get(`{ policyVersion(id: "${v2.id}") { content { sha256 } } }`)).at('policyVersion.content.sha256'),
    );
    await give(kari, { ...v2, contentSha256: hash }, ['newsletter']);
    goTo(100);
    const told = await steps(undefined, '', 'en');
    const dates = told.filter(({ fact }) => fact === null);
    expect(dates.map(({ at, sentence }) => [at, sentence])).toEqual([
      ['2024-02-01T00:00:00.000Z', 'A date came; nothing was recorded.'],
      ['2024-03-02T10:00:00.000Z', 'A date came; nothing was recorded.'],
    ]);
    expect(dates[0]?.changes[0]?.text).toBe('Version in force: Versjon 1 → Versjon 2.');
    expect(dates[1]?.changes[0]?.text).toBe(
      'Purpose newsletter: given (may be processed) → expired (may not be processed). The consent had expired.',
    );
  });

  test('what was learnt later about a past date is a step of its own, told late', async () => {
    goTo(60);
    const service = { id: kari.id, token: office.service };
    await people.give(service, v1, ['newsletter'], { subject: kari.id, occurredAt: '2024-01-20T09:00:00Z' });
    const position = String(
      (await api.get('{ policyInForce(handle: "fjordlys/privacy") { asOf { position } } }')).at(
        'policyInForce.asOf.position',
      ),
    );
    goTo(61);
    const asOf = { effectiveOn: '2024-01-20' };
    const given = (await steps(asOf)).at(-1);
    expect(given).toMatchObject({ fact: { type: 'ConsentGiven' }, at: '2024-01-20T22:59:59.999Z' });
    expect(given?.rules.map(({ name }) => name)).toContain('S5');
    expect(given?.changes[0]).toMatchObject({ about: 'CONSENT', before: 'UNKNOWN', after: 'GIVEN' });
    const eve = (await steps({ effectiveOn: '2024-01-19', position })).at(-1);
    expect(eve).toMatchObject({ fact: { type: 'ConsentGiven' }, changes: [] });
  });

  test('a correction says what it changed, and by which rule', async () => {
    const given = await people.give(kari, v1, ['newsletter']);
    goTo(5);
    const correction = { corrects: given.at('position'), void: true, reason: 'Feil person' };
    await write(api, office.officer, 'factCorrect', correction, 'fact { position }');
    const last = (await steps(undefined, '', 'en')).at(-1);
    expect(last?.sentence).toBe('Fact number 2 was voided.');
    expect((await steps(undefined)).find(({ number }) => number === 2)?.fact?.type).toBe('ConsentGiven');
    expect(last?.rules[0]).toEqual({
      name: 'D6',
      text: 'The correction stands in the place of what was recorded, for every date, from its recording on.',
    });
    expect(last?.changes[0]).toMatchObject({ about: 'CONSENT', before: 'GIVEN', after: 'UNKNOWN' });
    expect(JSON.stringify(await steps(undefined))).not.toContain('Feil person');
  });

  test('what is about another policy is not told, whoever of the two persons it was', async () => {
    const other = await office.createPolicy('other');
    const v2 = await people.publish(other, { text: 'En annen.', label: 'En annen' });
    await people.acknowledge(kari, v2);
    await people.give(kari, v2, ['newsletter']);
    const input = { organisation: office.id, categories: ['customer'] };
    const written = await write(api, office.service, 'subjectRegister', input, 'subject { id }');
    const anonymous = written.at('subject.id');
    for (const { id: version, locale, contentSha256 } of [v1, v2]) {
      const shown = { subject: anonymous, version, locale, contentSha256, step: 'SHOWN', channel: 'APP' };
      await write(api, office.service, 'noticeRecord', shown, 'position');
    }
    await write(api, office.service, 'subjectLink', { anonymous, account: kari.id }, 'subject { id }');
    const told = (await steps(undefined)).map(({ fact, number }) => [fact?.type, number]);
    expect(told).toEqual([
      ['SubjectRegistered', 1],
      ['PolicyVersionPublished', null],
      ['SubjectRegistered', null],
      ['NoticeShown', null],
      ['SubjectLinked', null],
      ['SubjectLinkReceived', 4],
    ]);
  });

  test('in pages it is the same as at once', async () => {
    await people.acknowledge(kari, v1);
    goTo(3);
    await people.give(kari, v1, ['newsletter']);
    goTo(9);
    await people.withdraw(kari, policy, ['newsletter']);
    const whole = await steps(undefined);
    const paged: Step[] = [];
    let after = '';
    for (let page = 0; page < 20; page += 1) {
      const answer = await ask(undefined, `, first: 2${after}`);
      paged.push(...(answer.at('subject.explanation.steps') as Step[]));
      if (answer.at('subject.explanation.pageInfo.hasNextPage') !== true) break;
      after = `, after: "${answer.at('subject.explanation.pageInfo.endCursor')}"`;
    }
    expect(paged).toEqual(whole);
  });

  test('the person reads their own, without the names of those who published; others have none', async () => {
    const own = await steps(undefined, '', 'nb', kari.token);
    expect(own.map(({ fact }) => fact?.type ?? null)).toEqual(['SubjectRegistered', null]);
    expect(own[1]?.sentence).toMatch(/^Publiserte versjon 1/);
    const ola = await people.register('ola');
    expect((await ask(undefined, '', 'nb', ola.token)).at('subject')).toBeNull();
    const elsewhere = await openOffice(api, 'nordvik');
    expect((await ask(undefined, '', 'nb', elsewhere.officer)).at('subject')).toBeNull();
  });

  test('an unknown policy, a page too large and a place of another log are clear errors', async () => {
    const codes = async (args: string) =>
      (await api.ask(`{ subject(id: "${kari.id}") { explanation(${args}) { steps { at } } } }`, { as: office.officer }))
        .codes;
    expect(await codes('policy: "nowhere"')).toEqual(['NOT_FOUND']);
    expect(await codes(`policy: "${policy}", first: 101`)).toEqual(['BAD_USER_INPUT']);
    expect(await codes(`policy: "${policy}", after: "elsewhere"`)).toEqual(['BAD_POSITION']);
    expect(await codes(`policy: "${policy}", asOf: { recordedAt: "2031-01-01T00:00:00Z" }`)).toEqual([
      'AS_OF_IN_FUTURE',
    ]);
  });

  async function inForce(): Promise<string> {
    const answer = await api.get('{ policyInForce(handle: "fjordlys/privacy") { version { id } } }');
    return String(answer.at('policyInForce.version.id'));
  }
});

function withPurpose(key: string, consentValidFor?: string) {
  const [newsletter] = STATEMENT.purposes;
  const purpose = { ...newsletter, key, ...(consentValidFor && { consentValidFor }) };
  const others = key === 'newsletter' ? [] : STATEMENT.purposes;
  return { ...STATEMENT, purposes: [...others, purpose] };
}
