import { acceptanceState } from '../../../src/domain/subject/acceptance-state';
import { noticeState, noticeStates } from '../../../src/domain/subject/notice-state';
import type { Instant } from '../../../src/domain/time';
import { day, PolicyStory } from '../../support/policy-stories';
import { personOf, policyOf } from '../../support/states-of-people';
import { notice, registration, SubjectStory, terms } from '../../support/subject-stories';

const tells = { reasons: ['RETENTION'] } as const;
const one = () => new PolicyStory().publish('one', day('01-10'));

const stepOf = (person: SubjectStory, policy: PolicyStory, versionId: string, at: Instant) =>
  noticeState(personOf(person), policyOf(policy), versionId, at);

describe('telling a person about a version', () => {
  it('goes as far as the furthest step, and what comes later takes nothing back', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(notice(policy, 'one', day('02-01'), { step: 'NOTIFIED', channel: 'EMAIL' }))
      .do(notice(policy, 'one', day('02-02')))
      .do(notice(policy, 'one', day('02-03'), { step: 'ACKNOWLEDGED', method: 'CLICKED_BUTTON' }))
      .do(notice(policy, 'one', day('02-04')));
    const steps = ['01-31', '02-01', '02-02', '02-03', '02-05'].map(
      (at) => stepOf(person, policy, 'one', day(at)).step,
    );
    expect(steps).toEqual(['PENDING', 'NOTIFIED', 'SHOWN', 'ACKNOWLEDGED', 'ACKNOWLEDGED']);
    expect(stepOf(person, policy, 'one', day('02-05'))).toMatchObject({
      channel: 'APP',
      at: day('02-03'),
      reason: { code: 'RECORDED', rule: 'V6', decidedBy: { subjectId: 'person', order: 4 } },
    });
    expect(stepOf(person, policy, 'one', day('02-01')).channel).toBe('EMAIL');
  });

  it('of several records of one step the first is told', () => {
    const policy = one();
    const person = new SubjectStory().do(notice(policy, 'one', day('02-01'))).do(notice(policy, 'one', day('03-01')));
    expect(stepOf(person, policy, 'one', day('04-01')).at).toBe(day('02-01'));
  });

  it('is pending where it was put off: a deferral is no step (C5)', () => {
    const policy = one();
    const deferral = { type: 'DeferNotice', at: day('02-01'), versionId: 'one', channel: 'APP' } as const;
    const person = new SubjectStory().do({ ...deferral, policy: policy.policy, zone: 'Europe/Oslo' });
    expect(stepOf(person, policy, 'one', day('02-02'))).toMatchObject({
      step: 'PENDING',
      at: undefined,
      reason: { code: 'NOTHING_RECORDED' },
    });
  });

  it('carries over to a version that tells nothing new, and not to one that does', () => {
    const policy = one();
    const person = new SubjectStory().do(notice(policy, 'one', day('02-01'), { step: 'ACKNOWLEDGED' }));
    policy.publish('wording', day('03-01')).publish('news', day('04-01'), tells);
    expect(stepOf(person, policy, 'wording', day('05-01'))).toMatchObject({
      step: 'ACKNOWLEDGED',
      reason: { code: 'CARRIED_OVER', decidedBy: { order: 2 } },
    });
    expect(stepOf(person, policy, 'news', day('05-01')).step).toBe('PENDING');
  });

  it('is listed for the version in force, and for others that have records of their own, the latest first', () => {
    const policy = one();
    const person = new SubjectStory().do(notice(policy, 'one', day('02-01')));
    policy.publish('news', day('03-01'), tells).publish('more', day('04-01'), tells);
    const listed = (at: string) =>
      noticeStates(personOf(person), policyOf(policy), day(at)).map(({ versionId, step }) => `${versionId} ${step}`);
    expect(listed('01-15')).toEqual(['one PENDING']);
    expect(listed('03-15')).toEqual(['news PENDING', 'one SHOWN']);
    expect(listed('04-15')).toEqual(['more PENDING', 'one SHOWN']);
    expect(listed('01-01')).toEqual([]);
  });

  it('a linked visitor’s records count, and the further step of the two is told', () => {
    const policy = one();
    const visitor = new SubjectStory(registration({ subjectId: 'visitor', anonymous: true }))
      .do(notice(policy, 'one', day('02-01'), { step: 'ACKNOWLEDGED' }))
      .do({ type: 'LinkSubject', at: day('03-01'), account: { id: 'person', anonymous: false, erased: false } });
    const account = new SubjectStory().do(notice(policy, 'one', day('01-20')));
    const person = personOf(account, { anonymous: [visitor] });
    expect(noticeState(person, policyOf(policy), 'one', day('02-02'))).toMatchObject({
      step: 'ACKNOWLEDGED',
      reason: { decidedBy: { subjectId: 'visitor', order: 2 } },
    });
    expect(noticeState(person, policyOf(policy), 'one', day('01-21')).step).toBe('SHOWN');
  });
});

describe('agreeing to terms', () => {
  const contract = () => new PolicyStory(day('2024-01-01'), 'TERMS').publish('one', day('01-10'));
  const stateAt = (person: SubjectStory, policy: PolicyStory, at: string) =>
    acceptanceState(personOf(person), policyOf(policy), day(at));

  it('is nothing before, accepted from its instant, and refused when the last word is a no', () => {
    const policy = contract();
    const person = new SubjectStory()
      .do(terms(policy, 'one', day('02-01')))
      .do(terms(policy, 'one', day('03-01'), { decision: 'REFUSE' }));
    expect(stateAt(person, policy, '01-15')).toMatchObject({ accepted: false, versionId: undefined });
    expect(stateAt(person, policy, '02-01')).toMatchObject({
      accepted: true,
      current: true,
      versionId: 'one',
      at: day('02-01'),
      refusedAt: undefined,
      reason: { code: 'ACCEPTED', decidedBy: { order: 2 } },
    });
    expect(stateAt(person, policy, '03-01')).toMatchObject({
      accepted: false,
      current: true,
      at: undefined,
      refusedAt: day('03-01'),
      reason: { code: 'TERMS_REFUSED' },
    });
  });

  it('lasts through a wording, and is of earlier terms once they change', () => {
    const policy = contract();
    const person = new SubjectStory().do(terms(policy, 'one', day('02-01')));
    policy.publish('wording', day('03-01')).publish('dearer', day('04-01'), tells);
    expect(stateAt(person, policy, '03-02')).toMatchObject({ accepted: true, current: true, versionId: 'one' });
    expect(stateAt(person, policy, '04-01')).toMatchObject({
      accepted: true,
      current: false,
      reason: { code: 'ACCEPTED_EARLIER_TERMS' },
    });
  });

  it('to the next terms ahead of time is none to today’s, nor is refusing them', () => {
    const policy = contract().publish('next', day('02-01'), { ...tells, effectiveFrom: day('06-01') });
    const eager = new SubjectStory().do(terms(policy, 'next', day('02-02')));
    expect(stateAt(eager, policy, '03-01')).toMatchObject({ accepted: false, versionId: undefined });
    expect(stateAt(eager, policy, '06-01')).toMatchObject({ accepted: true, current: true, versionId: 'next' });
    const loth = new SubjectStory()
      .do(terms(policy, 'one', day('02-01')))
      .do(terms(policy, 'next', day('02-02'), { decision: 'REFUSE' }));
    expect(stateAt(loth, policy, '03-01')).toMatchObject({ accepted: true, current: true });
    expect(stateAt(loth, policy, '06-01')).toMatchObject({ accepted: false, current: true });
  });

  it('on a version whose decisions are void is none', () => {
    const policy = contract().publish('two', day('02-01'), tells);
    const person = new SubjectStory().do(terms(policy, 'two', day('02-02')));
    policy.do({
      type: 'WithdrawVersion',
      actor: 'publisher',
      at: day('03-01'),
      versionId: 'two',
      reason: 'mistake',
      voidsDecisions: true,
    });
    expect(stateAt(person, policy, '02-15')).toMatchObject({ accepted: true, current: true });
    expect(stateAt(person, policy, '03-01')).toMatchObject({ accepted: false, current: false });
  });

  it('is remembered while the terms are retired', () => {
    const policy = contract();
    const person = new SubjectStory().do(terms(policy, 'one', day('02-01')));
    policy.retire(day('03-01'));
    expect(stateAt(person, policy, '03-02')).toMatchObject({ accepted: true, current: false, versionId: 'one' });
  });
});
