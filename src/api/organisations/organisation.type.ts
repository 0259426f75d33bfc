import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { TimeZone } from '../../domain/time';
import type { OrganisationRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import { connectionType } from '../connections';
import { Node } from '../node/node.type';
import { Locale, TimeZoneScalar } from '../scalars';
import type { Scope } from '../scope';

@ObjectType('Retention', {
  simpleResolvers: true,
  description: "How long the system keeps its own records, in days. The log's facts are kept for ever.",
})
@AccessDefault(asParent)
export class RetentionView {
  @Field(() => Int)
  loginAndDeliveryDays!: number;

  @Field(() => Int)
  operationalDays!: number;
}

@ObjectType('Organisation', {
  implements: Node,
  simpleResolvers: true,
  description: 'A company, always as it is now; the names of then stand in the processing statements.',
})
@AccessDefault(asParent)
export class OrganisationNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => String)
  readonly slug: string;

  @Field(() => String)
  readonly name: string;

  @Field(() => String, { nullable: true, description: 'Norwegian organisation number.' })
  readonly number: string | undefined;

  @Field(() => String, { nullable: true, description: "Identifier in another country's register." })
  readonly foreignId: string | undefined;

  @Field(() => TimeZoneScalar, { description: 'The zone in which its civil dates are days.' })
  readonly timeZone: TimeZone;

  @Field(() => Locale)
  readonly defaultLocale: string;

  constructor(
    readonly row: OrganisationRow,
    readonly scope: Scope,
  ) {
    this.id = row.id;
    this.slug = row.slug;
    this.name = row.name;
    this.number = row.number;
    this.foreignId = row.foreignId;
    this.timeZone = row.timeZone;
    this.defaultLocale = row.defaultLocale;
  }
}

export const OrganisationConnection = connectionType('Organisation', () => OrganisationNode);
