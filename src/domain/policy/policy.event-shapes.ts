import {
  type Check,
  count,
  dictionary,
  type EventShape,
  fields,
  flag,
  instant,
  list,
  localDate,
  oneOf,
  optional,
  shape,
  text,
  withOneOf,
} from '../event-shapes';
import {
  CHANGE_REASONS,
  type Change,
  type ContentRef,
  type ImportSource,
  POLICY_KINDS,
  type PolicyEvent,
  type RerootedVersion,
  type Roots,
  TEXT_FORMATS,
  type TemplateVariable,
  type TextFlag,
} from './policy.events';
import { localisedText, processingStatement } from './processing-statement.shape';

type DataOf<Type extends PolicyEvent['type']> = Extract<PolicyEvent, { type: Type }>['data'];

export const contentRef: Check = fields<ContentRef>({
  locale: text,
  format: oneOf(TEXT_FORMATS),
  sha256: text,
  bytes: count,
  charset: optional(text),
});

const variable = fields<TemplateVariable>({ name: text, value: text });
const textFlag = fields<TextFlag>({ code: oneOf(['IMPLIED_CONSENT_CLAUSE']), locale: text, passage: text });
const roots = fields<Roots>({ consent: dictionary(text), notice: text, acceptance: text });
const rerooted = list(fields<RerootedVersion>({ versionId: text, roots, since: optional(instant) }));
const source = fields<ImportSource>({ commit: text, path: text, committedAt: instant });
const change = fields<Change>({
  reasons: list(oneOf(CHANGE_REASONS)),
  summaries: list(localisedText),
  compared: flag,
  noticeDuty: oneOf(['NONE', 'ACTIVE', 'ACTIVE_IN_ADVANCE']),
  noticeLeadDays: count,
  renewalPurposes: list(text),
  blocking: flag,
  graceDays: count,
});

const version = {
  policyId: text,
  versionId: text,
  sequence: count,
  label: text,
  effectiveFrom: instant,
  effectiveOn: optional(localDate),
  timeZone: text,
  audience: list(text),
  contents: list(contentRef),
  change,
  flags: list(textFlag),
  roots,
  rerooted,
};

const reasons = { reason: optional(text), sealedReason: optional(text) };
const withReason = (of: EventShape) => withOneOf(['reason', 'sealedReason'], of);

/** Of an import the fact occurred when the version took effect, not when it was imported (rule T1). */
export const policyEventShapes: { readonly [Type in PolicyEvent['type']]: EventShape } = {
  PolicyCreated: shape<DataOf<'PolicyCreated'>>('createdAt', {
    policyId: text,
    organisationId: text,
    slug: text,
    kind: oneOf(POLICY_KINDS),
    title: localisedText,
    templateId: optional(text),
    variables: optional(list(variable)),
    sourcePath: optional(text),
    createdAt: instant,
  }),
  PolicyTitleSet: shape<DataOf<'PolicyTitleSet'>>('setAt', { policyId: text, title: localisedText, setAt: instant }),
  PolicyDraftTextEdited: shape<DataOf<'PolicyDraftTextEdited'>>('editedAt', {
    policyId: text,
    author: text,
    revision: count,
    content: contentRef,
    editedAt: instant,
  }),
  PolicyDraftLocaleRemoved: shape<DataOf<'PolicyDraftLocaleRemoved'>>('removedAt', {
    policyId: text,
    author: text,
    revision: count,
    locale: text,
    removedAt: instant,
  }),
  PolicyDraftStatementSet: shape<DataOf<'PolicyDraftStatementSet'>>('setAt', {
    policyId: text,
    author: text,
    revision: count,
    statement: processingStatement,
    setAt: instant,
  }),
  PolicyDraftTemplateApplied: shape<DataOf<'PolicyDraftTemplateApplied'>>('appliedAt', {
    policyId: text,
    author: text,
    templateId: text,
    templateRevision: count,
    templateAuthors: list(text),
    revision: count,
    contents: list(contentRef),
    variables: list(variable),
    appliedAt: instant,
  }),
  PolicyDraftDiscarded: shape<DataOf<'PolicyDraftDiscarded'>>('discardedAt', {
    policyId: text,
    author: text,
    revision: count,
    discardedAt: instant,
  }),
  PolicyDraftApproved: shape<DataOf<'PolicyDraftApproved'>>('approvedAt', {
    policyId: text,
    approver: text,
    revision: count,
    draftHash: text,
    approvedAt: instant,
  }),
  PolicyVersionPublished: shape<DataOf<'PolicyVersionPublished'>>('publishedAt', {
    ...version,
    publisher: text,
    effectiveFromForExisting: optional(instant),
    effectiveOnForExisting: optional(localDate),
    statement: processingStatement,
    draftRevision: count,
    draftHash: text,
    publishedAt: instant,
  }),
  PolicyVersionImported: shape<DataOf<'PolicyVersionImported'>>('effectiveFrom', {
    ...version,
    importer: text,
    statement: optional(processingStatement),
    source: optional(source),
    importedAt: instant,
  }),
  PolicyVersionImportRevoked: withReason(
    shape<DataOf<'PolicyVersionImportRevoked'>>('revokedAt', {
      policyId: text,
      versionId: text,
      ...reasons,
      rerooted,
      revokedAt: instant,
    }),
  ),
  PolicyVersionLocaleAdded: shape<DataOf<'PolicyVersionLocaleAdded'>>('addedAt', {
    policyId: text,
    versionId: text,
    author: text,
    content: contentRef,
    flags: list(textFlag),
    addedAt: instant,
  }),
  PolicyVersionWithdrawn: withReason(
    shape<DataOf<'PolicyVersionWithdrawn'>>('withdrawnAt', {
      policyId: text,
      versionId: text,
      from: instant,
      ...reasons,
      voidsDecisions: flag,
      rerooted,
      withdrawnAt: instant,
    }),
  ),
  PolicyRetired: withReason(
    shape<DataOf<'PolicyRetired'>>('retiredAt', {
      policyId: text,
      retirementId: text,
      from: instant,
      ...reasons,
      retiredAt: instant,
    }),
  ),
  PolicyRetirementImported: shape<DataOf<'PolicyRetirementImported'>>('from', {
    policyId: text,
    retirementId: text,
    from: instant,
    source: optional(source),
    importedAt: instant,
  }),
  PolicyRetirementImportRevoked: withReason(
    shape<DataOf<'PolicyRetirementImportRevoked'>>('revokedAt', {
      policyId: text,
      retirementId: text,
      ...reasons,
      revokedAt: instant,
    }),
  ),
};
