import type { Asked, Decision, PersonState, PurposeState, TermsWord } from './person-state';
import { isYes, TOLD, thinned, tidyAsked } from './person-state';
import { type Lore, precedes, type VersionLore } from './version-lore';

/**
 * Lets go of what a version in force can no longer ask about. Whoever acts on a version is done with those before the
 * one that preceded it: what is in force from then on follows them and has their roots or newer ones (rule V6). Of the
 * older ones the last word alone is kept, as a yes that is due for renewal is told by it. Without this every person who
 * has been there for ten texts would be a group of their own.
 *
 * Whether what was let go of could matter after all, as a version was withdrawn or given other roots, is found out when
 * somebody asks: see {@link PersonState.settled}.
 *
 * @param hasVisitors whether anonymous persons are known to be this one: what they decided counts on roots alone that
 * the account left open (rule D7), so that of the account's the last word on each root is kept
 */
export function settledBy(state: PersonState, actedOn: number, lore: Lore, hasVisitors: boolean): PersonState {
  const settled = laterOf(state.settled, lore(actedOn)?.before ?? 0, lore);
  const floor = lore(settled);
  if (!floor) return state;
  const isOld = (version: number, root: number | undefined) => {
    const [each, from] = [lore(version), root === undefined ? undefined : lore(root)];
    return each !== undefined && from !== undefined && precedes(each, from);
  };
  const told = toldSince(state, floor, lore, isOld);
  const words = {
    own: wordsSince(state.words.own, (version) => isOld(version, floor.acceptance)),
    linked: wordsSince(state.words.linked, (version) => isOld(version, floor.acceptance)),
  };
  const purposes = Object.fromEntries(
    Object.entries(state.purposes).map(([purpose, known]) => {
      const root = floor.consent.get(Number(purpose));
      if (root === undefined) return [purpose, known];
      const rootOf = (version: number) => lore(version)?.consent.get(Number(purpose));
      return [purpose, purposeSince(known, (version) => isOld(version, root), rootOf, hasVisitors)];
    }),
  );
  const asked = tidyAsked(state.asked.flatMap((each) => askedSince(each, told.standsFor, floor, isOld)));
  return { told: told.told, words, purposes, asked, settled };
}

type IsOld = (version: number, root: number | undefined) => boolean;

function laterOf(a: number, b: number, lore: Lore): number {
  const [left, right] = [lore(a), lore(b)];
  if (!left || !right) return left ? a : b;
  return precedes(left, right) ? b : a;
}

/** A text shown under the same consent roots has asked for consent, whatever else it said; one of them stands for all. */
function toldSince({ told }: PersonState, floor: VersionLore, lore: Lore, isOld: IsOld) {
  const kept: Record<string, number> = {};
  const standsFor = new Map<number, number>();
  for (const [key, step] of Object.entries(told)) {
    const version = Number(key);
    if (!isOld(version, floor.notice)) {
      kept[key] = Math.max(kept[key] ?? 0, step);
      standsFor.set(version, version);
      continue;
    }
    const shown = lore(version);
    if (step < TOLD.SHOWN || !shown || !asksForTheSame(shown, floor)) continue;
    kept[shown.twin] = Math.max(kept[shown.twin] ?? 0, TOLD.SHOWN);
    standsFor.set(version, shown.twin);
  }
  return { told: kept, standsFor };
}

function asksForTheSame({ consent }: VersionLore, floor: VersionLore): boolean {
  return [...consent].some(([purpose, root]) => floor.consent.get(purpose) === root);
}

/** Words on older terms say no more than the last of them. */
function wordsSince(words: readonly TermsWord[], isOld: (version: number) => boolean): readonly TermsWord[] {
  const last = words.findIndex(([version]) => isOld(version));
  return words.filter(([version], place) => place === last || !isOld(version));
}

function purposeSince(
  { layers, decisions }: PurposeState,
  isOld: (version: number) => boolean,
  rootOf: (version: number) => number | undefined,
  hasVisitors: boolean,
): PurposeState {
  const isOldOne = (decision: Decision) => isYesOrNo(decision) && isOld(decision.version);
  const nameOf = (decision: Decision) => {
    if (!isOldOne(decision)) return undefined;
    return hasVisitors && !decision.linked ? `old ${rootOf(decision.version)}` : 'old';
  };
  const own = decisions.filter((each) => !each.linked && isYesOrNo(each));
  const decided = new Set(own.flatMap(({ version }) => rootOf(version) ?? []));
  const isHidden = (each: Decision) => each.linked && isOldOne(each) && decided.has(rootOf(each.version) ?? 0);
  const rewritten = decisions.flatMap((each): readonly Decision[] => {
    if (isHidden(each)) return [];
    return [each.kind === 'X' && isOldOne(each) ? { ...each, kind: 'G' } : each];
  });
  return { layers, decisions: thinned(thinned(rewritten, false, nameOf), true, nameOf) };
}

function isYesOrNo(decision: Decision): boolean {
  return isYes(decision) || decision.kind === 'R';
}

function askedSince(
  each: Asked,
  standsFor: ReadonlyMap<number, number>,
  floor: VersionLore,
  isOld: IsOld,
): readonly Asked[] {
  if (each[0] === 'D') return isOld(each[1], floor.consent.get(each[2])) ? [] : [each];
  const version = standsFor.get(each[1]);
  return version === undefined ? [] : [['S', version]];
}
