import type { CorrectFact } from '../../../src/domain/subject/subject.commands';
import type { Instant } from '../../../src/domain/time';
import { day, PolicyStory } from '../../support/policy-stories';
import { personOf, stateOf, status } from '../../support/states-of-people';
import { consent, notice, registration, SubjectStory, withdrawal, zone } from '../../support/subject-stories';

const one = () => new PolicyStory().publish('one', day('01-10'));

function correction(policy: PolicyStory, at: Instant, corrects: number, more: Partial<CorrectFact> = {}): CorrectFact {
  return {
    type: 'CorrectFact',
    at,
    corrects,
    void: false,
    reason: 'sealed',
    on: { policy: policy.policy, zone },
    ...more,
  };
}

describe('a correction (D6)', () => {
  it('takes a voided yes out at every instant, for later knowledge alone', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(correction(policy, day('03-01'), 2, { void: true }));
    expect(status(person, policy, day('02-15'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('02-15'), { upTo: 2 })).toBe('GIVEN');
  });

  it('moves a fact to when it really occurred', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('03-01'), { occurredAt: day('02-20') }))
      .do(correction(policy, day('04-01'), 2, { occurredAt: day('02-01') }));
    expect(status(person, policy, day('02-10'), { upTo: 2 })).toBe('UNKNOWN NOT_DECIDED');
    expect(stateOf(person, policy, day('02-10'))).toMatchObject({ status: 'GIVEN', decidedAt: day('02-01') });
  });

  it('leaves the corrected fact in the place of the original: what came after it still does', () => {
    const policy = one();
    const at = day('02-01');
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('03-01'), { occurredAt: at, decision: 'REFUSE' }))
      .do(consent(policy, 'one', day('03-01'), { occurredAt: at }))
      .do(correction(policy, day('04-01'), 2, { channel: 'LETTER' }));
    expect(stateOf(person, policy, day('04-02'))).toMatchObject({
      status: 'GIVEN',
      reason: { decidedBy: { order: 3 } },
    });
    person.do(correction(policy, day('04-02'), 3, { void: true }));
    expect(stateOf(person, policy, day('04-02'))).toMatchObject({
      status: 'REFUSED',
      reason: { decidedBy: { order: 2 } },
    });
  });

  it('a voided withdrawal uncovers the yes before it', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(withdrawal(policy, day('03-01')))
      .do(correction(policy, day('04-01'), 3, { void: true }));
    expect(status(person, policy, day('03-15'))).toBe('GIVEN');
  });

  it('cannot carry a yes past the withdrawal that came after it', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01'))).do(withdrawal(policy, day('02-15')));
    expect(person.code(correction(policy, day('03-01'), 2, { occurredAt: day('02-20') }))).toBe('OCCURRED_IN_FUTURE');
    person.do(correction(policy, day('03-01'), 2, { occurredAt: day('01-20') }));
    expect(status(person, policy, day('03-02'))).toBe('WITHDRAWN');
  });

  it('of several corrections of one fact the last alone tells how it stands', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(notice(policy, 'one', day('02-01'), { channel: 'APP' }))
      .do(correction(policy, day('03-01'), 2, { channel: 'EMAIL' }))
      .do(correction(policy, day('03-02'), 2, { occurredAt: day('01-20') }));
    const [told] = personOf(person).notices('policy', day('04-01'));
    expect(told).toMatchObject({ order: 2, channel: 'EMAIL', occurredAt: day('01-20'), validFrom: day('01-20') });
    const [before] = personOf(person, { upTo: 3 }).notices('policy', day('04-01'));
    expect(before).toMatchObject({ channel: 'EMAIL', occurredAt: day('02-01') });
  });

  it('names the purposes of what still stands, and no voided ones', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(correction(policy, day('03-01'), 2, { void: true }));
    expect(personOf(person, { upTo: 2 }).purposesTouched('policy', day('02-01'))).toEqual(['newsletter']);
    expect(personOf(person).purposesTouched('policy', day('02-01'))).toEqual([]);
    expect(personOf(person).policiesTouched(day('04-01'))).toEqual([]);
  });
});

describe('a visitor who turns out to be an account (D7)', () => {
  const visitor = (id = 'visitor') => new SubjectStory(registration({ subjectId: id, anonymous: true }));
  const link = (anonymous: SubjectStory, at: Instant) =>
    anonymous.do({ type: 'LinkSubject', at, account: { id: 'person', anonymous: false, erased: false } });

  it('lends the account its decision, from knowledge of the link on and then at every instant', () => {
    const policy = one();
    const anonymous = visitor().do(consent(policy, 'one', day('02-01')));
    const account = new SubjectStory(registration({ at: day('02-10') }));
    const before = status(account, policy, day('02-05'), { anonymous: [anonymous] });
    link(anonymous, day('03-01'));
    expect(before).toBe('UNKNOWN NOT_DECIDED');
    expect(stateOf(account, policy, day('02-05'), { anonymous: [anonymous] })).toMatchObject({
      status: 'GIVEN',
      reason: { decidedBy: { subjectId: 'visitor', order: 2 } },
    });
  });

  it('where the account decided on the purpose and root only that counts', () => {
    const policy = one();
    const anonymous = visitor().do(consent(policy, 'one', day('02-05')));
    const account = new SubjectStory().do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' }));
    link(anonymous, day('03-01'));
    expect(status(account, policy, day('03-02'), { anonymous: [anonymous] })).toBe('REFUSED');
  });

  it('where the account decided under another root the visitor’s decision under this one counts', () => {
    const policy = one();
    const account = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('03-01'), { reasons: ['PURPOSE'], renewalPurposes: ['newsletter'] });
    const anonymous = visitor().do(consent(policy, 'two', day('03-05')));
    expect(status(account, policy, day('04-02'), { anonymous: [anonymous] })).toBe('INVALIDATED RENEWAL_DUE');
    link(anonymous, day('04-01'));
    expect(status(account, policy, day('04-02'), { anonymous: [anonymous] })).toBe('GIVEN');
  });

  it('the account’s withdrawal counts in every root, whatever the visitor said', () => {
    const policy = one();
    const account = new SubjectStory().do(withdrawal(policy, day('02-01')));
    const anonymous = link(visitor().do(consent(policy, 'one', day('02-05'))), day('03-01'));
    expect(status(account, policy, day('03-02'), { anonymous: [anonymous] })).toBe('WITHDRAWN');
  });

  it('of several visitors the last one’s decision counts', () => {
    const policy = one();
    const account = new SubjectStory();
    const first = link(visitor('one').do(consent(policy, 'one', day('02-05'))), day('03-01'));
    const second = link(visitor('two').do(consent(policy, 'one', day('02-03'), { decision: 'REFUSE' })), day('03-02'));
    expect(status(account, policy, day('03-03'), { anonymous: [first, second] })).toBe('GIVEN');
    expect(status(account, policy, day('02-04'), { anonymous: [second, first] })).toBe('REFUSED');
  });

  it('a visitor linked to another account is nothing to this one', () => {
    const policy = one();
    const anonymous = visitor().do(consent(policy, 'one', day('02-05')));
    anonymous.do({ type: 'LinkSubject', at: day('03-01'), account: { id: 'other', anonymous: false, erased: false } });
    expect(status(new SubjectStory(), policy, day('03-02'), { anonymous: [anonymous] })).toBe('UNKNOWN NOT_DECIDED');
  });

  it('its restriction and its showing count where the account has none', () => {
    const policy = one();
    const anonymous = visitor()
      .do(notice(policy, 'one', day('02-01')))
      .do({
        type: 'ExerciseRight',
        at: day('02-05'),
        policy: policy.policy,
        zone,
        right: 'RESTRICT',
        purposes: ['newsletter'],
      });
    link(anonymous, day('03-01'));
    const account = new SubjectStory();
    expect(status(account, policy, day('02-02'), { anonymous: [anonymous] })).toBe('REQUESTED');
    expect(status(account, policy, day('03-02'), { anonymous: [anonymous] })).toBe('RESTRICTED');
    const lifted = new SubjectStory()
      .do({
        type: 'ExerciseRight',
        at: day('02-06'),
        policy: policy.policy,
        zone,
        right: 'RESTRICT',
        purposes: ['newsletter'],
      })
      .do({
        type: 'ExerciseRight',
        at: day('02-07'),
        policy: policy.policy,
        zone,
        right: 'LIFT_RESTRICTION',
        purposes: ['newsletter'],
      });
    expect(status(lifted, policy, day('03-02'), { anonymous: [anonymous] })).toBe('REQUESTED');
  });
});

describe('what a person is to the organisation, by date (D5, O1)', () => {
  const customer = (id: string) => ({ id, customerOf: 'organisation' });

  it('each part holds until it is said anew, late ones in between, and at a place in the stream as known there', () => {
    const person = new SubjectStory(registration({ categories: ['customer'], customer: customer('first') }))
      .do({ type: 'ClassifySubject', at: day('03-01'), categories: ['employee'] })
      .do({ type: 'ClassifySubject', at: day('04-01'), customer: null, exempt: true })
      .do({ type: 'ClassifySubject', at: day('05-01'), occurredAt: day('02-01'), customer: customer('second') });
    const at = (text: string, upTo?: number) =>
      personOf(person, upTo === undefined ? {} : { upTo }).profileAt(day(text));
    expect(at('2000-01-01')).toEqual({ categories: ['customer'], customerId: 'first', exempt: false });
    expect(at('02-01')).toEqual({ categories: ['customer'], customerId: 'second', exempt: false });
    expect(at('03-01')).toEqual({ categories: ['employee'], customerId: 'second', exempt: false });
    expect(at('04-01')).toEqual({ categories: ['employee'], exempt: true });
    expect(at('03-01', 3)).toEqual({ categories: ['employee'], customerId: 'first', exempt: false });
  });
});
