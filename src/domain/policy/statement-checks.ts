import { canonicalJson } from '../canonical-json';
import { MAX_PURPOSES, MAX_STATEMENT_LENGTH } from '../limits';
import { Refusal } from '../refusal';
import { isCalendarDuration } from '../time';
import type { ProcessingStatement, Purpose } from './processing-statement';

const PURPOSE_KEY = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Refuses a statement that contradicts itself; what it still lacks is asked only at publication (rule P5). */
export function assertStatement(statement: ProcessingStatement): void {
  const { purposes } = statement;
  if (purposes.length > MAX_PURPOSES) throw invalid(['purposes'], `A statement has at most ${MAX_PURPOSES} purposes.`);
  purposes.forEach(assertPurpose);
  assertDistinct(
    purposes.map(({ key }) => key),
    ['purposes'],
    'Two purposes have the same key',
  );
  if (canonicalJson(statement).length > MAX_STATEMENT_LENGTH) {
    throw invalid([], `A statement has at most ${MAX_STATEMENT_LENGTH} characters.`);
  }
}

function assertPurpose(purpose: Purpose, index: number): void {
  const path = ['purposes', String(index)];
  if (!PURPOSE_KEY.test(purpose.key)) {
    throw invalid([...path, 'key'], 'A key is a-z, 0-9 and single hyphens between them.');
  }
  if (purpose.consentValidFor !== undefined && !isCalendarDuration(purpose.consentValidFor)) {
    throw invalid([...path, 'consentValidFor'], 'This is not an ISO 8601 duration of days, weeks, months or years.');
  }
  assertDistinct(
    purpose.titles.map(({ locale }) => locale),
    [...path, 'titles'],
    'Two titles have the same locale',
  );
  const bases = purpose.bases.map(({ subjectCategory, legalBasis }) => `${legalBasis} for ${subjectCategory}`);
  assertDistinct(bases, [...path, 'bases'], 'A legal basis is given twice');
}

function assertDistinct(items: readonly string[], path: readonly string[], problem: string): void {
  const twice = items.find((item, index) => items.indexOf(item) !== index);
  if (twice !== undefined) throw invalid(path, `${problem}: ${twice}.`);
}

function invalid(path: readonly string[], message: string): Refusal {
  return new Refusal('STATEMENT_INVALID', message, 'words: processing statement', { path: ['statement', ...path] });
}
