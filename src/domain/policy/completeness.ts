import type { PolicyKind } from './policy.events';
import type { DataSubjectRight, ProcessingStatement, Purpose } from './processing-statement';

/**
 * What a publication still lacks (rules P5, V11; GDPR Art. 13(1)-(2), 14(1)-(2)), each item by its path, e.g.
 * "purposes.newsletter.retention" or "rights.PORTABILITY". Terms need a contact only; their title and text are
 * checked elsewhere.
 *
 * @param locales those of the text: every purpose needs a title in each
 */
export function missingFromStatement(
  kind: PolicyKind,
  statement: ProcessingStatement | undefined,
  locales: readonly string[],
): readonly string[] {
  if (!statement) return ['statement'];
  const contact = stated(statement.contact) ? [] : ['contact'];
  if (kind === 'TERMS') return contact;
  const { controller, purposes } = statement;
  return [
    ...(stated(controller.name) ? [] : ['controller.name']),
    ...(stated(controller.address) ? [] : ['controller.address']),
    ...contact,
    ...(stated(statement.complaintAuthority) ? [] : ['complaintAuthority']),
    ...(purposes.length > 0 ? [] : ['purposes']),
    ...purposes.flatMap((purpose) => missingFromPurpose(purpose, locales)),
    ...rightsDue(purposes)
      .filter((right) => !statement.rights.includes(right))
      .map((right) => `rights.${right}`),
  ];
}

function missingFromPurpose(purpose: Purpose, locales: readonly string[]): readonly string[] {
  const path = `purposes.${purpose.key}`;
  const titled = (locale: string) => purpose.titles.some((title) => title.locale === locale && stated(title.text));
  return [
    ...locales.filter((locale) => !titled(locale)).map((locale) => `${path}.titles.${locale}`),
    ...(purpose.bases.length > 0 ? [] : [`${path}.bases`]),
    ...purpose.bases
      .filter((basis) => basis.legalBasis === 'LEGITIMATE_INTERESTS' && !stated(basis.legitimateInterest))
      .map((basis) => `${path}.bases.${basis.subjectCategory}.legitimateInterest`),
    ...(purpose.dataCategories.some(stated) ? [] : [`${path}.dataCategories`]),
    ...(stated(purpose.retention) ? [] : [`${path}.retention`]),
  ];
}

/** The rights that the purposes' legal bases give (GDPR Art. 13(2)(b)-(c), 15-22). */
function rightsDue(purposes: readonly Purpose[]): readonly DataSubjectRight[] {
  const bases = new Set(purposes.flatMap((purpose) => purpose.bases.map((basis) => basis.legalBasis)));
  const due: DataSubjectRight[] = ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION'];
  if (bases.has('CONSENT') || bases.has('CONTRACT')) due.push('PORTABILITY');
  if (bases.has('LEGITIMATE_INTERESTS') || bases.has('PUBLIC_TASK')) due.push('OBJECTION');
  if (bases.has('CONSENT')) due.push('WITHDRAW_CONSENT');
  if (purposes.some((purpose) => stated(purpose.automatedDecisions))) due.push('NO_AUTOMATED_DECISION');
  return due;
}

function stated(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}
