import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { Instant } from '../../domain/time';
import { AccessDefault, asParent } from '../auth/access';
import { connectionType } from '../connections';
import { enumOf } from '../enum-of';
import { Node } from '../node/node.type';
import { DateTime } from '../scalars';
import type { Scope } from '../scope';

export const RECEIPT_PROFILES = ['ISO_27560', 'KANTARA_1_1'] as const;
export type ReceiptProfile = (typeof RECEIPT_PROFILES)[number];
export const ReceiptProfileEnum = enumOf<ReceiptProfile>(RECEIPT_PROFILES);
registerEnumType(ReceiptProfileEnum, {
  name: 'ReceiptProfile',
  description: 'ISO/IEC TS 27560 in the terms of the Data Privacy Vocabulary, or Kantara Consent Receipt 1.1.',
});

/** The fact that a receipt is about: where it stands in its person's stream. */
export interface ReceiptFact {
  readonly subject: string;
  readonly stream: string;
  readonly version: number;
  readonly occurredAt: Instant;
  /** Ordinal of the event. */
  readonly n: number;
}

@ObjectType('Receipt', { implements: Node, simpleResolvers: true, description: "A person's proof of one decision." })
@AccessDefault(asParent)
export class ReceiptNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => DateTime)
  readonly issuedAt: Instant;

  constructor(
    id: string,
    readonly fact: ReceiptFact,
    readonly scope: Scope,
  ) {
    this.id = id;
    this.issuedAt = fact.occurredAt;
  }
}

export const ReceiptConnection = connectionType('Receipt', () => ReceiptNode);
