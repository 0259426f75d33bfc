import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLFieldConfigMap,
  GraphQLObjectType,
  GraphQLSchema,
  getOperationAST,
  Kind,
  visit,
} from 'graphql';
import { ANONYMOUS } from './auth/caller';
import { type ApiContext, type ApiServices, createApiContext } from './context';
import { type AnswerTemplate, PLACES, SharedAnswer, templateOf } from './shared-answer';
import { isSharedItem, type OwnFields, type SharedItem, type ToldToAll } from './shared-item';
import { type Answering, SubscriptionAnswers } from './subscription-answers';

export type Subscribe = (args: ExecutionArgs) => Promise<SubscriptionAnswers | ExecutionResult>;

/** An answer made for one reader is given to others for so long. */
const ANSWER_GOOD_MS = 1_000;
/** Most sets of variables of one document that answers are shared by. */
const MAX_QUESTIONS = 1_000;

/**
 * Subscribes as graphql's own `subscribe` does, and answers an item that many are given once for all who ask the same
 * about it. The answer is shared where nobody who made it asked who is asking: fields open to everybody that do not look
 * at the caller. Any other question, and any answer with an error in it, is answered to each by itself.
 *
 * @param schema with access enforced; its root field has let the reader in before the first item
 */
export function createSharedSubscribe(schema: GraphQLSchema, services: ApiServices): Subscribe {
  const answers = sharedAnswers(withOpenRoot(schema), services);
  return async (args) => {
    const source = await createSourceEventStream(args);
    if (!isIterable(source)) return source;
    return new SubscriptionAnswers(source[Symbol.asyncIterator](), args, answers.questionOf(args));
  };
}

/** As graphql does it: every item is executed for every reader. */
export const subscribeAlone: Subscribe = async (args) => {
  const source = await createSourceEventStream(args);
  if (!isIterable(source)) return source;
  return new SubscriptionAnswers(source[Symbol.asyncIterator](), args, ALONE);
};

const ALONE: Answering = { answer: (item, args) => execute({ ...args, rootValue: item }) };

/** What is asked below the root field of a subscription: by the document and those variables that matter there. */
interface Question extends Answering {
  /** Becomes false when an answer turned out to depend on who is asking. */
  shareable: boolean;
}

interface Answered {
  readonly sinceMs: number;
  readonly template: Promise<AnswerTemplate | undefined>;
  /** The same, as soon as it is there. */
  ready: AnswerTemplate | undefined;
  /** The last answer made of it: where nothing is the reader's own, all are given the very same. */
  last: SharedAnswer | undefined;
}

function sharedAnswers(openSchema: GraphQLSchema, services: ApiServices) {
  const questions = new WeakMap<DocumentNode, Map<string, Question>>();
  const variables = new WeakMap<DocumentNode, readonly string[]>();
  const answered = new WeakMap<ToldToAll, Map<Question, Answered>>();

  async function make(told: ToldToAll, question: Question, args: ExecutionArgs): Promise<AnswerTemplate | undefined> {
    const nobody = createApiContext(services, { caller: ANONYMOUS, correlationId: '', transport: 'websocket' });
    let asked = false;
    const context: ApiContext = Object.create(nobody, {
      caller: {
        get: () => {
          asked = true;
          return ANONYMOUS;
        },
      },
    });
    const rootValue = told.view(context, PLACES);
    const { data, errors } = await execute({ ...args, schema: openSchema, rootValue, contextValue: context });
    if (asked) question.shareable = false;
    return asked || errors || !data ? undefined : templateOf(data);
  }

  function answerFor(told: ToldToAll, question: Question, args: ExecutionArgs): Answered {
    const known = entryOf(answered, told, () => new Map<Question, Answered>());
    const found = known.get(question);
    if (found && performance.now() - found.sinceMs < ANSWER_GOOD_MS) return found;
    const template = make(told, question, args).catch(() => undefined);
    const made: Answered = { sinceMs: performance.now(), template, ready: undefined, last: undefined };
    void template.then((ready) => {
      made.ready = ready;
    });
    known.set(question, made);
    return made;
  }

  function answer({ told, own }: SharedItem, question: Question, args: ExecutionArgs) {
    if (told === undefined) return undefined;
    const answered = answerFor(told, question, args);
    if (answered.ready) return resultFor(answered, answered.ready, own);
    return answered.template.then((made) => (made ? resultFor(answered, made, own) : undefined));
  }

  function newQuestion(): Question {
    const question: Question = {
      shareable: true,
      answer: (item, args) => {
        const isShared = isSharedItem(item) && question.shareable && !hasRunOut(args.contextValue as ApiContext);
        const result = isShared ? answer(item, question, args) : undefined;
        if (result instanceof Promise) return result.then((made) => made ?? ALONE.answer(item, args));
        return result ?? ALONE.answer(item, args);
      },
    };
    return question;
  }

  return {
    questionOf({ document, operationName, variableValues }: ExecutionArgs): Question {
      const known = entryOf(questions, document, () => new Map<string, Question>());
      const names = entryOf(variables, document, () => variablesBelowRoot(document, operationName));
      const key = JSON.stringify([operationName, ...names.map((name) => variableValues?.[name])]);
      const found = known.get(key);
      if (found) return found;
      if (known.size >= MAX_QUESTIONS) known.clear();
      const question = newQuestion();
      known.set(key, question);
      return question;
    },
  };
}

function resultFor(answered: Answered, template: AnswerTemplate, own: OwnFields): ExecutionResult {
  if (answered.last?.own !== own) answered.last = new SharedAnswer(template, own);
  return answered.last;
}

/** What the root field would have refused. */
function hasRunOut({ caller, nowMs }: ApiContext): boolean {
  return caller.kind === 'token' && caller.expiresAt <= nowMs();
}

/** The schema, whose subscriptions show what they are given: the reader was let in before. */
function withOpenRoot(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  const guarded = schema.getSubscriptionType();
  if (!guarded) return schema;
  const { fields, ...rest } = guarded.toConfig();
  const open: GraphQLFieldConfigMap<object, ApiContext> = {};
  for (const [name, { subscribe: _, ...field }] of Object.entries(fields)) {
    open[name] = { ...field, resolve: (source) => source };
  }
  const subscription = new GraphQLObjectType<object, ApiContext>({ ...rest, fields: open });
  return new GraphQLSchema({
    ...config,
    types: types.filter((type) => type !== guarded),
    subscription,
    assumeValid: true,
  });
}

/** Variables that only say where a subscription begins or what it is about have done their work when it is open. */
function variablesBelowRoot(document: DocumentNode, operationName: ExecutionArgs['operationName']): readonly string[] {
  const names = new Set<string>();
  const roots = new Set<unknown>();
  for (const selection of getOperationAST(document, operationName)?.selectionSet.selections ?? []) {
    if (selection.kind === Kind.FIELD) roots.add(selection);
  }
  visit(document, {
    VariableDefinition: () => false,
    Argument: (_node, _key, _parent, _path, ancestors) => (roots.has(ancestors.at(-1)) ? false : undefined),
    Variable: ({ name }) => void names.add(name.value),
  });
  return [...names].sort();
}

function entryOf<Key extends object, Value>(map: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function isIterable(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value;
}
