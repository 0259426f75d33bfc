/**
 * Who may do what: one line for each root field, as the product says it, whatever the code does.
 *
 *   +  answered                 -  denied: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND; a look-up answers null alone
 *
 *   none  nobody in particular      subj  the person concerned       peer  another person of the same organisation
 *   serv edit appr publ offi        service, editor, approver, publisher, officer of the organisation concerned
 *   oper  operator                  cOff cSer  officer, service of the customer to whom the person belongs
 *   dOff  officer of another customer of the same organisation
 *   xSub xSer xEdi xApp xPub xOff   subject, service, editor, approver, publisher, officer of an organisation elsewhere
 *
 * In brackets: what is asked for, where it makes a difference.
 */
const TABLE = `
                                             none subj peer serv edit appr publ offi oper cOff cSer dOff xSub xSer xEdi xApp xPub xOff
Query.node [published policy]                  +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.node [unpublished policy]                -    -    -    +    +    +    +    +    -    -    -    -    -    -    -    -    -    -
Query.node [person]                            -    +    -    +    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.log                                      -    -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -
Query.caller                                   +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.checkpoint                               +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.organisation                             +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.organisations                            +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.policy                                   +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.policy [unpublished]                     -    -    -    +    +    +    +    +    -    -    -    -    -    -    -    -    -    -
Query.policies                                 +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.policyVersion                            +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.policyTemplate                           -    -    -    -    +    +    +    +    -    -    -    -    -    -    -    -    -    -
Query.policyInForce                            +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.policyInForce [for a person]             -    +    -    +    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.policyVersionComparison                  +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.me                                       -    +    +    -    -    -    -    -    -    -    -    -    +    -    -    -    -    -
Query.subject                                  -    +    -    +    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.subjects                                 -    -    -    +    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.consentState                             -    +    -    +    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.audit                                    -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Query.organisationAudit                        -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Query.audit [of a customer]                    -    -    -    -    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.organisationAudit [of a customer]        -    -    -    -    -    -    -    +    -    +    -    -    -    -    -    -    -    -
Query.processingRecord                         -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Query.facts                                    -    -    -    +    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Query.facts [of a customer]                    -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -    -
Query.facts [a person, to their customer]      -    -    -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -
Query.evidence [copy of a person]              -    +    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Query.inclusionProof                           +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Query.consistencyProof                         +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +

Subscription.policyNotices                     -    +    +    -    -    -    -    -    -    -    -    -    +    -    -    -    -    -
Subscription.policyChanges                     +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
Subscription.factsRecorded                     -    -    -    +    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Subscription.factsRecorded [of a customer]     -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -    -

Mutation.organisationRegister                  -    -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -
Mutation.organisationRegister [a customer]     -    -    -    +    -    -    -    -    +    -    -    -    -    -    -    -    -    -
Mutation.organisationAmend                     -    -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -

Mutation.policyCreate                          -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyTitleSet                        -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyDraftEdit                       -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyDraftLocaleRemove               -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyDraftStatementSet               -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyDraftDiscard                    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyDraftApprove                    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyVersionPublish                  -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyVersionImport                   -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyVersionImportRevoke             -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyVersionLocaleAdd                -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyVersionWithdraw                 -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyRetire                          -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyTemplateCreate                  -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyTemplateEdit                    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.policyTemplateOfferApply              -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -

Mutation.subjectRegister                       -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectsRegister                      -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectClassify                       -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectLink                           -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectTokenIssue                     -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectTokensRevoke                   -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.noticeRecord                          -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.noticeDefer                           -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.termsAccept                           -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.termsRefuse                           -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.consentGive                           -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.consentRefuse                         -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.consentDefer                          -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.consentWithdraw                       -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.processingObject                      -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.processingObjectionLift               -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.processingRestrict                    -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.processingRestrictionLift             -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.factCorrect                           -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.decisionsImport                       -    -    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -

Mutation.subjectErasureRequest                 -    +    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -
Mutation.subjectErasureDecline                 -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.subjectErase                          -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.legalHoldPlace                        -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.legalHoldLift                         -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.evidencePrepare                       -    -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
Mutation.evidencePrepare [copy of a person]    -    +    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -

Policy.draft                                   -    -    -    -    +    +    +    +    -    -    -    -    -    -    -    -    -    -
Organisation.approvalRequired                  -    -    -    +    +    +    +    +    +    -    -    -    -    -    -    -    -    -
`;

export interface MatrixRow {
  /** As it stands in the table, with what is asked for. */
  readonly name: string;
  readonly type: string;
  readonly field: string;
  /** For each caller of {@link CALLERS}. */
  readonly cells: readonly ('+' | '-')[];
}

const [header = '', ...lines] = TABLE.split('\n').filter((line) => line.trim() !== '');
/** The columns, from the left. */
export const CALLERS: readonly string[] = header.trim().split(/\s+/);

export const ROWS: readonly MatrixRow[] = lines.map((line) => {
  const [, name = '', type = '', field = '', cells = ''] =
    /^((\w+)\.(\w+)(?: \[[^\]]+\])?) +([+\- ]+)$/.exec(line) ?? [];
  return {
    name,
    type,
    field,
    cells: cells
      .trim()
      .split(/\s+/)
      .map((cell) => (cell === '+' ? '+' : '-')),
  };
});
