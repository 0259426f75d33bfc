import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', { description: 'Anything with an id of its own; ids are opaque.' })
export abstract class Node {
  @Field(() => ID)
  readonly id!: string;
}
