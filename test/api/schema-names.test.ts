import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { buildApiSchema } from '../../src/api/schema';
import { schemaMembers } from '../support/schema-members';

const EXPECTED = join(__dirname, 'expected-api.graphql');
const DESIGN = join(__dirname, '../../../shared/design/6-api.graphql');

function readMembers(file: string): ReadonlySet<string> {
  return schemaMembers(buildSchema(readFileSync(file, 'utf8'), { assumeValid: true }));
}

test('every name that clients rely on is there with its type, arguments, defaults and values', () => {
  const ours = schemaMembers(buildApiSchema());
  const missing = [...readMembers(EXPECTED)].filter((member) => !ours.has(member));
  expect(missing).toEqual([]);
});

test('the list of expected names is the design', () => {
  if (!existsSync(DESIGN)) {
    console.warn('Not compared with the design: ../shared/design/6-api.graphql is not there.');
    return;
  }
  expect([...readMembers(EXPECTED)].sort()).toEqual([...readMembers(DESIGN)].sort());
});
