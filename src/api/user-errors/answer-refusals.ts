import type { GraphQLSchema } from 'graphql';
import { userErrorsOf } from './user-errors-of';

/**
 * Puts a catch behind every mutation, so that what a user can mend is answered in the payload's `userErrors` with no
 * position, and everything else goes on as the error it is. Call it once, on the finished schema, before access is
 * enforced.
 */
export function answerRefusals(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (resolve === undefined) continue;
    field.resolve = async (source, args, context, info) => {
      try {
        return await resolve(source, args, context, info);
      } catch (error) {
        const userErrors = userErrorsOf(error);
        if (userErrors === undefined) throw error;
        // Payloads without warnings pass over the list.
        return { userErrors, warnings: [] };
      }
    };
  }
  return schema;
}
