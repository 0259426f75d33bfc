import type { PolicyFacts } from '../../domain/policy/policy-facts';
import type { PersonFacts } from '../../domain/subject/person-facts';
import type { StateReasonCode } from '../../domain/subject/reason-sentences';
import type { DecidingFact } from '../../domain/subject/state-reason';
import type { Instant } from '../../domain/time';
import type { PolicyRow, Prefix } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { found } from '../members';
import { PolicyNode } from '../policies/policy.type';
import { prefixOf, type Scope, type Stamped } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { ReasonView } from '../time/reason.type';
import { PolicyVersionNode } from '../versions/policy-version.type';

export type StampedScope = Scope & Stamped;

/** A person, and what the rules ask about them and their policies, where a scope answers. */
export interface PersonAt {
  readonly person: PersonFacts;
  readonly at: Instant;
  readonly scope: StampedScope;
  readonly prefix: Prefix;
}

export function personAt(context: ApiContext, scope: StampedScope, subjectId: string): PersonAt {
  const prefix = prefixOf(context, scope);
  const person = found(context.readModels.personFacts(subjectId, prefix));
  return { person, at: scope.stamp.effectiveAt, scope, prefix };
}

/** A policy that the person's organisation or customer has, with what the rules ask about it. */
export interface PolicyOfPerson {
  readonly row: PolicyRow;
  readonly facts: PolicyFacts;
  readonly node: PolicyNode;
}

export function policyOfPerson(
  { readModels }: ApiContext,
  { scope, prefix }: Pick<PersonAt, 'scope' | 'prefix'>,
  policyId: string,
): PolicyOfPerson | undefined {
  const row = readModels.policyById(policyId, prefix);
  const facts = readModels.policyFacts(policyId, prefix);
  return row && facts ? { row, facts, node: new PolicyNode(row, scope) } : undefined;
}

/**
 * Policies to be looked at for a person: those that may concern them, and those that facts of theirs name; or the one
 * that was asked for, if it is one of these or of their organisation or customer.
 */
export function policiesOfPerson(
  context: ApiContext,
  at: PersonAt,
  asked: string | null | undefined,
): readonly PolicyOfPerson[] {
  const { person, scope } = at;
  const theirs = context.readModels.policiesThatMayConcern(person.subjectId, scope.stamp);
  const touched = [person, ...person.linked].flatMap((each) => each.policiesTouched(at.at));
  const all = [...new Set([...theirs, ...touched])];
  const ids = asked == null ? all : all.filter((id) => id === asked);
  return ids.flatMap((id) => policyOfPerson(context, at, id) ?? []);
}

/** A version of a policy as the person's states name it. */
export function versionNode(
  { readModels }: ApiContext,
  { prefix, scope }: Pick<PersonAt, 'scope' | 'prefix'>,
  policy: PolicyOfPerson,
  versionId: string | undefined,
): PolicyVersionNode | null {
  const row = versionId === undefined ? undefined : readModels.versionById(versionId, prefix);
  return row ? new PolicyVersionNode(row, policy.row, scope) : null;
}

export function reasonOf(
  { person, at, scope }: PersonAt,
  reason: { readonly code: StateReasonCode; readonly decidedBy: DecidingFact | undefined },
): ReasonView {
  const about = { subject: person.subjectId, customer: person.profileAt(at).customerId };
  return new ReasonView(reason, person.organisationId, scope, about);
}

export function stampView({ app }: ApiContext, { scope }: PersonAt): AsOfStampView {
  return new AsOfStampView(scope.stamp, app.logId);
}
