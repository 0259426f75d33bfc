import { Field, Int, ObjectType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { LoggedFactView } from '../facts/logged-fact.type';
import { DateTime, PositionScalar } from '../scalars';
import { UserError } from '../user-errors/user-error.type';
import { AcceptanceStateView, ConsentStateView, NoticeStateView } from './person-state.type';
import { ReceiptNode } from './receipt.type';
import { SubjectNode } from './subject.type';

const POSITION = { nullable: true, description: 'Where the answer holds. Null only with userErrors.' } as const;

@ObjectType('Warning', { simpleResolvers: true, description: 'The write was done; this is worth knowing.' })
@AccessDefault(asParent)
export class WarningView {
  @Field(() => String)
  readonly message!: string;

  @Field(() => [String])
  readonly path!: readonly string[];

  @Field(() => String)
  readonly code!: string;
}

@ObjectType('SubjectPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class SubjectPayload {
  @Field(() => SubjectNode, { nullable: true })
  readonly subject?: SubjectNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('SubjectsPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class SubjectsPayload {
  @Field(() => [SubjectNode], { nullable: true, description: 'In the order of the rows.' })
  readonly subjects?: readonly SubjectNode[];

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('SubjectTokenPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class SubjectTokenPayload {
  @Field(() => String, { nullable: true, description: "For the person's own client." })
  readonly token?: string;

  @Field(() => DateTime, { nullable: true })
  readonly expiresAt?: Instant;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];
}

@ObjectType('NoticePayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class NoticePayload {
  @Field(() => NoticeStateView, { nullable: true })
  readonly notice?: NoticeStateView;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => [WarningView])
  readonly warnings: readonly WarningView[] = [];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('AcceptancePayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class AcceptancePayload {
  @Field(() => AcceptanceStateView, { nullable: true })
  readonly acceptance?: AcceptanceStateView;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => [WarningView])
  readonly warnings: readonly WarningView[] = [];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('ConsentPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class ConsentPayload {
  @Field(() => [ConsentStateView], { nullable: true, description: 'Of the purposes named, in their order.' })
  readonly consents?: readonly ConsentStateView[];

  @Field(() => ReceiptNode, { nullable: true })
  readonly receipt?: ReceiptNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => [WarningView])
  readonly warnings: readonly WarningView[] = [];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('FactPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class FactPayload {
  @Field(() => LoggedFactView, { nullable: true })
  readonly fact?: LoggedFactView;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => [WarningView])
  readonly warnings: readonly WarningView[] = [];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}

@ObjectType('DecisionsImportPayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class DecisionsImportPayload {
  @Field(() => Int, { nullable: true, description: 'Rows written; of a dry run, rows that would be.' })
  readonly imported?: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Of those, rows that were there before: nothing was written for them.',
  })
  readonly repeated?: number;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => [WarningView])
  readonly warnings: readonly WarningView[] = [];

  @Field(() => PositionScalar, POSITION)
  readonly position?: string;
}
