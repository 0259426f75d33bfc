import type { ConsentDecision, PersonFacts, ProcessingLayer } from '../../../src/domain/subject/person-facts';
import type { Instant } from '../../../src/domain/time';

/** What the server-side projection keeps of one person. */
export interface ServerConsents {
  readonly subjectId: string | null;
  readonly organisationId: string | null;
  readonly linkedTo: string | null;
  readonly erasedAt: string | null;
  readonly consents: readonly {
    readonly policyId: string;
    readonly purpose: string;
    readonly decisions: readonly object[];
    readonly objections: readonly object[];
    readonly restrictions: readonly object[];
  }[];
}

const END = '9999-12-31T23:59:59.999Z' as Instant;

/** The same from our tables: what a person decided about each purpose that facts of theirs name. */
export function consentsOf(person: PersonFacts): Omit<ServerConsents, 'originals'> {
  const { subjectId, organisationId, linkedTo = null, erasedAt = null } = person;
  const consents = person.policiesTouched(END).flatMap((policyId) =>
    person.purposesTouched(policyId, END).map((purpose) => {
      const layers = [...person.layers(policyId, purpose, END)];
      const named = (word: string) => layers.filter(({ kind }) => kind.startsWith(word)).map(layerOf);
      return {
        policyId,
        purpose,
        decisions: [...person.decisions(policyId, purpose, END)].map(decisionOf),
        objections: named('OBJECT'),
        restrictions: named('RESTRICT'),
      };
    }),
  );
  return { subjectId, organisationId, linkedTo, erasedAt, consents: consents.filter(isTold) };
}

/** Sorted, without purposes that nothing is told of any more, and without what the projection keeps for itself. */
export function tidied({ subjectId, organisationId, linkedTo, erasedAt, consents }: ServerConsents): ServerConsents {
  const name = ({ policyId, purpose }: ServerConsents['consents'][number]) => `${policyId} ${purpose}`;
  const sorted = consents.filter(isTold).toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
  return { subjectId, organisationId, linkedTo, erasedAt, consents: sorted };
}

function isTold({ decisions, objections, restrictions }: ServerConsents['consents'][number]): boolean {
  return decisions.length + objections.length + restrictions.length > 0;
}

function decisionOf(decision: ConsentDecision): object {
  const { kind, order: place, validFrom } = decision;
  const text = kind === 'WITHDRAWN' ? { versionId: null, locale: null, contentSha256: null } : onText(decision);
  return { place, kind, validFrom, ...text, expiresAt: kind === 'GIVEN' ? (decision.expiresAt ?? null) : null };
}

function onText({ versionId, locale, contentSha256 }: Exclude<ConsentDecision, { readonly kind: 'WITHDRAWN' }>) {
  return { versionId, locale, contentSha256 };
}

function layerOf({ kind, order: place, validFrom }: ProcessingLayer): object {
  return { place, kind, validFrom };
}
