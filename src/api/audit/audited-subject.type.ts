import { Field, ObjectType } from 'type-graphql';
import { AccessDefault, asParent } from '../auth/access';
import { PageInfo } from '../connections';
import type { PersonAt, PolicyOfPerson } from '../people/person-at';
import { SubjectNode } from '../people/subject.type';
import { AsOfStampView } from '../time/as-of-stamp.type';

@ObjectType('AuditedSubject', {
  simpleResolvers: true,
  description: 'A person as they stand at the stamp, about the policies of the audit alone.',
})
@AccessDefault(asParent)
export class AuditedSubject {
  @Field(() => SubjectNode)
  readonly subject: SubjectNode;

  constructor(
    subject: SubjectNode,
    readonly at: PersonAt,
    /** Of the audit, those that concern the person. */
    readonly policies: readonly PolicyOfPerson[],
  ) {
    this.subject = subject;
  }
}

@ObjectType('AuditedSubjectEdge', { simpleResolvers: true })
@AccessDefault(asParent)
export class AuditedSubjectEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => AuditedSubject)
  readonly node!: AuditedSubject;
}

@ObjectType('AuditedSubjectConnection', {
  simpleResolvers: true,
  description:
    'People in order of registration, as they stand at the stamp of the first page. A page may hold fewer than asked for, or none, and not be the last: go on from endCursor while hasNextPage.',
})
@AccessDefault(asParent)
export class AuditedSubjectConnection {
  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  @Field(() => [AuditedSubjectEdge])
  readonly edges!: readonly AuditedSubjectEdge[];

  @Field(() => [AuditedSubject])
  readonly nodes!: readonly AuditedSubject[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;

  /** Counted only when it is asked for. */
  readonly total!: () => Promise<number | undefined>;
}
