import { RULE_SENTENCES } from '../../../src/application/sentences/rule-sentences';
import { changeSentence } from '../../../src/application/sentences/standing-sentences';
import { type StoryFact, type StoryStep, storyOf } from '../../../src/domain/subject/explanation';
import { type StandingItem, standingOf } from '../../../src/domain/subject/standing';
import { RULE_NAMES, ruleOf, rulesOfStep } from '../../../src/domain/subject/step-rules';
import { type Instant, instantAt } from '../../../src/domain/time';
import { seededRandom } from '../../read-models/support/random-history';
import { knownAt, type PeopleHistory, peopleHistory } from '../../support/person-stories';
import { randomInstant, type ToldEvent, ToldLog } from '../../support/told-log';

/** Set TEST_SEED to replay one that failed. */
const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = 12;
const STEPS = 50;

interface Fact extends StoryFact {
  readonly event: ToldEvent;
}

/** The effective present after so many events: the log's clock, and the live facts told by then (rule S2). */
function presents(events: readonly ToldEvent[]): readonly Instant[] {
  let latestMs = 0;
  return events.map(({ event, recordedAtMs }) => {
    const validFrom = 'live' in event.data && event.data.live ? Date.parse(event.data.validFrom) : 0;
    latestMs = Math.max(latestMs, recordedAtMs, validFrom);
    return instantAt(latestMs);
  });
}

function factsOf({ events }: PeopleHistory, subject: string, policy: string, n: number): readonly Fact[] {
  const presentAt = presents(events);
  const linked = events
    .slice(0, n)
    .flatMap(({ event }) =>
      event.type === 'SubjectLinked' && event.data.accountId === subject ? [event.data.subjectId] : [],
    );
  const streams = new Set([...[subject, ...linked].map((id) => `subject-${id}`), `policy-${policy}`]);
  return events
    .slice(0, n)
    .flatMap((event) =>
      streams.has(event.stream) ? { n: event.n, presentAt: presentAt[event.n - 1] ?? instantAt(0), event } : [],
    );
}

interface Asked {
  readonly history: PeopleHistory;
  readonly subject: string;
  readonly policy: string;
  readonly at: Instant;
  readonly n: number;
}

function tell({ history, subject, policy, at: effectiveAt, n }: Asked, stretch: number): readonly StoryStep<Fact>[] {
  const facts = factsOf(history, subject, policy, n);
  const knownAtOrdinal = (ordinal: number) => {
    const known = knownAt(history, ordinal);
    return { person: known.person(subject), policy: known.policy(policy) };
  };
  const steps: StoryStep<Fact>[] = [];
  for (let from = 0; from === 0 || from < facts.length; from += stretch) {
    const part = facts.slice(from, from + stretch);
    const isLast = from + stretch >= facts.length;
    steps.push(...storyOf({ facts: part, after: facts[from - 1], effectiveAt, isLast, knownAt: knownAtOrdinal }));
  }
  return steps;
}

function inHistories(check: (asked: Asked) => void): void {
  for (let index = 0; index < HISTORIES; index += 1) {
    const history = peopleHistory(seededRandom(seed + index), STEPS);
    const dice = new ToldLog(seededRandom(-1 - index - seed));
    const asked = {
      history,
      subject: dice.pick(history.subjects),
      policy: dice.pick(history.policies),
      at: randomInstant(dice, history.events),
      n: dice.chance(0.5) ? history.events.length : 1 + dice.below(history.events.length),
    };
    try {
      check(asked);
    } catch (error) {
      throw new Error(`TEST_SEED=${seed} (history ${index}): ${String(error)}`);
    }
  }
}

beforeAll(() => console.info(`Random histories to explain: TEST_SEED=${seed}`));
jest.setTimeout(120_000);

const telling = { zone: 'Europe/Oslo', labelOf: () => 'Versjon 2' };

test('the changes of all steps add up to how the person stands by the rules', () => {
  inHistories((asked) => {
    const standing = new Map<string, StandingItem>();
    const nameOf = (item: StandingItem) =>
      [
        item.about,
        ...('purpose' in item ? [item.purpose] : []),
        ...('kind' in item ? [item.kind, item.rootVersionId, ...item.purposes] : []),
      ].join();
    for (const { changes } of tell(asked, Number.MAX_SAFE_INTEGER)) {
      for (const { before, after } of changes) {
        if (before) expect(standing.get(nameOf(before))).toEqual(before);
        if (before) standing.delete(nameOf(before));
        if (after) standing.set(nameOf(after), after);
      }
    }
    const known = knownAt(asked.history, asked.n);
    const final = standingOf(known.person(asked.subject), known.policy(asked.policy), asked.at);
    expect(new Set([...standing.values()].map((item) => JSON.stringify(item)))).toEqual(
      new Set(final.map((item) => JSON.stringify(item))),
    );
  });
});

test('told in stretches, a story is the same as told at once', () => {
  inHistories((asked) => {
    expect(tell(asked, 3)).toEqual(tell(asked, Number.MAX_SAFE_INTEGER));
  });
});

test('every fact stands in it once, in the order of the log, and time never goes back', () => {
  inHistories((asked) => {
    const steps = tell(asked, Number.MAX_SAFE_INTEGER);
    const told = steps.flatMap(({ fact }) => (fact ? [fact.n] : []));
    expect(told).toEqual(factsOf(asked.history, asked.subject, asked.policy, asked.n).map(({ n }) => n));
    const times = steps.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    for (const at of times) expect(at <= asked.at).toBe(true);
  });
});

test('each change is told in both languages, and its rule is among those that the step applied', () => {
  inHistories((asked) => {
    for (const { fact, changes } of tell(asked, Number.MAX_SAFE_INTEGER)) {
      const rules = rulesOfStep(fact?.event.event.type, false, changes);
      expect(fact === undefined && changes.length === 0).toBe(false);
      for (const change of changes) {
        const rule = ruleOf(change.after ?? change.before);
        expect(rule !== undefined && rules.includes(rule)).toBe(true);
        const { nb, en } = changeSentence(change, telling);
        expect(nb).toMatch(/^[A-ZÆØÅ].*\.$/);
        expect(en).toMatch(/^[A-Z].*\.$/);
        expect(`${nb} ${en}`).not.toMatch(/undefined|null|\[object| {2}/);
      }
    }
  });
});

test('a fact whose date is past counts as told late, and a rule that no step applies is not named', () => {
  expect(rulesOfStep('ConsentGiven', true, [])).toEqual(['C1', 'C2', 'D1', 'S5']);
  expect(rulesOfStep('SomethingElse', false, [])).toEqual([]);
  expect(rulesOfStep('toString', false, [])).toEqual([]);
});

test.each(RULE_NAMES)('rule %s says what it is about in both languages', (name) => {
  const { nb, en } = RULE_SENTENCES[name];
  expect(nb).toMatch(/^\p{Lu}[^.]+\.$/u);
  expect(en).toMatch(/^\p{Lu}[^.]+\.$/u);
  expect(nb).not.toBe(en);
});
