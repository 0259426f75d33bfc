import { Refusal } from '../refusal';

/** Every refusal of the organisation decider, each with its code and its rule. */

export const organisationAlreadyExists = () =>
  new Refusal(
    'ORGANISATION_ALREADY_EXISTS',
    'There already is an organisation with this slug.',
    'words: organisation',
    {
      path: ['slug'],
    },
  );

/** It stands at the head of public pages and of every export. */
export const organisationNameInvalid = (limit: number) =>
  new Refusal('ORGANISATION_NAME_INVALID', `A name has 1 to ${limit} characters on one line.`, 'words: organisation', {
    path: ['name'],
  });

export const foreignIdInvalid = (limit: number) =>
  new Refusal('FOREIGN_ID_INVALID', `A foreign id has 1 to ${limit} characters on one line.`, 'words: organisation', {
    path: ['foreignId'],
  });

/** The last of the nine digits is a modulus-11 check digit. */
export const organisationNumberInvalid = () =>
  new Refusal('ORGANISATION_NUMBER_INVALID', 'This is not a Norwegian organisation number.', 'words: organisation', {
    path: ['number'],
  });

export const twoIdentifiers = () =>
  new Refusal('TWO_IDENTIFIERS', 'Give a Norwegian number or a foreign id, not both.', 'words: organisation', {
    path: ['foreignId'],
  });

/** An organisation is the same legal person for ever; another number is another organisation. */
export const alreadyIdentified = () =>
  new Refusal('ALREADY_IDENTIFIED', 'The organisation already has an identifier.', 'words: organisation', {
    path: ['number'],
  });

export const leadDaysOutOfRange = (limit: number) =>
  new Refusal('NOTICE_LEAD_OUT_OF_RANGE', `Notice in advance is 1 to ${limit} days.`, 'V10', {
    path: ['noticeLeadDays'],
  });

export const retentionOutOfRange = (limit: number) =>
  new Refusal('RETENTION_OUT_OF_RANGE', `Records are kept for 1 to ${limit} days.`, 'R4', { path: ['retention'] });

export const nothingToAmend = () =>
  new Refusal('NOTHING_TO_AMEND', 'Nothing given differs from what is registered.', 'words: organisation');
