import type { GraphQLSchema } from 'graphql';
import { buildApiSchema } from '../../src/api/schema';

interface Borrowed {
  readonly schema: GraphQLSchema;
  readonly clock: { now: () => number };
}

/** Those that nobody uses at the moment: to build one takes as long as many a test. */
const idle: Borrowed[] = [];

/** The schema of the API with a clock of one's own, until it is given back. */
export function borrowSchema(now: () => number): { readonly schema: GraphQLSchema; giveBack(): void } {
  const borrowed = idle.pop() ?? newSchema();
  borrowed.clock.now = now;
  return { schema: borrowed.schema, giveBack: () => void idle.push(borrowed) };
}

function newSchema(): Borrowed {
  const clock = { now: Date.now };
  return { schema: buildApiSchema(() => clock.now()), clock };
}
