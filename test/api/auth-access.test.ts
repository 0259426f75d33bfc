import 'reflect-metadata';
import { type GraphQLSchema, graphql, parse, subscribe } from 'graphql';
import {
  Arg,
  buildSchema,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import {
  Access,
  type AccessContext,
  AccessDefault,
  anyOf,
  anyoneAuthenticated,
  asParent,
  everyone,
  membersOf,
  operator,
  ownSubject,
} from '../../src/api/auth/access';
import { ANONYMOUS, type Caller, parseGrant } from '../../src/api/auth/caller';
import { AccessRulesMissing, assertEveryFieldHasAccess, enforceAccess } from '../../src/api/auth/enforce-access';

const NOW = Date.UTC(2024, 0, 31);
const ORGANISATIONS: Readonly<Record<string, string>> = { skysoft: 'id-of-skysoft', cerum: 'id-of-cerum' };
const SUBJECT = '6f2a4a4e-5d13-4a37-9d52-1f9e5d3c7a01';

@ObjectType()
@AccessDefault(asParent)
class Draft {
  @Field(() => String)
  text!: string;
}

@ObjectType()
@AccessDefault(everyone)
class Notice {
  @Field(() => ID)
  id!: string;

  organisation!: string;

  @Field(() => Draft, { nullable: true })
  @Access(membersOf(['editor', 'approver'], (notice: Notice) => notice.organisation))
  draft?: Draft;

  @Field(() => String)
  @Access(membersOf(['officer'], async (notice: Notice) => notice.organisation))
  remarks!: string;

  @Field(() => String, { nullable: true })
  @Access(operator, 'error')
  lag?: string;
}

let resolverRuns = 0;

@Resolver(() => Notice)
class NoticeResolver {
  @Query(() => Notice)
  @Access(everyone)
  notice(@Arg('organisation', () => String) organisation: string): Notice {
    return Object.assign(new Notice(), { id: 'n1', organisation, draft: { text: 'utkast' }, remarks: 'r', lag: '0' });
  }

  @Query(() => String)
  @Access(
    anyOf(
      operator,
      membersOf(['officer'], (_: unknown, { organisation }: { organisation: string }) => organisation),
    ),
  )
  facts(@Arg('organisation', () => String) organisation: string): string {
    return organisation;
  }

  @Query(() => String, { nullable: true })
  @Access(ownSubject((_: unknown, { subject }: { subject: string }) => subject))
  copy(@Arg('subject', () => String) subject: string): string {
    return subject;
  }

  @Query(() => String)
  @Access(anyoneAuthenticated)
  whoever(): string {
    return 'you';
  }

  @Mutation(() => String)
  @Access(
    membersOf(['publisher'], (_: unknown, { policy }: { policy: string }) =>
      policy === 'p1' ? ORGANISATIONS.skysoft : undefined,
    ),
    'not-found',
  )
  publish(@Arg('policy', () => String) policy: string): string {
    resolverRuns += 1;
    return policy;
  }

  @Subscription(() => String, {
    subscribe: async function* () {
      resolverRuns += 1;
      yield 'first';
      yield 'second';
    },
  })
  @Access(membersOf(['service'], (_: unknown, { organisation }: { organisation: string }) => organisation))
  recorded(@Arg('organisation', () => String) _organisation: string, @Root() item: string): string {
    return item;
  }

  @FieldResolver(() => String, { nullable: true })
  @Access(anyoneAuthenticated)
  signature(@Root() notice: Notice): string {
    return `signed ${notice.id}`;
  }
}

const noPubSub = { publish: () => undefined, subscribe: () => ({ [Symbol.asyncIterator]: async function* () {} }) };
let clock = NOW;
let schema: GraphQLSchema;

beforeAll(async () => {
  schema = enforceAccess(await buildSchema({ resolvers: [NoticeResolver], pubSub: noPubSub }), () => clock);
});
beforeEach(() => {
  clock = NOW;
  resolverRuns = 0;
});

const contextOf = (caller: Caller): AccessContext => ({
  caller,
  organisationIdOf: async (slug) => ORGANISATIONS[slug],
});
const bearer = (...grants: string[]): Caller => ({
  kind: 'token',
  issuer: 'test',
  actorClaim: 'somebody',
  roles: grants.map(parseGrant).filter((grant) => grant !== undefined),
  expiresAt: NOW + 1,
});
const person = (subject: string): Caller => ({
  kind: 'token',
  issuer: 'test',
  actorClaim: 'a person',
  roles: [{ role: 'subject' }],
  subject,
  expiresAt: NOW + 1,
});

async function ask(caller: Caller, source: string) {
  const { data, errors } = await graphql({ schema, source, contextValue: contextOf(caller) });
  return { data: data === null ? null : { ...data }, codes: errors?.map((error) => error.extensions.code) ?? [] };
}

const DRAFT = '{ notice(organisation: "id-of-skysoft") { id draft { text } } }';
const withoutDraft = { notice: { id: 'n1', draft: null } };
const withDraft = { notice: { id: 'n1', draft: { text: 'utkast' } } };

test('a nullable field narrower than its object is null without an error, for nobody and for others', async () => {
  for (const caller of [ANONYMOUS, bearer('editor@cerum'), bearer('officer@skysoft'), bearer('operator')]) {
    expect(await ask(caller, DRAFT)).toEqual({ data: withoutDraft, codes: [] });
  }
});

test('a member with one of the roles in the organisation of the object reads the field', async () => {
  expect(await ask(bearer('editor@skysoft'), DRAFT)).toEqual({ data: withDraft, codes: [] });
  expect(await ask(bearer('officer@cerum', 'approver@skysoft'), DRAFT)).toEqual({ data: withDraft, codes: [] });
});

test('a role in an organisation that does not exist opens nothing', async () => {
  expect(await ask(bearer('editor@nobody'), DRAFT)).toEqual({ data: withoutDraft, codes: [] });
});

test('two roles do not add up across organisations', async () => {
  expect(await ask(bearer('editor@cerum', 'officer@skysoft'), DRAFT)).toEqual({ data: withoutDraft, codes: [] });
});

test('a field that cannot be null is UNAUTHENTICATED for nobody and FORBIDDEN for others', async () => {
  const source = '{ notice(organisation: "id-of-skysoft") { remarks } }';
  expect((await ask(ANONYMOUS, source)).codes).toEqual(['UNAUTHENTICATED']);
  expect((await ask(bearer('officer@cerum'), source)).codes).toEqual(['FORBIDDEN']);
  expect(await ask(bearer('officer@skysoft'), source)).toEqual({ data: { notice: { remarks: 'r' } }, codes: [] });
});

test('a nullable field may ask for an error instead of null', async () => {
  const source = '{ notice(organisation: "id-of-skysoft") { lag } }';
  expect(await ask(bearer('officer@skysoft'), source)).toEqual({
    data: { notice: { lag: null } },
    codes: ['FORBIDDEN'],
  });
  expect(await ask(bearer('operator'), source)).toEqual({ data: { notice: { lag: '0' } }, codes: [] });
});

test('the rule of a field resolver holds', async () => {
  const source = '{ notice(organisation: "x") { signature } }';
  expect(await ask(ANONYMOUS, source)).toEqual({ data: { notice: { signature: null } }, codes: [] });
  expect((await ask(bearer('editor@cerum'), source)).data).toEqual({ notice: { signature: 'signed n1' } });
});

test('a root field is open to whoever any of its rules admits', async () => {
  const source = '{ facts(organisation: "id-of-cerum") }';
  expect((await ask(ANONYMOUS, source)).codes).toEqual(['UNAUTHENTICATED']);
  expect((await ask(bearer('officer@skysoft'), source)).codes).toEqual(['FORBIDDEN']);
  expect((await ask(bearer('officer@cerum'), source)).codes).toEqual([]);
  expect((await ask(bearer('operator'), source)).codes).toEqual([]);
});

test('a person reads their own and nobody else reads it', async () => {
  const source = `{ copy(subject: "${SUBJECT}") }`;
  expect((await ask(person(SUBJECT), source)).data).toEqual({ copy: SUBJECT });
  expect((await ask(person('someone-else'), source)).codes).toEqual(['FORBIDDEN']);
  expect((await ask(bearer('service@skysoft', 'operator'), source)).codes).toEqual(['FORBIDDEN']);
  expect((await ask(ANONYMOUS, source)).codes).toEqual(['UNAUTHENTICATED']);
});

test('a refused mutation does not run', async () => {
  for (const caller of [ANONYMOUS, bearer('editor@skysoft'), bearer('publisher@cerum'), bearer('operator')]) {
    await ask(caller, 'mutation { publish(policy: "p1") }');
  }
  expect(resolverRuns).toBe(0);
  expect((await ask(bearer('publisher@skysoft'), 'mutation { publish(policy: "p1") }')).codes).toEqual([]);
  expect(resolverRuns).toBe(1);
});

test("another organisation's id and an id of nothing are told apart by nobody", async () => {
  const of = (policy: string, caller: Caller) => ask(caller, `mutation { publish(policy: "${policy}") }`);
  expect(await of('p1', bearer('publisher@cerum'))).toEqual(await of('p2', bearer('publisher@cerum')));
  expect((await of('p2', bearer('publisher@cerum'))).codes).toEqual(['NOT_FOUND']);
  expect((await of('p1', bearer('editor@skysoft'))).codes).toEqual(['FORBIDDEN']);
  expect((await of('p1', ANONYMOUS)).codes).toEqual(['UNAUTHENTICATED']);
});

test('a token that has run out meanwhile opens nothing, not even what is public', async () => {
  clock = NOW + 1;
  expect((await ask(bearer('operator'), '{ whoever }')).codes).toEqual(['UNAUTHENTICATED']);
  expect((await ask(bearer('editor@skysoft'), DRAFT)).codes).toEqual(['UNAUTHENTICATED']);
});

const listen = (caller: Caller) =>
  subscribe({
    schema,
    document: parse('subscription { recorded(organisation: "id-of-skysoft") }'),
    contextValue: contextOf(caller),
  });

test('a subscription refuses before its source is opened', async () => {
  for (const [caller, code] of [
    [ANONYMOUS, 'UNAUTHENTICATED'],
    [bearer('service@cerum'), 'FORBIDDEN'],
  ] as const) {
    const refused = await listen(caller);
    expect('errors' in refused && refused.errors?.map((error) => error.extensions.code)).toEqual([code]);
  }
  expect(resolverRuns).toBe(0);
});

test('an open subscription delivers until its token runs out', async () => {
  const items = await listen(bearer('service@skysoft'));
  if (!(Symbol.asyncIterator in items)) throw new Error('refused');
  const first = await items.next();
  expect({ ...first.value?.data }).toEqual({ recorded: 'first' });
  clock = NOW + 1;
  const second = await items.next();
  expect(second.value?.errors?.map((error: { extensions: object }) => error.extensions)).toEqual([
    { code: 'UNAUTHENTICATED' },
  ]);
});

test('a context that says nothing of a caller answers nothing', async () => {
  const { data, errors } = await graphql({ schema, source: '{ whoever }', contextValue: {} });
  expect(data).toBeNull();
  expect(errors).toHaveLength(1);
});

@ObjectType()
class Careless {
  @Field(() => String)
  silent!: string;

  @Field(() => String)
  @Access(operator, 'null')
  promised!: string;

  @Field(() => String)
  @Access(membersOf([], () => 'x'))
  nobody!: string;

  @Field(() => String)
  @Access(everyone)
  open!: string;
}

@Resolver()
class CarelessResolver {
  @Query(() => Careless)
  careless(): Careless {
    return new Careless();
  }

  @Query(() => String)
  @Access(asParent)
  orphan(): string {
    return '';
  }
}

test('a schema with fields that say nothing, or nothing sound, is refused naming each of them', async () => {
  const careless = await buildSchema({ resolvers: [CarelessResolver], pubSub: noPubSub });
  const faults = faultsOf(() => assertEveryFieldHasAccess(careless));
  expect([...faults].sort()).toEqual([
    'Careless.nobody: names no role',
    'Careless.promised: cannot answer null',
    'Careless.silent: says nothing',
    'Query.careless: says nothing',
    'Query.orphan: has no parent to go by',
  ]);
  expect(faultsOf(() => enforceAccess(careless, () => NOW))).toEqual(faults);
});

test('a schema whose fields all say is accepted', () => {
  expect(() => assertEveryFieldHasAccess(schema)).not.toThrow();
});

function faultsOf(check: () => void): readonly string[] {
  try {
    check();
  } catch (error) {
    if (error instanceof AccessRulesMissing) return error.faults;
    throw error;
  }
  return [];
}
