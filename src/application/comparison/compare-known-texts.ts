import type { Application } from '../application';
import type { SectionComparison } from './compare-texts';

/** A text, whose it is, and the hash of its bytes. */
export interface KnownText {
  readonly organisationId: string;
  readonly sha256: string;
  /** By which the bytes were decoded; absent: utf-8. */
  readonly charset?: string | undefined;
  readonly text: string;
}

/**
 * Compares two texts, once however often and by however many it is asked for at the time. What one organisation had
 * compared is never found for another, so that nobody learns by the time it takes what others have (rule X2).
 *
 * @throws ComparerBusy
 */
export function compareKnownTexts(
  { comparer, comparisons }: Pick<Application, 'comparer' | 'comparisons'>,
  from: KnownText | undefined,
  to: KnownText | undefined,
): Promise<readonly SectionComparison[]> {
  const key = `${nameOf(from)} ${nameOf(to)}`;
  const known = comparisons.get(key);
  if (known) return known;
  const [before, after] = [from?.text ?? '', to?.text ?? ''];
  const compared = comparer.compare(before, after);
  comparisons.set(key, compared, before.length + after.length + 1);
  compared.catch(() => comparisons.delete(key));
  return compared;
}

function nameOf(known: KnownText | undefined): string {
  return known ? `${known.organisationId}/${known.sha256}/${known.charset ?? ''}` : '-';
}
