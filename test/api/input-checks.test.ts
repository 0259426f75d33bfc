import 'reflect-metadata';
import { getMetadataStorage as checksInUse } from 'class-validator';
import { GraphQLString, getNamedType, isInputObjectType } from 'graphql';
import { getMetadataStorage as typesInUse } from 'type-graphql';
import { buildApiSchema } from '../../src/api/schema';

const LIMITS = ['TOO_LONG', 'TEXT_TOO_LARGE'];

test('every text that can be written has a limit and is checked to be Unicode, and every list has a limit', () => {
  const classes = new Map(typesInUse().inputTypes.map(({ name, target }) => [name, target]));
  const unchecked: string[] = [];
  let checked = 0;
  for (const type of Object.values(buildApiSchema().getTypeMap()).filter(isInputObjectType)) {
    const target = classes.get(type.name);
    if (target === undefined) throw new Error(`${type.name} has no class.`);
    const checks = checksInUse().getTargetValidationMetadatas(target, '', false, false);
    for (const field of Object.values(type.getFields())) {
      const codes = checks.filter(({ propertyName }) => propertyName === field.name).map(({ name }) => name ?? '');
      const isText = getNamedType(field.type) === GraphQLString;
      if (isText && !codes.some((code) => LIMITS.includes(code)))
        unchecked.push(`${type.name}.${field.name}: no limit`);
      if (isText && !codes.includes('TEXT_NOT_UNICODE')) unchecked.push(`${type.name}.${field.name}: any text`);
      if (String(field.type).startsWith('[') && !codes.includes('TOO_MANY'))
        unchecked.push(`${type.name}.${field.name}: any number`);
      checked += 1;
    }
  }
  expect(unchecked).toEqual([]);
  expect(checked).toBeGreaterThan(100);
});
