import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { RECEIPT_TYPES } from '../../application/receipts/decision-record';
import { inLocale } from '../../domain/locale-lookup';
import type { PolicyKind } from '../../domain/policy/policy.events';
import { Access, anyoneAuthenticated, asParent } from '../auth/access';
import { type Connection, connectionOf } from '../connections';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { FactConnection } from '../facts/fact-connection.type';
import { DEFAULT_FACTS, factsPage } from '../facts/facts-page';
import { openList } from '../list-cursor';
import { found } from '../members';
import { DEFAULT_PAGE_SIZE } from '../page-size';
import { PolicyKindEnum } from '../policies/policy-enums';
import { policyInForce } from '../policies/policy-in-force';
import { PolicyInForceView } from '../policies/policy-in-force.type';
import { Locale, PositionScalar } from '../scalars';
import { defaultLocaleOf, openScope, scopeAsOf } from '../scope';
import { AsOfInput } from '../time/as-of.input';
import { personAt, policiesOfPerson } from './person-at';
import {
  AcceptanceStateView,
  ConsentStateView,
  NoticeStateView,
  ObligationsView,
  ObligationView,
} from './person-state.type';
import { acceptancesOf, concerningPolicies, consentOf, consentsOf, noticesOf, obligationsOf } from './person-states';
import { ReceiptConnection, type ReceiptNode } from './receipt.type';
import { receiptOf } from './receipt-of';
import { scopeOfSubject } from './subject.resolver';
import { SubjectNode } from './subject.type';
import { readableSubject } from './visible-subject';

@Resolver(() => SubjectNode)
export class SubjectStatesResolver {
  @Query(() => ConsentStateView, {
    nullable: true,
    description: 'Had this person agreed to this purpose? A purpose that the policy never had is BAD_USER_INPUT.',
  })
  @Access(anyoneAuthenticated)
  async consentState(
    @Arg('subject', () => ID) subject: string,
    @Arg('policy', () => ID) policy: string,
    @Arg('purpose', () => String) purpose: string,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<ConsentStateView> {
    const above = await openScope(context);
    const { organisation } = found(context.readModels.policyById(policy, above.head));
    const scope = scopeAsOf(context, above, organisation, asOf);
    const { id } = readableSubject(context, subject, scope);
    const at = personAt(context, scope, id);
    const [asked] = policiesOfPerson(context, at, policy);
    const ofPerson = found(asked);
    if (!ofPerson.facts.knowsPurpose(purpose)) throw badUserInput('The policy never had this purpose.');
    return consentOf(context, at, ofPerson, purpose);
  }

  @FieldResolver(() => [PolicyInForceView], {
    description: "Policies that concern this person, by their cohort's date.",
  })
  @Access(asParent)
  policiesInForce(
    @Root() subject: SubjectNode,
    @Arg('kind', () => PolicyKindEnum, { nullable: true }) kind: PolicyKind | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyInForceView[] {
    const at = personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id);
    return concerningPolicies(context, at)
      .filter(({ row }) => kind == null || row.kind === kind)
      .map(({ row }) => policyInForce(context, at.scope, row, undefined, at.person.registeredAt));
  }

  @FieldResolver(() => ObligationsView, { description: 'What must this person still do? Blocking ones first.' })
  @Access(asParent)
  obligations(
    @Root() subject: SubjectNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): ObligationsView {
    return obligationsOf(context, personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id));
  }

  @FieldResolver(() => [ConsentStateView], {
    description: 'Of one policy or all: purposes of the version in force, then others that were ever decided.',
  })
  @Access(asParent)
  consents(
    @Root() subject: SubjectNode,
    @Arg('policy', () => ID, { nullable: true }) policy: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): ConsentStateView[] {
    return consentsOf(context, personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id), policy);
  }

  @FieldResolver(() => [NoticeStateView], {
    description: 'Of one policy or all: the version in force, and others that anything was recorded for.',
  })
  @Access(asParent)
  notices(
    @Root() subject: SubjectNode,
    @Arg('policy', () => ID, { nullable: true }) policy: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): NoticeStateView[] {
    return noticesOf(context, personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id), policy);
  }

  @FieldResolver(() => [AcceptanceStateView], { description: 'One for each of the terms that concern this person.' })
  @Access(asParent)
  acceptances(
    @Root() subject: SubjectNode,
    @Arg('policy', () => ID, { nullable: true }) policy: string | null | undefined,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Ctx() context: ApiContext,
  ): AcceptanceStateView[] {
    return acceptancesOf(context, personAt(context, scopeOfSubject(context, subject, asOf), subject.row.id), policy);
  }
}

@Resolver(() => SubjectNode)
export class SubjectFactsResolver {
  @FieldResolver(() => FactConnection, { description: 'Every fact about this person, oldest first.' })
  @Access(asParent)
  facts(
    @Root() subject: SubjectNode,
    @Arg('asOf', () => AsOfInput, { nullable: true }) asOf: AsOfInput | null | undefined,
    @Arg('after', () => PositionScalar, { nullable: true }) after: string | null | undefined,
    @Arg('before', () => PositionScalar, { nullable: true }) before: string | null | undefined,
    @Arg('first', () => Int, { defaultValue: DEFAULT_FACTS, nullable: true }) first: number | null | undefined,
    @Arg('last', () => Int, { nullable: true }) last: number | null | undefined,
    @Ctx() context: ApiContext,
  ): FactConnection {
    const { id, organisation } = subject.row;
    const scope = asOf ? scopeOfSubject(context, subject, asOf) : subject.scope;
    return factsPage(context, scope, { organisation, subject: id }, { after, before, first, last });
  }

  @FieldResolver(() => ReceiptConnection, { description: "The person's proofs of their decisions, oldest first." })
  @Access(asParent)
  receipts(
    @Root() subject: SubjectNode,
    @Arg('first', () => Int, { defaultValue: DEFAULT_PAGE_SIZE, nullable: true }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): Connection<ReceiptNode> {
    const { id, organisation } = subject.row;
    const list = openList(context, subject.scope, `receipts of ${id}`, { first, after });
    const range = {
      organisation,
      subject: id,
      types: RECEIPT_TYPES,
      limit: list.limit,
      ...(list.after !== undefined && { after: list.after }),
    };
    const { rows, hasMore } = context.readModels.factsPage(range, list.prefix);
    const receipts = rows.flatMap((row) => receiptOf(row, list.scope) ?? []);
    return connectionOf(
      context,
      list,
      { rows: receipts, hasMore, totalCount: undefined },
      {
        key: ({ fact }) => fact.n,
        node: (receipt) => receipt,
      },
    );
  }
}

@Resolver(() => ObligationView)
export class ObligationResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'What the version changed that asked for it, in the locale asked for, else in a default one.',
  })
  @Access(asParent)
  changeSummary(
    @Root() { root, policy }: ObligationView,
    @Arg('locale', () => Locale, { nullable: true }) locale: string | null | undefined,
    @Ctx() context: ApiContext,
  ): string | null {
    const { summaries } = root.row.change;
    return inLocale(summaries, locale, defaultLocaleOf(context, policy.scope, policy.row.organisation))?.text ?? null;
  }
}
