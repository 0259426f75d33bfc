import { parseInstant } from '../../../src/domain/time';
import { day, newsletter, PolicyStory, statement, withoutPurpose, withPurpose } from '../../support/policy-stories';
import { policyOf, stateOf, status } from '../../support/states-of-people';
import { consent, notice, registration, SubjectStory, withdrawal } from '../../support/subject-stories';

const asksAgain = { reasons: ['PURPOSE'], renewalPurposes: ['newsletter'] } as const;
const one = () => new PolicyStory().publish('one', day('01-10'));

describe('given, refused and withdrawn (D1)', () => {
  it('given in January and withdrawn in March, it was given in February and withdrawn in April', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('01-15'))).do(withdrawal(policy, day('03-15')));
    expect(status(person, policy, day('01-14'))).toBe('UNKNOWN NOT_DECIDED');
    expect(stateOf(person, policy, day('02-15'))).toMatchObject({ status: 'GIVEN', valid: true });
    expect(stateOf(person, policy, day('04-15'))).toMatchObject({ status: 'WITHDRAWN', valid: false });
  });

  it('counts from its very instant on', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('01-15'))).do(withdrawal(policy, day('03-15')));
    expect(status(person, policy, parseInstant('2024-01-15T11:59:59.999Z'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('01-15'))).toBe('GIVEN');
    expect(status(person, policy, parseInstant('2024-03-15T11:59:59.999Z'))).toBe('GIVEN');
    expect(status(person, policy, day('03-15'))).toBe('WITHDRAWN');
  });

  it('tells which text was agreed to, from when and until when, and the fact that decided', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), {
      statement: withPurpose('newsletter', { consentValidFor: 'P1Y' }),
    });
    const person = new SubjectStory().do(notice(policy, 'one', day('01-14'))).do(consent(policy, 'one', day('01-15')));
    expect(stateOf(person, policy, day('02-01'))).toMatchObject({
      legalBasis: 'CONSENT',
      versionInForce: 'one',
      text: { versionId: 'one', locale: 'nb' },
      decidedAt: day('01-15'),
      expiresAt: day('2025-01-15'),
      reason: { code: 'GIVEN', rule: 'D1', decidedBy: { subjectId: 'person', order: 3 } },
    });
  });

  it('refuse then ask: the refusal is the answer', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' }));
    expect(stateOf(person, policy, day('02-02'))).toMatchObject({ status: 'REFUSED', valid: false });
  });

  it('a refusal ahead of time of next year’s text does not refuse today’s', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('2025-01-01') });
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-02')))
      .do(consent(policy, 'next', day('02-03'), { decision: 'REFUSE' }));
    expect(status(person, policy, day('06-01'))).toBe('GIVEN');
    expect(status(person, policy, day('2025-01-01'))).toBe('REFUSED');
  });

  it('a yes ahead of time of next year’s text is no yes today, and counts from its day on', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('2025-01-01') });
    const person = new SubjectStory().do(consent(policy, 'next', day('02-03')));
    expect(status(person, policy, day('06-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('2025-01-01'))).toBe('GIVEN');
  });

  it('a withdrawal enters every root, that of the scheduled version too', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('2025-01-01') });
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-02')))
      .do(consent(policy, 'next', day('02-03')))
      .do(withdrawal(policy, day('03-01')));
    expect(status(person, policy, day('04-01'))).toBe('WITHDRAWN');
    expect(status(person, policy, day('2025-02-01'))).toBe('WITHDRAWN');
  });

  it('dismissing the dialog does not unmake a yes', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(consent(policy, 'one', day('02-02'), { decision: 'DEFER', method: 'DISMISSAL' }));
    expect(status(person, policy, day('03-01'))).toBe('GIVEN');
  });

  it('one purpose is decided, another is not', () => {
    const events = { ...newsletter, key: 'events' };
    const policy = new PolicyStory().publish('one', day('01-10'), {
      statement: { ...statement, purposes: [...statement.purposes, events] },
    });
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    expect(status(person, policy, day('03-01'))).toBe('GIVEN');
    expect(status(person, policy, day('03-01'), { purpose: 'events' })).toBe('UNKNOWN NOT_DECIDED');
  });

  it('an old yes told today is placed by when it occurred, behind what is live', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(withdrawal(policy, day('05-01')))
      .do(consent(policy, 'one', day('06-01'), { occurredAt: day('02-01') }));
    expect(status(person, policy, day('02-01'))).toBe('GIVEN');
    expect(status(person, policy, day('06-02'))).toBe('WITHDRAWN');
  });

  it('a withdrawal from a node whose clock is behind still wins over the yes before it (S5)', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', parseInstant('2024-02-01T12:00:04.000Z')))
      .do(withdrawal(policy, parseInstant('2024-02-01T12:00:01.000Z')));
    expect(status(person, policy, parseInstant('2024-02-01T12:00:04.000Z'))).toBe('WITHDRAWN');
  });
});

describe('asked and put off (D1)', () => {
  it('says requested once a version that asks was shown, and deferred once it was put off', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(notice(policy, 'one', day('02-01')))
      .do(consent(policy, 'one', day('02-02'), { decision: 'DEFER', method: 'DISMISSAL' }))
      .do(notice(policy, 'one', day('02-05')));
    expect(status(person, policy, day('02-01'))).toBe('REQUESTED');
    expect(status(person, policy, day('02-02'))).toBe('DEFERRED');
    expect(status(person, policy, day('02-05'))).toBe('REQUESTED');
  });

  it('says nothing of the kind for a version of another root', () => {
    const policy = one().publish('two', day('03-01'), asksAgain);
    const person = new SubjectStory()
      .do(notice(policy, 'one', day('02-01')))
      .do(consent(policy, 'two', day('03-02'), { decision: 'DEFER', method: 'DISMISSAL' }));
    expect(status(person, policy, day('02-15'))).toBe('REQUESTED');
    expect(status(person, policy, day('03-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('03-03'))).toBe('DEFERRED');
  });
});

describe('changes of the text (D3, V6)', () => {
  it('a wording change asks nobody again', () => {
    const policy = one().publish('two', day('06-01'));
    const person = new SubjectStory().do(consent(policy, 'two', day('06-02')));
    const before = new SubjectStory().do(consent(policy, 'one', day('05-01'), { occurredAt: day('05-01') }));
    expect(status(person, policy, day('06-03'))).toBe('GIVEN');
    expect(status(before, policy, day('06-03'))).toBe('GIVEN');
  });

  it('a purpose change asks only for that purpose', () => {
    const events = { ...newsletter, key: 'events' };
    const both = { ...statement, purposes: [...statement.purposes, events] };
    const policy = new PolicyStory().publish('one', day('01-10'), { statement: both });
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01'), { purposes: ['newsletter', 'events'] }));
    policy.publish('two', day('06-01'), {
      statement: withPurpose('events', { optional: false }, both),
      reasons: ['PURPOSE'],
      renewalPurposes: ['events'],
    });
    expect(status(person, policy, day('06-02'))).toBe('GIVEN');
    expect(status(person, policy, day('06-02'), { purpose: 'events' })).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('a renewal-worthy change in June does not change May’s answer', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('06-01'), asksAgain);
    expect(status(person, policy, day('05-15'))).toBe('GIVEN');
    expect(stateOf(person, policy, day('06-01'))).toMatchObject({
      status: 'INVALIDATED',
      valid: false,
      text: { versionId: 'one' },
      reason: { code: 'RENEWAL_DUE', rule: 'D3', decidedBy: { subjectId: 'person', order: 2 } },
    });
  });

  it('yes after yes is renewed; with a no between it is given', () => {
    const policy = one();
    const again = new SubjectStory().do(consent(policy, 'one', day('02-01'))).do(consent(policy, 'one', day('03-01')));
    expect(stateOf(again, policy, day('04-01'))).toMatchObject({ status: 'RENEWED', valid: true });
    const torn = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(withdrawal(policy, day('02-15')))
      .do(consent(policy, 'one', day('03-01')));
    expect(status(torn, policy, day('04-01'))).toBe('GIVEN');
  });

  it('a yes to the version that asked again renews the one before', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('06-01'), asksAgain);
    person.do(consent(policy, 'two', day('06-02')));
    expect(status(person, policy, day('06-03'))).toBe('RENEWED');
  });

  it('consent withdrawn and given again is due for renewal like any other', () => {
    const policy = one();
    const person = new SubjectStory()
      .do(consent(policy, 'one', day('02-01')))
      .do(withdrawal(policy, day('02-15')))
      .do(consent(policy, 'one', day('03-01')));
    policy.publish('two', day('06-01'), asksAgain);
    expect(status(person, policy, day('06-02'))).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('consent withdrawn stays withdrawn when a later version asks again', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01'))).do(withdrawal(policy, day('02-15')));
    policy.publish('two', day('06-01'), asksAgain);
    expect(status(person, policy, day('06-02'))).toBe('WITHDRAWN');
  });

  it('who refused the text before is asked by the one that asks again', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' }));
    policy.publish('two', day('06-01'), asksAgain);
    expect(status(person, policy, day('06-02'))).toBe('UNKNOWN NOT_DECIDED');
  });

  it('a purpose that the new text leaves out is terminated, and back where the text brings it back', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('06-01'), { statement: withoutPurpose('newsletter'), reasons: ['PURPOSE'] });
    expect(stateOf(person, policy, day('06-02'))).toMatchObject({
      status: 'TERMINATED',
      valid: false,
      legalBasis: undefined,
      reason: { code: 'PURPOSE_ABSENT', rule: 'D3' },
    });
    policy.publish('three', day('09-01'), asksAgain);
    expect(status(person, policy, day('09-02'))).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('while the policy is retired every consent is terminated, and withdrawing still works', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.retire(day('06-01'));
    expect(status(person, policy, day('06-01'))).toBe('TERMINATED RETIRED');
    person.do(withdrawal(policy, day('06-02')));
    policy.publish('two', day('09-01'));
    expect(status(person, policy, day('09-02'))).toBe('WITHDRAWN');
  });

  it('before the first version, and on a text without a statement, nothing is known', () => {
    const policy = new PolicyStory().import('old', day('2019-05-01'), day('01-05')).publish('one', day('02-01'));
    const person = new SubjectStory();
    expect(status(person, policy, day('2018-01-01'))).toBe('UNKNOWN NOT_YET_PUBLISHED');
    expect(status(person, policy, day('2020-01-01'))).toBe('UNKNOWN TEXT_ONLY');
    expect(policyOf(policy).knowsPurpose('newsletter')).toBe(true);
    expect(policyOf(policy).knowsPurpose('something else')).toBe(false);
  });
});

describe('withdrawn versions (V3, D3)', () => {
  const voided = (policy: PolicyStory, versionId: string, on: string) =>
    policy.do({
      type: 'WithdrawVersion',
      actor: 'publisher',
      at: day(on),
      versionId,
      reason: 'mistake',
      voidsDecisions: true,
    });

  it('a scheduled version withdrawn before its day leaves no trace in anybody’s state', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('06-01') });
    const stories = {
      given: new SubjectStory().do(consent(policy, 'one', day('02-02'))).do(consent(policy, 'next', day('02-03'))),
      ahead: new SubjectStory().do(consent(policy, 'next', day('02-03'))),
      refused: new SubjectStory()
        .do(consent(policy, 'one', day('02-02')))
        .do(consent(policy, 'next', day('02-03'), { decision: 'REFUSE' })),
    };
    policy.withdraw('next', day('04-01'));
    policy.publish('wording', day('08-01'));
    for (const at of [day('05-01'), day('07-01'), day('09-01')]) {
      expect(status(stories.given, policy, at)).toBe('GIVEN');
      expect(status(stories.ahead, policy, at)).toBe('UNKNOWN NOT_DECIDED');
      expect(status(stories.refused, policy, at)).toBe('GIVEN');
    }
    policy.publish('renewal', day('10-01'), asksAgain);
    expect(status(stories.ahead, policy, day('10-02'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(stories.given, policy, day('10-02'))).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('a yes ahead to one of the same root that is withdrawn before its day is no yes to what is in force', () => {
    const policy = one().publish('wording', day('02-01'), { effectiveFrom: day('06-01') });
    const person = new SubjectStory().do(consent(policy, 'wording', day('02-03')));
    expect(status(person, policy, day('03-01'))).toBe('GIVEN');
    policy.withdraw('wording', day('04-01'));
    expect(status(person, policy, day('03-01'))).toBe('GIVEN');
    expect(status(person, policy, day('05-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('07-01'))).toBe('UNKNOWN NOT_DECIDED');
  });

  it('voided before its day it leaves no trace either', () => {
    const policy = one().publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('06-01') });
    const person = new SubjectStory().do(consent(policy, 'next', day('02-03')));
    voided(policy, 'next', '04-01');
    expect(status(person, policy, day('07-01'))).toBe('UNKNOWN NOT_DECIDED');
  });

  it('after the withdrawal of a version that asked again the old yes counts again', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('03-01'), asksAgain).withdraw('two', day('04-01'));
    expect(status(person, policy, day('03-15'))).toBe('INVALIDATED RENEWAL_DUE');
    expect(status(person, policy, day('04-01'))).toBe('GIVEN');
  });

  it('a yes to a version that is withdrawn, and asked for anew, is none to the one before', () => {
    const policy = one().publish('two', day('03-01'), asksAgain);
    const person = new SubjectStory().do(consent(policy, 'two', day('03-02')));
    policy.withdraw('two', day('04-01'));
    expect(status(person, policy, day('03-15'))).toBe('GIVEN');
    expect(status(person, policy, day('04-02'))).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('a yes to a wording that is withdrawn counts on for the version before', () => {
    const policy = one().publish('two', day('03-01'));
    const person = new SubjectStory().do(consent(policy, 'two', day('03-02')));
    policy.withdraw('two', day('04-01'));
    expect(status(person, policy, day('04-02'))).toBe('GIVEN');
  });

  it('where the withdrawal voids decisions, that yes is invalid from then on and not before', () => {
    const policy = one().publish('two', day('03-01'));
    const person = new SubjectStory().do(consent(policy, 'two', day('03-02')));
    voided(policy, 'two', '04-01');
    expect(status(person, policy, day('03-15'))).toBe('GIVEN');
    expect(status(person, policy, day('04-01'))).toBe('INVALIDATED VOIDED');
  });

  it('a voided yes uncovers the yes, or the withdrawal, before it', () => {
    const policy = one().publish('two', day('03-01'));
    const yes = new SubjectStory()
      .do(consent(policy, 'one', day('02-01'), { occurredAt: day('02-01') }))
      .do(consent(policy, 'two', day('03-02')));
    const no = new SubjectStory().do(withdrawal(policy, day('02-01'))).do(consent(policy, 'two', day('03-02')));
    voided(policy, 'two', '04-01');
    expect(status(yes, policy, day('04-02'))).toBe('GIVEN');
    expect(status(no, policy, day('04-02'))).toBe('WITHDRAWN');
  });

  it('when every version is withdrawn nothing is known', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.withdraw('one', day('03-01'));
    expect(status(person, policy, day('03-02'))).toBe('UNKNOWN ALL_WITHDRAWN');
  });
});

describe('a version published between (V6, T3)', () => {
  const wordingAhead = () => one().publish('wording', day('02-01'), { effectiveFrom: day('09-01') });
  const between = { ...asksAgain, effectiveFrom: day('06-01') };

  it('changes no earlier answer of a yes given ahead on the version behind it', () => {
    const policy = wordingAhead();
    const person = new SubjectStory().do(consent(policy, 'wording', day('02-05')));
    expect(status(person, policy, day('02-10'))).toBe('GIVEN');
    policy.publish('renewal', day('03-01'), between);
    expect(status(person, policy, day('02-10'))).toBe('GIVEN');
    expect(status(person, policy, day('05-31'))).toBe('GIVEN');
  });

  it('asks who agreed to the version before it', () => {
    const policy = wordingAhead();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-05')));
    policy.publish('renewal', day('03-01'), between);
    expect(status(person, policy, day('05-31'))).toBe('GIVEN');
    expect(status(person, policy, day('06-01'))).toBe('INVALIDATED RENEWAL_DUE');
    expect(status(person, policy, day('09-02'))).toBe('INVALIDATED RENEWAL_DUE');
  });
});

describe('cohort dates (V1, P4)', () => {
  const cohort = () =>
    one().publish('two', day('02-01'), {
      ...asksAgain,
      effectiveFrom: day('03-01'),
      effectiveFromForExisting: day('06-01'),
    });

  it('who registered before the publication is asked again on the cohort date, others at once', () => {
    const policy = cohort();
    const old = new SubjectStory().do(consent(policy, 'one', day('02-02')));
    const fresh = new SubjectStory(registration({ at: day('02-15') })).do(consent(policy, 'one', day('02-16')));
    expect(status(old, policy, day('03-01'))).toBe('GIVEN');
    expect(status(fresh, policy, day('03-01'))).toBe('INVALIDATED RENEWAL_DUE');
    expect(status(old, policy, parseInstant('2024-06-01T11:59:59.999Z'))).toBe('GIVEN');
    expect(status(old, policy, day('06-01'))).toBe('INVALIDATED RENEWAL_DUE');
  });

  it('what an existing person decides ahead between the two dates is none of today’s business', () => {
    const policy = cohort();
    const person = new SubjectStory().do(consent(policy, 'two', day('03-15')));
    expect(status(person, policy, day('04-01'))).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, day('06-01'))).toBe('GIVEN');
  });
});

describe('expiry (D4)', () => {
  const yearly = withPurpose('newsletter', { consentValidFor: 'P1M' });

  it('a yes of the last of January for a month expires on the last of February, clipped to the month’s end', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), { statement: yearly });
    const person = new SubjectStory().do(consent(policy, 'one', day('01-31')));
    expect(status(person, policy, parseInstant('2024-02-29T11:59:59.999Z'))).toBe('GIVEN');
    expect(stateOf(person, policy, day('02-29'))).toMatchObject({
      status: 'EXPIRED',
      valid: false,
      expiresAt: day('02-29'),
      text: { versionId: 'one' },
    });
  });

  it('across a clock change it expires at the same local time', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), { statement: yearly });
    const person = new SubjectStory().do(consent(policy, 'one', day('03-15')));
    expect(stateOf(person, policy, day('03-16')).expiresAt).toBe('2024-04-15T11:00:00.000Z');
  });

  it('a later version with a shorter term shortens no yes that it does not ask for again', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('03-01'), { statement: yearly, reasons: ['RETENTION'] });
    expect(status(person, policy, day('2026-01-01'))).toBe('GIVEN');
  });

  it('an expired yes is expired though an older one without a term lies beneath', () => {
    const policy = one();
    const person = new SubjectStory().do(consent(policy, 'one', day('02-01')));
    policy.publish('two', day('03-01'), { statement: yearly, reasons: ['RETENTION'] });
    person.do(consent(policy, 'two', day('03-02')));
    expect(status(person, policy, day('03-03'))).toBe('RENEWED');
    expect(status(person, policy, day('05-01'))).toBe('EXPIRED');
  });

  it('a yes after the expiry is a renewal', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), { statement: yearly });
    const person = new SubjectStory().do(consent(policy, 'one', day('01-15'))).do(consent(policy, 'one', day('05-15')));
    expect(status(person, policy, day('04-01'))).toBe('EXPIRED');
    expect(status(person, policy, day('05-16'))).toBe('RENEWED');
  });
});

describe('imports and what was known (T3, V7)', () => {
  it('a consent of 2019 imported today is unknown to yesterday’s knowledge and given to today’s', () => {
    const policy = new PolicyStory().import('old', day('2019-01-01'), day('01-05'), statement);
    const person = new SubjectStory().do(
      consent(policy, 'old', day('02-01'), { occurredAt: day('2019-06-01'), imported: true }),
    );
    const at = day('2019-07-01');
    expect(status(person, policy, at, { upTo: 1 })).toBe('UNKNOWN NOT_DECIDED');
    expect(status(person, policy, at)).toBe('GIVEN');
    expect(status(person, policy, day('2019-05-31'))).toBe('UNKNOWN NOT_DECIDED');
  });

  it('a yes on an import that is taken out again is invalid', () => {
    const policy = new PolicyStory()
      .import('a', day('2019-01-01'), day('01-05'), statement)
      .import('b', day('2020-01-01'), day('01-05'), statement);
    const person = new SubjectStory().do(consent(policy, 'b', day('02-01'), { occurredAt: day('2020-06-01') }));
    expect(status(person, policy, day('2020-07-01'))).toBe('GIVEN');
    policy.do({ type: 'RevokeImport', actor: 'importer', at: day('02-02'), entryId: 'b', reason: 'wrong date' });
    expect(status(person, policy, day('2020-07-01'))).toBe('INVALIDATED VERSION_REVOKED');
  });
});
