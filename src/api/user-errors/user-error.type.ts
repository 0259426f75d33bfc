import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { ChangeReason } from '../../domain/policy/policy.events';
import { AccessDefault, asParent } from '../auth/access';
import { StatementDifferenceView } from '../comparisons/comparison.type';
import { ChangeReasonEnum } from '../policies/policy-enums';

/** What every user error says. */
interface Said {
  readonly message: string;
  readonly path: readonly string[];
  readonly code: string;
}

@InterfaceType('UserError', { description: 'What a form can mend. Nothing was written.' })
export abstract class UserError implements Said {
  @Field(() => String)
  readonly message: string;

  @Field(() => [String], { description: 'Part of the input concerned, names from the outside in; empty: the whole.' })
  readonly path: readonly string[];

  @Field(() => String, { description: 'Branch on this one; take an unknown one as "other".' })
  readonly code: string;

  protected constructor({ message, path, code }: Said) {
    this.message = message;
    this.path = path;
    this.code = code;
  }
}

@ObjectType('Refusal', { implements: UserError, simpleResolvers: true })
@AccessDefault(asParent)
export class RefusalError extends UserError {
  constructor(said: Said) {
    super(said);
  }
}

@ObjectType('StaleVersion', {
  implements: UserError,
  simpleResolvers: true,
  description: 'What was edited has moved on; read it again.',
})
@AccessDefault(asParent)
export class StaleVersion extends UserError {
  @Field(() => Int)
  readonly currentVersion: number;

  constructor(said: Said, currentVersion: number) {
    super(said);
    this.currentVersion = currentVersion;
  }
}

@ObjectType('StatementIncomplete', { implements: UserError, simpleResolvers: true })
@AccessDefault(asParent)
export class StatementIncomplete extends UserError {
  @Field(() => [String], { description: 'What GDPR Art. 13 and 14 still ask for, each by name.' })
  readonly missing: readonly string[];

  constructor(said: Said, missing: readonly string[]) {
    super(said);
    this.missing = missing;
  }
}

@ObjectType('ChangeUnderstated', {
  implements: UserError,
  simpleResolvers: true,
  description: 'The change was classified below what the comparison of the statements shows.',
})
@AccessDefault(asParent)
export class ChangeUnderstated extends UserError {
  @Field(() => [ChangeReasonEnum])
  readonly impliedReasons: readonly ChangeReason[];

  @Field(() => [String])
  readonly impliedRenewalPurposes: readonly string[];

  @Field(() => [StatementDifferenceView], { description: 'What was left unclassified.' })
  readonly differences: readonly StatementDifferenceView[];

  constructor(
    said: Said,
    implied: Pick<ChangeUnderstated, 'impliedReasons' | 'impliedRenewalPurposes' | 'differences'>,
  ) {
    super(said);
    this.impliedReasons = implied.impliedReasons;
    this.impliedRenewalPurposes = implied.impliedRenewalPurposes;
    this.differences = implied.differences;
  }
}

@ObjectType('VersionNotOffered', {
  implements: UserError,
  simpleResolvers: true,
  description: 'The version that was decided on is not offered at that instant.',
})
@AccessDefault(asParent)
export class VersionNotOffered extends UserError {
  constructor(
    said: Said,
    readonly offeredVersionId: string | undefined,
  ) {
    super(said);
  }
}

@ObjectType('RowRefusal', { simpleResolvers: true })
@AccessDefault(asParent)
export class RowRefusal {
  @Field(() => Int, { description: 'From 1.' })
  readonly row!: number;

  @Field(() => String)
  readonly code!: string;

  @Field(() => String)
  readonly message!: string;
}

@ObjectType('RowsRefused', { implements: UserError, simpleResolvers: true })
@AccessDefault(asParent)
export class RowsRefused extends UserError {
  @Field(() => [RowRefusal], { description: 'Each row that cannot be written.' })
  readonly rows: readonly RowRefusal[];

  constructor(said: Said, rows: readonly RowRefusal[]) {
    super(said);
    this.rows = rows;
  }
}
