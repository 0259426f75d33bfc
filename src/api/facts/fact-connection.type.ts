import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PageInfo } from '../connections';
import { LoggedFactView } from './logged-fact.type';

@ObjectType('FactEdge', { simpleResolvers: true })
@AccessDefault(asParent)
export class FactEdge {
  @Field(() => String, { description: 'The position of the fact.' })
  cursor!: string;

  @Field(() => LoggedFactView)
  node!: LoggedFactView;
}

@ObjectType('FactConnection', {
  simpleResolvers: true,
  description: 'A stretch of the log, oldest first. Its cursors are positions.',
})
@AccessDefault(asParent)
export class FactConnection {
  @Field(() => [FactEdge])
  edges!: FactEdge[];

  @Field(() => [LoggedFactView])
  nodes!: LoggedFactView[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}
