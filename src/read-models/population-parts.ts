import { NOTHING_TOLD, type PersonState } from '../../projections/population/person-state';
import type { PolicyFacts, VersionTerms } from '../domain/policy/policy-facts';
import { concerns } from '../domain/subject/concerns';
import { bearingOf } from '../domain/subject/consent-decision';
import { consentState } from '../domain/subject/consent-state';
import { type Obligation, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { isInLine } from '../domain/subject/version-line';
import { epochMsOf, type Instant } from '../domain/time';
import type { DividedState, Numbered, Part, Word } from './population-divided-states';
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
 * @returns undefined where the policy does not concern the segment; equal meanings are the same object
 */
export function meaningsOfSegment(
  policy: PolicyFacts,
  at: Instant,
  names: StateNames,
  personIn: PersonIn,
): ((state: DividedState) => Meaning) | undefined {
  const nobody = personIn(NOTHING_TOLD);
  const { registeredAt } = nobody;
  const inForce = policy.inForce(at, registeredAt);
  if (inForce.code !== 'VERSION_IN_FORCE' || !concerns(nobody, policy, at)) return undefined;
  const { version } = inForce;
  const roots = policy.rootsAt(version.id, at);
  let outcomes = 0;
  const next = () => outcomes++;
  const notice = eachOnce(noticePart(policy, version, at, personIn), next);
  const terms = eachOnce(termsPart(policy, version, at, personIn), next);
  const stated = (version.statement?.purposes ?? []).map(({ key }) => ({ key, outcomeOf: purposePart(key) }));
  const others = new Map<number, (part: Part) => Outcome>();
  const places: number[] = [];
  const beginning = nodeAfter([]);

  function purposePart(purpose: string): (part: Part) => Outcome {
    const isBlocking = blocks(policy, roots?.consent[purpose]);
    const alike = new Map<string, PartMeaning>();
    const letters: string[] = [];
    const letter = (version: number) => {
      letters[version] ??= version === 0 ? NO_VERSION : letterOf(version, purpose);
      return letters[version];
    };
    const keyOf = keysOfPurpose(letter);
    return eachOnce((part): PartMeaning => {
      const key = keyOf(part);
      const sameToRules = alike.get(key);
      if (sameToRules) return sameToRules;
      const person = personIn(part.of);
      const consent = countedConsent(consentState(person, policy, purpose, at));
      const owed = isBlocking ? owedBy(person, policy, at, ({ purposes }) => purposes.includes(purpose)) : [];
      const meaning = { consent, owed };
      alike.set(key, meaning);
      return meaning;
    }, next);
  }

  /** Versions that are the same to the one in force have the same letter; of a special one it is the number. */
  function letterOf(number: number, purpose: string): string {
    if (roots?.consent[purpose] === undefined) return `#${number}`;
    const asking = { policy, version, at, registeredAt };
    const decidedOn = policy.version(names.version(number));
    const bearing = bearingOf(names.version(number), purpose, asking);
    // One that is still to come and says the same: an objection looks past it, a consent does not.
    if (bearing === 'COUNTS' && decidedOn && !isInLine(decidedOn, asking)) return `#${number}`;
    return LETTERS[bearing] ?? `#${number}`;
  }

  /** The place of a purpose among those of the text; -1: it has none. */
  function placeOf(number: number): number {
    const name = names.purpose(number);
    const place = stated.findIndex(({ key }) => key === name);
    if (place < 0) others.set(number, purposePart(name));
    return place;
  }

  const parts: Part[] = [];
  return ({ notice: read, terms: agreed, purposes: touched, untouched }) => {
    for (let place = 0; place < stated.length; place += 1) parts[place] = untouched;
    for (const { purpose, part } of touched) {
      places[purpose] ??= placeOf(purpose);
      const place = places[purpose];
      if (place >= 0) parts[place] = part;
    }
    let node = following(following(beginning, notice(read)), terms(agreed));
    for (let place = 0; place < stated.length; place += 1) {
      const outcome = stated[place]?.outcomeOf(parts[place] ?? untouched);
      if (outcome) node = following(node, outcome);
    }
    for (const { purpose, part } of touched) {
      const outcome = others.get(purpose)?.(part);
      if (outcome) node = following(node, outcome);
    }
    node.meaning ??= meaningOf(node.outcomes);
    return node.meaning;
  };
}

/** What the parts so far mean. Those that mean the same in the same order lead to the same one. */
interface Node {
  readonly outcomes: readonly Outcome[];
  readonly next: Node[];
  meaning: Meaning | undefined;
}

function nodeAfter(outcomes: readonly Outcome[]): Node {
  return { outcomes, next: [], meaning: undefined };
}

function following(node: Node, outcome: Outcome): Node {
  const known = node.next[outcome.number];
  if (known) return known;
  const made = nodeAfter([...node.outcomes, outcome]);
  node.next[outcome.number] = made;
  return made;
}

const LETTERS: Readonly<Partial<Record<ReturnType<typeof bearingOf>, string>>> = {
  COUNTS: 'c',
  RENEWAL_DUE: 'r',
  NONE: '',
};

const NO_VERSION = '-';

/** The same for parts of which the rules of consent cannot tell one from the other while a version is in force. */
function keysOfPurpose(letterOf: (version: number) => string): (part: Part) => string {
  const shownKey = keyOnce((shown: readonly number[]) => {
    // One that was shown says as much as several.
    return shown.map(letterOf).reduce((key, letter) => (key.endsWith(letter) ? key : key + letter), '');
  });
  const askedKey = keyOnce((words: readonly Word[]) =>
    words.map(([what, version]) => what + letterOf(version)).join(''),
  );
  const decidedKey = keyOnce((words: readonly Word[]) => keyOfDecisions(words, letterOf));
  return ({ layers, shown, asked, decided }) =>
    `${layers.number} ${shownKey(shown)} ${askedKey(asked)} ${decidedKey(decided)}`;
}

/** A number for each key, found once for each that is asked for: parts have much in common. */
function keyOnce<Of>(keyOf: (of: Of) => string): (numbered: Numbered<Of>) => number {
  const known: number[] = [];
  const keys = new Map<string, number>();
  return ({ number, of }) => {
    const found = known[number];
    if (found !== undefined) return found;
    const key = keyOf(of);
    const made = keys.get(key) ?? keys.size;
    keys.set(key, made);
    known[number] = made;
    return made;
  };
}

/**
 * On either side the last word under another root, the last one that counts, and whether a yes came before it: no rule
 * looks further where every version is an ordinary one and no objection was lifted in between.
 */
function keyOfDecisions(decided: readonly Word[], letterOf: (version: number) => string): string {
  const words: string[] = [];
  for (const [what, version] of decided) {
    const letter = letterOf(version);
    if (letter !== '') words.push(what + letter);
  }
  const isOrdinary = words.every((word) => !word.includes('#') && !word.startsWith('L'));
  if (!isOrdinary) return words.join();
  const own = words.filter((word) => !word.includes('1'));
  const linked = words.filter((word) => word.includes('1'));
  return `${lastWords(own)}/${lastWords(linked)}`;
}

function lastWords(words: readonly string[]): string {
  const counting = words.findIndex((word) => !word.endsWith('r'));
  const [first = ''] = words;
  if (counting < 0) return first;
  const before = words[counting + 1] ?? '';
  const isRenewing = before.startsWith('G') || before.startsWith('X') ? '+' : '';
  return `${counting > 0 ? first : ''}${words[counting]}${isRenewing}`;
}

function noticePart(policy: PolicyFacts, version: VersionTerms, at: Instant, personIn: PersonIn) {
  const { id: versionId } = version;
  const isBlocking = blocks(policy, policy.rootsAt(versionId, at)?.notice);
  return ({ of: state }: Part): PartMeaning => {
    const person = personIn(state);
    const owed = isBlocking ? owedBy(person, policy, at, ({ kind }) => kind === 'READ_NOTICE') : [];
    return { notice: countedNotice(person, policy, versionId, at), owed };
  };
}

function termsPart(policy: PolicyFacts, version: VersionTerms, at: Instant, personIn: PersonIn) {
  const isBlocking = policy.kind === 'TERMS' && blocks(policy, policy.rootsAt(version.id, at)?.acceptance);
  return ({ of: state }: Part): PartMeaning => {
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

/** Worked out once for each part; equal outcomes are the same object. */
function eachOnce(work: (part: Part) => PartMeaning, nextNumber: () => number): (part: Part) => Outcome {
  const known: Outcome[] = [];
  const worked = new Map<PartMeaning, Outcome>();
  const outcomes = new Map<string, Outcome>();
  return (part) => {
    const found = known[part.number];
    if (found) return found;
    const made = work(part);
    let outcome = worked.get(made);
    if (!outcome) {
      const name = JSON.stringify(made);
      outcome = outcomes.get(name) ?? { ...made, number: nextNumber() };
      outcomes.set(name, outcome);
      worked.set(made, outcome);
    }
    known[part.number] = outcome;
    return outcome;
  };
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
