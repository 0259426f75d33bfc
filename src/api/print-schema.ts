import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildApiSchema } from './schema';

/** The schema as it is committed in schema.graphql: sorted, so that only what it says makes a difference. */
export function printApiSchema(): string {
  const schema = lexicographicSortSchema(buildApiSchema());
  return `# Made from src/api by \`npm run schema\`; edit that, not this.\n\n${printSchema(schema)}\n`;
}

if (require.main === module) process.stdout.write(printApiSchema());
