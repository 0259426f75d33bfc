import type { PolicyFacts, VersionTerms } from '../policy/policy-facts';
import type { Instant } from '../time';
import type { PersonFacts } from './person-facts';
import type { Profile } from './subject.events';

/** Whether a policy concerns a person at an instant, by the version in force for them (rule O1). */
export function concerns(person: PersonFacts, policy: PolicyFacts, at: Instant): boolean {
  if (!mayConcern(person, policy, at)) return false;
  const inForce = policy.inForce(at, person.registeredAt);
  return inForce.code === 'VERSION_IN_FORCE' && addresses(inForce.version, person.profileAt(at));
}

/**
 * Whether some version of the policy could concern the person then: it is of their organisation or customer, and they
 * are registered, neither erased nor exempt, nor an anonymous person that an account stands for by now (rules O1, D7).
 */
export function mayConcern(person: PersonFacts, policy: PolicyFacts, at: Instant): boolean {
  const { customerId } = person.profileAt(at);
  const isTheirs = policy.organisationId === person.organisationId || policy.organisationId === customerId;
  return isTheirs && person.registeredAt <= at && !isApart(person, at);
}

/** Nothing is asked of whom no policy concerns at all. */
export function isApart(person: PersonFacts, at: Instant): boolean {
  const isErased = person.erasedAt !== undefined && person.erasedAt <= at;
  return isErased || person.linkedTo !== undefined || person.profileAt(at).exempt;
}

/** Whether a version is meant for a person of these categories; an empty audience is everyone (rule O1). */
export function addresses({ audience }: VersionTerms, { categories }: Pick<Profile, 'categories'>): boolean {
  return audience.length === 0 || audience.some((category) => categories.includes(category));
}
