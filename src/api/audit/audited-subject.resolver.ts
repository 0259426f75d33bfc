import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { consentStates } from '../../domain/subject/consent-state';
import { noticeStates } from '../../domain/subject/notice-state';
import { obligations } from '../../domain/subject/obligations';
import { Access, asParent } from '../auth/access';
import type { ApiContext } from '../context';
import { AcceptanceStateView, ConsentStateView, NoticeStateView, ObligationView } from '../people/person-state.type';
import { acceptanceOf, consentView, noticeView, obligationView } from '../people/person-states';
import { AuditedSubject, AuditedSubjectConnection } from './audited-subject.type';

@Resolver(() => AuditedSubject)
export class AuditedSubjectResolver {
  @FieldResolver(() => [ConsentStateView])
  @Access(asParent)
  consents(@Root() { at, policies }: AuditedSubject, @Ctx() context: ApiContext): ConsentStateView[] {
    return policies.flatMap((policy) =>
      consentStates(at.person, policy.facts, at.at).map((state) => consentView(context, at, policy, state)),
    );
  }

  @FieldResolver(() => [NoticeStateView])
  @Access(asParent)
  notices(@Root() { at, policies }: AuditedSubject, @Ctx() context: ApiContext): NoticeStateView[] {
    return policies.flatMap((policy) =>
      noticeStates(at.person, policy.facts, at.at).map((state) => noticeView(context, at, policy, state)),
    );
  }

  @FieldResolver(() => [AcceptanceStateView], { description: 'Of terms.' })
  @Access(asParent)
  acceptances(@Root() { at, policies }: AuditedSubject, @Ctx() context: ApiContext): AcceptanceStateView[] {
    return policies.filter(({ facts }) => facts.kind === 'TERMS').map((policy) => acceptanceOf(context, at, policy));
  }

  @FieldResolver(() => [ObligationView], { description: 'Blocking ones first, by deadline.' })
  @Access(asParent)
  obligations(@Root() { at, policies }: AuditedSubject, @Ctx() context: ApiContext): ObligationView[] {
    const facts = policies.map((policy) => policy.facts);
    return obligations(at.person, facts, at.at).items.map((item) => obligationView(context, at, item));
  }
}

@Resolver(() => AuditedSubjectConnection)
export class AuditedSubjectConnectionResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'People on the whole list; null where it is filtered by what is not counted.',
  })
  @Access(asParent)
  async totalCount(@Root() { total }: AuditedSubjectConnection): Promise<number | null> {
    return (await total()) ?? null;
  }
}
