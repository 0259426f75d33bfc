import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

/** What is wrong with a text by one of the schemas in test/schemas, as `path message`; empty: nothing. */
export function schemaFaults(schema: string): (json: string) => readonly string[] {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    strictTuples: false,
  });
  addFormats(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(join(__dirname, '..', 'schemas', `${schema}.json`), 'utf8')));
  return (json) => {
    validate(JSON.parse(json));
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
