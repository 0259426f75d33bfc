import { MAX_PAGE_SIZE } from '../page-size';

/** What a type is, where its class does not say. */
export const TYPES: Readonly<Record<string, string>> = {
  Query: `Everything that reads.

- State queries answer null and an error, look-ups null alone: what a caller may not see is not there.
- asOf: absent, the stamp of the nearest field above that has one; at the top, now. Everything asked at once has one now.
- first, last: 1 to ${MAX_PAGE_SIZE}. after, before: cursors; a list goes on at the stamp of its first page.
- locale: looked up as RFC 4647 does (nb-NO, nb), then the organisation's default, then whatever is there; never an error.`,
  Mutation: `Everything that writes. Each has one input, checked whole before anything is written.

- userErrors is what the caller can mend; with any, nothing was written. position is where the answer holds.
- idempotencyKey: sent again with the same input by the same caller, the first answer is given and nothing is written; with
  another input, IDEMPOTENCY_CONFLICT. It is kept only as a keyed hash.
- expectedVersion: the revision that the writer saw; when it is another by now, STALE_VERSION says which.`,
  AcceptanceCount: 'How many people accepted a version of terms last.',
  Approval: 'Somebody approved a draft as it was then.',
  ConsentCount: 'How many people stand so with a purpose.',
  ConsentWithdrawInput: 'Needs less than giving did, and always works while the person is not erased.',
  DecisionInput: 'A decision on the very text that was shown.',
  EvidencePrepareInput: 'A file to be made: of what, as of when, in which form.',
  ImportedFact: 'What an imported row says happened.',
  LegalHoldInput: 'A hold keeps an erasure waiting (Art. 17(3)).',
  LocalisedText: 'A text in one locale. Each locale may be given once.',
  NoticeCount: 'How many people a notice has come so far with.',
  NoticeDeferInput: 'The person closed the notice, to come back to it.',
  NoticeRecordInput: 'How far a notice has come with a person.',
  OrganisationAmendInput: 'Only what is given and differs is recorded, each as its own fact.',
  OrganisationRegisterInput: 'A company: controller or processor by policy, or a customer of a processor.',
  PartyInput: 'A company or person named in a statement.',
  PolicyCreateInput: 'A document of one organisation; it has a draft and no version yet.',
  PolicyDraftApproveInput: 'Approves exactly the draft with this hash; an edit afterwards voids it.',
  PolicyDraftComparison: 'How a draft differs from a version.',
  PolicyDraftDiscardInput: 'Takes the draft back to what is published.',
  PolicyDraftEditInput: 'The whole text of one locale.',
  PolicyDraftLocaleRemoveInput: 'Takes the text of one locale out of the draft.',
  PolicyDraftStatementSetInput: 'The whole statement; it takes the place of the one before.',
  PolicyKind: 'What a policy is; what is asked of people follows from it.',
  PolicyRetireInput: 'Ends the policy until something is published again; its texts stay public.',
  PolicyTemplateCreateInput: 'A text with variables, shared by policies of several organisations.',
  PolicyTemplateEditInput: 'The whole text of one locale; it is then offered to each policy made from the template.',
  PolicyTemplateOfferApplyInput: 'Takes a change of the template over into the draft.',
  PolicyTitleSetInput: 'What the policy is called in one locale.',
  PolicyVersionImportRevokeInput: 'Takes a wrongly dated import out at every instant, for whoever asks from now on.',
  PolicyVersionLocaleAddInput: 'Another language of the same version; nobody is told or asked anew.',
  PolicyVersionPublishInput: 'Publishes the draft as it stands.',
  PolicyVersionStatus: 'How a version stands for people who are new at the stamp.',
  PolicyVersionWithdrawInput: 'Takes a version out of force for good; the best of those that remain holds again.',
  ProcessingRightInput: 'Objecting (Art. 21) and restricting (Art. 18), and taking them back.',
  ProcessingStatementInput: 'What Art. 13 and 14 ask a text to say, in a form that can be compared.',
  PurposeBasisInput: 'The legal basis of a purpose for one category of data subjects.',
  PurposeInput: 'One thing that data is processed for.',
  Refusal: 'Every code that has no type of its own.',
  RetentionInput: 'How long the records of the system itself are kept (rule R4). What proves something is exempt.',
  RowsRefused: 'Some rows are wrong; none was written.',
  StatementIncomplete: 'The statement lacks what Art. 13 and 14 ask for (rule P5).',
  SubjectEraseInput: "Decides on an erasure (Art. 17): the person's key is destroyed.",
  SubjectErasureDeclineInput: 'Says no to a request, with the reason that Art. 12(4) asks for.',
  SubjectErasureRequestInput: 'Asks for an erasure; asking is not erasing.',
  SubjectRow: 'A person to register. Again with other categories or customer it is a classification from now on.',
  SubjectTokensRevokeInput: 'Ends every token that was issued to the person before.',
  SubjectsRegisterInput: 'Many people at once; one wrong row refuses them all.',
  Subscription:
    'At least once, in order, from a cursor on. Items have a deterministic id: drop those that came already.',
  TemplateVariable: 'What stands in the place of a name in the text.',
  WordRun: 'Words in a row that were treated alike.',
};
