import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Caller } from '../../src/api/auth/caller';
import { buildApiSchema } from '../../src/api/schema';
import { caller, openTestApi, operator } from '../support/api-harness';
import { peopleOf } from '../support/people-over-api';
import { openOffice } from '../support/policy-over-api';

const SEED = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const REQUESTS = process.env.SOAK ? 20_000 : 600;

type Field = GraphQLField<unknown, unknown>;

/** Numbers from 0 to 1 that a seed repeats. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Requests of the schema's own shape, with values that are now and then what is there and mostly are not. */
class Requests {
  readonly #schema = buildApiSchema();

  constructor(
    private readonly random: () => number,
    private readonly ids: readonly string[],
    private readonly positions: readonly string[],
  ) {}

  next(): { readonly document: string; readonly variables: Readonly<Record<string, unknown>> } {
    const isMutation = this.random() < 0.6;
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    const field = this.pick(Object.values(root?.getFields() ?? {}));
    const variables: Record<string, unknown> = {};
    for (const { name, type } of field.args) {
      const value = this.#value(type, false);
      if (value !== undefined) variables[name] = value;
    }
    const declared = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
    const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
    const operation = `${isMutation ? 'mutation' : 'query'}${declared && ` (${declared})`}`;
    return {
      document: `${operation} { ${field.name}${given && `(${given})`} ${this.#fields(field.type, 0)} }`,
      variables,
    };
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)] as Item;
  }

  #value(type: GraphQLInputType, isRequired: boolean): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType, true);
    if (!isRequired && this.random() < 0.35) return this.pick([null, undefined]);
    if (isListType(type))
      return Array.from({ length: this.pick([0, 1, 1, 2, 150]) }, () => this.#value(type.ofType, true));
    if (isEnumType(type)) return this.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).map((each) => [each.name, this.#value(each.type, false)]);
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
    return this.pick(this.#scalars(type.name));
  }

  #scalars(name: string): readonly unknown[] {
    switch (name) {
      case 'Int':
        return [0, 1, -1, 20, 10_001, 2 ** 31 - 1];
      case 'Boolean':
        return [true, false];
      case 'ID':
        return this.ids;
      case 'DateTime':
        return [
          '2024-01-10T09:00:00Z',
          '2019-01-01T00:00:00+02:00',
          '2030-01-01T00:00:00Z',
          '9999-12-31T23:59:59.999Z',
        ];
      case 'LocalDate':
        return ['2024-01-10', '2019-12-31', '2031-03-30'];
      case 'Position':
        return this.positions;
      case 'Locale':
        return ['nb', 'en', 'no', 'nb-NO'];
      case 'TimeZone':
        return ['Europe/Oslo', 'UTC'];
      default:
        return ['', ' ', 'newsletter', 'kari', '\u0000', '\ud800', 'x'.repeat(3_000), 'customers', 'æøå 🙂', '@', 'nb'];
    }
  }

  #fields(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type);
    if (!isObjectType(named) && !isInterfaceType(named)) return '';
    const fields: readonly Field[] = Object.values((named as GraphQLObjectType).getFields());
    const chosen = fields.filter(({ args }) => args.every((each) => !isNonNullType(each.type)) && this.random() < 0.5);
    const below = depth > 2 ? [] : chosen;
    return `{ __typename ${below.map((each) => `${each.name} ${this.#fields(each.type, depth + 1)}`).join(' ')} }`;
  }
}

test('whatever is asked, by whomever, is answered or refused with a documented code', async () => {
  console.info(`Random requests: TEST_SEED=${SEED}`);
  const api = await openTestApi('2024-01-10T09:00:00.000Z');
  const office = await openOffice(api, 'fjordlys');
  const people = peopleOf(api, office);
  const policy = await office.createPolicy('privacy');
  const terms = await office.createPolicy('terms', { kind: 'TERMS', title: 'Vilkår' });
  const [kari, ola] = [await people.register('kari'), await people.register('ola')];
  const version = await people.publish(policy, { text: 'En.' });
  const position = String((await people.give(kari, version, ['newsletter'])).at('position'));
  const ids = [
    office.id,
    policy,
    terms,
    kari.id,
    ola.id,
    version.id,
    'nope',
    '',
    '00000000-0000-4000-8000-000000000000',
  ];
  const callers: readonly (Caller | undefined)[] = [
    undefined,
    ...[kari.token, ola.token, office.service, office.officer, office.editor, office.publisher, operator],
    caller('stranger', 'service@elsewhere'),
  ];
  const requests = new Requests(randomFrom(SEED), ids, [position, version.position, 'x', '']);
  for (let index = 0; index < REQUESTS; index += 1) {
    const { document, variables } = requests.next();
    const as = requests.pick(callers);
    const { codes } = await api.ask(document, { variables, ...(as && { as }) });
    expect([document, ...codes]).not.toContain('INTERNAL_SERVER_ERROR');
    if (index % 50 === 0) api.clock.nowMs += 3_600_000;
  }
  expect(api.faults).toEqual([]);
  await api.close();
}, 900_000);
