import { createClient } from 'graphql-sse';
import type { Caller } from '../../../src/api/auth/caller';
import { TokenRejected } from '../../../src/api/auth/tokens';
import { createApiContext } from '../../../src/api/context';
import { buildApiSchema } from '../../../src/api/schema';
import { openTestApi, type TestApi } from '../../support/api-harness';
import { type People, type Person, peopleOf } from '../../support/people-over-api';
import { type Office, openOffice, STATEMENT } from '../../support/policy-over-api';
import { type AnsweredError, enterSocket, eventually, type ServerUnderTest, startTestServer } from './running-server';

const SLOW_READER_MS = 300;
const ITEM = 'id cursor kind';

interface Item {
  readonly id: string;
  readonly cursor: string;
  readonly kind: string;
}

/** The notices of one person over real connections that break off, and what a cursor then brings. */
describe('policyNotices over a connection', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let policy: string;
  let kari: Person;
  let server: ServerUnderTest;
  /** Callers by their token; a test may let one run out. */
  let tokens: Map<string, Caller>;

  beforeEach(async () => {
    api = await openTestApi(new Date().toISOString());
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    tokens = new Map([['good', kari.token]]);
    server = await startTestServer({
      schema: buildApiSchema(() => api.clock.nowMs),
      createContext: (request) => createApiContext(api.services, request),
      authenticate: async (authorization) => {
        const found = tokens.get(String(authorization).replace(/^Bearer /, ''));
        if (!found) throw new TokenRejected('expired');
        return found;
      },
      limits: { slowReaderMs: SLOW_READER_MS, closeGraceMs: 10_000 },
    });
  });
  afterEach(async () => {
    await server.close();
    await api.close();
  });

  const document = (fields = ITEM) => `subscription ($after: String) { policyNotices(after: $after) { ${fields} } }`;
  const stream = (token: string, after?: string) =>
    fetch(`${server.address}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: document(), variables: { after } }),
    });

  /** Everything that a stream said until its end. */
  async function whole(response: Response) {
    const text = await response.text();
    const said = [...text.matchAll(/event: next\ndata: (.*)\n\n/g)].map(
      ([, data = '']) => JSON.parse(data) as { data?: { policyNotices: Item }; errors?: readonly AnsweredError[] },
    );
    return {
      items: said.flatMap(({ data }) => data?.policyNotices ?? []),
      errors: said.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions),
      lastIsError: said.at(-1)?.errors !== undefined,
      isCompleted: text.trimEnd().endsWith('event: complete\ndata:'),
    };
  }

  test('an event stream ends when the token runs out, and the cursor of its last item loses nothing', async () => {
    await people.publish(policy, { text: 'Versjon en.' });
    const expiresAt = Date.now() + 1_500;
    tokens.set('short', { ...kari.token, expiresAt } as Caller);
    const { items, errors, lastIsError, isCompleted } = await whole(await stream('short'));
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    expect(items.map(({ kind }) => kind)).toEqual(['OUTSTANDING', 'OUTSTANDING']);
    expect([errors, lastIsError, isCompleted]).toEqual([[{ code: 'UNAUTHENTICATED', closeCode: 4401 }], true, true]);
    tokens.delete('short');
    expect((await whole(await stream('short', items.at(-1)?.cursor))).errors).toEqual([
      { code: 'UNAUTHENTICATED', closeCode: 4401 },
    ]);

    api.clock.nowMs += 60_000;
    const [newsletter] = STATEMENT.purposes;
    const changed = { ...STATEMENT, purposes: [{ ...newsletter, retention: 'Two years' }] };
    await people.publish(policy, { text: 'Versjon to.', reasons: ['RETENTION'], statement: changed });
    const client = createClient({
      url: `${server.address}/graphql/stream`,
      headers: { authorization: 'Bearer good' },
      retryAttempts: 0,
    });
    const [first, second] = items;
    const follow = async (after: string | undefined, count: number) => {
      const feed = client.iterate<{ policyNotices: Item }>({ query: document(), variables: { after } });
      const got: Item[] = [];
      while (got.length < count) {
        const { value } = await feed.next();
        if (value?.data) got.push(value.data.policyNotices);
      }
      await feed.return?.();
      return got;
    };
    const later = await follow(second?.cursor, 3);
    expect(later.map(({ kind }) => kind)).toEqual(['ANNOUNCED', 'IN_FORCE', 'OUTSTANDING']);
    // From the item before it the second comes once more, under its id.
    expect((await follow(first?.cursor, 4)).map(({ id }) => id)).toEqual([second?.id, ...later.map(({ id }) => id)]);
    client.dispose();
  });

  test('a slow reader is closed with 4508, and the cursor of the last item it took brings the rest', async () => {
    const line = 'Vi behandler opplysninger om deg for å levere tjenesten.\n';
    await people.publish(policy, { text: line.repeat(Math.floor(900_000 / line.length)) });
    const texts = Array.from({ length: 6 }, (_, index) => `t${index}: version { contents { text } }`).join(' ');
    const query = document(`${ITEM} obligation { kind } ${texts}`);
    const login = await enterSocket(server.address, { authorization: 'good' });
    login.socket.pause();
    login.send({ id: '1', type: 'subscribe', payload: { query } });
    // What the system holds for the connection on both its sides is not enough for all of it.
    await eventually(async () => (await server.openConnections()) === 0, 'it was given up');
    login.socket.resume();
    expect(await login.closed).toEqual({ code: 4508, reason: 'Slow reader' });
    const taken: Item[] = [];
    for (;;) {
      const message = await login.next().catch(() => undefined);
      if (message === undefined) break;
      const { data } = (message.payload ?? {}) as { data?: { policyNotices: Item } };
      if (data) taken.push(data.policyNotices);
    }
    expect(taken.length).toBeLessThan(2);
    const again = await enterSocket(server.address, { authorization: 'good' });
    const variables = { after: taken.at(-1)?.cursor };
    again.send({ id: '1', type: 'subscribe', payload: { query: document(), variables } });
    // What the network had not taken is not recorded as told, so it may come once more, under its id.
    const ids = new Set(taken.map(({ id }) => id));
    while (ids.size < 2) {
      const { payload } = await again.next();
      const { data } = (payload ?? {}) as { data?: { policyNotices: Item } };
      if (data) ids.add(data.policyNotices.id);
    }
    expect([...ids].map((id) => id.split(':').slice(0, 2).join(' ')).sort()).toEqual([
      'OUTSTANDING DECIDE_CONSENT',
      'OUTSTANDING READ_NOTICE',
    ]);
    again.socket.close();
  });
});
