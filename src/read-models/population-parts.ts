import { NOTHING_TOLD, type PersonState, TOLD } from '../../projections/population/person-state';
import type { PolicyFacts } from '../domain/policy/policy-facts';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { concerns } from '../domain/subject/concerns';
import { consentState } from '../domain/subject/consent-state';
import { noticeState } from '../domain/subject/notice-state';
import { type Obligation, obligations } from '../domain/subject/obligations';
import type { PersonFacts } from '../domain/subject/person-facts';
import { epochMsOf, type Instant } from '../domain/time';
import type { StateNames } from './population-group';
import type { CountedConsent, Standing } from './population-standing';

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

/** As much of a state as one part of what is counted depends on, and a text that is the same for the same. */
interface Part {
  readonly key: string;
  readonly state: PersonState;
}

/** A state taken apart: notices, terms and each purpose are counted by rules that look at nothing of the others. */
export interface DividedState {
  readonly whole: PersonState;
  readonly notice: Part;
  readonly terms: Part;
  /** Purposes that any fact names. */
  readonly touched: readonly string[];
  purpose(name: string): Part;
}

export function dividedState(whole: PersonState, names: StateNames): DividedState {
  const part = (of: Partial<PersonState>): Part => {
    return { key: JSON.stringify(of), state: { ...NOTHING_TOLD, ...of } };
  };
  const numbers = new Map(Object.keys(whole.purposes).map((number) => [names.purpose(Number(number)), number]));
  const purposes = new Map<string, Part>();
  const shown = Object.fromEntries(Object.entries(whole.told).filter(([, step]) => step >= TOLD.SHOWN));

  function purposePart(name: string): Part {
    const number = numbers.get(name);
    const known = number === undefined ? undefined : whole.purposes[number];
    if (number === undefined || !known) return part({ told: shown });
    const asked = whole.asked.filter((each) => each[0] === 'S' || each[2] === Number(number));
    return part({ told: shown, asked, purposes: { [number]: known } });
  }

  return {
    whole,
    notice: part({ told: whole.told }),
    terms: part({ words: whole.words }),
    touched: [...numbers.keys()],
    purpose: (name) => {
      const divided = purposes.get(name) ?? purposePart(name);
      purposes.set(name, divided);
      return divided;
    },
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

/**
 * What is counted of the people of a segment who stand in a state, at one instant: put together from its parts, each of
 * which is worked out once, since many states share them. Undefined where the policy does not concern the segment.
 *
 * @param personOf someone of the segment in a state
 */
export function meaningsOfSegment(
  policy: PolicyFacts,
  at: Instant,
  personOf: (state: PersonState) => PersonFacts,
): (state: DividedState) => Meaning | undefined {
  const nobody = personOf(NOTHING_TOLD);
  const inForce = policy.inForce(at, nobody.registeredAt);
  if (inForce.code !== 'VERSION_IN_FORCE' || !concerns(nobody, policy, at)) return () => undefined;
  const { id: versionId, statement } = inForce.version;
  const stated = statement?.purposes.map(({ key }) => key) ?? [];

  const notice = worked((person) => {
    const { step } = noticeState(person, policy, versionId, at);
    return { key: `${versionId} ${step}`, versionId, step };
  }, isAbout('READ_NOTICE'));
  const terms = worked((person) => {
    if (policy.kind !== 'TERMS') return undefined;
    const acceptance = acceptanceState(person, policy, at);
    return acceptance.accepted ? acceptance.versionId : undefined;
  }, isAbout('ACCEPT_TERMS'));
  const purposes = new Map<string, (part: Part) => PartMeaning<CountedConsent>>();

  function worked<Counted>(count: (person: PersonFacts) => Counted, isOwed: (of: Obligation) => boolean) {
    const known = new Map<string, PartMeaning<Counted>>();
    return ({ key, state }: Part): PartMeaning<Counted> => {
      const found = known.get(key);
      if (found) return found;
      const person = personOf(state);
      const made = { counted: count(person), owed: owedBy(person).filter(isOwed).map(owed) };
      known.set(key, made);
      return made;
    };
  }

  function purposeOf(purpose: string) {
    const known = purposes.get(purpose);
    if (known) return known;
    const made = worked(
      (person): CountedConsent => {
        const { status, valid } = consentState(person, policy, purpose, at);
        return { key: `${purpose} ${status}`, purpose, status, valid };
      },
      (of) => of.purposes.includes(purpose),
    );
    purposes.set(purpose, made);
    return made;
  }

  function owedBy(person: PersonFacts): readonly Obligation[] {
    return obligations(person, [policy], at).items.filter(({ blocking, upcoming }) => blocking && !upcoming);
  }

  function owed({ deadline, rootVersionId }: Obligation): Owed {
    const graceDays = policy.version(rootVersionId)?.change.graceDays ?? 0;
    return { deadline: epochMsOf(deadline), graceDays };
  }

  return (state) => {
    const read = notice(state.notice);
    const agreed = terms(state.terms);
    const consents = [...new Set([...stated, ...state.touched])].map((name) => purposeOf(name)(state.purpose(name)));
    const standing = {
      notice: read.counted,
      accepted: agreed.counted,
      consents: consents.map(({ counted }) => counted),
    };
    return { standing, ...overdue([...read.owed, ...agreed.owed, ...consents.flatMap((each) => each.owed)]) };
  };
}

function isAbout(kind: Obligation['kind']): (of: Obligation) => boolean {
  return (of) => of.kind === kind;
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
