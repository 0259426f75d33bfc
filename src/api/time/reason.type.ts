import { Field, ObjectType } from 'type-graphql';
import { REASON_SENTENCES, type StateReasonCode } from '../../domain/subject/reason-sentences';
import type { DecidingFact } from '../../domain/subject/state-reason';
import { AccessDefault, asParent } from '../auth/access';
import type { Scope } from '../scope';

/** Why a version is in force, or none is; why a person's state is what it is. */
export type ReasonCode = 'VERSION_IN_FORCE' | StateReasonCode;

/** What decided, if a fact did: an event by its ordinal, or a fact by its place in a person's stream. */
export type DecidedBy = number | DecidingFact | undefined;

/** Whom the reason is about, where it is about a person. */
export interface ReasonAbout {
  readonly subject: string;
  /** The customer that the person belongs to at the stamp. */
  readonly customer: string | undefined;
}

@ObjectType('Reason', { simpleResolvers: true, description: 'Why the answer is what it is.' })
@AccessDefault(asParent)
export class ReasonView {
  @Field(() => String, {
    description: 'VERSION_IN_FORCE, RETIRED, GIVEN, RENEWAL_DUE and others; take an unknown one as "other".',
  })
  readonly code: ReasonCode;

  @Field(() => String, { nullable: true, description: 'Name of the rule that decided.' })
  readonly rule: string;

  readonly decidedBy: DecidedBy;

  constructor(
    { code, decidedBy }: { readonly code: ReasonCode; readonly decidedBy: DecidedBy },
    readonly organisation: string,
    readonly scope: Scope,
    readonly about?: ReasonAbout,
  ) {
    this.code = code;
    this.decidedBy = decidedBy;
    this.rule = code === 'VERSION_IN_FORCE' ? 'V1' : REASON_SENTENCES[code].rule;
  }
}
