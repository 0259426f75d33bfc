import { Field, ID, Int, ObjectType } from 'type-graphql';
import { type Instant, instantAt, type LocalDate } from '../../domain/time';
import type { PolicyRow, VersionRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import { connectionType } from '../connections';
import { Node } from '../node/node.type';
import { DateTime, LocalDateScalar } from '../scalars';
import type { Scope } from '../scope';

@ObjectType('PolicyVersion', {
  implements: Node,
  simpleResolvers: true,
  description:
    'A published state of a policy. It never changes; a mistake is withdrawn or followed by another version.',
})
@AccessDefault(asParent)
export class PolicyVersionNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => Int, { description: 'Order of recording, from 1; never the order of effect.' })
  readonly sequence: number;

  @Field(() => String)
  readonly label: string;

  @Field(() => DateTime)
  readonly effectiveFrom: Instant;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The civil date it was given as, if it was.' })
  readonly effectiveOn: LocalDate | undefined;

  @Field(() => DateTime, {
    nullable: true,
    description: 'From when it holds for persons who registered before it was published, where that differs.',
  })
  readonly effectiveFromForExisting: Instant | undefined;

  @Field(() => LocalDateScalar, { nullable: true })
  readonly effectiveOnForExisting: LocalDate | undefined;

  @Field(() => [String], { description: 'Categories of persons addressed; empty: everyone.' })
  readonly audience: readonly string[];

  @Field(() => DateTime, { description: 'Of an import: its effectiveFrom.' })
  readonly publishedAt: Instant;

  @Field(() => DateTime)
  get recordedAt(): Instant {
    return instantAt(this.row.recordedAtMs);
  }

  @Field(() => Boolean)
  readonly imported: boolean;

  @Field(() => Boolean, { description: 'It was imported without a processing statement.' })
  readonly textOnly: boolean;

  constructor(
    readonly row: VersionRow,
    readonly policyRow: PolicyRow,
    readonly scope: Scope,
  ) {
    this.id = row.id;
    this.sequence = row.sequence;
    this.label = row.label;
    this.effectiveFrom = row.effectiveFrom;
    this.effectiveOn = row.effectiveOn;
    this.effectiveFromForExisting = row.effectiveFromForExisting;
    this.effectiveOnForExisting = row.effectiveOnForExisting;
    this.audience = row.audience;
    this.publishedAt = row.publishedAt;
    this.imported = row.imported;
    this.textOnly = row.statement === undefined;
  }
}

export const PolicyVersionConnection = connectionType('PolicyVersion', () => PolicyVersionNode);
