import {
  buildSchema,
  type GraphQLEnumType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { giveMeanings } from '../../src/api/meanings/give-meanings';
import { FIELDS } from '../../src/api/meanings/meanings-of-fields';
import { ARGUMENTS, NAMES } from '../../src/api/meanings/meanings-of-names';
import { TYPES } from '../../src/api/meanings/meanings-of-types';
import { VALUES } from '../../src/api/meanings/meanings-of-values';
import { buildApiSchema } from '../../src/api/schema';

const schema: GraphQLSchema = buildApiSchema();
const types: readonly GraphQLNamedType[] = Object.values(schema.getTypeMap()).filter(
  ({ name }) => !name.startsWith('__'),
);

/** Everything in the schema, by the name that the tables would have for it, with what is said of it. */
const said = new Map<string, string | null | undefined>();
for (const type of types) {
  said.set(type.name, type.description);
  if (isEnumType(type)) for (const value of type.getValues()) said.set(`${type.name} ${value.name}`, value.description);
  if (isInputObjectType(type) || isObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      said.set(`${type.name}.${field.name}`, field.description);
      const args = 'args' in field ? field.args : [];
      for (const { name, description } of args) said.set(`${type.name}.${field.name}(${name}`, description);
    }
  }
}

describe('what the schema says it means', () => {
  test('every value of an enum is told', () => {
    const values = [...said].filter(([name]) => name.includes(' '));
    expect(values.length).toBeGreaterThan(100);
    expect(values.filter(([, description]) => !description).map(([name]) => name)).toEqual([]);
  });

  test('every kind of input is told, and what holds of all reads and writes', () => {
    const inputs = types.filter(isInputObjectType);
    expect(inputs.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
    expect(schema.getQueryType()?.description).toContain('asOf: absent');
    expect(schema.getMutationType()?.description).toContain('idempotencyKey: sent again');
  });

  test.each([
    ['types', Object.entries(TYPES)],
    ['values', Object.entries(VALUES).flatMap(([type, of]) => Object.entries(of).map(([v, t]) => [`${type} ${v}`, t]))],
    ['fields', Object.entries(FIELDS)],
  ] as const)('nothing is told of %s that are not there, or say it themselves', (_, told) => {
    expect(told.filter(([name = '', text]) => said.get(name) !== text).map(([name]) => name)).toEqual([]);
  });

  test('no name is told of that is nowhere, or everywhere something else', () => {
    const used = (name: string, text: string, place: RegExp) =>
      [...said].some(([where, description]) => where.replace(place, '') === name && description === text);
    expect(
      Object.entries(NAMES)
        .filter(([name, text]) => !used(name, text, /^\w+\./))
        .map(([name]) => name),
    ).toEqual([]);
    expect(
      Object.entries(ARGUMENTS)
        .filter(([name, text]) => !used(name, text, /^[\w.]+\(/))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test('what is said already is not said over, and what a place says goes before what its name does', () => {
    const own = buildSchema(`
      """own"""
      enum Channel { """own""" APP EMAIL }
      type Query { """own""" asOf: Channel, label: String }
      type AsOfStamp { position: String, recordedAt: String }
    `);
    const { asOf, label } = giveMeanings(own).getQueryType()?.getFields() ?? {};
    const [app, email] = (own.getType('Channel') as GraphQLEnumType).getValues();
    expect([own.getType('Channel'), app, asOf].map((each) => each?.description)).toEqual(['own', 'own', 'own']);
    expect([email?.description, label?.description]).toEqual([VALUES.Channel?.EMAIL, NAMES.label]);
    const { position, recordedAt } = (own.getType('AsOfStamp') as GraphQLObjectType).getFields();
    expect(position?.description).toBe(FIELDS['AsOfStamp.position']);
    expect(position?.description).not.toBe(NAMES.position);
    expect(recordedAt?.description).toBe(NAMES.recordedAt);
  });
});
