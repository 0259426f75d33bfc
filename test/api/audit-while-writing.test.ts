import { randomUUID } from 'node:crypto';
import { giveConsent, refuseConsent, withdrawConsent } from '../../src/application/decisions';
import { registerSubject } from '../../src/application/subjects';
import type { ReadModels } from '../../src/read-models/read-models';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, write } from '../support/policy-over-api';

const PEOPLE = 1_000;
/** People of the writer's own and people of the list: both are written about all the time. */
const WRITERS = 24;
const IMPORTED_AT_ONCE = 500;
const BY_CLICK = { method: 'CLICKED_BUTTON', channel: 'APP', decidedBy: 'PERSON' } as const;
/** So many are done at least between one page and the next. */
const WRITES_BETWEEN = 30;

interface Page {
  readonly asOf: { readonly position: string; readonly effectiveAt: string };
  /** Of the first page. */
  readonly totalCount?: number;
  readonly nodes: readonly {
    readonly subject: { readonly id: string };
    readonly consents: readonly { readonly status: string }[];
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

describe('pages that are taken while others write', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let v1: ShownVersion;
  let persons: readonly Person[];

  beforeAll(async () => {
    // A clock that goes on, as while a server runs.
    api = await openTestApi(new Date(Date.now()).toISOString());
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    v1 = await people.publish(policy, { text: 'Versjon en.' });
    const rows = Array.from({ length: PEOPLE }, (_, index) => ({ externalId: `p${index}`, categories: ['customers'] }));
    const registered = await write(
      api,
      office.service,
      'subjectsRegister',
      { organisation: office.id, rows },
      'subjects { id }',
    );
    persons = (registered.at('subjects') as { id: string }[]).map(({ id }) => ({ id, token: office.service }));
    const decided = persons.map(({ id }, index) => ({
      externalId: `p${index}`,
      fact: index % 3 === 0 ? 'CONSENT_REFUSED' : 'CONSENT_GIVEN',
      version: v1.id,
      locale: 'nb',
      contentSha256: v1.contentSha256,
      purposes: ['newsletter'],
      method: 'CLICKED_BUTTON',
      occurredAt: new Date(api.clock.nowMs).toISOString(),
      id,
    }));
    const input = { organisation: office.id, rows: decided.map(({ id: _, ...row }) => row) };
    await write(api, office.service, 'decisionsImport', input, 'imported');
  }, 120_000);
  afterAll(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  const page = async (filter: string, after: string | null): Promise<Page> => {
    const query = `query ($policy: ID!, $after: String) { audit(policy: $policy) {
      people(first: 59, after: $after${filter}) { asOf { position effectiveAt }${after === null ? ' totalCount' : ''} nodes { subject { id } consents { status } }
        pageInfo { hasNextPage endCursor } } } }`;
    return (await api.get(query, { as: office.officer, variables: { policy, after } })).at('audit.people') as Page;
  };
  const given = ', consent: { purpose: "newsletter", status: GIVEN }';

  test('a page of four times as many people asks the tables for at most four times as much', async () => {
    const services = api.services as { readModels: ReadModels };
    const { readModels } = services;
    const workOf = async (first: number) => {
      let asked = 0;
      services.readModels = new Proxy(readModels, {
        get: (target, name, receiver) => {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member !== 'function') return member;
          return (...args: readonly unknown[]) => {
            asked += 1;
            return member.apply(target, args);
          };
        },
      });
      const lists =
        'consents { status reason { text } } notices { step } acceptances { accepted } obligations { kind }';
      const query = `{ audit(policy: "${policy}") { people(first: ${first}) { nodes { subject { id } ${lists} } } } }`;
      const answer = await api.get(query, { as: office.officer });
      services.readModels = readModels;
      expect(answer.at('audit.people.nodes')).toHaveLength(first);
      return asked;
    };
    const [few, many] = [await workOf(25), await workOf(100)];
    expect(many).toBeLessThanOrEqual(few * 4);
    expect(many / 100).toBeLessThan(40);
  });

  test('nobody is lost and nobody stands there twice, with a filter and without', async () => {
    const writing = { over: false, done: 0, next: PEOPLE };
    const { app } = api.services;
    const actor = await app.vault.actorOf({ issuer: 'test', claim: 'service', name: 'service' });
    const request = { actor, correlationId: randomUUID() };
    const begunMs = Date.now();
    const written = async (count: number) => {
      while (writing.done < count) await new Promise((resolve) => setImmediate(resolve));
    };
    const writers = Array.from({ length: WRITERS }, (_, writer) => keepWriting(writer, writing));
    // Old decisions come in by the hundred: late facts about people of both lists.
    writers.push(keepImporting(writing));
    async function keepImporting(state: typeof writing): Promise<void> {
      for (let turn = 0; !state.over; turn += 1) {
        const occurredAt = new Date(api.clock.nowMs - (turn % 40)).toISOString();
        const { id: versionId, locale, contentSha256 } = v1;
        const rows = Array.from({ length: IMPORTED_AT_ONCE }, (_, row) => ({
          externalId: `p${(turn * IMPORTED_AT_ONCE + row) % PEOPLE}`,
          fact: (turn + row) % 3 === 0 ? 'CONSENT_REFUSED' : 'CONSENT_GIVEN',
          ...{
            version: versionId,
            locale,
            contentSha256,
            purposes: ['newsletter'],
            method: 'CLICKED_BUTTON',
            occurredAt,
          },
        }));
        await write(api, office.service, 'decisionsImport', { organisation: office.id, rows }, 'imported');
        state.done += IMPORTED_AT_ONCE;
      }
    }
    async function keepWriting(writer: number, state: typeof writing): Promise<void> {
      for (let turn = 0; !state.over; turn += 1) {
        api.clock.nowMs = Math.max(api.clock.nowMs, Date.now());
        const person = persons[(writer + turn * WRITERS) % PEOPLE];
        if (!person) continue;
        const of = { subjectId: person.id, policyId: policy };
        const on = { ...of, versionId: v1.id, locale: v1.locale, contentSha256: v1.contentSha256, ...BY_CLICK };
        const kind = (writer + turn) % 4;
        if (kind === 0) await withdrawConsent(app, request, { ...of, purposes: ['newsletter'] });
        else if (kind === 1) await giveConsent(app, request, { ...on, purposes: ['newsletter'] });
        else if (kind === 2) await refuseConsent(app, request, { ...on, purposes: ['newsletter'] });
        else {
          state.next += 1;
          const person = { organisationId: office.id, externalId: `p${state.next}`, categories: ['customers'] };
          await registerSubject(app, request, person);
        }
        state.done += 1;
      }
    }
    const everybody: Page[] = [];
    const saidYes: Page[] = [];
    try {
      // The two lists began at different moments: each keeps its own.
      const lists = [
        { filter: '', pages: everybody },
        { filter: given, pages: saidYes },
      ];
      while (lists.some(({ pages }) => pages.at(-1)?.pageInfo.hasNextPage ?? true)) {
        for (const { filter, pages } of lists) {
          const last = pages.at(-1);
          if (last?.pageInfo.hasNextPage === false) continue;
          pages.push(await page(filter, last?.pageInfo.endCursor ?? null));
          await written(writing.done + WRITES_BETWEEN);
        }
      }
    } finally {
      writing.over = true;
      await Promise.all(writers);
    }
    const seconds = (Date.now() - begunMs) / 1_000;
    console.info(
      `${writing.done} writes in ${seconds.toFixed(1)} s (${Math.round(writing.done / seconds)} a second) beside ${everybody.length} pages of each list`,
    );

    for (const pages of [everybody, saidYes]) {
      expect(new Set(pages.map(({ asOf }) => JSON.stringify(asOf))).size).toBe(1);
      const ids = pages.flatMap(({ nodes }) => nodes.map(({ subject }) => subject.id));
      expect(new Set(ids).size).toBe(ids.length);
    }
    const ids = everybody.flatMap(({ nodes }) => nodes.map(({ subject }) => subject.id));
    const already = new Set(persons.map(({ id }) => id));
    expect(ids.filter((id) => already.has(id))).toEqual(persons.map(({ id }) => id));
    expect(ids).toHaveLength(everybody[0]?.totalCount ?? 0);
    // Whoever came later stands in no page.
    expect(writing.next - PEOPLE).toBeGreaterThan(ids.length - PEOPLE);

    const asOf = saidYes[0]?.asOf;
    const counted = await api.get(
      `query ($policy: ID!, $asOf: AsOfInput) { audit(policy: $policy, asOf: $asOf) { consents { status subjects } } }`,
      { as: office.officer, variables: { policy, asOf } },
    );
    const yes = saidYes.flatMap(({ nodes }) => nodes);
    expect(yes.every(({ consents }) => consents[0]?.status === 'GIVEN')).toBe(true);
    expect(counted.at('audit.consents')).toContainEqual({ status: 'GIVEN', subjects: yes.length });
    expect(yes.length).toBeGreaterThan(100);
    expect(writing.done).toBeGreaterThan(WRITERS);
  }, 240_000);
});
