import {
  GraphQLError,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import type { ApiRequest } from '../../../src/api/context';
import { StoreUnavailable } from '../../../src/event-store/event-store';

/** What the small schema's resolvers get. */
export interface SmallContext extends ApiRequest {
  readonly feed: Feed;
}

/** A live source that tests push into. It ends at once when whoever listens goes away. */
export interface Feed {
  push(value: string): void;
  /** How many are listening now. */
  readonly listeners: number;
  open(): AsyncIterableIterator<{ ticks: string }>;
}

export function createFeed(): Feed {
  const open = new Set<(value: string) => void>();
  return {
    push: (value) => {
      for (const listener of open) listener(value);
    },
    get listeners() {
      return open.size;
    },
    open: () => {
      const waiting: string[] = [];
      let wake: (() => void) | undefined;
      let done = false;
      const listener = (value: string) => {
        waiting.push(value);
        wake?.();
      };
      open.add(listener);
      const iterator: AsyncIterableIterator<{ ticks: string }> = {
        [Symbol.asyncIterator]: () => iterator,
        next: async () => {
          while (!done && waiting.length === 0) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          const value = waiting.shift();
          return done || value === undefined
            ? { done: true, value: undefined }
            : { done: false, value: { ticks: value } };
        },
        return: async () => {
          done = true;
          open.delete(listener);
          wake?.();
          return { done: true, value: undefined };
        },
      };
      return iterator;
    },
  };
}

const Picky = new GraphQLScalarType<string, string>({
  name: 'Picky',
  parseValue: (value) => {
    if (value !== 'good') throw new GraphQLError('Not picky enough.', { extensions: { code: 'BAD_POSITION' } });
    return 'good';
  },
});

const Thing: GraphQLObjectType<unknown, SmallContext> = new GraphQLObjectType({
  name: 'Thing',
  fields: () => ({
    id: { type: GraphQLString, resolve: () => 'thing' },
    self: { type: Thing, resolve: () => ({}) },
    things: {
      type: new GraphQLNonNull(ThingConnection),
      args: { first: { type: GraphQLInt, defaultValue: 20 }, last: { type: GraphQLInt } },
      resolve: () => ({ nodes: [] }),
    },
  }),
});
const ThingConnection: GraphQLObjectType<unknown, SmallContext> = new GraphQLObjectType({
  name: 'ThingConnection',
  fields: () => ({ nodes: { type: new GraphQLList(Thing) } }),
});

/** A hand-made schema with one of everything that the server itself has to deal with. */
export function buildSmallSchema(): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, SmallContext>({
      name: 'Query',
      fields: {
        hello: {
          type: GraphQLString,
          args: { name: { type: GraphQLString } },
          resolve: (_, { name }) => `Hello ${name ?? ''}`,
        },
        picky: { type: GraphQLString, args: { value: { type: Picky } }, resolve: (_, { value }) => value },
        who: { type: GraphQLString, resolve: (_, __, { caller }) => (caller.kind === 'token' ? 'a token' : 'nobody') },
        request: {
          type: GraphQLString,
          resolve: (_, __, { atLeast, transport, correlationId }) =>
            JSON.stringify({ atLeast, transport, correlationId }),
        },
        slow: {
          type: GraphQLString,
          args: { ms: { type: GraphQLInt, defaultValue: 300 } },
          resolve: (_, { ms }) => new Promise((resolve) => setTimeout(() => resolve('slow'), ms).unref()),
        },
        thing: { type: Thing, resolve: () => ({}) },
        refused: {
          type: GraphQLString,
          resolve: () => {
            throw new GraphQLError('There is no such thing.', { extensions: { code: 'NOT_FOUND' } });
          },
        },
        fault: {
          type: GraphQLString,
          resolve: () => {
            throw new Error('secret of the database');
          },
        },
      },
    }),
    mutation: new GraphQLObjectType<unknown, SmallContext>({
      name: 'Mutation',
      fields: { change: { type: GraphQLString, resolve: () => 'changed' } },
    }),
    subscription: new GraphQLObjectType<unknown, SmallContext>({
      name: 'Subscription',
      fields: {
        ticks: { type: GraphQLString, subscribe: (_, __, { feed }) => feed.open() },
        one: {
          type: GraphQLString,
          subscribe: async function* () {
            yield { one: 'only' };
          },
        },
        denied: {
          type: GraphQLString,
          subscribe: () => {
            throw new GraphQLError('This needs a valid token.', { extensions: { code: 'UNAUTHENTICATED' } });
          },
        },
        broken: {
          type: GraphQLString,
          subscribe: async function* () {
            yield { broken: 'first' };
            throw new Error('secret of the feed');
          },
        },
        silent: {
          type: GraphQLString,
          subscribe: async function* () {
            yield { silent: 'first' };
            throw new StoreUnavailable('secret of the store');
          },
        },
      },
    }),
  });
}
