import { Field, ObjectType } from 'type-graphql';
import type { InForce } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import type { Scope } from '../scope';

/** Why a version is in force, or none is. */
export type ReasonCode = InForce['code'];

@ObjectType('Reason', { simpleResolvers: true, description: 'Why the answer is what it is.' })
@AccessDefault(asParent)
export class ReasonView {
  @Field(() => String, {
    description: 'VERSION_IN_FORCE, NOT_YET_PUBLISHED, ALL_WITHDRAWN or RETIRED; take an unknown one as "other".',
  })
  readonly code: ReasonCode;

  @Field(() => String, { nullable: true, description: 'Name of the rule that decided.' })
  readonly rule: string;

  /** Ordinal of the event that decided, if one did. */
  readonly decidedBy: number | undefined;

  constructor(
    { code, decidedBy }: Pick<InForce, 'code' | 'decidedBy'>,
    readonly organisation: string,
    readonly scope: Scope,
  ) {
    this.code = code;
    this.decidedBy = decidedBy;
    this.rule = RULES[code];
  }
}

const RULES: { readonly [code in ReasonCode]: string } = {
  VERSION_IN_FORCE: 'V1',
  NOT_YET_PUBLISHED: 'V1',
  ALL_WITHDRAWN: 'V3',
  RETIRED: 'V4',
};
