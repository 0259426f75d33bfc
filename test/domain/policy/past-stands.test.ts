import fc from 'fast-check';
import type { Policy } from '../../../src/domain/policy/policy.state';
import { evolvePolicy, noPolicy, type PolicyState } from '../../../src/domain/policy/policy.state';
import { rootsAt } from '../../../src/domain/policy/roots';
import { versionInForce } from '../../../src/domain/policy/version-in-force';
import { Refusal } from '../../../src/domain/refusal';
import { addMs, type Instant } from '../../../src/domain/time';
import { day, newsletter, PolicyStory, statement, withPurpose } from '../../support/policy-stories';

const seed = Number(process.env.TEST_SEED ?? Math.floor(Date.now() / 1_000) % 2 ** 31);
const numRuns = process.env.SOAK ? 5_000 : 300;
const DAY_MS = 86_400_000;
const START = day('2024-01-01');

/** What somebody does to a policy on some day. Times count in days from the start, or ahead from the step. */
type Step =
  | {
      readonly do: 'publish';
      readonly in: number;
      readonly existing: number;
      readonly renew: boolean;
      readonly extra: boolean;
    }
  | { readonly do: 'withdraw'; readonly which: number; readonly in: number }
  | { readonly do: 'retire' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      in: fc.nat(40),
      existing: fc.nat(30),
      renew: fc.boolean(),
      extra: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which: fc.nat(20), in: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const) }) },
);

const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), step), { minLength: 2, maxLength: 14 });

const more = withPurpose('newsletter', { dataCategories: ['e-mail address', 'name'] });

/** Does the step, or nothing where the rules refuse it. */
function tell(story: PolicyStory, index: number, at: Instant, what: Step): void {
  try {
    if (what.do === 'retire') story.retire(at, true);
    else if (what.do === 'withdraw') withdraw(story, at, what);
    else publish(story, index, at, what);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

function withdraw(story: PolicyStory, at: Instant, what: Step & { do: 'withdraw' }): void {
  const versions = story.policy.timeline.filter((entry) => entry.kind === 'version');
  const version = versions[what.which % Math.max(1, versions.length)];
  if (version) story.withdraw(version.id, at, addMs(at, what.in * DAY_MS));
}

function publish(story: PolicyStory, index: number, at: Instant, what: Step & { do: 'publish' }): void {
  const effectiveFrom = addMs(at, what.in * DAY_MS);
  const first = story.policy.timeline.length === 0;
  story.publish(`v${index}`, at, {
    effectiveFrom,
    ...(what.existing > 0 && { effectiveFromForExisting: addMs(effectiveFrom, what.existing * DAY_MS) }),
    statement: what.extra ? more : statement,
    reasons: first ? ['FIRST_VERSION'] : ['DATA_CATEGORIES'],
    renewalPurposes: what.renew || (what.extra && !first) ? [newsletter.key] : [],
  });
}

interface Told {
  readonly at: Instant;
  /** Number of events after the step. */
  readonly events: number;
}

function tellAll(steps: readonly (readonly [number, Step])[]): {
  readonly story: PolicyStory;
  readonly told: readonly Told[];
} {
  const story = new PolicyStory(START);
  const told: Told[] = [];
  let at = START;
  steps.forEach(([days, what], index) => {
    at = addMs(at, days * DAY_MS + 1);
    tell(story, index, at, what);
    told.push({ at, events: story.events.length });
  });
  return { story, told };
}

function policyAfter(story: PolicyStory, events: number): Policy {
  const state = story.events.slice(0, events).reduce<PolicyState>(evolvePolicy, noPolicy);
  if (state.status === 'absent') throw new Error('The history has no policy.');
  return state;
}

/** Everything that is answered about an instant. */
function answer(policy: Policy, at: Instant, registeredAt: Instant | undefined): unknown {
  const found = versionInForce(policy, at, registeredAt);
  if (found.code !== 'VERSION_IN_FORCE') return found.code;
  return { version: found.version.id, roots: rootsAt(found.version, at) };
}

describe(`publishing, withdrawing and retiring (T3), seed ${seed}`, () => {
  it('change no answer about an earlier instant', () => {
    fc.assert(
      fc.property(history, fc.nat(400), fc.option(fc.nat(200)), (steps, agoHours, registered) => {
        const { story, told } = tellAll(steps);
        const registeredAt = registered === null ? undefined : addMs(START, registered * DAY_MS);
        told.slice(1).forEach(({ at, events }, index) => {
          const before = told[index];
          if (!before) return;
          const earlier = addMs(at, -1 - agoHours * 3_600_000);
          const now = answer(policyAfter(story, events), earlier, registeredAt);
          expect(now).toEqual(answer(policyAfter(story, before.events), earlier, registeredAt));
        });
      }),
      { seed, numRuns },
    );
  });

  it('leave every version in force with roots of versions that precede it or its own', () => {
    fc.assert(
      fc.property(history, fc.nat(3_000), (steps, hours) => {
        const { story } = tellAll(steps);
        const at = addMs(START, hours * 3_600_000);
        const found = versionInForce(story.policy, at);
        if (found.code !== 'VERSION_IN_FORCE') return;
        const { version } = found;
        const root = rootsAt(version, at)?.consent[newsletter.key];
        const origin = story.policy.timeline.find(({ id }) => id === root);
        expect(origin && origin.effectiveFrom <= version.effectiveFrom).toBe(true);
      }),
      { seed, numRuns },
    );
  });
});
