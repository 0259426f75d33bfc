import { concerns } from '../../../src/domain/subject/concerns';
import { type Obligations, obligations } from '../../../src/domain/subject/obligations';
import { type Instant, parseInstant, parseLocalDate } from '../../../src/domain/time';
import { day, newsletter, PolicyStory, rules, statement, withPurpose } from '../../support/policy-stories';
import { personOf, policyOf } from '../../support/states-of-people';
import { consent, notice, registration, SubjectStory, terms, withdrawal, zone } from '../../support/subject-stories';

const tells = { reasons: ['RETENTION'] } as const;
const asksAgain = { reasons: ['PURPOSE'], renewalPurposes: ['newsletter'] } as const;

function due(person: SubjectStory, policies: PolicyStory | readonly PolicyStory[], at: Instant): Obligations {
  const stories = policies instanceof PolicyStory ? [policies] : policies;
  const facts = stories.map((story) => policyOf(story));
  return obligations(personOf(person), facts, at);
}

/** What is asked, in short: "READ_NOTICE one", "DECIDE_CONSENT one newsletter", "+" before what is still to come. */
function asked(person: SubjectStory, policies: PolicyStory | readonly PolicyStory[], at: Instant): readonly string[] {
  return due(person, policies, at).items.map(({ kind, versionId, purposes, upcoming }) =>
    [upcoming ? `+${kind}` : kind, versionId, ...purposes].join(' '),
  );
}

const acknowledged = { step: 'ACKNOWLEDGED', method: 'CLICKED_BUTTON' } as const;

/** Somebody who has read the notice and decided. */
function settled(policy: PolicyStory, versionId = 'one', at = day('01-15')): SubjectStory {
  return new SubjectStory().do(notice(policy, versionId, at, acknowledged)).do(consent(policy, versionId, at));
}

describe('whom a policy concerns (O1)', () => {
  const policy = () => new PolicyStory().publish('one', day('01-10'));
  const isConcerned = (person: SubjectStory, about: PolicyStory, at: string, anonymous: readonly SubjectStory[] = []) =>
    concerns(personOf(person, { anonymous }), policyOf(about), day(at));

  it('those of its organisation with a category it addresses, once registered and while a version is in force', () => {
    const person = new SubjectStory(registration({ at: day('01-05') }));
    expect(isConcerned(person, policy(), '01-09')).toBe(false);
    expect(isConcerned(person, policy(), '01-10')).toBe(true);
    expect(isConcerned(person, policy().retire(day('03-01')), '03-02')).toBe(false);
    const later = new SubjectStory(registration({ at: day('02-01') }));
    expect(isConcerned(later, policy(), '01-31')).toBe(false);
    expect(isConcerned(later, policy(), '02-01')).toBe(true);
  });

  it('those addressed by the audience of the version in force for them, by their categories of that date', () => {
    const visitor = new SubjectStory(registration({ categories: ['visitor'] }));
    expect(isConcerned(visitor, policy(), '02-01')).toBe(false);
    expect(isConcerned(visitor, new PolicyStory().publish('one', day('01-10'), { audience: [] }), '02-01')).toBe(true);
    visitor.do({ type: 'ClassifySubject', at: day('03-01'), categories: ['customer'] });
    expect(isConcerned(visitor, policy(), '02-28')).toBe(false);
    expect(isConcerned(visitor, policy(), '03-01')).toBe(true);
  });

  it('users of a customer of the organisation whose policy it is', () => {
    const customer = { id: 'organisation', customerOf: 'processor' };
    const user = new SubjectStory(registration({ organisationId: 'processor', customer }));
    expect(isConcerned(user, policy(), '02-01')).toBe(true);
    user.do({ type: 'ClassifySubject', at: day('03-01'), customer: null });
    expect(isConcerned(user, policy(), '03-01')).toBe(false);
    expect(isConcerned(new SubjectStory(registration({ organisationId: 'other' })), policy(), '02-01')).toBe(false);
  });

  it('nobody exempt, from the date on', () => {
    const service = new SubjectStory().do({ type: 'ClassifySubject', at: day('03-01'), exempt: true });
    expect(isConcerned(service, policy(), '02-28')).toBe(true);
    expect(isConcerned(service, policy(), '03-01')).toBe(false);
  });

  it('nobody erased, from the erasure on and not before', () => {
    const person = new SubjectStory()
      .do({ type: 'DecideErasure', at: day('03-01'), reason: 'sealed' })
      .do({ type: 'StartErasure', at: day('03-02') })
      .do({ type: 'FinishErasure', at: day('03-03'), keyId: 'key', epoch: 1, finalOn: parseLocalDate('2024-04-02') });
    expect(isConcerned(person, policy(), '03-02')).toBe(true);
    expect(isConcerned(person, policy(), '03-03')).toBe(false);
    expect(due(person, policy(), day('03-03'))).toEqual({ items: [], blocked: false, unchangedUntil: undefined });
  });

  it('the account alone of a pair that is linked', () => {
    const visitor = new SubjectStory(registration({ subjectId: 'visitor', anonymous: true }));
    expect(isConcerned(visitor, policy(), '02-01')).toBe(true);
    visitor.do({ type: 'LinkSubject', at: day('03-01'), account: { id: 'person', anonymous: false, erased: false } });
    expect(isConcerned(visitor, policy(), '02-01')).toBe(false);
    expect(isConcerned(new SubjectStory(), policy(), '02-01', [visitor])).toBe(true);
  });
});

describe('reading a notice (O2)', () => {
  const one = (blocking = false) => new PolicyStory().publish('one', day('01-10'), { blocking });
  const decided = (policy: PolicyStory) => new SubjectStory().do(consent(policy, 'one', day('01-15')));

  it('is asked for by a version that tells something, until it was shown', () => {
    const person = decided(one());
    expect(asked(person, one(), day('02-01'))).toEqual(['READ_NOTICE one']);
    expect(asked(person.do(notice(one(), 'one', day('02-02'))), one(), day('02-02'))).toEqual([]);
    expect(asked(person, one(), day('02-01'))).toEqual(['READ_NOTICE one']);
  });

  it('where it blocks it has to be acknowledged', () => {
    const policy = one(true);
    const person = decided(policy).do(notice(policy, 'one', day('02-02')));
    expect(due(person, policy, day('02-03'))).toMatchObject({
      blocked: true,
      items: [{ kind: 'READ_NOTICE', reason: { code: 'NOT_READ', rule: 'O2', decidedBy: { order: 3 } } }],
    });
    person.do(notice(policy, 'one', day('02-04'), acknowledged));
    expect(due(person, policy, day('02-04'))).toMatchObject({ items: [], blocked: false });
  });

  it('a wording asks nobody anew, and moves what is not yet done to itself with its date', () => {
    const policy = one();
    const done = settled(policy);
    const person = decided(policy);
    policy.publish('wording', day('03-01'));
    expect(asked(done, policy, day('03-02'))).toEqual([]);
    expect(due(person, policy, day('03-02')).items).toMatchObject([
      { kind: 'READ_NOTICE', versionId: 'wording', rootVersionId: 'one', since: day('01-10') },
    ]);
  });

  it('of a root that is overtaken is asked no more, and again when the version that overtook it is withdrawn', () => {
    const policy = one().publish('two', day('03-01'), tells);
    const person = new SubjectStory().do(consent(policy, 'two', day('03-02')));
    expect(asked(person, policy, day('03-03'))).toEqual(['READ_NOTICE two']);
    policy.withdraw('two', day('04-01'));
    expect(due(person, policy, day('04-01')).items).toMatchObject([
      { kind: 'READ_NOTICE', versionId: 'one', since: day('01-10') },
    ]);
  });

  it('is asked by no import that gave no reason', () => {
    const policy = new PolicyStory().import('old', day('2019-01-01'), day('01-05'));
    expect(asked(new SubjectStory(), policy, day('02-01'))).toEqual([]);
  });
});

describe('accepting terms (O2)', () => {
  const contract = () => new PolicyStory(day('01-01'), 'TERMS').publish('one', day('01-10'), { blocking: true });

  it('is asked until they are accepted; a refusal leaves it standing', () => {
    const policy = contract();
    const person = new SubjectStory().do(consent(policy, 'one', day('01-15')));
    expect(asked(person, policy, day('02-01'))).toEqual(['ACCEPT_TERMS one']);
    person.do(terms(policy, 'one', day('02-02'), { decision: 'REFUSE' }));
    expect(due(person, policy, day('02-03')).items).toMatchObject([
      { kind: 'ACCEPT_TERMS', reason: { code: 'TERMS_REFUSED', decidedBy: { order: 3 } } },
    ]);
    person.do(terms(policy, 'one', day('02-04')));
    expect(asked(person, policy, day('02-04'))).toEqual([]);
    policy.publish('dearer', day('03-01'), tells);
    expect(asked(person, policy, day('03-01'))).toEqual(['ACCEPT_TERMS dearer']);
  });

  it('and consents are apart: accepting decides none', () => {
    const policy = contract();
    const person = new SubjectStory().do(terms(policy, 'one', day('02-01')));
    expect(asked(person, policy, day('02-02'))).toEqual(['DECIDE_CONSENT one newsletter']);
  });
});

describe('deciding and renewing consent (O2, D3)', () => {
  const one = (more = {}) => new PolicyStory().publish('one', day('01-10'), more);
  const read = (policy: PolicyStory, versionId = 'one') =>
    new SubjectStory().do(notice(policy, versionId, day('01-15'), acknowledged));

  it('is asked while nothing stands, also after it was put off, and of no one who refused or withdrew', () => {
    const policy = one();
    const person = read(policy).do(consent(policy, 'one', day('02-01'), { decision: 'DEFER', method: 'DISMISSAL' }));
    expect(due(person, policy, day('02-02')).items).toMatchObject([
      { kind: 'DECIDE_CONSENT', purposes: ['newsletter'], reason: { code: 'DEFERRED', decidedBy: { order: 3 } } },
    ]);
    expect(
      asked(read(policy).do(consent(policy, 'one', day('02-01'), { decision: 'REFUSE' })), policy, day('02-02')),
    ).toEqual([]);
    expect(asked(read(policy).do(withdrawal(policy, day('02-01'))), policy, day('02-02'))).toEqual([]);
  });

  it('is not asked where the purpose rests on something else for this person', () => {
    const bases = [
      { subjectCategory: 'customer', legalBasis: 'CONSENT' as const },
      { subjectCategory: 'employee', legalBasis: 'CONTRACT' as const },
    ];
    const policy = one({ statement: withPurpose('newsletter', { bases }) });
    const person = read(policy).do({ type: 'ClassifySubject', at: day('02-01'), categories: ['employee'] });
    expect(asked(person, policy, day('01-20'))).toEqual(['DECIDE_CONSENT one newsletter']);
    expect(asked(person, policy, day('02-01'))).toEqual([]);
  });

  it('is renewed for the purpose that changed alone, since the version that changed it', () => {
    const both = { ...statement, purposes: [...statement.purposes, { ...newsletter, key: 'events' }] };
    const policy = one({ statement: both });
    const person = read(policy).do(consent(policy, 'one', day('02-01'), { purposes: ['newsletter', 'events'] }));
    policy.publish('two', day('06-01'), {
      statement: withPurpose('events', { optional: false }, both),
      reasons: ['PURPOSE'],
      renewalPurposes: ['events'],
    });
    person.do(notice(policy, 'two', day('06-02')));
    expect(due(person, policy, day('06-03')).items).toMatchObject([
      { kind: 'RENEW_CONSENT', versionId: 'two', purposes: ['events'], since: day('06-01') },
    ]);
  });

  it('purposes asked for by the same version are one thing to do; one that expired is another, since then', () => {
    const keys = ['events', 'offers'].map((key) => ({ ...newsletter, key, consentValidFor: 'P1M' }));
    const policy = one({ statement: { ...statement, purposes: [...statement.purposes, ...keys] }, graceDays: 7 });
    const person = read(policy).do(consent(policy, 'one', day('02-01'), { purposes: ['events'] }));
    expect(asked(person, policy, day('02-02'))).toEqual(['DECIDE_CONSENT one newsletter offers']);
    expect(due(person, policy, day('03-05')).items.slice(1)).toMatchObject([
      {
        kind: 'RENEW_CONSENT',
        purposes: ['events'],
        since: day('03-01'),
        deadline: '2024-03-08T22:59:59.999Z',
        reason: { code: 'EXPIRED' },
      },
    ]);
  });

  it('since a version was voided, not since the one that is in force again', () => {
    const policy = one({ blocking: true, graceDays: 10 }).publish('two', day('03-01'));
    const person = read(policy, 'one').do(consent(policy, 'two', day('03-02')));
    policy.do({
      type: 'WithdrawVersion',
      actor: 'publisher',
      at: day('04-01'),
      versionId: 'two',
      reason: 'mistake',
      voidsDecisions: true,
    });
    expect(due(person, policy, day('04-02'))).toMatchObject({
      blocked: false,
      items: [{ kind: 'RENEW_CONSENT', since: day('04-01'), reason: { code: 'VOIDED' } }],
    });
    expect(due(person, policy, day('04-12')).blocked).toBe(true);
  });
});

describe('deadlines (O2, S3)', () => {
  const grace = (effective: string, graceDays: number, more = {}) => {
    const policy = new PolicyStory(day('2023-12-01')).publish('one', day('2023-12-15'), {
      statement: withPurpose('newsletter', { bases: [{ subjectCategory: 'customer', legalBasis: 'CONTRACT' }] }),
      effectiveFrom: parseInstant(effective),
      blocking: true,
      graceDays,
      ...more,
    });
    return policy;
  };

  it.each([
    ['in winter', '2024-01-10T09:00:00Z', 14, '2024-01-24T22:59:59.999Z'],
    ['across the clocks going forward', '2024-03-25T09:00:00Z', 14, '2024-04-08T21:59:59.999Z'],
    ['on the day of 23 hours', '2024-03-24T09:00:00Z', 7, '2024-03-31T21:59:59.999Z'],
    ['on the day of 25 hours', '2024-10-20T09:00:00Z', 7, '2024-10-27T22:59:59.999Z'],
    ['across the clocks going back', '2024-10-20T09:00:00Z', 14, '2024-11-03T22:59:59.999Z'],
    ['from an instant that is the next day in Oslo', '2024-01-10T23:30:00Z', 1, '2024-01-12T22:59:59.999Z'],
    ['without grace at once', '2024-01-10T09:00:00Z', 0, '2024-01-10T09:00:00.000Z'],
  ])('%s', (_, effective, graceDays, deadline) => {
    const policy = grace(effective, graceDays);
    const person = new SubjectStory(registration({ at: day('2023-12-10') }));
    const at = parseInstant(deadline);
    const before = due(person, policy, parseInstant(new Date(Date.parse(deadline) - 1).toISOString()));
    expect(due(person, policy, at)).toMatchObject({ blocked: true, items: [{ deadline, blocking: true }] });
    expect(before).toMatchObject({ blocked: false, unchangedUntil: at });
  });

  it('run from the registration of who came later', () => {
    const policy = grace('2024-01-10T09:00:00Z', 3);
    const person = new SubjectStory(registration({ at: day('06-01') }));
    expect(due(person, policy, day('06-02')).items).toMatchObject([
      { since: day('06-01'), deadline: '2024-06-04T21:59:59.999Z' },
    ]);
  });

  it('run from the cohort date of who was there before', () => {
    const policy = grace('2024-02-01T09:00:00Z', 3, { effectiveFromForExisting: day('06-01') });
    const old = new SubjectStory(registration({ at: day('2023-12-10') }));
    const fresh = new SubjectStory(registration({ at: day('2023-12-20') }));
    expect(due(old, policy, day('06-02')).items).toMatchObject([{ since: day('06-01') }]);
    expect(due(fresh, policy, day('06-02')).items).toMatchObject([{ since: '2024-02-01T09:00:00.000Z' }]);
    expect(due(fresh, policy, day('03-01')).blocked).toBe(true);
    expect(due(old, policy, day('03-01'))).toMatchObject({ blocked: false, items: [{ upcoming: true }] });
  });

  it('end with the days of the zone that the version was published in, whatever the organisation’s is later', () => {
    const policy = grace('2024-01-10T09:00:00Z', 3, { rules: { ...rules, timeZone: 'America/New_York' } });
    const person = new SubjectStory(registration({ at: day('2023-12-10') }));
    expect(due(person, policy, day('02-01')).items).toMatchObject([{ deadline: '2024-01-14T04:59:59.999Z' }]);
  });

  it('what does not block is overdue without blocking', () => {
    const policy = grace('2024-01-10T09:00:00Z', 1, { blocking: false });
    const person = new SubjectStory(registration({ at: day('2023-12-10') }));
    expect(due(person, policy, day('03-01'))).toMatchObject({ blocked: false, items: [{ blocking: false }] });
  });
});

describe('what is still to come', () => {
  const published = (more = {}) =>
    new PolicyStory()
      .publish('one', day('01-10'))
      .publish('next', day('02-01'), { ...asksAgain, effectiveFrom: day('03-01'), blocking: true, ...more });

  it('publish v2 for +30 days and accept ahead: it is asked, can be done, and is then asked no more', () => {
    const policy = published();
    const person = settled(policy);
    expect(asked(person, policy, parseInstant('2024-02-01T11:59:59.999Z'))).toEqual([]);
    expect(due(person, policy, day('02-01'))).toMatchObject({
      blocked: false,
      unchangedUntil: day('03-01'),
      items: [
        { kind: 'READ_NOTICE', versionId: 'next', upcoming: true, since: day('03-01') },
        { kind: 'RENEW_CONSENT', versionId: 'next', upcoming: true, since: day('03-01') },
      ],
    });
    person.do(notice(policy, 'next', day('02-02'), acknowledged)).do(consent(policy, 'next', day('02-02')));
    expect(asked(person, policy, day('02-03'))).toEqual([]);
    expect(asked(person, policy, day('03-01'))).toEqual([]);
  });

  it('a wording to come asks nothing, and another version of the root to come asks only once', () => {
    const wording = new PolicyStory().publish('one', day('01-10')).publish('wording', day('02-01'), {
      effectiveFrom: day('03-01'),
    });
    expect(asked(settled(wording), wording, day('02-02'))).toEqual([]);
    const twice = published().publish('again', day('02-02'), { effectiveFrom: day('04-01') });
    expect(asked(settled(twice), twice, day('02-03'))).toEqual(['+READ_NOTICE next', '+RENEW_CONSENT next newsletter']);
  });

  it('what is to come for others alone asks nothing', () => {
    const policy = published({ audience: ['supplier'] });
    expect(asked(settled(policy), policy, day('02-02'))).toEqual([]);
  });

  it('a version that will be withdrawn before its day, or overtaken, asks nothing', () => {
    const policy = published().withdraw('next', day('02-05'), day('02-20'));
    expect(asked(settled(policy), policy, day('02-03'))).toHaveLength(2);
    expect(asked(settled(policy), policy, day('02-06'))).toEqual([]);
    const overtaken = published({ effectiveFromForExisting: day('06-01') }).publish('now', day('04-01'), {
      statement,
      reasons: ['RETENTION'],
    });
    expect(asked(settled(overtaken), overtaken, day('03-15'))).toHaveLength(2);
    const after = asked(settled(overtaken), overtaken, day('04-02'));
    expect(after.filter((each) => each.startsWith('+'))).toEqual([]);
  });

  it('the first version ever to come is asked of those it is meant for', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), { effectiveFrom: day('03-01') });
    expect(asked(new SubjectStory(), policy, day('02-01'))).toEqual([
      '+READ_NOTICE one',
      '+DECIDE_CONSENT one newsletter',
    ]);
    expect(due(new SubjectStory(), policy, day('02-01')).unchangedUntil).toBe(day('03-01'));
  });

  it('a wider audience asks the newly addressed what others did long ago, from its own date', () => {
    const policy = new PolicyStory()
      .publish('one', day('01-10'), { audience: ['supplier'] })
      .publish('wider', day('02-01'), { effectiveFrom: day('03-01') });
    expect(due(new SubjectStory(), policy, day('02-02')).items[0]).toMatchObject({
      kind: 'READ_NOTICE',
      versionId: 'wider',
      rootVersionId: 'one',
      upcoming: true,
      since: day('03-01'),
    });
  });
});

describe('everything together', () => {
  it('comes with what blocks first, then by deadline', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), { graceDays: 1 });
    const contract = new PolicyStory(day('01-01'), 'TERMS').publish('t1', day('01-20'), {
      blocking: true,
      graceDays: 90,
    });
    const person = new SubjectStory();
    expect(asked(person, [policy, contract], day('02-01'))).toEqual([
      'ACCEPT_TERMS t1',
      'DECIDE_CONSENT t1 newsletter',
      'READ_NOTICE one',
      'DECIDE_CONSENT one newsletter',
    ]);
  });

  it('is nothing for who is exempt', () => {
    const service = new SubjectStory(registration({ exempt: true }));
    const policy = new PolicyStory().publish('one', day('01-10'), { blocking: true });
    expect(due(service, policy, day('02-01'))).toEqual({ items: [], blocked: false, unchangedUntil: undefined });
  });

  it('stays until the clock brings a version, a deadline or an expiry', () => {
    const policy = new PolicyStory().publish('one', day('01-10'), {
      statement: withPurpose('newsletter', { consentValidFor: 'P3M' }),
    });
    const person = settled(policy);
    expect(due(person, policy, day('02-01')).unchangedUntil).toBe('2024-04-15T11:00:00.000Z');
    policy.publish('two', day('02-02'), { statement, reasons: ['RETENTION'], effectiveFrom: day('03-01') });
    expect(due(person, policy, day('02-02')).unchangedUntil).toBe(day('03-01'));
    expect(due(person, policy, day('05-01')).unchangedUntil).toBeUndefined();
    const later = new SubjectStory(registration({ at: day('06-01') }));
    expect(due(later, policy, day('05-01'))).toEqual({ items: [], blocked: false, unchangedUntil: day('06-01') });
  });

  it('restricted and objected purposes ask nothing', () => {
    const policy = new PolicyStory().publish('one', day('01-10'));
    const person = new SubjectStory().do(notice(policy, 'one', day('01-15'))).do({
      type: 'ExerciseRight',
      at: day('02-01'),
      policy: policy.policy,
      zone,
      right: 'RESTRICT',
      purposes: ['newsletter'],
    });
    expect(asked(person, policy, day('01-20'))).toEqual(['DECIDE_CONSENT one newsletter']);
    expect(asked(person, policy, day('02-01'))).toEqual([]);
  });
});
