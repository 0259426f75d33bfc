import { CHANGE_REASONS, type ChangeReason } from './policy.events';
import {
  consentPurposes,
  type LocalisedText,
  type Party,
  type ProcessingStatement,
  type Purpose,
} from './processing-statement';

/** One field that differs between two statements, and the reason that names the difference (rule V10). */
export interface StatementDifference {
  /** Names from the outside in, e.g. "purposes.newsletter.recipients". */
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly reason: ChangeReason;
  /** The purpose concerned; absent: every purpose. */
  readonly purpose?: string;
  /** Something stands in `to` that did not stand in `from`. */
  readonly adds: boolean;
}

/**
 * What differs between two processing statements, field by field (rules P3, V10). Lists are compared as sets; white
 * space and the Unicode form of a text are no difference (rule X1).
 */
export function compareStatements(from: ProcessingStatement, to: ProcessingStatement): readonly StatementDifference[] {
  return [
    ...whole('controller', party(from.controller), party(to.controller), 'CONTROLLER_IDENTITY'),
    ...whole(
      'controllerIsCustomer',
      String(from.controllerIsCustomer),
      String(to.controllerIsCustomer),
      'CONTROLLER_IDENTITY',
    ),
    ...whole('contact', from.contact, to.contact, 'EXERCISE_OF_RIGHTS'),
    ...whole('dataProtectionOfficer', from.dataProtectionOfficer, to.dataProtectionOfficer, 'EXERCISE_OF_RIGHTS'),
    ...list('rights', from.rights, to.rights, 'EXERCISE_OF_RIGHTS'),
    ...whole('complaintAuthority', from.complaintAuthority, to.complaintAuthority, 'EXERCISE_OF_RIGHTS'),
    ...list('processors', from.processors.map(party), to.processors.map(party), 'RECIPIENTS'),
    ...whole('securityMeasures', from.securityMeasures, to.securityMeasures, 'WORDING'),
    ...comparePurposes(from.purposes, to.purposes),
  ];
}

function comparePurposes(from: readonly Purpose[], to: readonly Purpose[]): StatementDifference[] {
  const before = new Map(from.map((purpose) => [purpose.key, purpose]));
  const after = new Map(to.map((purpose) => [purpose.key, purpose]));
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const path = `purposes.${key}`;
    const differences = comparePurpose(path, before.get(key), after.get(key));
    return differences.map((difference) => ({ ...difference, purpose: key }));
  });
}

function comparePurpose(path: string, from: Purpose | undefined, to: Purpose | undefined): StatementDifference[] {
  if (!from || !to) return whole(path, from && titles(from.titles), to && titles(to.titles), 'PURPOSE');
  return [
    ...whole(`${path}.optional`, String(from.optional), String(to.optional), 'PURPOSE'),
    ...list(`${path}.bases`, bases(from), bases(to), 'LEGAL_BASIS'),
    ...whole(`${path}.voluntary`, from.voluntary, to.voluntary, 'LEGAL_BASIS'),
    ...list(`${path}.recipients`, from.recipients, to.recipients, 'RECIPIENTS'),
    ...list(`${path}.processors`, from.processors, to.processors, 'RECIPIENTS'),
    ...list(`${path}.transfers`, from.transfers, to.transfers, 'THIRD_COUNTRY_TRANSFER'),
    ...list(`${path}.dataCategories`, from.dataCategories, to.dataCategories, 'DATA_CATEGORIES'),
    ...list(`${path}.sources`, from.sources, to.sources, 'DATA_CATEGORIES'),
    ...whole(`${path}.retention`, from.retention, to.retention, 'RETENTION'),
    ...whole(`${path}.consentValidFor`, from.consentValidFor, to.consentValidFor, 'RETENTION'),
    ...whole(`${path}.automatedDecisions`, from.automatedDecisions, to.automatedDecisions, 'AUTOMATED_DECISIONS'),
    ...list(`${path}.titles`, from.titles.map(title), to.titles.map(title), 'WORDING'),
  ];
}

function whole(
  path: string,
  from: string | undefined,
  to: string | undefined,
  reason: ChangeReason,
): StatementDifference[] {
  const [before, after] = [from && normal(from), to && normal(to)];
  // An empty text states as little as an absent one.
  if ((before || undefined) === (after || undefined)) return [];
  return [{ path, from, to, reason, adds: Boolean(after) }];
}

function list(
  path: string,
  from: readonly string[],
  to: readonly string[],
  reason: ChangeReason,
): StatementDifference[] {
  const before = new Set(from.map(normal));
  const after = new Set(to.map(normal));
  const added = [...after].some((item) => !before.has(item));
  const removed = [...before].some((item) => !after.has(item));
  if (!added && !removed) return [];
  return [{ path, from: from.join('; '), to: to.join('; '), reason, adds: added }];
}

const RENEWED_BY_ANY_DIFFERENCE: readonly ChangeReason[] = ['PURPOSE', 'LEGAL_BASIS', 'CONTROLLER_IDENTITY'];
const RENEWED_BY_ADDITION: readonly ChangeReason[] = [
  'RECIPIENTS',
  'THIRD_COUNTRY_TRANSFER',
  'AUTOMATED_DECISIONS',
  'DATA_CATEGORIES',
];

/**
 * Purposes on consent for which the differences imply that everybody is asked again (rule V10, EDPB Guidelines
 * 05/2020 §110-111): the purposes concerned, or all where a difference concerns none in particular. Taking away is a
 * change with its reason but renews nothing. A purpose that is new has nobody to ask again.
 */
export function impliedRenewals(
  differences: readonly StatementDifference[],
  to: ProcessingStatement,
): readonly string[] {
  const renewing = differences.filter(renews);
  return consentPurposes(to).filter((key) =>
    renewing.some(({ purpose, path }) => purpose === undefined || (purpose === key && path !== `purposes.${key}`)),
  );
}

/** True for a difference that changes the processing considerably enough to ask again. */
export function renews({ reason, adds }: StatementDifference): boolean {
  return RENEWED_BY_ANY_DIFFERENCE.includes(reason) || (adds && RENEWED_BY_ADDITION.includes(reason));
}

/** The reasons that the differences state, each once, in the order of the list of reasons. */
export function impliedReasons(differences: readonly StatementDifference[]): readonly ChangeReason[] {
  return CHANGE_REASONS.filter((reason) => differences.some((difference) => difference.reason === reason));
}

function party({ name, number, role, address }: Party): string {
  return [name, number, role, address].map((part) => part ?? '').join(', ');
}

function bases(purpose: Purpose): readonly string[] {
  return purpose.bases.map(({ subjectCategory, legalBasis, legitimateInterest }) =>
    [subjectCategory, legalBasis, ...(legitimateInterest ? [legitimateInterest] : [])].join(': '),
  );
}

function title({ locale, text }: LocalisedText): string {
  return `${locale}: ${text}`;
}

function titles(list: readonly LocalisedText[]): string {
  return list.map(title).join('; ');
}

function normal(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}
