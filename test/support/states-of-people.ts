import { evolvePolicy, noPolicy, type PolicyState } from '../../src/domain/policy/policy.state';
import type { PolicyFacts } from '../../src/domain/policy/policy-facts';
import { policyFactsOfFold } from '../../src/domain/policy/policy-facts-of-fold';
import { type ConsentState, consentState } from '../../src/domain/subject/consent-state';
import type { PersonFacts } from '../../src/domain/subject/person-facts';
import { foldPerson } from '../../src/domain/subject/person-fold';
import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import type { Instant } from '../../src/domain/time';
import type { PolicyStory } from './policy-stories';
import type { SubjectStory } from './subject-stories';

/** What is asked of stories about policies and people, by folding their events. */

interface Known {
  /** How many events of the person are known; absent: all. */
  readonly upTo?: number;
  /** Anonymous persons that may turn out to be this one. */
  readonly anonymous?: readonly SubjectStory[];
}

export function personOf({ events }: Pick<SubjectStory, 'events'>, { upTo, anonymous = [] }: Known = {}): PersonFacts {
  const folds = anonymous.map((each) => personOf(each));
  const person = foldPerson(placed(events), upTo, folds);
  if (!person) throw new Error('Nobody is registered yet.');
  return person;
}

function placed(events: readonly SubjectEvent[]) {
  return events.map((event, index) => ({ version: index + 1, event }));
}

/** @param upTo how many events of the policy are known; absent: all */
export function policyOf({ events }: PolicyStory, upTo = events.length): PolicyFacts {
  const state = events.slice(0, upTo).reduce<PolicyState>(evolvePolicy, noPolicy);
  if (state.status === 'absent') throw new Error('There is no policy yet.');
  return policyFactsOfFold(state);
}

interface Asked extends Known {
  readonly purpose?: string;
}

export function stateOf(
  person: SubjectStory,
  policy: PolicyStory,
  at: Instant,
  { purpose = 'newsletter', ...known }: Asked = {},
): ConsentState {
  return consentState(personOf(person, known), policyOf(policy), purpose, at);
}

/** Status and reason, the reason where it says something else: "GIVEN", "INVALIDATED RENEWAL_DUE". */
export function status(person: SubjectStory, policy: PolicyStory, at: Instant, asked: Asked = {}): string {
  const { status: found, reason } = stateOf(person, policy, at, asked);
  return found === reason.code ? found : `${found} ${reason.code}`;
}
