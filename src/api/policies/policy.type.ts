import { Field, ID, ObjectType } from 'type-graphql';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { PolicyRow } from '../../read-models/read-models';
import { AccessDefault, asParent } from '../auth/access';
import { connectionType } from '../connections';
import { Node } from '../node/node.type';
import type { Scope } from '../scope';
import { PolicyKindEnum } from './policy-enums';

@ObjectType('Policy', {
  implements: Node,
  simpleResolvers: true,
  description: 'A document of one organisation, of one kind. Public once a version of it was published.',
})
@AccessDefault(asParent)
export class PolicyNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => PolicyKindEnum)
  readonly kind: PolicyKind;

  @Field(() => String, { nullable: true, description: 'The file it was imported from, if it was.' })
  readonly sourcePath: string | undefined;

  constructor(
    readonly row: PolicyRow,
    readonly scope: Scope,
  ) {
    this.id = row.id;
    this.kind = row.kind;
    this.sourcePath = row.sourcePath;
  }
}

export const PolicyConnection = connectionType('Policy', () => PolicyNode);
