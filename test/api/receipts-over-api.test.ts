import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { schemaFaults } from '../support/json-schemas';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice } from '../support/policy-over-api';

const isoFaults = schemaFaults('iso-27560-receipt');
const kantaraFaults = schemaFaults('kantara-consent-receipt-1.1');

const JSONS = 'id issuedAt json iso: json(profile: ISO_27560) kantara: json(profile: KANTARA_1_1)';

describe('receipts over GraphQL', () => {
  let api: TestApi;
  let office: Office;
  let people: People;
  let version: ShownVersion;
  let policy: string;
  let kari: Person;

  beforeEach(async () => {
    api = await openTestApi('2024-01-10T09:00:00.000Z');
    office = await openOffice(api, 'fjordlys');
    people = peopleOf(api, office);
    policy = await office.createPolicy('privacy');
    kari = await people.register('kari');
    version = await people.publish(policy, { text: 'Versjon en.' });
  });
  afterEach(() => api.close());

  const give = async () => {
    const { id: of, locale, contentSha256 } = version;
    const input = { version: of, locale, contentSha256, purposes: ['newsletter'], method: 'CLICKED_BUTTON' };
    const document = `mutation ($input: DecisionInput!) { consentGive(input: $input) { receipt { ${JSONS} } } }`;
    return (await api.get(document, { as: kari.token, variables: { input } })).at('consentGive.receipt');
  };
  const listed = async () =>
    (await api.get(`{ me { receipts { nodes { ${JSONS} } } } }`, { as: kari.token })).at('me.receipts.nodes');
  const node = (id: unknown, as = kari.token) =>
    api.ask(`query ($id: ID!) { node(id: $id) { ... on Receipt { ${JSONS} } } }`, { as, variables: { id } });

  test('a decision is answered with its receipt, which the person finds again by list and by id', async () => {
    const receipt = (await give()) as Record<string, string>;
    expect(receipt.json).toBe(receipt.iso);
    expect(isoFaults(receipt.iso ?? '')).toEqual([]);
    expect(kantaraFaults(receipt.kantara ?? '')).toEqual([]);
    expect(receipt.issuedAt).toBe('2024-01-10T09:00:00.000Z');
    expect(await listed()).toEqual([receipt]);
    expect((await node(receipt.id)).at('node')).toEqual(receipt);

    api.clock.nowMs += 86_400_000;
    await people.withdraw(kari, policy, ['newsletter']);
    const [first, second] = (await listed()) as Record<string, string>[];
    expect(first).toEqual(receipt);
    expect(isoFaults(second?.iso ?? '')).toEqual([]);
    expect(second?.iso).toContain('dpv:ConsentWithdrawn');
  });

  test('a receipt is for those who may see the person', async () => {
    const { id } = (await give()) as Record<string, string>;
    const { token: ola } = await people.register('ola');
    const other = await openOffice(api, 'havbris');
    const editor = caller('Eva', 'editor@fjordlys');
    for (const as of [office.officer, office.service]) expect((await node(id, as)).at('node.id')).toBe(id);
    for (const as of [ola, editor, other.officer, other.service]) expect((await node(id, as)).at('node')).toBeNull();
  });

  test.each([
    'receipt-',
    'receipt-AAAA',
    'receipt-W10',
    'receipt-WyJrYXJpIiwxXQ',
    'receipt-WzEsMl0',
    '\u0000',
    'receipt',
  ])('the id %j is nobody’s receipt', async (id) => {
    expect((await node(id)).at('node')).toBeNull();
  });

  test('a fact that is no decision has no receipt', async () => {
    const encoded = Buffer.from(JSON.stringify([kari.id, 1])).toString('base64url');
    expect((await node(`receipt-${encoded}`)).at('node')).toBeNull();
    const odd = Buffer.from(JSON.stringify([kari.id, 1.5])).toString('base64url');
    expect((await node(`receipt-${odd}`)).at('node')).toBeNull();
  });
});
