import type { Instant } from '../../../src/domain/time';
import { day, PolicyStory, statement, withPurpose } from '../../support/policy-stories';
import { stateOf, status } from '../../support/states-of-people';
import { consent, registration, SubjectStory, withdrawal } from '../../support/subject-stories';

/**
 * An account and its visitors: on each root what the account decided, else what they did (rule D7), and of that what
 * the rules say of one person's decisions (rules D1, D3, D5). Version "two" asks again in March, "three" in June.
 */
const asksAgain = { reasons: ['PURPOSE'], renewalPurposes: ['newsletter'] } as const;
const NO = { decision: 'REFUSE' } as const;
const LINKED = day('12-01');

const one = () => new PolicyStory().publish('one', day('01-10'));
const two = (policy: PolicyStory) => policy.publish('two', day('03-01'), asksAgain);
const three = (policy: PolicyStory) => policy.publish('three', day('06-01'), asksAgain);

function visitor(id = 'visitor'): SubjectStory {
  return new SubjectStory(registration({ subjectId: id, anonymous: true }));
}

function linked(...visitors: readonly SubjectStory[]): { readonly anonymous: readonly SubjectStory[] } {
  const account = { id: 'person', anonymous: false, erased: false };
  for (const anonymous of visitors) anonymous.do({ type: 'LinkSubject', at: LINKED, account });
  return { anonymous: visitors };
}

describe('where the text asks again', () => {
  it('a visitor’s yes on a root that the account refused is not due for renewal', () => {
    const policy = one();
    const account = new SubjectStory().do(consent(policy, 'one', day('02-05'), NO));
    const anonymous = visitor().do(consent(policy, 'one', day('02-01')));
    two(policy);
    const unlinked = { anonymous: [anonymous] };
    expect(status(account, policy, day('04-01'), unlinked)).toBe('UNKNOWN NOT_DECIDED');
    const known = linked(anonymous);
    expect(status(account, policy, day('02-02'), known)).toBe('GIVEN');
    expect(status(account, policy, day('02-06'), known)).toBe('REFUSED');
    expect(stateOf(account, policy, day('04-01'), known)).toMatchObject({ status: 'UNKNOWN', decision: undefined });
  });

  it('nor is one that came after the refusal, or on another version of the same root', () => {
    const policy = one().publish('wording', day('02-10'));
    const account = new SubjectStory().do(consent(policy, 'wording', day('02-11'), NO));
    const known = linked(visitor().do(consent(policy, 'one', day('02-20'), { occurredAt: day('02-05') })));
    const later = linked(visitor('later').do(consent(policy, 'wording', day('02-15'))));
    two(policy);
    expect(status(account, policy, day('04-01'), known)).toBe('UNKNOWN NOT_DECIDED');
    expect(status(account, policy, day('04-01'), later)).toBe('UNKNOWN NOT_DECIDED');
  });

  it('a visitor’s yes is due for renewal where the account decided on no root, or on another one before it', () => {
    const policy = one();
    const refused = new SubjectStory().do(consent(policy, 'one', day('02-01'), NO));
    const first = visitor().do(consent(policy, 'one', day('02-05')));
    two(policy);
    expect(status(new SubjectStory(), policy, day('04-01'), linked(first))).toBe('INVALIDATED RENEWAL_DUE');
    const second = linked(visitor().do(consent(policy, 'two', day('03-05'))));
    three(policy);
    expect(stateOf(refused, policy, day('07-01'), second)).toMatchObject({
      status: 'INVALIDATED',
      reason: { code: 'RENEWAL_DUE', decidedBy: { subjectId: 'visitor', order: 2 } },
    });
  });

  it('the last word under an older root decides, whoever said it', () => {
    const policy = one();
    const yes = visitor().do(consent(policy, 'one', day('02-01')));
    const account = new SubjectStory();
    two(policy);
    account.do(consent(policy, 'two', day('03-05'), NO));
    three(policy);
    expect(status(account, policy, day('07-01'), linked(yes))).toBe('UNKNOWN NOT_DECIDED');
    const given = new SubjectStory().do(consent(policy, 'two', day('06-10'), { occurredAt: day('04-01') }));
    const no = linked(visitor().do(consent(policy, 'one', day('06-10'), { ...NO, occurredAt: day('02-01') })));
    expect(stateOf(given, policy, day('07-01'), no)).toMatchObject({
      status: 'INVALIDATED',
      reason: { decidedBy: { subjectId: 'person' } },
    });
  });

  it('of a yes by either on one root it is the account’s that is due', () => {
    const policy = one();
    const account = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    const known = linked(visitor().do(consent(policy, 'one', day('02-20'))));
    two(policy);
    expect(stateOf(account, policy, day('04-01'), known)).toMatchObject({
      status: 'INVALIDATED',
      reason: { code: 'RENEWAL_DUE', decidedBy: { subjectId: 'person', order: 2 } },
    });
  });

  it('of several visitors those count whose root the account left open', () => {
    const policy = one();
    const account = new SubjectStory().do(consent(policy, 'one', day('02-10'), NO));
    const first = visitor('first').do(consent(policy, 'one', day('02-01')));
    const also = visitor('also').do(consent(policy, 'one', day('02-20')));
    two(policy);
    const second = visitor('second').do(consent(policy, 'two', day('03-05')));
    three(policy);
    const known = linked(first, also, second);
    expect(status(account, policy, day('03-03'), known)).toBe('UNKNOWN NOT_DECIDED');
    expect(status(account, policy, day('04-01'), known)).toBe('GIVEN');
    expect(stateOf(account, policy, day('07-01'), known)).toMatchObject({
      status: 'INVALIDATED',
      reason: { decidedBy: { subjectId: 'second' } },
    });
  });
});

describe('a withdrawal enters every root (D1)', () => {
  it('the account’s leaves no root to its visitors, even where a later yes of its own is due for renewal', () => {
    const policy = one();
    const account = new SubjectStory().do(withdrawal(policy, day('02-01'))).do(consent(policy, 'one', day('02-05')));
    two(policy);
    const known = linked(visitor().do(consent(policy, 'two', day('03-05'))));
    expect(status(account, policy, day('02-10'), known)).toBe('GIVEN');
    expect(stateOf(account, policy, day('04-01'), known)).toMatchObject({
      status: 'INVALIDATED',
      valid: false,
      reason: { code: 'RENEWAL_DUE', decidedBy: { subjectId: 'person', order: 3 } },
    });
  });

  it('a visitor’s enters those that the account did not decide on', () => {
    const policy = one();
    const given = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    const refused = new SubjectStory().do(consent(policy, 'one', day('02-01'), NO));
    const known = linked(
      visitor()
        .do(consent(policy, 'one', day('01-20')))
        .do(withdrawal(policy, day('02-10'))),
    );
    two(policy);
    expect(status(given, policy, day('02-20'), known)).toBe('GIVEN');
    expect(status(refused, policy, day('02-20'), known)).toBe('REFUSED');
    expect(status(given, policy, day('04-01'), known)).toBe('WITHDRAWN');
    expect(status(refused, policy, day('04-01'), known)).toBe('WITHDRAWN');
    expect(status(new SubjectStory(), policy, day('02-20'), known)).toBe('WITHDRAWN');
  });

  it('and is unmade by a later yes, also of the account', () => {
    const policy = one();
    const known = linked(visitor().do(withdrawal(policy, day('02-01'))));
    const account = new SubjectStory().do(consent(policy, 'one', day('02-10')));
    two(policy);
    expect(stateOf(account, policy, day('04-01'), known)).toMatchObject({
      status: 'INVALIDATED',
      reason: { code: 'RENEWAL_DUE', decidedBy: { subjectId: 'person' } },
    });
  });
});

describe('decisions of the account that are none', () => {
  const voided = (policy: PolicyStory, versionId: string, at: Instant) =>
    policy.do({ type: 'WithdrawVersion', actor: 'publisher', at, versionId, reason: 'mistake', voidsDecisions: true });

  it('those on a voided version hide nothing from then on', () => {
    const policy = one().publish('wording', day('02-10'));
    const account = new SubjectStory().do(consent(policy, 'wording', day('02-11'), NO));
    const known = linked(visitor().do(consent(policy, 'one', day('02-20'), { occurredAt: day('02-05') })));
    voided(policy, 'wording', day('02-25'));
    expect(status(account, policy, day('02-20'), known)).toBe('REFUSED');
    expect(status(account, policy, day('02-26'), known)).toBe('GIVEN');
    two(policy);
    expect(status(account, policy, day('04-01'), known)).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('one ahead of time counts from its version’s day on', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('06-01') });
    const account = new SubjectStory().do(consent(policy, 'next', day('02-05'), NO));
    const known = linked(
      visitor()
        .do(consent(policy, 'one', day('02-02')))
        .do(consent(policy, 'next', day('02-03'))),
    );
    expect(status(account, policy, day('03-01'), known)).toBe('GIVEN');
    expect(status(account, policy, day('06-01'), known)).toBe('REFUSED');
  });
});

describe('a purpose that comes to rest on legitimate interests (D5)', () => {
  const bases = [
    { subjectCategory: 'customer', legalBasis: 'LEGITIMATE_INTERESTS', legitimateInterest: 'To tell of news' } as const,
  ];
  const onInterest = (policy: PolicyStory) =>
    policy.publish('interest', day('06-01'), {
      statement: { ...withPurpose('newsletter', { bases }), rights: [...statement.rights, 'OBJECTION'] },
      reasons: ['LEGAL_BASIS', 'EXERCISE_OF_RIGHTS'],
    });

  it('a visitor’s refusal counts as an objection but where the account decided on its root', () => {
    const policy = one();
    const given = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    const same = visitor().do(consent(policy, 'one', day('02-05'), NO));
    two(policy);
    const other = visitor('other').do(consent(policy, 'two', day('03-05'), NO));
    onInterest(policy);
    expect(status(given, policy, day('07-01'), linked(same))).toBe('NOT_REQUIRED OTHER_BASIS');
    expect(status(given, policy, day('07-01'), linked(other))).toBe('OBJECTED DECIDED_AGAINST');
    expect(status(new SubjectStory(), policy, day('07-01'), { anonymous: [same] })).toBe('OBJECTED DECIDED_AGAINST');
  });

  it('nor does it where the account decided, ahead of time, on another version of the same root', () => {
    const policy = one().publish('wording', day('02-10'), { effectiveFrom: day('05-01') });
    const refused = visitor().do(consent(policy, 'one', day('02-05'), NO));
    const given = new SubjectStory().do(consent(policy, 'wording', day('02-15')));
    onInterest(policy);
    expect(status(given, policy, day('04-01'), linked(refused))).toBe('GIVEN');
    expect(status(given, policy, day('07-01'), linked(refused))).toBe('NOT_REQUIRED OTHER_BASIS');
    expect(status(new SubjectStory(), policy, day('07-01'), { anonymous: [refused] })).toBe('OBJECTED DECIDED_AGAINST');
  });
});
