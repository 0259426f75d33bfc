import type { LegalBasis } from '../policy/processing-statement';
import type { Instant } from '../time';
import type { Channel, Method, Profile } from './subject.events';

/**
 * What the rules of states and obligations ask about one person, on one prefix of the log. The fold of the person's
 * stream answers it (the oracle), and so do the read models' tables; both must give the same. A linked anonymous
 * person's facts stand in `linked` (rule D7). Lists come latest first, by (validFrom, order), corrections applied: a
 * corrected fact stands with its corrected values and the original's order, a voided one not at all (rule D6).
 */
export interface PersonFacts {
  readonly subjectId: string;
  readonly organisationId: string;
  readonly anonymous: boolean;
  readonly registeredAt: Instant;
  /** The account that this anonymous person is, once linked. */
  readonly linkedTo: string | undefined;
  /** Set once SubjectErased stands in the prefix: from when the policies concern this person no more (rule O1). */
  readonly erasedAt: Instant | undefined;
  profileAt(at: Instant): Profile;
  /** Given, refused and withdrawn, valid from `at` or before. */
  decisions(policyId: string, purpose: string, at: Instant): Iterable<ConsentDecision>;
  /** Deferrals of the decision itself. */
  deferrals(policyId: string, purpose: string, at: Instant): Iterable<ConsentDeferral>;
  /** Objections and restrictions and their lifting. */
  layers(policyId: string, purpose: string, at: Instant): Iterable<ProcessingLayer>;
  notices(policyId: string, at: Instant): Iterable<NoticeFact>;
  /**
   * Of those, for each version and step the first and the last. They are few, however often a person was shown a text:
   * some products record it at every login.
   */
  noticeEnds(policyId: string, at: Instant): Iterable<NoticeFact>;
  acceptances(policyId: string, at: Instant): Iterable<AcceptanceFact>;
  /** Purposes of a policy that any fact of this person names, valid from `at` or before; sorted. */
  purposesTouched(policyId: string, at: Instant): readonly string[];
  /** Policies that any fact of this person names, valid from `at` or before; sorted. */
  policiesTouched(at: Instant): readonly string[];
  /** Anonymous persons that are this account, as known on this prefix. */
  readonly linked: readonly PersonFacts[];
}

export interface Placed {
  /** Place in the stream, from 1; of a corrected fact the original's. Breaks ties of validFrom. */
  readonly order: number;
  readonly validFrom: Instant;
  readonly occurredAt: Instant;
}

/** A withdrawal names no version: it enters every root (rule D1). */
export type ConsentDecision = Placed &
  (
    | { readonly kind: 'WITHDRAWN' }
    | ({ readonly kind: 'GIVEN'; readonly expiresAt: Instant | undefined } & OnText)
    | ({ readonly kind: 'REFUSED' } & OnText)
  );

export interface OnText {
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

export type ConsentDeferral = Placed & OnText;

export interface ProcessingLayer extends Placed {
  readonly kind: 'OBJECTED' | 'OBJECTION_LIFTED' | 'RESTRICTED' | 'RESTRICTION_LIFTED';
}

export interface NoticeFact extends Placed {
  readonly step: 'NOTIFIED' | 'SHOWN' | 'ACKNOWLEDGED' | 'DEFERRED';
  readonly versionId: string;
  readonly channel: Channel;
  readonly method: Method | undefined;
}

export type AcceptanceFact = Placed & OnText & { readonly kind: 'ACCEPTED' | 'REFUSED' };

/** The basis that governs a purpose for a person (rule D5); undefined: none of the purpose's bases names them. */
export type GoverningBasis = LegalBasis | undefined;
