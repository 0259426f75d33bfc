import { NOTHING_TOLD, type PersonState, TOLD } from '../../projections/population/person-state';
import type { PolicyFacts, VersionTerms } from '../domain/policy/policy-facts';
import { concerns } from '../domain/subject/concerns';
import { consentState } from '../domain/subject/consent-state';
import { bearingOf, consentRootOf, isOnRoot, type VersionBearing } from '../domain/subject/counted-decisions';
import { type Obligation, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { isInLine } from '../domain/subject/version-line';
import { epochMsOf, type Instant } from '../domain/time';
import { keyOfDecisions, LETTERS, OF_NO_VERSION, type Spelling } from './decision-keys';
import { type DividedStates, OF_PURPOSE, ROW } from './population-divided-states';
import type { StateNames } from './population-group';
import {
  type CountedConsent,
  countedAcceptance,
  countedConsent,
  countedNotice,
  type Standing,
} from './population-standing';

/** How the people of a group stand towards a policy, by the versions in force. */
export interface Meaning {
  readonly standing: Standing;
  /** From when those are in breach who have had all the time there is; undefined: nothing they owe is blocking. */
  readonly overdueFrom: number | undefined;
  /**
   * Who registered, or whose yes expired, no longer ago than this may have more time yet (rule O2); 0: nobody has, in
   * milliseconds.
   */
  readonly graceMs: number;
}

/** Something blocking that is owed now. */
interface Owed {
  readonly deadline: number;
  readonly graceDays: number;
}

/** What a part of a state means; the other parts tell the rest. */
interface PartMeaning {
  readonly notice?: Standing['notice'];
  readonly accepted?: Standing['accepted'];
  readonly consent?: CountedConsent;
  readonly owed: readonly Owed[];
}

interface Outcome extends PartMeaning {
  /** Another for every one that is not equal, of all parts. */
  readonly number: number;
}

const DAY_MS = 86_400_000;
/** A day's end, and a day more for zones and changes of the clock. */
const DEADLINE_SLACK_MS = 2 * DAY_MS;

/** Someone of a segment who stands in a state. */
type PersonIn = (state: PersonState) => PersonFacts;

/**
 * What is counted of the people of a segment who stand in a state, at one instant: put together from its parts, each of
 * which is worked out once, since many states share them.
 *
 * @param noted called once with each meaning
 * @returns of a state by its number what was noted of its meaning. Undefined where the policy does not concern the
 * segment
 */
export function meaningsOfSegment<Note>(
  policy: PolicyFacts,
  at: Instant,
  names: StateNames,
  states: DividedStates,
  personIn: PersonIn,
  noted: (meaning: Meaning) => Note,
): ((state: number) => Note) | undefined {
  const nobody = personIn(NOTHING_TOLD);
  const { registeredAt } = nobody;
  const inForce = policy.inForce(at, registeredAt);
  if (inForce.code !== 'VERSION_IN_FORCE' || !concerns(nobody, policy, at)) return undefined;
  const { version } = inForce;
  const asking = { policy, version, at, registeredAt };
  const outcome = outcomes();
  const noticeOf = noticePart(policy, version, at, personIn);
  const termsOf = termsPart(policy, version, at, personIn);
  const notices: Outcome[] = [];
  const terms: Outcome[] = [];
  const purposePart = (purpose: string) => purposeOutcomes(purpose, asking, names, states, personIn, outcome);
  const stated = (version.statement?.purposes ?? []).map(({ key }) => ({ key, outcomeOf: purposePart(key) }));
  const others = new Map<number, PurposeOutcome>();
  const places: number[] = [];
  const beginning = wayOn<Note>();

  /** The place of a purpose among those of the text; {@link NONE}: it has none. */
  function placeOf(number: number): number {
    const name = names.purpose(number);
    const place = stated.findIndex(({ key }) => key === name);
    if (place === NONE) others.set(number, purposePart(name));
    return place;
  }

  const begins: number[] = stated.map(() => NONE);
  const met: Outcome[] = [];
  /** What the parts of a state mean, in the same order for all: so many of them, in {@link met}. */
  function meet(state: number): number {
    const begin = states.rowOf(state);
    const { rows } = states;
    const [told = 0, words = 0] = [rows[begin + ROW.told], rows[begin + ROW.words]];
    notices[told] ??= outcome(noticeOf(states.whole(state)));
    terms[words] ??= outcome(termsOf(states.whole(state)));
    met[0] = notices[told];
    met[1] = terms[words];
    let count = 2;
    begins.fill(NONE);
    const first = begin + ROW.firstPurpose;
    const end = first + (rows[begin + ROW.purposes] ?? 0) * OF_PURPOSE.width;
    for (let each = first; each < end; each += OF_PURPOSE.width) {
      const purpose = rows[each] ?? 0;
      places[purpose] ??= placeOf(purpose);
      const place = places[purpose];
      if (place !== NONE) begins[place] = each;
    }
    for (let place = 0; place < stated.length; place += 1) {
      const meant = stated[place]?.outcomeOf(state, begin, begins[place] ?? NONE);
      if (meant) met[count++] = meant;
    }
    for (let each = first; others.size > 0 && each < end; each += OF_PURPOSE.width) {
      const meant = others.get(rows[each] ?? 0)?.(state, begin, each);
      if (meant) met[count++] = meant;
    }
    return count;
  }

  return (state) => {
    const count = meet(state);
    let way = beginning;
    for (let place = 0; place < count; place += 1) way = onward(way, met[place]?.number ?? 0);
    way.end ??= noted(meaningOf(met.slice(0, count)));
    return way.end;
  };
}

/**
 * @param begin where the row of the state begins
 * @param place where in it the purpose does; {@link NONE}: no fact names it
 */
type PurposeOutcome = (state: number, begin: number, place: number) => Outcome;

/** By whom the rules of consent are asked: of people who registered at an instant, with a version in force for them. */
interface Asking {
  readonly policy: PolicyFacts;
  readonly version: VersionTerms;
  readonly at: Instant;
  readonly registeredAt: Instant;
}

/** What the parts of states about one purpose mean. */
function purposeOutcomes(
  purpose: string,
  asking: Asking,
  names: StateNames,
  states: DividedStates,
  personIn: PersonIn,
  outcome: (meaning: PartMeaning) => Outcome,
): PurposeOutcome {
  const { policy, version, at } = asking;
  const root = policy.rootsAt(version.id, at)?.consent[purpose];
  const isBlocking = blocks(policy, root);
  const spelled: Spelling[] = [];
  const spelling = (number: number): Spelling => {
    spelled[number] ??= number === 0 ? OF_NO_VERSION : spellingOf(number);
    return spelled[number];
  };
  const alike = alikeToRules(states, spelling, root);

  function spellingOf(number: number): Spelling {
    const id = names.version(number);
    const bearing = bearingOf(id, purpose, asking);
    const decidedRoot = consentRootOf(id, purpose, asking);
    return { letter: letterOf(number, bearing), root: decidedRoot, decides: isOnRoot(bearing) };
  }

  function letterOf(number: number, bearing: VersionBearing): string {
    if (root === undefined) return `#${number}`;
    const decidedOn = policy.version(names.version(number));
    // One that is still to come and says the same: an objection looks past it, a consent does not.
    if (bearing === 'COUNTS' && decidedOn && !isInLine(decidedOn, asking)) return `#${number}`;
    return LETTERS[bearing] ?? `#${number}`;
  }

  return (state, begin, place) => {
    const way = alike(begin, place);
    if (way.end) return way.end;
    const person = personIn(partOf(states.whole(state), place === NONE ? undefined : states.rows[place]));
    const consent = countedConsent(consentState(person, policy, purpose, at));
    const owed = isBlocking ? owedBy(person, policy, at, ({ purposes }) => purposes.includes(purpose)) : [];
    way.end = outcome({ consent, owed });
    return way.end;
  };
}

/** What the rules of consent look at for one purpose. */
function partOf({ told, asked, purposes }: PersonState, purpose: number | undefined): PersonState {
  const shown = Object.fromEntries(Object.entries(told).filter(([, step]) => step >= TOLD.SHOWN));
  const known = purpose === undefined ? undefined : purposes[purpose];
  if (purpose === undefined || !known) return { ...NOTHING_TOLD, told: shown };
  const about = asked.filter((each) => each[0] === 'S' || each[2] === purpose);
  return { ...NOTHING_TOLD, told: shown, asked: about, purposes: { [purpose]: known } };
}

/** Equal ones are the same object. */
function outcomes(): (meaning: PartMeaning) => Outcome {
  const known = new Map<string, Outcome>();
  return (meaning) => {
    const name = JSON.stringify(meaning);
    const found = known.get(name) ?? { ...meaning, number: known.size };
    known.set(name, found);
    return found;
  };
}

const NONE = -1;

/** What a row of numbers leads to: the same row leads to the same. */
interface Way<End> {
  readonly next: Way<End>[];
  end: End | undefined;
}

function wayOn<End>(): Way<End> {
  return { next: [], end: undefined };
}

function onward<End>(way: Way<End>, number: number): Way<End> {
  const known = way.next[number];
  if (known) return known;
  const made = wayOn<End>();
  way.next[number] = made;
  return made;
}

/** Parts lead to the same of which the rules of consent cannot tell one from the other while a version is in force. */
function alikeToRules(states: DividedStates, spelling: (version: number) => Spelling, root: string | undefined) {
  const letterOf = (version: number) => spelling(version).letter;
  const shownKey = keyOnce(states.shown, (shown) => {
    // One that was shown says as much as several.
    return shown.map(letterOf).reduce((key, letter) => (key.endsWith(letter) ? key : key + letter), '');
  });
  const askedKey = keyOnce(states.asked, (words) => words.map(([what, version]) => what + letterOf(version)).join(''));
  const decidedKey = keyOnce(states.decided, (words) => keyOfDecisions(words, spelling, root));
  const beginning = wayOn<Outcome>();
  return (begin: number, place: number): Way<Outcome> => {
    const { rows } = states;
    const told = onward(beginning, shownKey(rows[begin + ROW.shown] ?? 0));
    const column = (of: number) => (place === NONE ? 0 : (rows[place + of] ?? 0));
    const asked = onward(told, askedKey(column(OF_PURPOSE.asked)));
    return onward(onward(asked, column(OF_PURPOSE.layers)), decidedKey(column(OF_PURPOSE.decided)));
  };
}

/** A number for each key, found once for each piece that is asked for: many have the same. */
function keyOnce<Piece>(pieces: readonly Piece[], keyOf: (piece: Piece) => string): (number: number) => number {
  const known: number[] = [];
  const keys = new Map<string, number>();
  return (number) => {
    const found = known[number];
    if (found !== undefined) return found;
    const piece = pieces[number];
    if (piece === undefined) throw new RangeError('A state has a piece that there is not.');
    const key = keyOf(piece);
    const made = keys.get(key) ?? keys.size;
    keys.set(key, made);
    known[number] = made;
    return made;
  };
}

function noticePart(policy: PolicyFacts, version: VersionTerms, at: Instant, personIn: PersonIn) {
  const { id: versionId } = version;
  const isBlocking = blocks(policy, policy.rootsAt(versionId, at)?.notice);
  return (state: PersonState): PartMeaning => {
    const person = personIn(state);
    const owed = isBlocking ? owedBy(person, policy, at, ({ kind }) => kind === 'READ_NOTICE') : [];
    return { notice: countedNotice(person, policy, versionId, at), owed };
  };
}

function termsPart(policy: PolicyFacts, version: VersionTerms, at: Instant, personIn: PersonIn) {
  const isBlocking = policy.kind === 'TERMS' && blocks(policy, policy.rootsAt(version.id, at)?.acceptance);
  return (state: PersonState): PartMeaning => {
    const person = personIn(state);
    const owed = isBlocking ? owedBy(person, policy, at, ({ kind }) => kind === 'ACCEPT_TERMS') : [];
    return { accepted: countedAcceptance(person, policy, at), owed };
  };
}

function blocks(policy: PolicyFacts, root: string | undefined): boolean {
  return root !== undefined && policy.version(root)?.change.blocking === true;
}

function owedBy(
  person: PersonFacts,
  policy: PolicyFacts,
  at: Instant,
  isAsked: (of: Obligation) => boolean,
): readonly Owed[] {
  const items = obligations(person, [policy], at).items;
  const owed = items.filter((item) => item.blocking && !item.upcoming && isAsked(item));
  return owed.map(({ deadline, rootVersionId }) => {
    return { deadline: epochMsOf(deadline), graceDays: policy.version(rootVersionId)?.change.graceDays ?? 0 };
  });
}

function meaningOf(outcomes: readonly Outcome[]): Meaning {
  const standing = {
    notice: outcomes.find(({ notice }) => notice)?.notice,
    accepted: outcomes.find(({ accepted }) => accepted)?.accepted,
    consents: outcomes.flatMap(({ consent }) => consent ?? []),
  };
  return { standing, ...overdue(outcomes.flatMap(({ owed }) => owed)) };
}

/**
 * The deadline of each thing that is owed is the earliest there is. Where it is past and there were days of grace, who
 * came to owe it within those days has a later one.
 */
function overdue(owed: readonly Owed[]): Pick<Meaning, 'overdueFrom' | 'graceMs'> {
  if (owed.length === 0) return { overdueFrom: undefined, graceMs: 0 };
  // What has no days of grace is overdue at once, whenever it began to be owed.
  const days = owed.some(({ graceDays }) => graceDays === 0) ? 0 : Math.max(...owed.map(({ graceDays }) => graceDays));
  return {
    overdueFrom: Math.min(...owed.map(({ deadline }) => deadline)),
    graceMs: days === 0 ? 0 : days * DAY_MS + DEADLINE_SLACK_MS,
  };
}
