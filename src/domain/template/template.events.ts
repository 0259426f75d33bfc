import type { DomainEvent } from '../decider';
import type { ContentRef, PolicyKind } from '../policy/policy.events';
import type { Instant } from '../time';

/** Facts of one policy template, in the stream `template-<id>`. Stored type strings are never renamed or reused. */
export type TemplateEvent = PolicyTemplateCreated | PolicyTemplateTextEdited;

export type PolicyTemplateCreated = DomainEvent<
  'PolicyTemplateCreated',
  {
    readonly templateId: string;
    readonly organisationId: string;
    readonly slug: string;
    readonly kind: PolicyKind;
    /** Organisations that may make policies from it, beside its own. */
    readonly sharedWith: readonly string[];
    readonly createdAt: Instant;
  }
>;
export type PolicyTemplateTextEdited = DomainEvent<
  'PolicyTemplateTextEdited',
  {
    readonly templateId: string;
    readonly author: string;
    readonly revision: number;
    readonly content: ContentRef;
    /** Names of the variables in the text, written {{name}} there. */
    readonly variables: readonly string[];
    readonly editedAt: Instant;
  }
>;
