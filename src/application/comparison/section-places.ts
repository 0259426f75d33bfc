import { type AlignedPair, longestRising } from './align-tokens';
import type { TextSection } from './text-sections';

/** A section in the order shown: of both texts, or of one. */
export interface SectionPlace {
  readonly before?: TextSection;
  readonly after?: TextSection;
}

/** The new text's order; a removed section stands after the last section before it that did not move. */
export function placesOf(
  before: readonly TextSection[],
  after: readonly TextSection[],
  pairs: readonly AlignedPair[],
): SectionPlace[] {
  const newOfOld = new Map(pairs);
  const unmoved = new Set(longestRising(pairs).map(([old]) => old));
  const oldOfNew = new Map(pairs.map(([old, now]) => [now, old]));
  const removedAfter = new Map<number, SectionPlace[]>();
  let anchor = -1;
  before.forEach((section, old) => {
    if (unmoved.has(old)) anchor = newOfOld.get(old) ?? anchor;
    if (newOfOld.has(old)) return;
    const places = removedAfter.get(anchor) ?? [];
    places.push({ before: section });
    removedAfter.set(anchor, places);
  });
  const places = [...(removedAfter.get(-1) ?? [])];
  after.forEach((section, now) => {
    const old = before[oldOfNew.get(now) ?? -1];
    places.push(old === undefined ? { after: section } : { before: old, after: section });
    places.push(...(removedAfter.get(now) ?? []));
  });
  return places;
}
