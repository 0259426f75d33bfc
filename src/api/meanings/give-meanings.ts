import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { FIELDS } from './meanings-of-fields';
import { ARGUMENTS, NAMES } from './meanings-of-names';
import { TYPES } from './meanings-of-types';
import { VALUES } from './meanings-of-values';

/**
 * Says what everything in the schema means that its class leaves open, since it means the same wherever it stands. What
 * a class says itself goes first, then what is said of one field, then what its name means everywhere.
 */
export function giveMeanings(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) if (!type.name.startsWith('__')) describe(type);
  return schema;
}

function describe(type: GraphQLNamedType): void {
  type.description ??= TYPES[type.name];
  if (isEnumType(type)) {
    for (const value of type.getValues()) value.description ??= VALUES[type.name]?.[value.name];
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      field.description ??= FIELDS[`${type.name}.${field.name}`] ?? NAMES[field.name];
    }
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return;
  for (const field of Object.values(type.getFields())) {
    const place = `${type.name}.${field.name}`;
    field.description ??= FIELDS[place] ?? NAMES[field.name];
    for (const argument of field.args) describeArgument(argument, place);
  }
}

function describeArgument(argument: GraphQLArgument, place: string): void {
  argument.description ??= FIELDS[`${place}(${argument.name}`] ?? ARGUMENTS[argument.name];
}
