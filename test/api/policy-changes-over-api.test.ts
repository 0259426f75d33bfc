import type { ExecutionResult } from 'graphql';
import { type Answered, openTestApi, type TestApi } from '../support/api-harness';
import { within } from '../support/event-store-samples';
import { type Office, openOffice, write } from '../support/policy-over-api';

interface Notice {
  readonly id: string;
  readonly cursor: string;
  readonly kind: string;
  readonly at: string;
  readonly version: { readonly label: string; readonly status: string } | null;
  readonly policy: {
    readonly handle: string;
    readonly inForce: { readonly version: { readonly label: string } | null };
  };
}

const FIELDS = '{ id cursor kind at version { label status } policy { handle inForce { version { label } } } }';

describe('policyChanges', () => {
  let api: TestApi;
  let office: Office;
  let policy: string;
  const open: AsyncIterableIterator<ExecutionResult>[] = [];

  beforeEach(async () => {
    api = await openTestApi();
    office = await openOffice(api, 'fjordlys', { approvalRequired: true });
    policy = await office.createPolicy('privacy');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((feed) => feed.return?.()));
    expect(api.faults).toEqual([]);
    await api.close();
  });

  async function watch(args = ''): Promise<AsyncIterableIterator<ExecutionResult>> {
    const feed = await api.watch(`subscription { policyChanges${args} ${FIELDS} }`);
    if (!(Symbol.asyncIterator in feed)) throw new Error(`Refused: ${feed.codes}`);
    open.push(feed);
    return feed;
  }
  async function refused(args: string): Promise<readonly string[]> {
    const feed = await api.watch(`subscription { policyChanges${args} ${FIELDS} }`);
    return Symbol.asyncIterator in feed ? [] : (feed as Answered).codes;
  }
  async function take(feed: AsyncIterableIterator<ExecutionResult>, count: number): Promise<Notice[]> {
    const notices: Notice[] = [];
    while (notices.length < count) {
      const { value, done } = await within(feed.next(), 'policyChanges');
      if (done) throw new Error('The subscription ended.');
      const result = value as ExecutionResult<{ policyChanges: Notice }>;
      if (!result.data) throw new Error(String(result.errors));
      notices.push(result.data.policyChanges);
    }
    return notices;
  }
  const kinds = (notices: readonly Notice[]) => notices.map(({ kind, version }) => `${kind} ${version?.label ?? '-'}`);

  test('tells what happens from now on, in order, each item at what is known when it is sent', async () => {
    await office.publish(policy, { text: 'Null', label: '0' });
    const feed = await watch();
    await office.publish(policy, { text: 'En', label: '1', reasons: ['WORDING'] });
    const [announced, inForce] = await take(feed, 2);
    expect(announced).toMatchObject({
      kind: 'ANNOUNCED',
      at: '2024-06-15T10:00:00.000Z',
      version: { label: '1', status: 'IN_FORCE' },
    });
    expect(inForce).toMatchObject({
      kind: 'IN_FORCE',
      policy: { handle: 'fjordlys/privacy', inForce: { version: { label: '1' } } },
    });

    const second = await office.publish(policy, { text: 'To', label: '2', reasons: ['WORDING'] });
    await write(
      api,
      office.publisher,
      'policyVersionWithdraw',
      { version: second.id, reason: 'Feil' },
      'version { id }',
    );
    await write(api, office.publisher, 'policyRetire', { policy, reason: 'Slutt' }, 'policy { id }');
    expect(kinds(await take(feed, 5))).toEqual(['ANNOUNCED 2', 'IN_FORCE 2', 'WITHDRAWN 2', 'IN_FORCE 1', 'RETIRED -']);
  });

  test('tells that a scheduled version comes into force while nobody writes', async () => {
    const feed = await watch();
    const effectiveFrom = '2024-06-15T10:00:00.300Z';
    await office.publish(policy, { text: 'En', label: '1', more: { effectiveFrom } });
    expect(kinds(await take(feed, 1))).toEqual(['ANNOUNCED 1']);
    const next = take(feed, 1);
    const timer = setInterval(() => {
      api.clock.nowMs += 50;
    }, 20);
    try {
      expect(await next).toMatchObject([
        { kind: 'IN_FORCE', at: effectiveFrom, version: { label: '1', status: 'IN_FORCE' } },
      ]);
    } finally {
      clearInterval(timer);
    }
  });

  test('goes on after any cursor without gap or duplicate, under the same ids', async () => {
    const whole = await watch();
    for (const label of ['1', '2', '3']) {
      api.clock.nowMs += 60_000;
      await office.publish(policy, { text: label, label, reasons: label === '1' ? ['FIRST_VERSION'] : ['WORDING'] });
    }
    const all = await take(whole, 6);
    expect(kinds(all)).toEqual(['ANNOUNCED 1', 'IN_FORCE 1', 'ANNOUNCED 2', 'IN_FORCE 2', 'ANNOUNCED 3', 'IN_FORCE 3']);
    for (const [index, { cursor }] of all.entries()) {
      const rest = all.slice(index + 1).map(({ id }) => id);
      const resumed = await watch(`(after: "${cursor}")`);
      expect((await take(resumed, rest.length)).map(({ id }) => id)).toEqual(rest);
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
  });

  test('goes on from the cursor of a stamp', async () => {
    const stamp = await api.get('{ policies { totalCount } }');
    expect(stamp.at('policies.totalCount')).toBe(0);
    await office.publish(policy, { text: '1', label: '1' });
    const { cursor } = (await api.get(`{ policyInForce(policy: "${policy}") { asOf { cursor } } }`)).at(
      'policyInForce.asOf',
    ) as Notice;
    await office.publish(policy, { text: '2', label: '2', reasons: ['WORDING'] });
    expect(kinds(await take(await watch(`(after: "${cursor}")`), 2))).toEqual(['ANNOUNCED 2', 'IN_FORCE 2']);
  });

  test('tells of one policy or organisation alone when asked', async () => {
    const other = await openOffice(api, 'nordvik');
    const elsewhere = await other.createPolicy('privacy');
    await office.publish(policy, { text: '1', label: 'a' });
    await other.publish(elsewhere, { text: '1', label: 'b' });
    const feeds = await Promise.all([
      watch(),
      watch(`(organisation: "${other.id}")`),
      watch(`(policy: "${policy}")`),
      watch('(handle: "nordvik/privacy")'),
    ]);
    await office.publish(policy, { text: '2', label: 'A', reasons: ['WORDING'] });
    await other.publish(elsewhere, { text: '2', label: 'B', reasons: ['WORDING'] });
    const [all, ofOther, ofPolicy, ofHandle] = feeds;
    expect(kinds(await take(all as AsyncIterableIterator<ExecutionResult>, 4))).toEqual([
      'ANNOUNCED A',
      'IN_FORCE A',
      'ANNOUNCED B',
      'IN_FORCE B',
    ]);
    expect(kinds(await take(ofOther as AsyncIterableIterator<ExecutionResult>, 2))).toEqual([
      'ANNOUNCED B',
      'IN_FORCE B',
    ]);
    expect(kinds(await take(ofPolicy as AsyncIterableIterator<ExecutionResult>, 2))).toEqual([
      'ANNOUNCED A',
      'IN_FORCE A',
    ]);
    expect(kinds(await take(ofHandle as AsyncIterableIterator<ExecutionResult>, 2))).toEqual([
      'ANNOUNCED B',
      'IN_FORCE B',
    ]);
  });

  test('ends at once when its reader leaves, also while it waits', async () => {
    const feed = await watch();
    const waiting = feed.next();
    await within(Promise.resolve(feed.return?.()), 'return');
    expect(await within(waiting, 'next')).toEqual({ done: true, value: undefined });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  test('holds nothing for a reader that does not read, and gives all when it does', async () => {
    const feed = await watch();
    for (let index = 0; index < 120; index += 1) {
      const effectiveFrom = new Date(Date.UTC(2000, 0, 1 + index)).toISOString();
      const version = {
        policy,
        label: `${index}`,
        effectiveFrom,
        locale: 'nb',
        format: 'PLAIN_TEXT',
        text: `Tekst ${index}`,
      };
      await write(api, office.publisher, 'policyVersionImport', version, 'version { id }');
    }
    // An import announces nothing; it is pushed when it is in force once recorded, as each of these was.
    const notices = await take(feed, 120);
    expect(new Set(notices.map(({ id }) => id)).size).toBe(120);
    expect(notices.at(-1)).toMatchObject({ kind: 'IN_FORCE', version: { label: '119' } });
  });

  test('refuses what it cannot follow', async () => {
    const hidden = await office.createPolicy('hidden');
    expect(await refused('(after: "x")')).toEqual(['BAD_CURSOR']);
    expect(await refused(`(policy: "${hidden}")`)).toEqual(['NOT_FOUND']);
    expect(await refused('(policy: "nothing")')).toEqual(['NOT_FOUND']);
    expect(await refused('(handle: "fjordlys/nothing")')).toEqual(['NOT_FOUND']);
    expect(await refused('(organisation: "nothing")')).toEqual(['NOT_FOUND']);
    expect(await refused(`(policy: "${policy}", handle: "fjordlys/privacy")`)).toEqual(['BAD_USER_INPUT']);
    const other = await openTestApi();
    const there = await openOffice(other, 'fjordlys');
    await there.publish(await there.createPolicy('privacy'), { text: 'a' });
    const { cursor } = (await other.get('{ policyInForce(handle: "fjordlys/privacy") { asOf { cursor } } }')).at(
      'policyInForce.asOf',
    ) as Notice;
    await other.close();
    expect(await refused(`(after: "${cursor}")`)).toEqual(['BAD_CURSOR']);
  });
});
