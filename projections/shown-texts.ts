import type { ShownText } from '../src/domain/subject/subject.events';
import { type Numbering, numbersOf } from './numbers';
import type { Correction } from './person-facts';
import { existing, numberOf, type Row, type Table, textOf, type View } from './projection';

/** The texts that were in front of people, of which there are few beside the facts about them; in a table `texts`. */
export const SHOWN_TEXTS: Table = numbersOf('version', 'locale', 'sha256');

export function textNumber(
  { versionId: version, locale, contentSha256: sha256 }: Omit<ShownText, 'policyId'>,
  numbers: Numbering,
): number {
  return numbers.of('texts', { version, locale, sha256 });
}

/** The text of a fact whose locale a correction may have set; the version always stays (rule D6). */
export function correctedText(row: Row, correction: Correction, view: View, numbers: Numbering): number {
  const text = existing(view.get('texts', [numberOf(row, 'text')]), 'text');
  const { locale = textOf(text, 'locale'), contentSha256 = textOf(text, 'sha256') } = correction;
  return textNumber({ versionId: textOf(text, 'version'), locale, contentSha256 }, numbers);
}
