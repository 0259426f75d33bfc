import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateSchema } from 'graphql';
import { printApiSchema } from '../../src/api/print-schema';
import { buildApiSchema } from '../../src/api/schema';

const COMMITTED = join(__dirname, '../../schema.graphql');

test('schema.graphql says what src/api answers; `npm run schema` brings it back in step', () => {
  expect(printApiSchema()).toBe(readFileSync(COMMITTED, 'utf8'));
});

test('the schema is one that may be executed', () => {
  expect(validateSchema(buildApiSchema())).toEqual([]);
});
