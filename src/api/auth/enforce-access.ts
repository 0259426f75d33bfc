import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { ACCESS_EXTENSION, type AccessContext, type AccessStatement, type Denial } from './access';
import { holdsSuchRole, permits } from './permits';

/** Some fields of the schema do not say, or do not say soundly, who may read them. */
export class AccessRulesMissing extends Error {
  override readonly name = 'AccessRulesMissing';

  constructor(
    /** Each fault as `Type.field: what is wrong`. */
    readonly faults: readonly string[],
  ) {
    super(`Fields without a sound access rule:\n${faults.join('\n')}`);
  }
}

type SchemaField = GraphQLField<unknown, AccessContext>;
type SchemaResolver = GraphQLFieldResolver<unknown, AccessContext>;

/**
 * Fails unless every field of every object type states who may read it. Interfaces and inputs need no rule: what is
 * executed is always a field of an object type.
 *
 * @throws AccessRulesMissing naming each field
 */
export function assertEveryFieldHasAccess(schema: GraphQLSchema): void {
  const faults = [...objectFields(schema)].flatMap(({ type, field, isRoot }) => {
    const fault = faultOf(statementOf(type, field), field, isRoot);
    return fault === undefined ? [] : [`${type.name}.${field.name}: ${fault}`];
  });
  if (faults.length > 0) throw new AccessRulesMissing(faults);
}

/**
 * Puts each field's rule in front of its resolver, and of the source of a subscription, in the schema itself; so it
 * holds on every transport. Call it once, on the finished schema.
 *
 * Refusals are UNAUTHENTICATED (nobody in particular asks, or the token has run out meanwhile), FORBIDDEN, or what
 * {@link Denial} says.
 *
 * @param clock milliseconds since 1970-01-01T00:00Z; a token may run out while a subscription is open
 * @throws AccessRulesMissing as {@link assertEveryFieldHasAccess}
 */
export function enforceAccess(schema: GraphQLSchema, clock: () => number): GraphQLSchema {
  assertEveryFieldHasAccess(schema);
  for (const { type, field, isRoot } of objectFields(schema)) {
    const statement = statementOf(type, field);
    if (statement === undefined) throw new AccessRulesMissing([`${type.name}.${field.name}: no rule`]);
    // Most fields are as open as their object, and are asked for most often.
    if (!isRoot && (statement.rule.kind === 'public' || statement.rule.kind === 'parent')) continue;
    const denied = statement.denied ?? (isRoot || isNonNullType(field.type) ? 'error' : 'null');
    const gate = { rule: statement.rule, denied };
    field.resolve = guarded(gate, clock, field.resolve ?? defaultFieldResolver);
    if (field.subscribe !== undefined) field.subscribe = guarded(gate, clock, field.subscribe);
  }
  return schema;
}

function guarded(gate: Required<AccessStatement>, clock: () => number, resolver: SchemaResolver): SchemaResolver {
  return (source, args, context, info) => {
    const { caller } = context;
    if (caller.kind === 'token' && caller.expiresAt <= clock()) throw refused('UNAUTHENTICATED');
    const verdict = permits(gate.rule, { source, args, context });
    if (verdict === true) return resolver(source, args, context, info);
    if (verdict === false) return deny(gate, context);
    return verdict.then((admitted) => (admitted ? resolver(source, args, context, info) : deny(gate, context)));
  };
}

function deny(gate: Required<AccessStatement>, { caller }: AccessContext): null {
  if (gate.denied === 'null') return null;
  if (caller.kind === 'anonymous') throw refused('UNAUTHENTICATED');
  if (gate.denied === 'not-found' && holdsSuchRole(gate.rule, caller)) throw refused('NOT_FOUND');
  throw refused('FORBIDDEN');
}

const MESSAGES = {
  UNAUTHENTICATED: 'This needs a valid token.',
  FORBIDDEN: 'The token does not allow this.',
  NOT_FOUND: 'There is no such thing.',
} as const;

function refused(code: keyof typeof MESSAGES): GraphQLError {
  return new GraphQLError(MESSAGES[code], { extensions: { code } });
}

interface ObjectField {
  readonly type: GraphQLObjectType<unknown, AccessContext>;
  readonly field: SchemaField;
  readonly isRoot: boolean;
}

function* objectFields(schema: GraphQLSchema): Generator<ObjectField> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      yield { type, field, isRoot: roots.some((root) => root === type) };
    }
  }
}

function statementOf(type: ObjectField['type'], field: SchemaField): AccessStatement | undefined {
  const stated = field.extensions[ACCESS_EXTENSION] ?? type.extensions[ACCESS_EXTENSION];
  return isStatement(stated) ? stated : undefined;
}

function isStatement(value: unknown): value is AccessStatement {
  return (
    typeof value === 'object' &&
    value !== null &&
    'rule' in value &&
    typeof value.rule === 'object' &&
    value.rule !== null
  );
}

const ANSWERS_ALONE: Denial = 'null';

function faultOf(statement: AccessStatement | undefined, field: SchemaField, isRoot: boolean): string | undefined {
  if (statement === undefined) return 'says nothing';
  if (isRoot && statement.rule.kind === 'parent') return 'has no parent to go by';
  if (statement.denied === ANSWERS_ALONE && isNonNullType(field.type)) return 'cannot answer null';
  if (statement.denied === ANSWERS_ALONE && field.subscribe !== undefined) return 'a subscription cannot answer null';
  if (statement.rule.kind === 'members' && statement.rule.roles.length === 0) return 'names no role';
  return undefined;
}
