import type { PolicyFacts } from '../policy/policy-facts';
import type { Instant } from '../time';
import { obligations } from './obligations';
import type { PersonFacts } from './person-facts';
import { changesBetween, NO_STANDING, type Standing, type StandingChange, standingOf } from './standing';

/** What is known of a person and a policy once so many events of the log are. */
export interface KnownThen {
  readonly person: PersonFacts | undefined;
  readonly policy: PolicyFacts | undefined;
}

/** A fact in a story: about the person, or about the policy's versions. */
export interface StoryFact {
  /** Ordinal in the log. */
  readonly n: number;
  /** The effective present once it was recorded (rule S2). */
  readonly presentAt: Instant;
}

/** One step of a story: a fact, or the clock alone, and what it did to how the person stands. */
export interface StoryStep<Fact extends StoryFact> {
  /** Undefined: nothing was recorded, but a date had come. */
  readonly fact: Fact | undefined;
  /** The instant that the step is looked at from: when it was recorded, at most the one asked about. */
  readonly at: Instant;
  readonly changes: readonly StandingChange[];
}

/** A stretch of a story. */
export interface Story<Fact extends StoryFact> {
  /** In the order of the log. */
  readonly facts: readonly Fact[];
  /** Ordinal of the last fact before the stretch, and the present then; absent: it is the beginning. */
  readonly after: StoryFact | undefined;
  /** The instant asked about: the story goes up to it when the stretch is the last. */
  readonly effectiveAt: Instant;
  /** True: no more facts follow. */
  readonly isLast: boolean;
  readonly knownAt: (n: number) => KnownThen;
}

/** Dates looked at between two facts. A policy has some versions a year, and a person some deadlines of each. */
const MAX_DATES_BETWEEN = 1_000;

/**
 * How a person came to stand with a policy as they do: fact by fact as they were recorded, each looked at from the
 * present of that time, and between them the dates at which the clock alone changed something (rules C6, T3). A fact
 * recorded after the instant asked about is looked at from that instant: it shows what was learnt about the past.
 */
export function* storyOf<Fact extends StoryFact>(story: Story<Fact>): Generator<StoryStep<Fact>> {
  const { facts, after, effectiveAt, isLast, knownAt } = story;
  let n = after?.n ?? 0;
  let at = after && earlierOf(after.presentAt, effectiveAt);
  let standing = at === undefined ? NO_STANDING : standingAt(knownAt(n), at);
  const stepTo = function* (to: Instant): Generator<StoryStep<Fact>> {
    if (at === undefined) return;
    const known = knownAt(n);
    for (const date of datesBetween(known, at, to)) {
      const next = standingAt(known, date);
      const changes = changesBetween(standing, next);
      standing = next;
      if (changes.length > 0) yield { fact: undefined, at: date, changes };
    }
  };
  for (const fact of facts) {
    const present = earlierOf(fact.presentAt, effectiveAt);
    yield* stepTo(present);
    n = fact.n;
    at = present;
    const next = standingAt(knownAt(n), at);
    yield { fact, at, changes: changesBetween(standing, next) };
    standing = next;
  }
  if (isLast) yield* stepTo(effectiveAt);
}

function standingAt({ person, policy }: KnownThen, at: Instant): Standing {
  return standingOf(person, policy, at);
}

/** Dates after one instant, up to another, at which the clock may change something; the last one is always looked at. */
function* datesBetween({ person, policy }: KnownThen, from: Instant, to: Instant): Generator<Instant> {
  if (!person || !policy) return;
  let at = from;
  for (let dates = 0; dates < MAX_DATES_BETWEEN; dates += 1) {
    const { unchangedUntil } = obligations(person, [policy], at);
    const changes = [policy.nextChangeAfter(at, person.registeredAt), unchangedUntil, nextExpiry(person, policy, at)];
    const [next] = changes.filter((instant) => instant !== undefined).sort();
    if (next === undefined || next > to) break;
    at = next;
    yield at;
  }
  if (at < to) yield to;
}

function nextExpiry(person: PersonFacts, { policyId }: PolicyFacts, at: Instant): Instant | undefined {
  const expiries = [person, ...person.linked].flatMap((each) =>
    each
      .purposesTouched(policyId, at)
      .flatMap((purpose) => [...each.decisions(policyId, purpose, at)])
      .flatMap((decision) => (decision.kind === 'GIVEN' ? (decision.expiresAt ?? []) : [])),
  );
  return expiries.filter((expiry) => expiry > at).sort()[0];
}

function earlierOf(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}
