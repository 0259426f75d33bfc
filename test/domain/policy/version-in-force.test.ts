import { versionStatus } from '../../../src/domain/policy/version-in-force';
import { addMs } from '../../../src/domain/time';
import { day, PolicyStory } from '../../support/policy-stories';

const ms = 1;

describe('which version is in force (V1, V3, V4)', () => {
  test('an instant equal to a boundary belongs to the new version, one millisecond before to the old', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('03-01') });
    expect(story.inForce(addMs(day('03-01'), -ms))).toBe('one');
    expect(story.inForce(day('03-01'))).toBe('two');
    expect(story.inForce(addMs(day('01-10'), -ms))).toBe('NOT_YET_PUBLISHED');
  });

  test('of two versions with the same date the one recorded later decides', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('03-01') })
      .publish('three', day('02-02'), { effectiveFrom: day('03-01') });
    expect(story.inForce(day('03-01'))).toBe('three');
    expect(story.policy.timeline.map(({ id }) => id)).toEqual(['one', 'two', 'three']);
  });

  test('a version published later for an earlier day comes before one that is already scheduled', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('autumn', day('02-01'), { effectiveFrom: day('09-01') })
      .publish('spring', day('02-02'), { effectiveFrom: day('04-01') });
    expect(['03-31', '04-01', '08-31', '09-01'].map((at) => story.inForce(day(at)))).toEqual([
      'one',
      'spring',
      'spring',
      'autumn',
    ]);
    expect(story.version('spring').sequence).toBe(3);
  });

  test('a person registered before publication stays with the old version until the cohort date', () => {
    const story = new PolicyStory().publish('one', day('01-10')).publish('two', day('02-01'), {
      effectiveFrom: day('03-01'),
      effectiveFromForExisting: day('05-01'),
    });
    const before = day('01-20');
    const after = day('02-10');
    expect(story.inForce(day('04-01'), before)).toBe('one');
    expect(story.inForce(day('04-01'), after)).toBe('two');
    expect(story.inForce(day('04-01'))).toBe('two');
    expect(story.inForce(day('05-01'), before)).toBe('two');
  });

  test('registration at the very instant of publication is not before it', () => {
    const story = new PolicyStory().publish('one', day('01-10')).publish('two', day('02-01'), {
      effectiveFrom: day('03-01'),
      effectiveFromForExisting: day('05-01'),
    });
    expect(story.inForce(day('04-01'), day('02-01'))).toBe('two');
    expect(story.inForce(day('04-01'), addMs(day('02-01'), -ms))).toBe('one');
  });

  test('a cohort date never brings an older version back once a newer one holds for the person', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('03-01'), effectiveFromForExisting: day('08-01') })
      .publish('three', day('02-02'), { effectiveFrom: day('04-01') });
    const existing = day('01-20');
    expect(['03-15', '04-01', '08-01', '12-01'].map((at) => story.inForce(day(at), existing))).toEqual([
      'one',
      'three',
      'three',
      'three',
    ]);
  });

  test('after a withdrawal the best of the remaining versions is in force again', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'))
      .withdraw('two', day('03-01'));
    expect(['02-15', '03-01'].map((at) => story.inForce(day(at)))).toEqual(['two', 'one']);
    expect(story.inForce(addMs(day('03-01'), -ms))).toBe('two');
  });

  test('a version withdrawn before its day is never in force', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('05-01') })
      .withdraw('two', day('03-01'));
    expect(story.inForce(day('06-01'))).toBe('one');
    expect(versionStatus(story.policy, story.version('two'), day('02-15'))).toBe('SCHEDULED');
    expect(versionStatus(story.policy, story.version('two'), day('06-01'))).toBe('WITHDRAWN');
  });

  test('with every version withdrawn none is in force, and that is another answer than never published', () => {
    const story = new PolicyStory().publish('one', day('01-10')).withdraw('one', day('02-01'));
    expect(story.inForce(day('02-01'))).toBe('ALL_WITHDRAWN');
    expect(story.inForce(day('01-01'))).toBe('NOT_YET_PUBLISHED');
  });

  test('a retirement ends the policy, and a publication effective later ends the retirement', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .retire(day('03-01'))
      .publish('two', day('06-01'), { reasons: ['WORDING'] });
    expect(['02-01', '03-01', '05-31', '06-01'].map((at) => story.inForce(day(at)))).toEqual([
      'one',
      'RETIRED',
      'RETIRED',
      'two',
    ]);
    expect(versionStatus(story.policy, story.version('one'), day('04-01'))).toBe('RETIRED');
    expect(versionStatus(story.policy, story.version('one'), day('07-01'))).toBe('SUPERSEDED');
  });

  test('a version has no status before it was published, though it is known today', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('03-01') });
    const two = story.version('two');
    expect(versionStatus(story.policy, two, day('01-31'))).toBeUndefined();
    expect(versionStatus(story.policy, two, day('02-01'))).toBe('SCHEDULED');
    expect(versionStatus(story.policy, two, day('03-01'))).toBe('IN_FORCE');
    expect(versionStatus(story.policy, story.version('one'), day('03-01'))).toBe('SUPERSEDED');
  });

  test('labels that sort badly as text keep the order in which they took effect', () => {
    const story = new PolicyStory();
    const labels = ['2.1', '2.9', '2.10', 'Versjon 2. rev. 10'];
    labels.forEach((label, index) => {
      story.publish(`v${index}`, day(`0${index + 2}-01`), { label });
    });
    expect(story.policy.timeline.map((entry) => (entry.kind === 'version' ? entry.label : ''))).toEqual(labels);
    expect(story.inForce(day('12-01'))).toBe('v3');
  });
});
