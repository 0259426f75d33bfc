import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

/** Values by the names that fields of the schema have, such as `organisation` or `policy`. */
export type NamedValues = Readonly<Record<string, unknown>>;

/**
 * Arguments of the right form for a field, made from the schema: whatever is required, and whatever the named values
 * name. A name that is undefined there is left out.
 */
export function sampleArguments(
  args: readonly (GraphQLArgument | GraphQLInputField)[],
  named: NamedValues,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    args.flatMap(({ name, type }) => {
      if (!Object.hasOwn(named, name)) return isNonNullType(type) ? [[name, sampleOf(type, named)]] : [];
      return named[name] === undefined ? [] : [[name, listed(type, named[name])]];
    }),
  );
}

function listed(type: GraphQLInputType, value: unknown): unknown {
  const bare = isNonNullType(type) ? type.ofType : type;
  return isListType(bare) && !Array.isArray(value) ? [value] : value;
}

function sampleOf(type: GraphQLInputType, named: NamedValues): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType, named);
  if (isListType(type)) return [sampleOf(type.ofType, named)];
  if (isInputObjectType(type)) return sampleArguments(Object.values(type.getFields()), named);
  if (isEnumType(type)) return type.getValues()[0]?.value;
  const sample = SAMPLES[type.name];
  if (sample === undefined) throw new Error(`There is no sample of ${type.name}.`);
  return sample;
}

const SAMPLES: NamedValues = {
  Boolean: false,
  DateTime: '2024-01-31T12:00:00.000Z',
  ID: '00000000-0000-4000-8000-000000000000',
  Int: 1,
  LocalDate: '2024-01-31',
  Locale: 'nb',
  String: 'x',
  TimeZone: 'Europe/Oslo',
};
