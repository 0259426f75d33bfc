import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createApiContext } from '../../../src/api/context';
import { createPolicyPages } from '../../../src/api/pages/find-policy-page';
import { buildApiSchema } from '../../../src/api/schema';
import { openTestApi, type TestApi } from '../../support/api-harness';
import { type Office, openOffice } from '../../support/policy-over-api';
import { eventually, type ServerUnderTest, startTestServer } from './running-server';

let api: TestApi;
let office: Office;
let server: ServerUnderTest;
let policy: string;

beforeEach(async () => {
  api = await openTestApi('2024-06-15T10:00:00.000Z');
  office = await openOffice(api, 'fjordlys');
  policy = await office.createPolicy('privacy');
  // Before its first publication nobody in particular knows that there is such a policy.
  await office.publish(policy, { text: 'Den aller første.', label: 'Null' });
  api.clock.nowMs += 1_000;
  server = await startTestServer({
    schema: buildApiSchema(() => api.clock.nowMs),
    createContext: (request) => createApiContext(api.services, request),
    pages: createPolicyPages(api.services),
    nowMs: () => api.clock.nowMs,
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
});

const QUERY = `subscription ($after: String) {
  policyChanges(handle: "fjordlys/privacy", after: $after) { id kind cursor version { label } }
}`;

interface Change {
  readonly id: string;
  readonly kind: string;
  readonly cursor: string;
  readonly version: { readonly label: string };
}
type Changes = AsyncIterableIterator<Change>;

/** The changes over one of the transports, through a client that others wrote. */
const TRANSPORTS: readonly (readonly [string, (after?: string) => Changes])[] = [
  [
    'WebSocket',
    (after) =>
      changesOf(
        createClient({ url: `${server.address.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket }).iterate({
          query: QUERY,
          variables: { after },
        }),
      ),
  ],
  [
    'event stream',
    (after) =>
      changesOf(
        createSseClient({ url: `${server.address}/graphql/stream`, retryAttempts: 0 }).iterate({
          query: QUERY,
          variables: { after },
        }),
      ),
  ],
];

async function* changesOf(results: AsyncIterableIterator<{ data?: unknown; errors?: unknown }>): Changes {
  for await (const { data, errors } of results) {
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    yield (data as { policyChanges: Change }).policyChanges;
  }
}

async function take(changes: Changes, count: number): Promise<readonly Change[]> {
  const taken: Change[] = [];
  while (taken.length < count) {
    const { value, done } = await changes.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const named = (changes: readonly Change[]) => changes.map(({ kind, version }) => `${kind} ${version.label}`);

describe.each(TRANSPORTS)('changes of a policy over %s', (_name, watch) => {
  test('come as they happen, and a reader that comes again goes on where it left, without gap or repetition', async () => {
    const first = watch();
    const early = take(first, 2);
    await eventually(async () => (await server.registry.metrics()).includes('kind="subscription"'), 'somebody watches');
    await office.publish(policy, { text: 'Første tekst.', label: 'Første', reasons: ['WORDING'] });
    const seen = await early;
    expect(named(seen)).toEqual(['ANNOUNCED Første', 'IN_FORCE Første']);
    await first.return?.();
    await eventually(async () => (await server.openConnections()) === 0, 'nobody watches');

    api.clock.nowMs += 1_000;
    await office.publish(policy, { text: 'Andre tekst.', label: 'Andre', reasons: ['WORDING'] });
    const second = watch(seen[0]?.cursor);
    expect(named(await take(second, 3))).toEqual(['IN_FORCE Første', 'ANNOUNCED Andre', 'IN_FORCE Andre']);
    await second.return?.();
  });

  test('a cursor that is none is refused with its code', async () => {
    await expect(take(watch('nonsense'), 1)).rejects.toThrow(/BAD_CURSOR|not a cursor/);
  });
});

test('a request that wants a position included waits for it, and says when it does not come', async () => {
  const { position } = await office.publish(policy, { text: 'Teksten.', reasons: ['WORDING'] });
  const query = '{ policyInForce(handle: "fjordlys/privacy") { version { label } } }';
  const included = await server.ask({ query, extensions: { atLeast: position } });
  expect(included.body.data).toEqual({ policyInForce: { version: { label: 'Versjon' } } });
  const malformed = await server.ask({ query, extensions: { atLeast: 'nonsense' } });
  expect(malformed.body.errors?.[0]?.extensions.code).toBe('BAD_POSITION');
});
