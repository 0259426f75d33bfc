import { METHODS } from '../../../src/domain/subject/subject.events';
import { parseInstant } from '../../../src/domain/time';
import { content, day, PolicyStory, sha256, statement, withPurpose } from '../../support/policy-stories';
import { consent, notice, registration, SubjectStory, terms, withdrawal, zone } from '../../support/subject-stories';

const v1 = () => new PolicyStory().publish('v1', day('01-02'));
const NO_ACT = ['CONTINUED_USE', 'SCROLL', 'SILENCE', 'PRE_TICKED'] as const;

describe('a method that is no clear act (C1, C5)', () => {
  it.each([...NO_ACT, 'DISMISSAL'] as const)(
    '%s gives and refuses no consent, no terms and acknowledges nothing',
    (method) => {
      const person = new SubjectStory();
      const policy = v1();
      const contract = new PolicyStory(day('01-01'), 'TERMS').publish('t1', day('01-02'));
      const at = day('02-01');
      expect([
        person.code(consent(policy, 'v1', at, { method })),
        person.code(consent(policy, 'v1', at, { method, decision: 'REFUSE' })),
        person.code(terms(contract, 't1', at, { method })),
        person.code(terms(contract, 't1', at, { method, decision: 'REFUSE' })),
        person.code(notice(policy, 'v1', at, { method, step: 'ACKNOWLEDGED' })),
      ]).toEqual(Array(5).fill('METHOD_NOT_A_CLEAR_ACT'));
    },
  );

  it.each(NO_ACT)('%s does not put a decision off either', (method) => {
    expect(new SubjectStory().code(consent(v1(), 'v1', day('02-01'), { method, decision: 'DEFER' }))).toBe(
      'METHOD_NOT_A_CLEAR_ACT',
    );
  });

  it('a dismissal puts a decision off', () => {
    const person = new SubjectStory().do(consent(v1(), 'v1', day('02-01'), { method: 'DISMISSAL', decision: 'DEFER' }));
    expect(person.last).toMatchObject({ type: 'ConsentDeferred', data: { method: 'DISMISSAL' } });
  });

  it('any method shows that something was shown', () => {
    const person = new SubjectStory();
    for (const method of METHODS) person.do(notice(v1(), 'v1', day('02-01'), { method }));
    expect(person.events.filter(({ type }) => type === 'NoticeShown')).toHaveLength(METHODS.length);
  });
});

describe('a decision on a version that is not offered (C2)', () => {
  const two = () => v1().publish('v2', day('03-01'), { effectiveFrom: day('04-01') });

  it('is refused, and the refusal carries the one that is', () => {
    const person = new SubjectStory();
    const refusal = person.refusal(consent(two(), 'v1', day('05-01')));
    expect([refusal.code, refusal.details]).toEqual([
      'VERSION_NOT_OFFERED',
      { kind: 'version-not-offered', offeredVersionId: 'v2' },
    ]);
  });

  it('that is published and still to come it is a decision ahead', () => {
    const person = new SubjectStory().do(consent(two(), 'v2', day('03-02')));
    expect(person.last).toMatchObject({ type: 'ConsentGiven', data: { versionId: 'v2', validFrom: day('03-02') } });
  });

  it('that was not yet published is refused, also when it is told late', () => {
    const late = { occurredAt: day('02-01') };
    expect(new SubjectStory().code(consent(two(), 'v2', day('05-01'), late))).toBe('VERSION_NOT_OFFERED');
  });

  it('told late on the version of then it counts from then', () => {
    const person = new SubjectStory().do(consent(two(), 'v1', day('05-01'), { occurredAt: day('02-01') }));
    expect(person.last?.data).toMatchObject({ live: false, validFrom: day('02-01'), notedAt: day('05-01') });
  });

  it('an instant equal to the date of the next one belongs to the next one', () => {
    const late = (occurredAt: ReturnType<typeof day>) => consent(two(), 'v1', day('05-01'), { occurredAt });
    expect(new SubjectStory().code(late(day('04-01')))).toBe('VERSION_NOT_OFFERED');
    expect(new SubjectStory().do(late(parseInstant('2024-04-01T11:59:59.999Z'))).last?.type).toBe('ConsentGiven');
  });

  it('existing persons are offered the old one until their own date, and the new one ahead', () => {
    const cohort = { effectiveFrom: day('04-01'), effectiveFromForExisting: day('06-01') };
    const policy = v1().publish('v2', day('03-01'), cohort);
    const existing = new SubjectStory();
    expect(existing.do(consent(policy, 'v1', day('05-01'))).last?.type).toBe('ConsentGiven');
    expect(existing.do(consent(policy, 'v2', day('05-01'))).last?.type).toBe('ConsentGiven');
    const registered = new SubjectStory(registration({ at: day('03-15') }));
    expect(registered.code(consent(policy, 'v1', day('05-01')))).toBe('VERSION_NOT_OFFERED');
  });

  it('a cohort date offers no version that another has overtaken', () => {
    const policy = v1()
      .publish('v2', day('03-01'), { effectiveFrom: day('04-01'), effectiveFromForExisting: day('09-01') })
      .publish('v3', day('04-15'), { effectiveFrom: day('05-01') });
    expect(new SubjectStory().code(consent(policy, 'v2', day('06-01')))).toBe('VERSION_NOT_OFFERED');
  });

  it('a withdrawn one is offered no more; shown it may have been', () => {
    const policy = v1().withdraw('v1', day('03-01'));
    const person = new SubjectStory();
    const refusal = person.refusal(consent(policy, 'v1', day('04-01')));
    expect([refusal.code, refusal.details]).toEqual(['VERSION_NOT_OFFERED', { kind: 'version-not-offered' }]);
    expect(person.do(notice(policy, 'v1', day('04-01'))).last?.type).toBe('NoticeShown');
    expect(person.code(notice(policy, 'v1', day('04-01'), { step: 'ACKNOWLEDGED' }))).toBe('VERSION_NOT_OFFERED');
  });

  it('while the policy is retired nothing is offered but what ends that', () => {
    const policy = v1()
      .retire(day('03-01'))
      .publish('v2', day('04-01'), { effectiveFrom: day('05-01') });
    const person = new SubjectStory();
    const refusal = person.refusal(consent(policy, 'v1', day('04-02')));
    expect(refusal.details).toEqual({ kind: 'version-not-offered', offeredVersionId: 'v2' });
    expect(person.do(consent(policy, 'v2', day('04-02'))).last?.type).toBe('ConsentGiven');
  });

  it('nothing that was not yet published was shown to anybody', () => {
    const person = new SubjectStory();
    const early = notice(two(), 'v2', day('05-01'), { occurredAt: day('02-01') });
    expect(person.code(early)).toBe('VERSION_NOT_OFFERED');
    expect(person.code(notice(v1(), 'unknown', day('05-01')))).toBe('VERSION_NOT_OFFERED');
  });
});

describe('the text that was shown (C2)', () => {
  const bilingual = () => {
    const story = v1();
    return story.do({
      type: 'AddVersionLocale',
      actor: 'translator',
      at: day('01-03'),
      versionId: 'v1',
      content: content('In English', 'en'),
      flags: [],
      approvalRequired: false,
    });
  };

  it('is named by locale and hash, and stands in the event', () => {
    const text = { locale: 'en', contentSha256: sha256('In English') };
    expect(new SubjectStory().do(consent(bilingual(), 'v1', day('02-01'), text)).last?.data).toMatchObject(text);
  });

  it('in a locale that the version lacks it is refused', () => {
    expect(new SubjectStory().code(consent(bilingual(), 'v1', day('02-01'), { locale: 'se' }))).toBe(
      'LOCALE_NOT_IN_VERSION',
    );
  });

  it.each(['The text of v1', 'Something else', ''])(
    'with the hash of "%s" for the English text it is refused',
    (text) => {
      const command = consent(bilingual(), 'v1', day('02-01'), { locale: 'en', contentSha256: sha256(text) });
      expect(new SubjectStory().code(command)).toBe('CONTENT_NOT_OF_VERSION');
    },
  );
});

describe('the purposes decided on (C3, D5)', () => {
  it.each([
    ['none', [], 'PURPOSES_EMPTY'],
    ['too many', Array.from({ length: 101 }, (_, index) => `purpose-${index}`), 'TOO_MANY_PURPOSES'],
    ['one twice', ['newsletter', 'newsletter'], 'PURPOSE_TWICE'],
    ['an unknown one', ['newsletter', 'astrology'], 'PURPOSE_UNKNOWN'],
    ['one on a contract', ['newsletter', 'account'], 'PURPOSE_NOT_ON_CONSENT'],
    ['a name of every object', ['constructor'], 'PURPOSE_UNKNOWN'],
  ])('%s: refused whole', (_, purposes, code) => {
    const person = new SubjectStory();
    for (const decision of ['GIVE', 'REFUSE', 'DEFER'] as const) {
      expect(person.code(consent(v1(), 'v1', day('02-01'), { purposes, decision }))).toBe(code);
    }
  });

  it('rest on consent for the categories that the person is in at that time', () => {
    const person = new SubjectStory(registration({ categories: ['prospect'] }));
    expect(person.code(consent(v1(), 'v1', day('02-01')))).toBe('PURPOSE_NOT_ON_CONSENT');
    person.do({ type: 'ClassifySubject', at: day('03-01'), categories: ['customer', 'prospect'] });
    expect(person.do(consent(v1(), 'v1', day('03-02'))).last?.type).toBe('ConsentGiven');
    const before = { occurredAt: day('02-15') };
    expect(person.code(consent(v1(), 'v1', day('03-03'), before))).toBe('PURPOSE_NOT_ON_CONSENT');
  });

  it('rest on consent also where another basis applies to another of the categories', () => {
    const bases = [
      { subjectCategory: 'prospect', legalBasis: 'LEGITIMATE_INTERESTS', legitimateInterest: 'sales' },
      { subjectCategory: 'customer', legalBasis: 'CONSENT' },
    ] as const;
    const policy = new PolicyStory().publish('v1', day('01-02'), {
      statement: { ...withPurpose('newsletter', { bases }), rights: [...statement.rights, 'OBJECTION'] },
    });
    const both = new SubjectStory(registration({ categories: ['prospect', 'customer'] }));
    expect(both.do(consent(policy, 'v1', day('02-01'))).last?.type).toBe('ConsentGiven');
    const one = new SubjectStory(registration({ categories: ['prospect'] }));
    expect(one.code(consent(policy, 'v1', day('02-01')))).toBe('PURPOSE_NOT_ON_CONSENT');
  });

  it('a version without a statement asks for none', () => {
    const policy = new PolicyStory().import('old', day('2020-01-01'), day('02-01'));
    const command = consent(policy, 'old', day('02-02'), { occurredAt: day('2021-01-01') });
    expect(new SubjectStory().code(command)).toBe('PURPOSE_UNKNOWN');
  });
});

describe('terms (C3)', () => {
  const contract = () => new PolicyStory(day('01-01'), 'TERMS').publish('t1', day('01-02'));

  it('are accepted and refused, and that names no purpose', () => {
    const person = new SubjectStory().do(terms(contract(), 't1', day('02-01')));
    expect(person.last?.type).toBe('TermsAccepted');
    expect(person.last?.data).not.toHaveProperty('purposes');
    expect(person.do(terms(contract(), 't1', day('02-02'), { decision: 'REFUSE' })).last?.type).toBe('TermsRefused');
  });

  it('are the only kind that is', () => {
    expect(new SubjectStory().code(terms(v1(), 'v1', day('02-01')))).toBe('POLICY_IS_NOT_TERMS');
  });
});

describe('withdrawing (C3, GDPR Art. 7(3))', () => {
  it('works on a purpose that only an old version had, and after retirement', () => {
    const policy = v1().retire(day('03-01'));
    const person = new SubjectStory().do(consent(v1(), 'v1', day('02-01')));
    expect(person.do(withdrawal(policy, day('04-01'))).last).toEqual({
      type: 'ConsentWithdrawn',
      data: {
        subjectId: 'person',
        policyId: 'policy',
        purposes: ['newsletter'],
        occurredAt: day('04-01'),
        validFrom: day('04-01'),
        live: true,
        notedAt: day('04-01'),
      },
    });
  });

  it('works where nothing was ever given, and on a purpose that rests on something else', () => {
    const person = new SubjectStory().do(withdrawal(v1(), day('02-01'), { purposes: ['account', 'newsletter'] }));
    expect(person.last?.type).toBe('ConsentWithdrawn');
  });

  it('works when the import that asked was revoked', () => {
    const policy = new PolicyStory().import('old', day('2020-01-01'), day('02-01'), statement);
    const person = new SubjectStory().do(consent(policy, 'old', day('02-02'), { occurredAt: day('2021-01-01') }));
    policy.do({ type: 'RevokeImport', actor: 'importer', at: day('02-03'), entryId: 'old', reason: 'date' });
    expect(person.do(withdrawal(policy, day('02-04'))).last?.type).toBe('ConsentWithdrawn');
  });

  it('names purposes of the policy, each once', () => {
    const person = new SubjectStory();
    const code = (purposes: readonly string[]) => person.code(withdrawal(v1(), day('02-01'), { purposes }));
    expect([code([]), code(['astrology']), code(['newsletter', 'newsletter'])]).toEqual([
      'PURPOSES_EMPTY',
      'PURPOSE_UNKNOWN',
      'PURPOSE_TWICE',
    ]);
  });
});

describe('objection and restriction (D2, GDPR Art. 18 and 21)', () => {
  it('are facts of their own, each with its lifting, and keep the sealed reason', () => {
    const { policy } = v1();
    const person = new SubjectStory();
    for (const right of ['OBJECT', 'LIFT_OBJECTION', 'RESTRICT', 'LIFT_RESTRICTION'] as const) {
      person.do({
        type: 'ExerciseRight',
        at: day('02-01'),
        right,
        policy,
        zone,
        purposes: ['account'],
        reason: 'sealed',
      });
    }
    expect(person.events.slice(1).map(({ type }) => type)).toEqual([
      'ProcessingObjected',
      'ProcessingObjectionLifted',
      'ProcessingRestricted',
      'ProcessingRestrictionLifted',
    ]);
    expect(person.last?.data).toMatchObject({ reason: 'sealed', purposes: ['account'] });
  });
});

describe('telling a person of a version (O3)', () => {
  it('on one channel is one fact, however often it is told', () => {
    const person = new SubjectStory().do(notice(v1(), 'v1', day('02-01'), { step: 'NOTIFIED' }));
    person.do(notice(v1(), 'v1', day('02-02'), { step: 'NOTIFIED' }));
    person.do(notice(v1(), 'v1', day('02-02'), { step: 'NOTIFIED', channel: 'EMAIL' }));
    expect(person.events.map(({ type }) => type)).toEqual(['SubjectRegistered', 'NoticeNotified', 'NoticeNotified']);
  });

  it('counts again where the first telling was void', () => {
    const told = notice(v1(), 'v1', day('02-01'), { step: 'NOTIFIED' });
    const { policy } = v1();
    const person = new SubjectStory().do(told);
    person.do({
      type: 'CorrectFact',
      at: day('02-02'),
      corrects: 2,
      void: true,
      reason: 'sealed',
      on: { policy, zone },
    });
    expect(person.do({ ...told, at: day('02-03') }).last?.type).toBe('NoticeNotified');
  });

  it('may be put off', () => {
    const { policy } = v1();
    const person = new SubjectStory();
    const later = { type: 'DeferNotice', at: day('02-01'), policy, zone, versionId: 'v1', channel: 'APP' } as const;
    expect(person.do(later).last).toMatchObject({ type: 'NoticeDeferred', data: { versionId: 'v1' } });
    expect(person.code({ ...later, versionId: 'v0' })).toBe('VERSION_NOT_OFFERED');
  });
});

describe('how long a yes lasts (D4)', () => {
  const lasting = (consentValidFor: string) =>
    new PolicyStory(day('2019-01-01')).publish('v1', day('2019-01-02'), {
      statement: withPurpose('newsletter', { consentValidFor }),
    });
  const expiry = (duration: string, given: string) => {
    const person = new SubjectStory(registration({ at: day('2019-01-01') }));
    const { data } = person.do(consent(lasting(duration), 'v1', parseInstant(given))).last ?? {};
    return data && 'purposes' in data ? data.purposes[0] : undefined;
  };

  it.each([
    ['P1Y', '2024-02-29T12:00:00Z', '2025-02-28T12:00:00.000Z', 'a leap day has a shorter February next year'],
    ['P1M', '2024-01-31T12:00:00Z', '2024-02-29T12:00:00.000Z', "the month's end"],
    ['P6M', '2023-10-15T10:00:00Z', '2024-04-15T10:00:00.000Z', 'summer to summer'],
    ['P3M', '2024-02-01T11:00:00Z', '2024-05-01T10:00:00.000Z', 'noon in Oslo stays noon across the clock change'],
    ['P1D', '2024-03-30T23:30:00Z', '2024-03-31T22:30:00.000Z', 'a day of 23 hours'],
    [
      'P1D',
      '2024-03-30T01:30:00Z',
      '2024-03-31T01:30:00.000Z',
      'half past two there is not that night: half past three',
    ],
    ['P2W', '2024-10-20T00:00:00Z', '2024-11-03T01:00:00.000Z', 'weeks'],
  ])('%s from %s is until %s: %s', (duration, given, until) => {
    expect(expiry(duration, given)).toEqual({ purpose: 'newsletter', expiresAt: until });
  });

  it('beyond the years that are kept it has no end', () => {
    expect(expiry('P9999Y', '2024-01-01T12:00:00Z')).toEqual({ purpose: 'newsletter' });
  });

  it('told late it is reckoned from when it was given', () => {
    const person = new SubjectStory();
    person.do(consent(lasting('P2Y'), 'v1', day('02-01'), { occurredAt: day('2020-02-29') }));
    expect(person.last?.data).toMatchObject({ purposes: [{ expiresAt: '2022-02-28T12:00:00.000Z' }] });
  });
});
