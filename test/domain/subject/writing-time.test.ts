import { addMs, parseInstant } from '../../../src/domain/time';
import { day, PolicyStory } from '../../support/policy-stories';
import { consent, notice, SubjectStory, withdrawal } from '../../support/subject-stories';

const policy = new PolicyStory(day('2019-01-01')).publish('v1', day('2019-01-02'));
const MINUTE = 60_000;
const noon = day('02-01');

describe('when a fact counts from (S5)', () => {
  it('told without a time it is live and counts from the command', () => {
    const person = new SubjectStory().do(consent(policy, 'v1', noon));
    expect(person.last?.data).toMatchObject({ occurredAt: noon, validFrom: noon, live: true, notedAt: noon });
  });

  it.each([
    [-5, true],
    [-4, true],
    [0, true],
    [5, true],
  ])('told with a time %i minutes off it is live, and the time documents only', (minutes) => {
    const occurredAt = addMs(noon, minutes * MINUTE);
    const person = new SubjectStory().do(consent(policy, 'v1', noon, { occurredAt }));
    expect(person.last?.data).toMatchObject({ occurredAt, validFrom: noon, live: true });
  });

  it('a millisecond more than five minutes old it is late and counts from when it occurred', () => {
    const occurredAt = addMs(noon, -5 * MINUTE - 1);
    const person = new SubjectStory().do(consent(policy, 'v1', noon, { occurredAt }));
    expect(person.last?.data).toMatchObject({ occurredAt, validFrom: occurredAt, live: false, notedAt: noon });
  });

  it('a millisecond more than five minutes ahead it is refused', () => {
    const occurredAt = addMs(noon, 5 * MINUTE + 1);
    expect(new SubjectStory().code(consent(policy, 'v1', noon, { occurredAt }))).toBe('OCCURRED_IN_FUTURE');
    expect(new SubjectStory().code(withdrawal(policy, noon, { occurredAt }))).toBe('OCCURRED_IN_FUTURE');
  });

  it("with the person's own token nothing old is told", () => {
    const person = new SubjectStory();
    const old = { occurredAt: addMs(noon, -5 * MINUTE - 1), ownToken: true };
    expect(person.code(consent(policy, 'v1', noon, old))).toBe('OCCURRED_TOO_LONG_AGO');
    expect(person.code(withdrawal(policy, noon, old))).toBe('OCCURRED_TOO_LONG_AGO');
    expect(person.do(withdrawal(policy, noon, { ...old, occurredAt: addMs(noon, -MINUTE) })).last?.data).toMatchObject({
      live: true,
    });
  });

  it('a withdrawal on a node whose clock is behind wins over the yes before it', () => {
    const person = new SubjectStory().do(consent(policy, 'v1', addMs(noon, 10 * MINUTE)));
    person.do(withdrawal(policy, noon));
    expect(person.last?.data).toMatchObject({
      occurredAt: noon,
      validFrom: addMs(noon, 10 * MINUTE),
      live: true,
      notedAt: addMs(noon, 10 * MINUTE),
    });
  });

  it('whatever order clocks run in, live facts never go back', () => {
    const person = new SubjectStory();
    for (const minutes of [30, 0, 20, 40, 10]) {
      const at = addMs(noon, minutes * MINUTE);
      person.do(minutes % 20 === 0 ? consent(policy, 'v1', at) : notice(policy, 'v1', at));
    }
    const from = person.events.slice(1).map(({ data }) => ('validFrom' in data ? data.validFrom : ''));
    expect(from).toEqual([...from].sort());
  });

  it('a late fact holds no live one up', () => {
    const person = new SubjectStory().do(consent(policy, 'v1', noon, { occurredAt: day('2020-05-01') }));
    person.do(withdrawal(policy, addMs(noon, 1)));
    expect(person.last?.data).toMatchObject({ validFrom: addMs(noon, 1) });
  });

  it('an import says that it is one; the same rules hold', () => {
    const person = new SubjectStory();
    person.do({ ...consent(policy, 'v1', noon), occurredAt: day('2019-05-01'), imported: true });
    expect(person.last?.data).toMatchObject({ imported: true, live: false, validFrom: day('2019-05-01') });
    expect(person.code({ ...consent(policy, 'v1', noon), occurredAt: day('2018-05-01'), imported: true })).toBe(
      'VERSION_NOT_OFFERED',
    );
  });

  it('a person may have decided before they were registered here', () => {
    const person = new SubjectStory().do(
      consent(policy, 'v1', noon, { occurredAt: parseInstant('2019-06-01T00:00Z') }),
    );
    expect(person.last?.type).toBe('ConsentGiven');
  });
});
