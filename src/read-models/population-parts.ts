import { NOTHING_TOLD, type PersonState, TOLD } from '../../projections/population/person-state';
import type { PolicyFacts, VersionTerms } from '../domain/policy/policy-facts';
import { concerns } from '../domain/subject/concerns';
import { bearingOf } from '../domain/subject/consent-decision';
import { consentState } from '../domain/subject/consent-state';
import { type Obligation, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { isInLine } from '../domain/subject/version-line';
import { epochMsOf, type Instant } from '../domain/time';
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

/**
 * A state taken apart: notices, terms and each purpose are counted by rules that look at nothing of the others. States
 * that have a part in common share it as one object.
 */
export interface DividedState {
  readonly whole: PersonState;
  readonly notice: PersonState;
  readonly terms: PersonState;
  /** Those that any fact names, in numbers. */
  readonly purposes: ReadonlyMap<number, PurposePart>;
  /** Of any other purpose. */
  readonly untouched: PurposePart;
}

/** What the rules of consent look at, laid out for {@link keyOfPurpose}. */
interface PurposePart {
  readonly state: PersonState;
  /** Versions that were shown. */
  readonly shown: readonly number[];
  readonly asked: readonly Word[];
  readonly decided: readonly Word[];
  readonly layers: string;
}

/** What was done, and to which version; 0: to none. */
type Word = readonly [what: string, version: number];

/** Most parts known at a time. */
const MAX_PARTS = 100_000;

export function divider(): (whole: PersonState) => DividedState {
  const known = new Map<string, PurposePart>();

  function part(of: Partial<PersonState>): PurposePart {
    const text = JSON.stringify(of);
    const found = known.get(text);
    if (found) return found;
    if (known.size >= MAX_PARTS) known.clear();
    const made = laidOut({ ...NOTHING_TOLD, ...of });
    known.set(text, made);
    return made;
  }

  return (whole) => {
    const told = Object.fromEntries(Object.entries(whole.told).filter(([, step]) => step >= TOLD.SHOWN));
    const purposes = Object.entries(whole.purposes).map(([key, purpose]) => {
      const number = Number(key);
      const asked = whole.asked.filter((each) => each[0] === 'S' || each[2] === number);
      return [number, part({ told, asked, purposes: { [key]: purpose } })] as const;
    });
    return {
      whole,
      notice: part({ told: whole.told }).state,
      terms: part({ words: whole.words }).state,
      purposes: new Map(purposes),
      untouched: part({ told }),
    };
  };
}

function laidOut(state: PersonState): PurposePart {
  const purposes = Object.entries(state.purposes);
  return {
    state,
    shown: Object.keys(state.told).map(Number),
    asked: state.asked.map(([kind, version]): Word => [kind, version]),
    decided: purposes.flatMap(([, { decisions }]) =>
      decisions.map(({ kind, version, linked }): Word => [linked ? `${kind}1` : kind, version]),
    ),
    layers: JSON.stringify(purposes.map(([purpose, { layers }]) => [purpose, layers])),
  };
}

/** Something blocking that is owed now. */
interface Owed {
  readonly deadline: number;
  readonly graceDays: number;
}

interface PartMeaning<Counted> {
  readonly counted: Counted;
  readonly owed: readonly Owed[];
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
  const notice = eachOnce(noticePart(policy, version, at, personIn), ({ counted }) => counted?.key);
  const terms = eachOnce(termsPart(policy, version, at, personIn), ({ counted }) => counted);
  const stated = (version.statement?.purposes ?? []).map(({ key }) => key);
  const purposes = new Map<string, (part: PurposePart) => PartMeaning<CountedConsent>>();
  const known = new Map<string, Meaning>();
  const numbers = new Map<object, number>();

  function purposePart(purpose: string) {
    const found = purposes.get(purpose);
    if (found) return found;
    const isBlocking = blocks(policy, roots?.consent[purpose]);
    const alike = new Map<string, PartMeaning<CountedConsent>>();
    const letters: string[] = [];
    const letter = (version: number) => {
      letters[version] ??= version === 0 ? NO_VERSION : letterOf(version, purpose);
      return letters[version];
    };
    const made = eachOnce(
      (part: PurposePart): PartMeaning<CountedConsent> => {
        const key = keyOfPurpose(part, letter);
        const sameToRules = alike.get(key);
        if (sameToRules) return sameToRules;
        const person = personIn(part.state);
        const counted = countedConsent(consentState(person, policy, purpose, at));
        const owed = isBlocking ? owedBy(person, policy, at, ({ purposes }) => purposes.includes(purpose)) : [];
        alike.set(key, { counted, owed });
        return { counted, owed };
      },
      ({ counted }) => `${counted.key} ${counted.valid}`,
    );
    purposes.set(purpose, made);
    return made;
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

  function numberOf(part: object): number {
    const number = numbers.get(part) ?? numbers.size;
    numbers.set(part, number);
    return number;
  }

  return (state) => {
    const read = notice(state.notice);
    const agreed = terms(state.terms);
    const consents: PartMeaning<CountedConsent>[] = [];
    for (const [number, part] of state.purposes) consents.push(purposePart(names.purpose(number))(part));
    for (const name of stated) {
      const isTouched = consents.some(({ counted }) => counted.purpose === name);
      if (!isTouched) consents.push(purposePart(name)(state.untouched));
    }
    const parts = [read, agreed, ...consents];
    const key = parts.map(numberOf).join();
    const found = known.get(key);
    if (found) return found;
    const counted = consents.map((each) => each.counted);
    const standing = { notice: read.counted, accepted: agreed.counted, consents: counted };
    const made = { standing, ...overdue(parts.flatMap(({ owed }) => owed)) };
    known.set(key, made);
    return made;
  };
}

const LETTERS: Readonly<Partial<Record<ReturnType<typeof bearingOf>, string>>> = {
  COUNTS: 'c',
  RENEWAL_DUE: 'r',
  NONE: '',
};

const NO_VERSION = '-';

/** The same for parts of which the rules of consent cannot tell one from the other while a version is in force. */
function keyOfPurpose({ shown, asked, decided, layers }: PurposePart, letterOf: (version: number) => string): string {
  let key = layers;
  for (const version of shown) {
    const letter = letterOf(version);
    // One that was shown says as much as several.
    if (letter !== '' && !key.endsWith(letter)) key += letter;
  }
  key += '|';
  for (const [what, version] of asked) key += what + letterOf(version);
  return `${key}|${keyOfDecisions(decided, letterOf)}`;
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
  return (state: PersonState): PartMeaning<Standing['notice']> => {
    const person = personIn(state);
    const owed = isBlocking ? owedBy(person, policy, at, ({ kind }) => kind === 'READ_NOTICE') : [];
    return { counted: countedNotice(person, policy, versionId, at), owed };
  };
}

function termsPart(policy: PolicyFacts, version: VersionTerms, at: Instant, personIn: PersonIn) {
  const isBlocking = policy.kind === 'TERMS' && blocks(policy, policy.rootsAt(version.id, at)?.acceptance);
  return (state: PersonState): PartMeaning<Standing['accepted']> => {
    const person = personIn(state);
    const owed = isBlocking ? owedBy(person, policy, at, ({ kind }) => kind === 'ACCEPT_TERMS') : [];
    return { counted: countedAcceptance(person, policy, at), owed };
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
function eachOnce<Part extends object, Counted>(
  work: (part: Part) => PartMeaning<Counted>,
  nameOf: (meaning: PartMeaning<Counted>) => string | undefined,
): (part: Part) => PartMeaning<Counted> {
  const known = new Map<Part, PartMeaning<Counted>>();
  const outcomes = new Map<string, PartMeaning<Counted>>();
  return (part) => {
    const found = known.get(part);
    if (found) return found;
    const made = work(part);
    const name = made.owed.length === 0 ? `${nameOf(made)}` : JSON.stringify([nameOf(made), made.owed]);
    const outcome = outcomes.get(name) ?? made;
    outcomes.set(name, outcome);
    known.set(part, outcome);
    return outcome;
  };
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
