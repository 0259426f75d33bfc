import type { ExecutionResult } from 'graphql';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT } from '../support/policy-over-api';

const DAY_MS = 86_400_000;
const ITEM = 'id cursor kind at version { id label } obligation { kind purposes deadline blocking }';

interface Item {
  readonly id: string;
  readonly cursor: string;
  readonly kind: string;
  readonly version: { readonly id: string } | null;
  readonly obligation: { readonly kind: string } | null;
}

describe('policyNotices', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;
  let open: AsyncIterableIterator<ExecutionResult>[];

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    open = [];
  });
  afterEach(async () => {
    for (const each of open) await each.return?.();
    await api.close();
  });

  async function login(person: Person, after?: string): Promise<() => Promise<Item>> {
    const document = `subscription ($after: String) { policyNotices(after: $after) { ${ITEM} } }`;
    const feed = await api.watch(document, { as: person.token, variables: after === undefined ? {} : { after } });
    if (!(Symbol.asyncIterator in feed)) throw new Error(`Not opened: ${feed.codes.join()}`);
    open.push(feed);
    return async () => {
      const { value } = await feed.next();
      if (value?.errors) throw new Error(value.errors.map(({ message }: Error) => message).join());
      return value.data.policyNotices;
    };
  }
  const told = ({ kind, obligation }: Item) => [kind, ...(obligation ? [obligation.kind] : [])].join(' ');
  const notified = async () => {
    const { notifications, app, progress } = api.services;
    await notifications.settled();
    const head = await app.store.head(['subject-']);
    if (head) await progress.waitFor(head, 5_000);
    const answer = await api.get(`{ subject(id: "${kari.id}") { facts(first: 100) { nodes { type } } } }`, {
      as: office.officer,
    });
    const facts = answer.at('subject.facts.nodes');
    return (Array.isArray(facts) ? facts : []).filter(({ type }: { type: string }) => type === 'NoticeNotified').length;
  };
  const nextTurns = () => new Promise((resolve) => setTimeout(resolve, 30));

  test('tells at login what is outstanding, one item for each thing to do', async () => {
    await people.publish(policy, { text: 'Versjon en.' });
    const next = await login(kari);
    expect([told(await next()), told(await next())].sort()).toEqual([
      'OUTSTANDING DECIDE_CONSENT',
      'OUTSTANDING READ_NOTICE',
    ]);
  });

  test('tells live of a publication, of its coming into force by the clock, and of what was done elsewhere', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    await people.acknowledge(kari, v1);
    await people.refuse(kari, v1, ['newsletter']);
    const next = await login(kari);
    const first = next();
    api.clock.nowMs += DAY_MS;
    const v2 = await people.publish(policy, {
      text: 'Versjon to.',
      reasons: ['RETENTION'],
      statement: { ...STATEMENT, purposes: STATEMENT.purposes.map((each) => ({ ...each, retention: 'Another' })) },
      more: { effectiveFrom: new Date(api.clock.nowMs + 60_000).toISOString() },
    });
    expect(told(await first)).toBe('ANNOUNCED');
    expect(told(await next())).toBe('OUTSTANDING READ_NOTICE');
    const inForce = next();
    await nextTurns();
    api.clock.nowMs += 120_000;
    // Anything applied says "look"; the clock alone would within a minute.
    await people.register('another');
    await people.withdraw(kari, policy, ['newsletter']);
    expect(told(await inForce)).toBe('IN_FORCE');
    await people.acknowledge(kari, v2);
    expect(told(await next())).toBe('SETTLED READ_NOTICE');
  });

  test('records once that the person was told, on however many sockets', async () => {
    await people.publish(policy, { text: 'Versjon en.' });
    const sockets = await Promise.all([login(kari), login(kari), login(kari)]);
    for (const next of sockets) {
      await next();
      await next();
      next().catch(() => undefined);
    }
    await nextTurns();
    expect(await notified()).toBe(1);
  });

  test('goes on from a cursor without a gap', async () => {
    const v1 = await people.publish(policy, { text: 'Versjon en.' });
    const next = await login(kari);
    const [one, two] = [await next(), await next()];
    next().catch(() => undefined);
    await nextTurns();
    await api.services.notifications.settled();
    await open[0]?.return?.();
    await people.acknowledge(kari, v1);
    api.clock.nowMs += DAY_MS;
    await people.publish(policy, { text: 'Versjon to.', reasons: ['WORDING'] });

    const again = await login(kari, two.cursor);
    expect([told(await again()), told(await again()), told(await again())]).toEqual([
      'ANNOUNCED',
      'IN_FORCE',
      'SETTLED READ_NOTICE',
    ]);
    const fromFirst = await login(kari, one.cursor);
    expect((await fromFirst()).id).toBe(two.id);
  });

  test('tells that the grace of a blocking version has lapsed', async () => {
    const v1: ShownVersion = await people.publish(policy, {
      text: 'Versjon en.',
      more: { graceDays: 2, blocking: true },
    });
    await people.refuse(kari, v1, ['newsletter']);
    const next = await login(kari);
    expect(told(await next())).toBe('OUTSTANDING READ_NOTICE');
    const lapsed = next();
    await nextTurns();
    api.clock.nowMs += 3 * DAY_MS;
    await people.withdraw(kari, policy, ['newsletter']);
    expect(told(await lapsed)).toBe('OVERDUE READ_NOTICE');
    const { codes, at } = await api.ask('{ me { obligations { blocked items { deadline } unchangedUntil } } }', {
      as: kari.token,
    });
    expect(codes).toEqual([]);
    expect(at('me.obligations')).toEqual({
      blocked: true,
      items: [{ deadline: '2024-01-12T22:59:59.999Z' }],
      unchangedUntil: null,
    });
  });

  test('is for the person alone', async () => {
    const document = 'subscription { policyNotices { id } }';
    for (const [as, code] of [
      [undefined, 'UNAUTHENTICATED'],
      [office.service, 'FORBIDDEN'],
      [office.officer, 'FORBIDDEN'],
    ] as const) {
      const answer = await api.watch(document, as ? { as } : {});
      expect('codes' in answer && answer.codes).toEqual([code]);
    }
  });
});
