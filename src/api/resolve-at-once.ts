import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { isObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { demandsNothing } from './validate-argument';

type Metadata = ReturnType<typeof getMetadataStorage>;
/** A method that resolves a field, as its decorators described it. */
type Method = Metadata['fieldResolvers'][number] | Metadata['queries'][number];
type Param = NonNullable<Method['params']>[number];
type Resolver = GraphQLFieldResolver<unknown, unknown>;
/** What the builder asks of a class of resolvers: that it can be made without arguments. */
type ResolverClass = new () => object;

/**
 * The builder's resolvers wait for a promise of every argument, since a check may take its time; with them a field that
 * takes arguments costs as much as ten that take none. Most arguments are scalars, which need no check after their own:
 * fields that take nothing else get a resolver here that calls the method at once. The others keep theirs.
 *
 * Call it once, on the schema as the builder made it of the same resolvers.
 */
export function resolveAtOnce(schema: GraphQLSchema, resolvers: readonly ResolverClass[]): GraphQLSchema {
  const { queries, fieldResolvers, objectTypes } = getMetadataStorage();
  const instances = new Map<unknown, object>(resolvers.map((resolver) => [resolver, new resolver()]));
  const replace = (typeName: string | undefined, method: Method) => {
    const type = schema.getType(typeName ?? '');
    const field = isObjectType(type) ? type.getFields()[method.schemaName] : undefined;
    const instance = instances.get(method.target);
    if (field === undefined || instance === undefined || !method.params?.every(isAtHand)) return;
    if (method.middlewares?.length || method.roles?.length) return;
    field.resolve = callerOf(instance, method.methodName, method.params);
  };
  for (const query of queries) replace(schema.getQueryType()?.name, query);
  for (const method of fieldResolvers) {
    const ofClass = method.getObjectType?.();
    replace(objectTypes.find(({ target }) => target === ofClass)?.name, method);
  }
  return schema;
}

function isAtHand(param: Param): boolean {
  if (param.kind === 'context' || param.kind === 'root') return param.propertyName === undefined;
  return param.kind === 'arg' && param.validateFn === undefined && needsNoCheck(param.getType());
}

/** Scalars and enums, and input objects of nothing else whose class demands nothing. */
function needsNoCheck(type: unknown): boolean {
  const input = inputOf(type);
  if (input === undefined) return true;
  return demandsNothing(input.target) && !input.fields?.some((field) => inputOf(field.getType()));
}

function inputOf(type: unknown): Metadata['inputTypes'][number] | undefined {
  return getMetadataStorage().inputTypes.find(({ target }) => target === type);
}

function callerOf(instance: object, methodName: string, params: readonly Param[]): Resolver {
  const method: unknown = Reflect.get(instance, methodName);
  if (typeof method !== 'function') throw new Error(`${methodName} is no method.`);
  const givers = params.toSorted((a, b) => a.index - b.index).map(giverOf);
  return (source, args, context) =>
    Reflect.apply(
      method,
      instance,
      givers.map((give) => give(source, args, context)),
    );
}

/** How one parameter of a method is had. */
function giverOf(param: Param): (source: unknown, args: Record<string, unknown>, context: unknown) => unknown {
  if (param.kind === 'arg') {
    const { name } = param;
    return (_source, args) => args[name];
  }
  return param.kind === 'root' ? (source) => source : (_source, _args, context) => context;
}
