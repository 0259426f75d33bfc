import { writeFileSync } from 'node:fs';
import { printApiSchema } from './print-schema';

/** Writes the schema that this code has to the file named on the command line: `node dist/src/api/emit-schema.js schema.graphql`. */
const [, , file] = process.argv;
if (file === undefined) {
  process.stderr.write('Name the file to write.\n');
  process.exitCode = 2;
} else {
  writeFileSync(file, printApiSchema());
}
