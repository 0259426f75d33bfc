import { existing, numberOf, type RowChange, textOf, update, type View } from '../projection';
import { factOfText, type StoredFact, textOfFact } from './person-facts';

export interface FactOnPolicy {
  /** 0: it is about the person's profile. */
  readonly policy: number;
  /** Ordinal of the event that told it. */
  readonly n: number;
  readonly stored: StoredFact;
}

/** Later than every instant: what is told of this person is never the last word, whenever it counts from. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** By policy, those of each the latest told first. */
export function factsOfPerson(person: number, view: View): readonly FactOnPolicy[] {
  const facts: FactOnPolicy[] = [];
  for (const standing of view.rows('standings', { person })) {
    const policy = numberOf(standing, 'policy');
    for (let n = numberOf(standing, 'told'); n !== 0; ) {
      const row = existing(view.get('facts', [n]), 'fact');
      facts.push({ policy, n, stored: factOfText(textOf(row, 'fact')) });
      n = numberOf(row, 'before');
    }
  }
  return facts;
}

/** Writes a corrected fact in the place of what stood there. */
export function correctedFact({ n, stored }: FactOnPolicy): RowChange {
  return update('facts', { n }, { fact: textOfFact(stored) });
}
