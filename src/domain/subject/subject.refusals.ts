import { MAX_CATEGORIES, MAX_CATEGORY_LENGTH, MAX_EXTERNAL_ID_LENGTH, MAX_PURPOSES } from '../limits';
import { Refusal } from '../refusal';

/** Every refusal of the subject decider, each with its code, its rule and the source of the rule. */

/** E1: once an erasure was begun, only its outcome may follow (GDPR Art. 17). */
export const subjectErased = () =>
  new Refusal('SUBJECT_ERASED', 'This person is erased, or the erasure has begun.', 'E1', { path: ['subject'] });

/** D7: what an anonymous person does after the link is done by the account. */
export const subjectLinked = () =>
  new Refusal('SUBJECT_LINKED', 'This anonymous person is linked to an account; name the account.', 'D7', {
    path: ['subject'],
  });

export const externalIdInvalid = () =>
  new Refusal(
    'EXTERNAL_ID_INVALID',
    `An external id has 1 to ${MAX_EXTERNAL_ID_LENGTH} whole characters without NUL.`,
    'words: subject',
    { path: ['externalId'] },
  );

/** D5: categories stand in clear in events, so they may hold nothing that tells a person apart. */
export const categoryInvalid = (index: number) =>
  new Refusal(
    'CATEGORY_INVALID',
    `A category has 1 to ${MAX_CATEGORY_LENGTH} letters, digits, spaces and - _ / . &, never six digits in a row.`,
    'D5',
    { path: ['categories', String(index)] },
  );

export const tooManyCategories = () =>
  new Refusal('TOO_MANY_CATEGORIES', `A person is in at most ${MAX_CATEGORIES} categories.`, 'D5', {
    path: ['categories'],
  });

/** O1: a customer is an organisation for which the person's organisation is the processor. */
export const customerUnknown = () =>
  new Refusal('CUSTOMER_UNKNOWN', 'The organisation has no such customer.', 'O1', { path: ['customer'] });

export const registeredInFuture = () =>
  new Refusal('REGISTERED_IN_FUTURE', 'A person cannot have registered in the future.', 'O1', {
    path: ['registeredAt'],
  });

export const nothingToClassify = () =>
  new Refusal('NOTHING_TO_CLASSIFY', 'Give categories, customer or exempt.', 'D5', { path: ['categories'] });

export const notAnonymous = () =>
  new Refusal('NOT_ANONYMOUS', 'Only an anonymous person can be linked to an account.', 'D7', { path: ['anonymous'] });

export const accountAnonymous = () =>
  new Refusal('ACCOUNT_ANONYMOUS', 'An account is a person with an external id.', 'D7', { path: ['account'] });

/** D7: the link binds once. */
export const alreadyLinked = () =>
  new Refusal('ALREADY_LINKED', 'This anonymous person is linked to another account.', 'D7', { path: ['account'] });

export const accountErased = () =>
  new Refusal('ACCOUNT_ERASED', 'The account is erased, or the erasure has begun.', 'E1', { path: ['account'] });

export const occurredInFuture = () =>
  new Refusal('OCCURRED_IN_FUTURE', 'A fact cannot occur in the future.', 'S5', { path: ['occurredAt'] });

/** S5: only an organisation's own system may tell of what happened long ago. */
export const occurredTooLongAgo = () =>
  new Refusal('OCCURRED_TOO_LONG_AGO', 'With a token of your own, tell of it within five minutes.', 'S5', {
    path: ['occurredAt'],
  });

/** C1: GDPR Art. 4(11) and 7, EDPB Guidelines 05/2020 §§75-86. */
export const methodNotAClearAct = () =>
  new Refusal('METHOD_NOT_A_CLEAR_ACT', 'This is no clear act, and so no decision.', 'C1', { path: ['method'] });

/** C2: GDPR Art. 7(1); the person has to have seen what then was offered. */
export const versionNotOffered = (offeredVersionId: string | undefined) =>
  new Refusal('VERSION_NOT_OFFERED', 'This version was not offered to this person at that instant.', 'C2', {
    path: ['version'],
    details: { kind: 'version-not-offered', ...(offeredVersionId && { offeredVersionId }) },
  });

export const localeNotInVersion = () =>
  new Refusal('LOCALE_NOT_IN_VERSION', 'The version has no text in this locale.', 'C2', { path: ['locale'] });

export const contentNotOfVersion = () =>
  new Refusal('CONTENT_NOT_OF_VERSION', "This is not the hash of the version's text in this locale.", 'C2', {
    path: ['contentSha256'],
  });

/** Terms are accepted or refused as a whole, and change no consent; a notice asks for nothing. */
export const purposesOutOfPlace = () =>
  new Refusal('PURPOSES_OUT_OF_PLACE', 'Notices and terms have no purposes.', 'C3', { path: ['purposes'] });

export const purposesEmpty = () =>
  new Refusal('PURPOSES_EMPTY', 'Name the purposes decided on.', 'C3', { path: ['purposes'] });

export const tooManyPurposes = () =>
  new Refusal('TOO_MANY_PURPOSES', `Name at most ${MAX_PURPOSES} purposes.`, 'C3', { path: ['purposes'] });

export const purposeTwice = (index: number) =>
  new Refusal('PURPOSE_TWICE', 'A purpose is named twice.', 'C3', { path: ['purposes', String(index)] });

export const purposeUnknown = (index: number) =>
  new Refusal('PURPOSE_UNKNOWN', 'The policy has no such purpose.', 'C3', { path: ['purposes', String(index)] });

/** D5, GDPR Art. 6: nobody is asked for a consent that is not what the processing rests on. */
export const purposeNotOnConsent = (index: number) =>
  new Refusal('PURPOSE_NOT_ON_CONSENT', 'For this person the purpose does not rest on consent.', 'D5', {
    path: ['purposes', String(index)],
  });

/** C3: terms are agreed to as a contract; nothing else is. */
export const policyIsNotTerms = () =>
  new Refusal('POLICY_IS_NOT_TERMS', 'Only terms are accepted or refused.', 'V11', { path: ['version'] });

/** D6: GDPR Art. 16. */
export const correctsNoFact = () =>
  new Refusal('CORRECTS_NO_FACT', 'There is no fact here that can be corrected.', 'D6', { path: ['corrects'] });

export const correctionEmpty = () =>
  new Refusal('CORRECTION_EMPTY', 'Say what is corrected, or that the fact is void.', 'D6');

export const correctionContradictory = () =>
  new Refusal('CORRECTION_CONTRADICTORY', 'A void fact has nothing else to correct.', 'D6', { path: ['void'] });

export const correctionNotOfFact = (field: string) =>
  new Refusal('CORRECTION_NOT_OF_FACT', `The fact has no ${field} to correct.`, 'D6', { path: [field] });

export const erasureNotRequested = () =>
  new Refusal('ERASURE_NOT_REQUESTED', 'No erasure is asked for.', 'E1', { path: ['subject'] });

export const erasureAlreadyDecided = () =>
  new Refusal('ERASURE_ALREADY_DECIDED', 'The erasure was decided and only waits for a hold to end.', 'E1', {
    path: ['subject'],
  });

/** E1, GDPR Art. 17(3)(b) and (e). */
export const legalHoldStands = () =>
  new Refusal('LEGAL_HOLD_STANDS', 'A legal hold stands; the erasure waits.', 'E1', { path: ['subject'] });

export const holdUntilInPast = () =>
  new Refusal('HOLD_UNTIL_IN_PAST', 'A hold ends in the future.', 'E1', { path: ['until'] });

export const noLegalHold = () => new Refusal('NO_LEGAL_HOLD', 'No legal hold stands.', 'E1', { path: ['subject'] });
