import 'reflect-metadata';
import { IsOptional, MaxLength } from 'class-validator';
import { execute, type GraphQLSchema, graphqlSync, parse } from 'graphql';
import {
  Arg,
  ArgumentValidationError,
  buildSchemaSync,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
  UseMiddleware,
} from 'type-graphql';
import { resolveAtOnce } from '../../src/api/resolve-at-once';
import { validateArgument } from '../../src/api/validate-argument';

enum Colour {
  RED = 'red',
  BLUE = 'blue',
}
registerEnumType(Colour, { name: 'Colour' });

@InputType()
class Lenient {
  @Field(() => String, { nullable: true })
  @IsOptional()
  text?: string | null;
}

@InputType()
class Strict {
  @Field(() => String)
  @MaxLength(3)
  text!: string;
}

@InputType()
class Nested {
  @Field(() => Strict, { nullable: true })
  @IsOptional()
  inner?: Strict | null;
}

@ObjectType({ simpleResolvers: true })
class Thing {
  @Field(() => Int)
  readonly number!: number;
}

interface Given {
  readonly who: string;
}

@Resolver(() => Thing)
class ThingResolver {
  readonly #secret = 'kept';

  @Query(() => Thing)
  thing(@Ctx() _context: Given, @Arg('number', () => Int, { defaultValue: 7 }) number: number): Thing {
    return Object.assign(new Thing(), { number });
  }

  @Query(() => String)
  async later(@Arg('text', () => String, { nullable: true }) text: string | null | undefined): Promise<string> {
    return String(text);
  }

  @Query(() => String)
  failing(@Arg('text', () => String) text: string): string {
    throw new Error(text);
  }

  @Query(() => String)
  @UseMiddleware(async (_data, next) => `${await next()} by way of another`)
  watched(@Arg('text', () => String) text: string): string {
    return text;
  }

  @FieldResolver(() => String)
  told(
    @Arg('text', () => String, { nullable: true }) text: string | null | undefined,
    @Arg('colours', () => [Colour], { nullable: true }) colours: Colour[] | null | undefined,
    @Ctx() { who }: Given,
    @Root() { number }: Thing,
    @Arg('lenient', () => Lenient, { nullable: true }) lenient: Lenient | null | undefined,
  ): string {
    return JSON.stringify([this.#secret, number, who, String(text), colours, lenient]);
  }

  @FieldResolver(() => String)
  strict(@Arg('input', () => Strict) input: Strict): string {
    return `${input instanceof Strict} ${input.text}`;
  }

  @FieldResolver(() => String)
  nested(@Arg('input', () => Nested) input: Nested): string {
    return `${input.inner instanceof Strict} ${input.inner?.text}`;
  }
}

@Resolver(() => Thing)
class Stranger {
  @Query(() => String)
  stranger(): string {
    return 'stranger';
  }
}

const built = () => buildSchemaSync({ resolvers: [ThingResolver], validateFn: validateArgument });
const before = built();
const after = resolveAtOnce(built(), [ThingResolver]);

const answer = (schema: GraphQLSchema, source: string, variableValues: Record<string, unknown> = {}) =>
  execute({ schema, document: parse(source), variableValues, contextValue: { who: 'Kari' } });

test.each([
  ['{ thing { number } }', {}],
  ['{ thing(number: 3) { number told } }', {}],
  ['{ thing { told(text: null, colours: null, lenient: null) } }', {}],
  ['{ thing { told(text: "", colours: [BLUE, RED], lenient: {}) } }', {}],
  ['{ thing { told(lenient: { text: "x" }) other: told(lenient: { text: null }) } }', {}],
  ['query ($t: String, $l: Lenient) { thing { told(text: $t, lenient: $l) } }', {}],
  [
    'query ($t: String, $l: Lenient) { thing { told(text: $t, lenient: $l) } }',
    { t: '\ud800\u0000', l: { text: 'y' } },
  ],
  ['query ($n: Int) { thing(number: $n) { number } }', {}],
  ['query ($n: Int) { thing(number: $n) { number } }', { n: null }],
  ['{ later other: later(text: "soon") }', {}],
  ['{ failing(text: "on purpose") }', {}],
  ['{ watched(text: "seen") }', {}],
  ['{ thing { strict(input: { text: "abc" }) nested(input: { inner: { text: "abc" } }) } }', {}],
  ['{ thing { nested(input: {}) } }', {}],
])('%s %j is answered as by the resolvers of the builder', async (source, variables) => {
  const expected = JSON.stringify(await answer(before, source, variables));
  expect(JSON.stringify(await answer(after, source, variables))).toBe(expected);
});

test('what has to be checked still is', async () => {
  const source = '{ thing { strict(input: { text: "too long" }) } }';
  const { errors } = await answer(after, source);
  expect(errors).toMatchObject([{ originalError: new ArgumentValidationError([]) }]);
  expect(JSON.stringify(errors)).toBe(JSON.stringify((await answer(before, source)).errors));
});

test('scalars make nothing wait, input that has to be checked does', () => {
  const ask = (schema: GraphQLSchema, source: string) => () =>
    graphqlSync({ schema, source, contextValue: { who: 'Kari' } });
  const scalars = '{ thing(number: 1) { told(text: "a", lenient: { text: "b" }) } }';
  expect(ask(after, scalars)()).toMatchObject({ data: { thing: { told: '["kept",1,"Kari","a",null,{"text":"b"}]' } } });
  expect(ask(before, scalars)).toThrow('synchronously');
  expect(ask(after, '{ thing { strict(input: { text: "abc" }) } }')).toThrow('synchronously');
});

test('fields of resolvers that are not named are left alone', () => {
  const schema = buildSchemaSync({ resolvers: [ThingResolver, Stranger], validateFn: validateArgument });
  const fields = schema.getQueryType()?.getFields();
  const { stranger, later } = { stranger: fields?.stranger?.resolve, later: fields?.later?.resolve };
  resolveAtOnce(schema, [ThingResolver]);
  expect(fields?.stranger?.resolve).toBe(stranger);
  expect(fields?.later?.resolve).not.toBe(later);
});
