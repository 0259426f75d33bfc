import { GraphQLError, getIntrospectionQuery } from 'graphql';
import { buildApiSchema } from '../../../src/api/schema';
import {
  checkDocument,
  createDocumentCheck,
  MAX_COMPLEXITY,
  MAX_PAGE_SIZE,
  MAX_TOKENS,
  type OperationRequest,
} from '../../../src/api/server/document-check';
import { MAX_ALIASES, MAX_DEFINITIONS, MAX_DEPTH } from '../../../src/api/server/document-rules';
import { enterSocket, type ServerUnderTest, startTestServer } from './running-server';
import { buildSmallSchema } from './small-schema';

const check = createDocumentCheck(buildSmallSchema(), true);

function codesFor(request: OperationRequest): readonly unknown[] {
  const checked = checkDocument(check, request);
  return checked.kind === 'good' ? [] : checked.errors.map(({ extensions }) => extensions.code);
}

const nested = (depth: number) => `{ thing ${'{ self '.repeat(depth - 2)}{ id }${' }'.repeat(depth - 2)} }`;
const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: hello`).join(' ')} }`;
const fragments = (count: number) =>
  `{ thing { ${'...F1 '.repeat(1)} } } ${Array.from({ length: count }, (_, i) => `fragment F${i + 1} on Thing { id ${i + 1 < count ? `...F${i + 2}` : ''} }`).join(' ')}`;

describe('a document within the limits passes', () => {
  test.each([
    ['a plain query', '{ hello }'],
    ['as deep as allowed', nested(MAX_DEPTH)],
    ['as many aliases as allowed', aliases(MAX_ALIASES)],
    ['as many definitions as allowed', fragments(MAX_DEFINITIONS - 1)],
    ['the largest page', `{ thing { things(first: ${MAX_PAGE_SIZE}) { nodes { id } } } }`],
    ['a question about the whole schema', getIntrospectionQuery()],
  ])('%s', (_name, query) => {
    expect(codesFor({ query })).toEqual([]);
  });
});

describe('what is dear to answer weighs more', () => {
  const own = createDocumentCheck(buildApiSchema(), true);
  const codesOf = (query: string) => {
    const checked = checkDocument(own, { query });
    return checked.kind === 'good' ? [] : checked.errors.map(({ extensions }) => extensions.code);
  };
  const compared = (times: number) =>
    `{ ${Array.from({ length: times }, (_, i) => `a${i}: policyVersionComparison(from: "a", to: "b") { sections { op } }`).join(' ')} }`;
  const texts = (first: number) => `{ policy(id: "a") { versions(first: ${first}) { nodes { content { text } } } } }`;

  test('ten comparisons in one document are answered, twenty refused', () => {
    expect([codesOf(compared(10)), codesOf(compared(20))]).toEqual([[], ['TOO_COMPLEX']]);
  });

  test('a page of texts is answered, many pages are refused', () => {
    const many = `{ policies(first: 10) { nodes { versions(first: 50) { nodes { content { text } } } } } }`;
    expect([codesOf(texts(100)), codesOf(many)]).toEqual([[], ['TOO_COMPLEX']]);
  });

  test.each(['@skip(if: true)', '@include(if: false)'])(
    'a subscription whose only field has %s is no subscription',
    (directive) => {
      expect(codesOf(`subscription { policyChanges ${directive} { id } }`)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    },
  );
});

describe('a document beyond a limit is refused before it runs', () => {
  test.each([
    ['one level too deep', nested(MAX_DEPTH + 1)],
    ['one alias too many', aliases(MAX_ALIASES + 1)],
    ['one definition too many', fragments(MAX_DEFINITIONS)],
    ['too many words', `{ ${'hello '.repeat(MAX_TOKENS)}}`],
    ['brackets within brackets', `{ picky(value: ${'['.repeat(MAX_TOKENS - 10)}`],
    ['pages within pages', '{ thing { things(first: 100) { nodes { things(first: 100) { nodes { id } } } } } }'],
    [
      'fragments that double at each step',
      `{ thing { ...F0 } } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Thing { ${i < 29 ? `a: self { ...F${i + 1} } b: self { ...F${i + 1} }` : 'id'} }`).join(' ')}`,
    ],
    [
      'fragments that double at one depth',
      `{ thing { ...F0 } } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Thing { ${i < 29 ? `...F${i + 1} ...F${i + 1}` : 'id'} }`).join(' ')}`,
    ],
  ])('%s', (_name, query) => {
    expect(codesFor({ query })).toContain('TOO_COMPLEX');
  });

  test('a page size from a variable counts like one in the document', () => {
    const query = 'query ($n: Int) { thing { things(first: $n) { nodes { things(first: $n) { nodes { id } } } } } }';
    expect(codesFor({ query, variables: { n: 100 } })).toEqual(['TOO_COMPLEX']);
    expect(codesFor({ query, variables: { n: 5 } })).toEqual([]);
  });

  test('what a directive leaves out does not count', () => {
    const query =
      'query ($no: Boolean!) { thing { things(first: 100) { nodes { things(first: 100) @include(if: $no) { nodes { id } } } } } }';
    expect(codesFor({ query, variables: { no: false } })).toEqual([]);
    expect(codesFor({ query, variables: { no: true } })).toEqual(['TOO_COMPLEX']);
  });

  test('a bad argument elsewhere does not hide how much is asked', () => {
    const query = `query ($n: Int) { thing { a: things(first: $n) { nodes { id } } things(first: 100) { nodes { things(first: 100) { nodes { id } } } } } }`;
    expect(codesFor({ query, variables: { n: 0 } })).not.toEqual([]);
  });
});

describe('page sizes', () => {
  test.each([0, -1, MAX_PAGE_SIZE + 1, 10_001])('%i is bad input', (size) => {
    expect(codesFor({ query: `{ thing { things(first: ${size}) { nodes { id } } } }` })).toEqual(['BAD_USER_INPUT']);
    const query = 'query ($n: Int) { thing { things(last: $n) { nodes { id } } } }';
    expect(codesFor({ query, variables: { n: size } })).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a document that is wrong', () => {
  test.each([
    ['does not parse', '{ hello', 'GRAPHQL_PARSE_FAILED'],
    ['is empty', ' ', 'GRAPHQL_PARSE_FAILED'],
    ['asks for what there is not', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'has fragments in a circle',
      '{ thing { ...A } } fragment A on Thing { self { ...A } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['has several operations and no name', 'query A { hello } query B { hello }', 'OPERATION_RESOLUTION_FAILURE'],
    ['has fragments alone', 'fragment A on Thing { id }', 'GRAPHQL_VALIDATION_FAILED'],
    ['holds a value that its scalar refuses with a code', '{ picky(value: "bad") }', 'BAD_POSITION'],
  ])('one that %s', (_name, query, code) => {
    expect(codesFor({ query })).toContain(code);
  });

  test('variables that do not have their types are bad input', () => {
    const query = 'query ($n: Int!) { thing { things(first: $n) { nodes { id } } } }';
    for (const n of [undefined, null, 'x', 1.5, [1, 2], 2 ** 40]) {
      expect(codesFor({ query, variables: { n } })).toEqual(['BAD_USER_INPUT']);
    }
    expect(codesFor({ query })).toEqual(['BAD_USER_INPUT']);
  });

  test('a variable that its scalar refuses has the code of the scalar', () => {
    const query = 'query ($v: Picky) { picky(value: $v) }';
    expect(codesFor({ query, variables: { v: 'bad' } })).toEqual(['BAD_POSITION']);
  });

  test('a name that no operation has', () => {
    expect(codesFor({ query: '{ hello }', operationName: 'Other' })).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(codesFor({ query: '{ hello }', operationName: '' })).toEqual(['OPERATION_RESOLUTION_FAILURE']);
  });
});

test('where the schema may not be asked for, its names are not guessed at either', () => {
  const closed = createDocumentCheck(buildSmallSchema(), false);
  const asked = checkDocument(closed, { query: '{ __schema { types { name } } }' });
  expect(asked.kind === 'bad' && asked.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const misspelt = checkDocument(closed, { query: '{ helo }' });
  expect(misspelt.kind === 'bad' && misspelt.errors[0].message).not.toContain('hello');
});

describe('the same check on every transport', () => {
  let server: ServerUnderTest;
  beforeAll(async () => {
    server = await startTestServer({ introspection: false });
  });
  afterAll(() => server.close());

  const CASES: readonly (readonly [string, OperationRequest])[] = [
    ['too deep', { query: nested(MAX_DEPTH + 1).replace('{', 'subscription { one } query Q {'), operationName: 'Q' }],
    ['too many aliases', { query: aliases(MAX_ALIASES + 1) }],
    ['too many definitions', { query: fragments(MAX_DEFINITIONS) }],
    ['too many words', { query: `{ ${'hello '.repeat(MAX_TOKENS)}}` }],
    ['brackets beyond the stack', { query: `{ picky(value: ${'['.repeat(MAX_TOKENS - 10)}` }],
    ['brackets beyond the stack and too many', { query: `{ hello${' { hello'.repeat(MAX_TOKENS)}` }],
    ['brackets beyond the limit that parse as far as they go', { query: `{ picky(value: ${'['.repeat(300)}` }],
    ['too much asked', { query: '{ thing { things(first: 100) { nodes { things(first: 100) { nodes { id } } } } } }' }],
    ['page size', { query: '{ thing { things(first: 0) { nodes { id } } } }' }],
    ['syntax', { query: '{ hello' }],
    ['unknown field', { query: '{ helo }' }],
    ['asking for the schema', { query: '{ __schema { queryType { name } } }' }],
    ['which operation', { query: 'query A { hello } query B { hello }' }],
    [
      'variable',
      { query: 'query ($n: Int!) { hello thing { things(first: $n) { nodes { id } } } }', variables: { n: 'x' } },
    ],
    ['code of a scalar, literal', { query: '{ picky(value: "bad") }' }],
    ['code of a scalar, variable', { query: 'query ($v: Picky) { picky(value: $v) }', variables: { v: 'bad' } }],
  ];

  test.each(CASES)('%s', async (_name, request) => {
    const expected = await overHttp(request);
    expect(expected.length).toBeGreaterThan(0);
    expect(await overWebSocket(request)).toEqual(expected);
    expect(await overEventStream(request)).toEqual(expected);
  });

  async function overHttp(request: OperationRequest) {
    const { body } = await server.ask(request);
    expect(body.data).toBeUndefined();
    return (body.errors ?? []).map(({ message, extensions }) => ({ message, code: extensions.code }));
  }

  async function overWebSocket(request: OperationRequest) {
    const socket = await enterSocket(server.address);
    socket.send({ id: '1', type: 'subscribe', payload: request });
    const { type, payload } = await socket.next();
    expect(type).toBe('error');
    socket.socket.close();
    return summary(payload);
  }

  async function overEventStream(request: OperationRequest) {
    const response = await fetch(`${server.address}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(request),
    });
    const [, data = ''] = /event: next\ndata: (.*)\n/.exec(await response.text()) ?? [];
    return summary(JSON.parse(data).errors);
  }

  function summary(errors: readonly { message: string; extensions: { code: unknown } }[] = []) {
    return errors.map(({ message, extensions }) => ({ message, code: extensions.code }));
  }
});

test('the worst document that fits is checked without holding everybody up', () => {
  // As many fields as fit under one name: each is compared with each other.
  const query = `{ ${'thing { id } '.repeat(Math.floor((MAX_TOKENS - 2) / 4))}}`;
  expect(() => checkDocument(check, { query })).not.toThrow(GraphQLError);
  expect(MAX_COMPLEXITY).toBeLessThanOrEqual(10_000);
});
