import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AuditResolver } from './audit/audit.resolver';
import { AuditedSubjectConnectionResolver, AuditedSubjectResolver } from './audit/audited-subject.resolver';
import {
  AppliedRuleResolver,
  ExplainedChangeResolver,
  ExplainedStepResolver,
  ExplanationResolver,
} from './audit/explanation.resolver';
import { OrganisationAuditResolver } from './audit/organisation-audit.resolver';
import { enforceAccess } from './auth/enforce-access';
import { CallerResolver } from './callers/caller.resolver';
import { PolicyVersionComparisonResolver } from './comparisons/policy-version-comparison.resolver';
import { ApprovalResolver, DraftOfPolicyResolver, PolicyDraftResolver } from './drafts/policy-draft.resolver';
import { EvidenceResolver } from './evidence/evidence.resolver';
import { FactsResolver } from './facts/facts.resolver';
import { FactsRecordedResolver } from './facts/facts-recorded.resolver';
import { LoggedFactResolver } from './facts/logged-fact.resolver';
import { hideFaults } from './hide-faults';
import { LedgerResolver } from './ledger/ledger.resolver';
import { LogResolver } from './log/log.resolver';
import { giveMeanings } from './meanings/give-meanings';
import { NodeResolver } from './node/node.resolver';
import { OrganisationResolver } from './organisations/organisation.resolver';
import { OrganisationMutationsResolver } from './organisations/organisation-mutations.resolver';
import { DecisionMutationsResolver } from './people/decision-mutations.resolver';
import { DecisionsImportResolver } from './people/decisions-import.resolver';
import { PolicyNoticesResolver } from './people/policy-notices.resolver';
import { ReceiptResolver } from './people/receipt.resolver';
import { RightsMutationsResolver } from './people/rights-mutations.resolver';
import { SubjectResolver } from './people/subject.resolver';
import { SubjectMutationsResolver } from './people/subject-mutations.resolver';
import { ObligationResolver, SubjectFactsResolver, SubjectStatesResolver } from './people/subject-states.resolver';
import { PolicyResolver } from './policies/policy.resolver';
import { PolicyChangesResolver } from './policies/policy-changes.resolver';
import { PolicyMutationsResolver } from './policies/policy-mutations.resolver';
import { ProcessingRecordResolver } from './processing-record/processing-record.resolver';
import { resolveAtOnce } from './resolve-at-once';
import { PolicyTemplateResolver, TemplateOfferResolver } from './templates/policy-template.resolver';
import { PolicyTemplateMutationsResolver } from './templates/policy-template-mutations.resolver';
import { ReasonResolver } from './time/reason.resolver';
import { answerRefusals } from './user-errors/answer-refusals';
import { VersionNotOfferedResolver } from './user-errors/version-not-offered.resolver';
import { validateArgument } from './validate-argument';
import { PolicyChangeResolver } from './versions/policy-change.resolver';
import { PolicyContentResolver } from './versions/policy-content.resolver';
import { PolicyVersionResolver } from './versions/policy-version.resolver';
import { PolicyVersionMutationsResolver } from './versions/policy-version-mutations.resolver';
import { PurposeResolver } from './versions/purpose.resolver';

/**
 * The schema, ready to be executed on any transport: who may read what is enforced in it, user errors are answered in
 * payloads, and faults are hidden. Its context is an `ApiContext`.
 *
 * @param clock milliseconds since 1970-01-01T00:00Z; a token may run out while a subscription is open
 * @throws AccessRulesMissing a field says nothing about who may read it
 */
export function buildApiSchema(clock: () => number = Date.now): GraphQLSchema {
  // Whoever executes the schema validates it first: the builder need not answer an introspection to find out.
  const options = { validateFn: validateArgument, pubSub: noPubSub, skipCheck: true };
  const schema = buildSchemaSync({ resolvers: RESOLVERS, ...options });
  return giveMeanings(hideFaults(enforceAccess(answerRefusals(resolveAtOnce(schema, RESOLVERS)), clock)));
}

const RESOLVERS = [
  NodeResolver,
  LogResolver,
  LedgerResolver,
  CallerResolver,
  ReasonResolver,
  FactsResolver,
  FactsRecordedResolver,
  LoggedFactResolver,
  OrganisationResolver,
  OrganisationMutationsResolver,
  PolicyResolver,
  PolicyMutationsResolver,
  PolicyChangesResolver,
  DraftOfPolicyResolver,
  PolicyDraftResolver,
  ApprovalResolver,
  PolicyVersionResolver,
  PolicyVersionMutationsResolver,
  PolicyContentResolver,
  PolicyChangeResolver,
  PurposeResolver,
  PolicyVersionComparisonResolver,
  PolicyTemplateResolver,
  TemplateOfferResolver,
  PolicyTemplateMutationsResolver,
  ProcessingRecordResolver,
  AuditResolver,
  OrganisationAuditResolver,
  AuditedSubjectResolver,
  AuditedSubjectConnectionResolver,
  ExplanationResolver,
  ExplainedStepResolver,
  ExplainedChangeResolver,
  AppliedRuleResolver,
  SubjectResolver,
  SubjectStatesResolver,
  SubjectFactsResolver,
  ObligationResolver,
  SubjectMutationsResolver,
  DecisionMutationsResolver,
  DecisionsImportResolver,
  RightsMutationsResolver,
  ReceiptResolver,
  EvidenceResolver,
  PolicyNoticesResolver,
  VersionNotOfferedResolver,
] as const;

/** Asked for by the builder; every subscription here reads from a source of its own. */
const noPubSub = {
  publish: () => {
    throw new Error('Nothing is published; subscriptions read on from their cursor.');
  },
  subscribe: () => {
    throw new Error('Nothing is published; subscriptions read on from their cursor.');
  },
};
