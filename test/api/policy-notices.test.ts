import type { ExecutionResult } from 'graphql';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';

const DAY_MS = 86_400_000;
const ITEM = 'id cursor kind at version { id label } obligation { kind purposes deadline blocking }';

interface Item {
  readonly id: string;
  readonly cursor: string;
  readonly kind: string;
  readonly version: { readonly id: string; readonly label: string } | null;
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
      'SETTLED READ_NOTICE',
      'ANNOUNCED',
      'IN_FORCE',
    ]);
    const fromFirst = await login(kari, one.cursor);
    expect((await fromFirst()).id).toBe(two.id);
  });

  /** All that is waiting to be told. */
  async function readOn(feed: AsyncIterableIterator<ExecutionResult>): Promise<readonly Item[]> {
    const items: Item[] = [];
    const reading = (async () => {
      for await (const { data, errors } of feed) {
        if (errors) throw new Error(errors.map(({ message }) => message).join());
        items.push(data?.policyNotices as Item);
      }
    })();
    for (let quiet = 0, seen = 0; quiet < 10; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (items.length > seen) [quiet, seen] = [0, items.length];
    }
    await feed.return?.();
    await reading;
    return items;
  }
  async function resumed(person: Person, after: string): Promise<readonly Item[]> {
    const document = `subscription ($after: String) { policyNotices(after: $after) { ${ITEM} } }`;
    const feed = await api.watch(document, { as: person.token, variables: { after } });
    if (!(Symbol.asyncIterator in feed)) throw new Error(`Not opened: ${feed.codes.join()}`);
    return readOn(feed);
  }

  describe('when a version that stood over a scheduled one is withdrawn', () => {
    const wider = (recipient: string) => {
      const [newsletter] = STATEMENT.purposes;
      return { ...STATEMENT, purposes: [{ ...newsletter, recipients: [recipient] }] };
    };

    test('the scheduled one asks again under an id of its own, live and from every cursor', async () => {
      const v1 = await people.publish(policy, { text: 'Versjon en.' });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      const next = await login(kari);
      let coming = next();
      const live: Item[] = [];
      const take = async (count: number) => {
        for (let taken = 0; taken < count; taken += 1) {
          live.push(await coming);
          coming = next();
          coming.catch(() => undefined);
        }
        return live.slice(-count).map((item) => `${told(item)} ${item.version?.label ?? ''}`.trim());
      };
      const inDays = (days: number) => new Date(api.clock.nowMs + days * DAY_MS).toISOString();
      const terms = { effectiveFrom: inDays(30), graceDays: 3, renewalPurposes: ['newsletter'] };
      const scheduled = { reasons: ['RECIPIENTS'], more: terms };
      const v2 = await people.publish(policy, {
        text: 'Versjon to.',
        label: 'v2',
        statement: wider('Regnskap AS'),
        ...scheduled,
      });
      expect(await take(3)).toEqual(['ANNOUNCED v2', 'OUTSTANDING READ_NOTICE v2', 'OUTSTANDING RENEW_CONSENT v2']);
      api.clock.nowMs += DAY_MS;
      const v4 = await people.publish(policy, {
        text: 'Versjon fire.',
        label: 'v4',
        statement: wider('Utsending AS'),
        ...scheduled,
      });
      expect(await take(3)).toEqual(['ANNOUNCED v4', 'OUTSTANDING READ_NOTICE v4', 'OUTSTANDING RENEW_CONSENT v4']);
      api.clock.nowMs += DAY_MS;
      const input = { version: v4.id, reason: 'A mistake' };
      await write(api, office.publisher, 'policyVersionWithdraw', input, 'version { id }');
      expect(await take(3)).toEqual(['WITHDRAWN v4', 'OUTSTANDING READ_NOTICE v2', 'OUTSTANDING RENEW_CONSENT v2']);
      api.clock.nowMs += DAY_MS;
      await people.acknowledge(kari, v2);
      expect(await take(1)).toEqual(['SETTLED READ_NOTICE v2']);
      await people.give(kari, v2, ['newsletter']);
      expect(await take(1)).toEqual(['SETTLED RENEW_CONSENT v2']);
      api.clock.nowMs += 40 * DAY_MS;
      await people.withdraw(kari, policy, ['newsletter']);
      expect(await take(1)).toEqual(['IN_FORCE v2']);

      const ids = live.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [place, { cursor }] of live.entries()) {
        const later = (await resumed(kari, cursor)).map(({ id }) => id);
        const follows = ids.length - place - 1;
        expect({ place, later: later.slice(later.length - follows) }).toEqual({
          place,
          later: ids.slice(place + 1),
        });
      }
    });
  });

  describe('what the clock alone brings', () => {
    test('a date of one’s own cohort, the lapse of the grace and the end of a yes come from an old cursor, too', async () => {
      const [newsletter] = STATEMENT.purposes;
      const expiring = { ...STATEMENT, purposes: [{ ...newsletter, consentValidFor: 'P1M' }] };
      const v1 = await people.publish(policy, { text: 'Versjon en.', statement: expiring });
      await people.acknowledge(kari, v1);
      await people.give(kari, v1, ['newsletter']);
      const { at } = await api.get('{ me { obligations { cursor } } }', { as: kari.token });
      const cursor = String(at('me.obligations.cursor'));
      api.clock.nowMs += DAY_MS;
      const inDays = (days: number) => new Date(api.clock.nowMs + days * DAY_MS).toISOString();
      const more = {
        effectiveFrom: inDays(5),
        effectiveFromForExisting: inDays(10),
        graceDays: 4,
        blocking: true,
      };
      await people.publish(policy, {
        text: 'Versjon to.',
        label: 'v2',
        statement: expiring,
        reasons: ['RETENTION'],
        more,
      });
      api.clock.nowMs += 60 * DAY_MS;
      await people.register('another');
      const items = await resumed(kari, cursor);
      expect(items.map((item) => `${told(item)} ${String(Reflect.get(item, 'at')).slice(0, 10)}`)).toEqual([
        'ANNOUNCED 2024-01-11',
        'OUTSTANDING READ_NOTICE 2024-01-21',
        'IN_FORCE 2024-01-21',
        'OVERDUE READ_NOTICE 2024-01-25',
        'OUTSTANDING RENEW_CONSENT 2024-02-10',
      ]);
      for (const [place, item] of items.entries()) {
        const later = (await resumed(kari, item.cursor)).map(({ id }) => id);
        expect(later.slice(later.length - (items.length - place - 1))).toEqual(
          items.slice(place + 1).map(({ id }) => id),
        );
      }
    });
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
