import type { LegalBasis } from '../../../src/domain/policy/processing-statement';
import { governingBasis } from '../../../src/domain/subject/governing-basis';
import type { ExerciseRight } from '../../../src/domain/subject/subject.commands';
import type { Instant } from '../../../src/domain/time';
import { day, PolicyStory, statement, withPurpose } from '../../support/policy-stories';
import { stateOf, status } from '../../support/states-of-people';
import { consent, registration, SubjectStory, withdrawal, zone } from '../../support/subject-stories';

const right = (policy: PolicyStory, at: Instant, what: ExerciseRight['right']): ExerciseRight => ({
  type: 'ExerciseRight',
  at,
  policy: policy.policy,
  zone,
  right: what,
  purposes: ['newsletter'],
});

const on = (legalBasis: LegalBasis, subjectCategory = 'customer') => ({ subjectCategory, legalBasis });
const resting = (...bases: ReturnType<typeof on>[]) => withPurpose('newsletter', { bases });
const rights = { rights: [...statement.rights, 'OBJECTION' as const] };
const interest = {
  ...resting({ ...on('LEGITIMATE_INTERESTS'), ...{ legitimateInterest: 'To tell customers of news' } }),
  ...rights,
};

const one = (to = statement) => new PolicyStory().publish('one', day('01-10'), { statement: to });

describe('the basis that governs (D5)', () => {
  const purpose = (...bases: ReturnType<typeof on>[]) => ({ bases });

  it('is consent where it applies, then legitimate interests and public task, then the rest', () => {
    const all = ['VITAL_INTERESTS', 'LEGAL_OBLIGATION', 'CONTRACT', 'PUBLIC_TASK', 'LEGITIMATE_INTERESTS', 'CONSENT'];
    const bases = all.map((basis) => on(basis as LegalBasis));
    const found = bases.map((_, count) => governingBasis(purpose(...bases.slice(0, count + 1)), ['customer']));
    expect(found).toEqual(all);
  });

  it('is one of those that name a category of the person', () => {
    const bases = purpose(on('CONSENT', 'prospect'), on('CONTRACT', 'customer'), on('LEGAL_OBLIGATION', 'supplier'));
    expect(governingBasis(bases, ['customer'])).toBe('CONTRACT');
    expect(governingBasis(bases, ['customer', 'prospect'])).toBe('CONSENT');
    expect(governingBasis(bases, ['visitor'])).toBeUndefined();
    expect(governingBasis(bases, [])).toBeUndefined();
  });
});

describe('a purpose that does not rest on consent for this person', () => {
  it('needs none, and may be processed', () => {
    const policy = one();
    expect(stateOf(new SubjectStory(), policy, day('02-01'), { purpose: 'account' })).toMatchObject({
      status: 'NOT_REQUIRED',
      valid: true,
      legalBasis: 'CONTRACT',
      reason: { code: 'OTHER_BASIS', rule: 'D5', decidedBy: undefined },
    });
  });

  it('and on nothing else either, may not be processed', () => {
    const person = new SubjectStory(registration({ categories: ['visitor'] }));
    expect(stateOf(person, one(), day('02-01'))).toMatchObject({
      status: 'NOT_REQUIRED',
      valid: false,
      legalBasis: undefined,
      reason: { code: 'NO_BASIS' },
    });
  });

  it('changes with the person’s categories, from their date on', () => {
    const policy = one(resting(on('CONSENT'), on('CONTRACT', 'employee')));
    const person = new SubjectStory().do({ type: 'ClassifySubject', at: day('03-01'), categories: ['employee'] });
    person.do({ type: 'ClassifySubject', at: day('05-01'), categories: ['customer', 'employee'] });
    expect(status(person, policy, day('02-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('03-01'))).toBe('NOT_REQUIRED OTHER_BASIS');
    expect(status(person, policy, day('05-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('04-01'), { upTo: 1 })).toBe('UNKNOWN NOT_DECIDED');
  });

  it('keeps the yes for when the purpose rests on consent for them again', () => {
    const policy = one(resting(on('CONSENT'), on('CONTRACT', 'employee')));
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do({ type: 'ClassifySubject', at: day('03-01'), categories: ['employee'] })
      .do({ type: 'ClassifySubject', at: day('05-01'), categories: ['customer'] });
    expect(stateOf(person, policy, day('04-01'))).toMatchObject({ status: 'NOT_REQUIRED', valid: true });
    expect(status(person, policy, day('06-01'))).toBe('GIVEN');
  });
});

describe('objection (D2, D5)', () => {
  it('stops what rests on legitimate interests, until it is lifted', () => {
    const policy = one(interest);
    const person = new SubjectStory()
      .do(right(policy, day('02-01'), 'OBJECT'))
      .do(right(policy, day('04-01'), 'LIFT_OBJECTION'));
    expect(stateOf(person, policy, day('01-15'))).toMatchObject({ status: 'NOT_REQUIRED', valid: true });
    expect(stateOf(person, policy, day('02-01'))).toMatchObject({
      status: 'OBJECTED',
      valid: false,
      legalBasis: 'LEGITIMATE_INTERESTS',
      reason: { code: 'OBJECTED', rule: 'D2', decidedBy: { subjectId: 'person', order: 2 } },
    });
    expect(status(person, policy, day('04-01'))).toBe('NOT_REQUIRED OTHER_BASIS');
  });

  it('does not act on a purpose that rests on a contract', () => {
    const policy = one();
    const person = new SubjectStory().do({ ...right(policy, day('02-01'), 'OBJECT'), purposes: ['account'] });
    expect(status(person, policy, day('02-02'), { purpose: 'account' })).toBe('NOT_REQUIRED OTHER_BASIS');
  });

  it('made while the purpose rested on consent acts once it rests on legitimate interests', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(right(policy, day('02-02'), 'OBJECT'));
    expect(status(person, policy, day('02-03'))).toBe('GIVEN');
    policy.publish('two', day('03-01'), { statement: interest, reasons: ['LEGAL_BASIS', 'EXERCISE_OF_RIGHTS'] });
    expect(status(person, policy, day('03-02'))).toBe('OBJECTED');
  });

  it.each(['refusal', 'withdrawal'])('a %s of consent counts as one where the basis changed', (kind) => {
    const policy = one();
    const person = new SubjectStory();
    if (kind === 'withdrawal') person.do(consent(policy, 'one', day('02-01'))).do(withdrawal(policy, day('02-02')));
    else person.do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' }));
    policy.publish('two', day('03-01'), { statement: interest, reasons: ['LEGAL_BASIS', 'EXERCISE_OF_RIGHTS'] });
    expect(status(person, policy, day('03-02'))).toBe('OBJECTED DECIDED_AGAINST');
    person.do(right(policy, day('04-01'), 'LIFT_OBJECTION'));
    expect(status(person, policy, day('04-02'))).toBe('NOT_REQUIRED OTHER_BASIS');
  });

  it('a later yes took the refusal back, and so it is no objection', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' }))
      .do(consent(policy, 'one', day('02-02')));
    policy.publish('two', day('03-01'), { statement: interest, reasons: ['LEGAL_BASIS', 'EXERCISE_OF_RIGHTS'] });
    expect(status(person, policy, day('03-02'))).toBe('NOT_REQUIRED OTHER_BASIS');
  });

  it('a refusal ahead of next year’s text is no objection to today’s', () => {
    const policy = one(interest).publish('next', day('02-01'), {
      statement: { ...statement, ...rights },
      reasons: ['LEGAL_BASIS'],
      renewalPurposes: ['newsletter'],
      effectiveFrom: day('2025-01-01'),
    });
    const person = new SubjectStory().do(consent(policy, 'next', day('02-02'), { decision: 'REFUSE' }));
    expect(status(person, policy, day('03-01'))).toBe('NOT_REQUIRED OTHER_BASIS');
    expect(status(person, policy, day('2025-01-02'))).toBe('REFUSED');
  });
});

describe('restriction (D2)', () => {
  it('lies over everything, and lifting it uncovers what is beneath', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(right(policy, day('03-01'), 'RESTRICT'))
      .do(right(policy, day('05-01'), 'LIFT_RESTRICTION'));
    expect(stateOf(person, policy, day('04-01'))).toMatchObject({
      status: 'RESTRICTED',
      valid: false,
      legalBasis: 'CONSENT',
      reason: { code: 'RESTRICTED', decidedBy: { order: 3 } },
    });
    expect(status(person, policy, day('05-01'))).toBe('GIVEN');
  });

  it('lies over an objection, which stands beneath it', () => {
    const policy = one(interest);
    const person = new SubjectStory()
      .do(right(policy, day('02-01'), 'RESTRICT'))
      .do(right(policy, day('02-02'), 'OBJECT'))
      .do(right(policy, day('03-01'), 'LIFT_RESTRICTION'));
    expect(status(person, policy, day('02-15'))).toBe('RESTRICTED');
    expect(status(person, policy, day('03-02'))).toBe('OBJECTED');
  });

  it('stops a purpose on contract, too, and a withdrawal made meanwhile is there when it is lifted', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do({ ...right(policy, day('02-02'), 'RESTRICT'), purposes: ['account', 'newsletter'] })
      .do(withdrawal(policy, day('02-03')))
      .do(right(policy, day('02-04'), 'LIFT_RESTRICTION'));
    expect(status(person, policy, day('02-02'), { purpose: 'account' })).toBe('RESTRICTED');
    expect(status(person, policy, day('02-05'), { purpose: 'account' })).toBe('RESTRICTED');
    expect(status(person, policy, day('02-05'))).toBe('WITHDRAWN');
  });
});
