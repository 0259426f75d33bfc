import { MAX_COMPARED_CHARACTERS_OF_OPERATION, MAX_TEXT_BYTES_OF_OPERATION } from '../../src/api/text-budget';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice } from '../support/policy-over-api';

const TEXT_BYTES = 1_000_000;
const ALLOWED = Math.floor(MAX_TEXT_BYTES_OF_OPERATION / TEXT_BYTES);
const text = `# Personvern\n\n${'a'.repeat(TEXT_BYTES)}`.slice(0, TEXT_BYTES);

let api: TestApi;
let policy: string;
let version: string;
let office: Office;

beforeAll(async () => {
  api = await openTestApi();
  office = await openOffice(api, 'fjordlys');
  policy = await office.createPolicy('personvern');
  version = (await office.publish(policy, { text })).id;
});
afterAll(() => api.close());

/** The same field so many times under different names. */
const times = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `f${index}: ${field}`).join(' ');

const textOfVersion = () => `policyVersion(id: "${version}") { contents { text } }`;

it('An operation gets as many texts as its budget allows', async () => {
  const answer = await api.get(`{ ${times(ALLOWED, textOfVersion())} }`);
  expect(answer.codes).toEqual([]);
  expect(answer.at(`f${ALLOWED - 1}.contents.0.text`)).toBe(text);
});

describe('An operation that asks for more texts than its budget allows is too complex', () => {
  it.each<[string, () => string]>([
    ['one text under many names', () => times(ALLOWED + 1, textOfVersion())],
    [
      'one text many times below one field',
      () => `policyVersion(id: "${version}") { contents { ${times(ALLOWED + 1, 'text')} } }`,
    ],
    [
      'at several stamps',
      () =>
        times(
          ALLOWED + 1,
          `policyInForce(policy: "${policy}", asOf: { effectiveAt: "2024-06-15T10:00:00Z" }) { version { contents { text } } }`,
        ),
    ],
    [
      'compared with each other',
      () => times(ALLOWED / 2 + 1, `policyVersionComparison(from: "${version}", to: "${version}") { sections { op } }`),
    ],
  ])('%s', async (_, fields) => {
    const answer = await api.ask(`{ ${fields()} }`);
    expect(answer.codes).toContain('TOO_COMPLEX');
    expect(new Set(answer.codes)).toEqual(new Set(['TOO_COMPLEX']));
    expect(api.faults).toEqual([]);
  });
});

it('An operation may have texts compared up to a limit of their characters', async () => {
  const compared = `policyVersionComparison(from: "${version}", to: "${version}") { sections { op } }`;
  const pairs = Math.floor(MAX_COMPARED_CHARACTERS_OF_OPERATION / (2 * TEXT_BYTES));
  expect((await api.get(`{ ${times(pairs, compared)} }`)).codes).toEqual([]);
  expect((await api.ask(`{ ${times(pairs + 1, compared)} }`)).codes).toEqual(['TOO_COMPLEX']);
});

it('Each operation has a budget of its own', async () => {
  for (let operation = 0; operation < 3; operation += 1) {
    expect((await api.get(`{ ${times(ALLOWED, textOfVersion())} }`)).codes).toEqual([]);
  }
});

it('Each item of a subscription has a budget of its own', async () => {
  const half = times(ALLOWED / 2 + 1, 'contents { text }');
  const asked = `subscription { policyChanges(policy: "${policy}") { version { ${half} } } }`;
  const items = await api.watch(asked);
  if ('codes' in items) throw new Error(`The subscription was refused: ${items.codes.join()}`);
  for (const label of ['2', '3', '4']) {
    await office.publish(policy, { text: `${text}${label}`, label, reasons: ['WORDING'] });
    const { value } = await items.next();
    expect(value.errors).toBeUndefined();
  }
  await items.return?.();
});
