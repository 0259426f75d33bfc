import type { CorrectFact, SubjectCommand } from '../../../src/domain/subject/subject.commands';
import type { SubjectEvent } from '../../../src/domain/subject/subject.events';
import { addMs, type LocalDate } from '../../../src/domain/time';
import { content, day, PolicyStory, sha256, withPurpose } from '../../support/policy-stories';
import { consent, notice, registration, SubjectStory, withdrawal, zone } from '../../support/subject-stories';

const yearly = () =>
  new PolicyStory()
    .publish('v1', day('01-02'), { statement: withPurpose('newsletter', { consentValidFor: 'P1Y' }) })
    .do({
      type: 'AddVersionLocale',
      actor: 'translator',
      at: day('01-03'),
      versionId: 'v1',
      content: content('In English', 'en'),
      flags: [],
      approvalRequired: false,
    });

describe('a correction (D6, GDPR Art. 16)', () => {
  const policy = yearly();
  const correct = (at: string, more: Partial<CorrectFact> = {}): CorrectFact => ({
    type: 'CorrectFact',
    at: day(at),
    corrects: 2,
    void: false,
    reason: 'sealed',
    on: { policy: policy.policy, zone },
    ...more,
  });
  const decided = () => new SubjectStory().do(consent(policy, 'v1', day('02-01')));
  const dataOf = (event: SubjectEvent | undefined) => event?.data;

  it('names the place of the original, says what differs, and seals the reason', () => {
    const person = decided().do(correct('03-01', { channel: 'LETTER', method: 'PAPER_FORM' }));
    expect(person.last).toEqual({
      type: 'FactCorrected',
      data: {
        subjectId: 'person',
        corrects: 2,
        void: false,
        channel: 'LETTER',
        method: 'PAPER_FORM',
        reason: 'sealed',
        correctedAt: day('03-01'),
      },
    });
  });

  it('of when a yes was given reckons its end anew', () => {
    const person = decided().do(correct('03-01', { occurredAt: day('01-15') }));
    expect(dataOf(person.last)).toMatchObject({
      occurredAt: day('01-15'),
      purposes: [{ purpose: 'newsletter', expiresAt: '2025-01-15T12:00:00.000Z' }],
    });
  });

  it('that follows another says all that differs from the original', () => {
    const person = decided()
      .do(correct('03-01', { occurredAt: day('01-15'), channel: 'LETTER' }))
      .do(correct('03-02', { channel: 'SMS' }));
    expect(dataOf(person.last)).toMatchObject({ corrects: 2, occurredAt: day('01-15'), channel: 'SMS' });
  });

  it('voids a fact, and the next one brings it back', () => {
    const person = decided().do(correct('03-01', { void: true }));
    expect(dataOf(person.last)).toMatchObject({ void: true });
    expect(dataOf(person.do(correct('03-02')).last)).toMatchObject({ void: false });
    expect(person.code(correct('03-03'))).toBe('CORRECTION_EMPTY');
  });

  it('passes C1 and C2 anew', () => {
    const person = decided();
    expect([
      person.code(correct('03-01', { method: 'SILENCE' })),
      person.code(correct('03-01', { occurredAt: day('01-01') })),
      person.code(correct('03-01', { locale: 'se', contentSha256: sha256('In English') })),
      person.code(correct('03-01', { locale: 'en' })),
      person.code(correct('03-01', { locale: 'en', contentSha256: sha256('The text of v1') })),
      person.code(correct('03-01', { occurredAt: addMs(day('03-01'), 1) })),
    ]).toEqual([
      'METHOD_NOT_A_CLEAR_ACT',
      'VERSION_NOT_OFFERED',
      'LOCALE_NOT_IN_VERSION',
      'CONTENT_NOT_OF_VERSION',
      'CONTENT_NOT_OF_VERSION',
      'OCCURRED_IN_FUTURE',
    ]);
    const text = { locale: 'en', contentSha256: sha256('In English') };
    expect(dataOf(person.do(correct('03-01', text)).last)).toMatchObject(text);
  });

  it('to a time when the purpose did not rest on consent for the person is refused', () => {
    const person = new SubjectStory(registration({ categories: [] }));
    person.do({ type: 'ClassifySubject', at: day('01-20'), categories: ['customer'] });
    person.do(consent(policy, 'v1', day('02-01')));
    expect(person.code(correct('03-01', { corrects: 3, occurredAt: day('01-15') }))).toBe('PURPOSE_NOT_ON_CONSENT');
  });

  it.each([0, 1, 3, 99, -1, 1.5])('of place %d, where no such fact stands, is refused', (corrects) => {
    const person = decided().do({ type: 'RevokeTokens', at: day('02-02') });
    expect(person.code(correct('03-01', { corrects, void: true }))).toBe('CORRECTS_NO_FACT');
  });

  it('of a correction is refused: name the original', () => {
    const person = decided().do(correct('03-01', { void: true }));
    expect(person.code(correct('03-02', { corrects: 3, void: true }))).toBe('CORRECTS_NO_FACT');
  });

  it('that voids and corrects at once, or does neither, is refused', () => {
    const person = decided();
    expect(person.code(correct('03-01', { void: true, channel: 'SMS' }))).toBe('CORRECTION_CONTRADICTORY');
    expect(person.code(correct('03-01'))).toBe('CORRECTION_EMPTY');
  });

  it('touches only what the fact has', () => {
    const person = decided().do(withdrawal(policy, day('02-02')));
    for (const more of [{ channel: 'SMS' }, { method: 'TYPED' }, { locale: 'en' }, { contentSha256: 'x' }] as const) {
      expect(person.code(correct('03-01', { corrects: 3, ...more }))).toBe('CORRECTION_NOT_OF_FACT');
    }
    const earlier = correct('03-01', { corrects: 3, occurredAt: day('01-20'), on: undefined });
    expect(dataOf(person.do(earlier).last)).toMatchObject({ corrects: 3, occurredAt: day('01-20') });
  });

  it('may say that a fact was told on another channel; the first telling then leaves room for one', () => {
    const told = (at: string) => notice(policy, 'v1', day(at), { step: 'NOTIFIED' });
    const person = new SubjectStory().do(told('02-01')).do(correct('02-02', { channel: 'EMAIL' }));
    person.do(told('02-03'));
    expect(person.last?.type).toBe('NoticeNotified');
    expect(person.do(notice(policy, 'v1', day('02-04'), { step: 'NOTIFIED', channel: 'EMAIL' })).events).toHaveLength(
      4,
    );
  });
});

describe('a link (D7)', () => {
  const visitor = () => new SubjectStory(registration({ subjectId: 'visitor', anonymous: true }));
  const link = (id: string, more: { anonymous?: boolean; erased?: boolean } = {}): SubjectCommand => ({
    type: 'LinkSubject',
    at: day('03-01'),
    account: { id, anonymous: false, erased: false, ...more },
  });
  const policy = yearly();

  it('binds an anonymous person to an account once', () => {
    const person = visitor().do(link('account'));
    expect(person.last).toEqual({
      type: 'SubjectLinked',
      data: { subjectId: 'visitor', accountId: 'account', linkedAt: day('03-01') },
    });
    expect(person.do(link('account')).events).toHaveLength(2);
    expect(person.code(link('another'))).toBe('ALREADY_LINKED');
  });

  it('is of an anonymous person, to an account that is none and lives', () => {
    expect(new SubjectStory().code(link('account'))).toBe('NOT_ANONYMOUS');
    expect(visitor().code(link('account', { anonymous: true }))).toBe('ACCOUNT_ANONYMOUS');
    expect(visitor().code(link('account', { erased: true }))).toBe('ACCOUNT_ERASED');
  });

  it('is mirrored in the account once', () => {
    const mirror = { type: 'ReceiveLink', at: day('03-02'), anonymousId: 'visitor', linkedAt: day('03-01') } as const;
    const account = new SubjectStory().do(mirror).do(mirror);
    expect(account.events.slice(1)).toEqual([
      { type: 'SubjectLinkReceived', data: { subjectId: 'person', anonymousId: 'visitor', linkedAt: day('03-01') } },
    ]);
  });

  it('ends what the anonymous person does for themself', () => {
    const person = visitor()
      .do(consent(policy, 'v1', day('02-01')))
      .do(link('account'));
    const at = day('04-01');
    const reason = 'sealed';
    const commands: SubjectCommand[] = [
      registration({ at, subjectId: 'visitor', anonymous: true }),
      { type: 'ClassifySubject', at, exempt: true },
      notice(policy, 'v1', at),
      consent(policy, 'v1', at),
      withdrawal(policy, at),
      { type: 'RequestErasure', at },
      { type: 'DecideErasure', at, reason },
      { type: 'PlaceLegalHold', at, reason },
    ];
    expect(commands.map((command) => person.code(command))).toEqual(commands.map(() => 'SUBJECT_LINKED'));
    const on = { policy: policy.policy, zone };
    const correction = { type: 'CorrectFact', at, corrects: 2, void: true, reason, on } as const;
    expect(person.do(correction).last?.type).toBe('FactCorrected');
    expect(person.do({ type: 'RevokeTokens', at }).last?.type).toBe('SubjectTokensRevoked');
  });
});

describe('an erasure (E1, GDPR Art. 17)', () => {
  const at = day('03-01');
  const reason = 'sealed';
  const finalOn = '2024-04-01' as LocalDate;
  const request = { type: 'RequestErasure', at } as const;
  const decline = { type: 'DeclineErasure', at, reason } as const;
  const decide = { type: 'DecideErasure', at, reason } as const;
  const start = { type: 'StartErasure', at } as const;
  const finish = { type: 'FinishErasure', at, keyId: 'key', epoch: 2, finalOn } as const;
  const hold = (until?: string) =>
    ({ type: 'PlaceLegalHold', at, reason, ...(until && { until: day(until) }) }) as const;
  const lift = { type: 'LiftLegalHold', at, reason } as const;
  const types = (person: SubjectStory) => person.events.slice(1).map(({ type }) => type);
  const policy = yearly();

  it('that is asked for is not done: facts, a withdrawal, a hold and a decline may follow', () => {
    const person = new SubjectStory()
      .do(request)
      .do(consent(policy, 'v1', at))
      .do(withdrawal(policy, at))
      .do(hold());
    expect(types(person.do(lift).do(decline))).toEqual([
      'SubjectErasureRequested',
      'ConsentGiven',
      'ConsentWithdrawn',
      'LegalHoldPlaced',
      'LegalHoldLifted',
      'SubjectErasureDeclined',
    ]);
  });

  it('asked for twice is asked for once, and again after a decline', () => {
    const person = new SubjectStory().do(request).do(request).do(decline).do(request);
    expect(types(person)).toEqual(['SubjectErasureRequested', 'SubjectErasureDeclined', 'SubjectErasureRequested']);
  });

  it('that nobody asked for has nothing to decline; decided it cannot be declined', () => {
    expect(new SubjectStory().code(decline)).toBe('ERASURE_NOT_REQUESTED');
    expect(new SubjectStory().do(request).do(decide).code(decline)).toBe('ERASURE_ALREADY_DECIDED');
  });

  it('runs from decision over start to outcome', () => {
    const person = new SubjectStory().do(decide).do(decide).do(start).do(start).do(finish).do(finish);
    expect(person.events.slice(1)).toEqual([
      { type: 'SubjectErasureDecided', data: { subjectId: 'person', reason, decidedAt: at } },
      { type: 'SubjectErasureStarted', data: { subjectId: 'person', keyId: 'key', startedAt: at } },
      { type: 'SubjectErased', data: { subjectId: 'person', keyId: 'key', epoch: 2, finalOn, erasedAt: at } },
    ]);
  });

  it('waits while a hold stands, and may be carried out when the last one ends', () => {
    const person = new SubjectStory().do(hold()).do(decide);
    expect(person.code(start)).toBe('LEGAL_HOLD_STANDS');
    expect(types(person.do(lift).do(start))).toContain('SubjectErasureStarted');
  });

  it('waits for a hold that was placed after the decision, too', () => {
    expect(new SubjectStory().do(decide).do(hold()).code(start)).toBe('LEGAL_HOLD_STANDS');
  });

  it('a hold ends by its time, to the millisecond', () => {
    const person = new SubjectStory().do(hold('06-01')).do(decide);
    expect(person.code({ ...start, at: addMs(day('06-01'), -1) })).toBe('LEGAL_HOLD_STANDS');
    expect(person.do({ ...start, at: day('06-01') }).last?.type).toBe('SubjectErasureStarted');
  });

  it('a second hold takes the place of the first', () => {
    const person = new SubjectStory().do(hold()).do(hold('06-01')).do(decide);
    expect(person.do({ ...start, at: day('06-01') }).last?.type).toBe('SubjectErasureStarted');
  });

  it('a hold ends in the future, and only one that stands is lifted', () => {
    const person = new SubjectStory();
    expect(person.code(hold('03-01'))).toBe('HOLD_UNTIL_IN_PAST');
    expect(person.code(lift)).toBe('NO_LEGAL_HOLD');
    expect(person.do(hold('04-01')).code({ ...lift, at: day('04-02') })).toBe('NO_LEGAL_HOLD');
  });

  it('that was not decided is not started', () => {
    expect(new SubjectStory().code(start)).toBe('ERASURE_NOT_REQUESTED');
    expect(new SubjectStory().do(request).code(start)).toBe('ERASURE_NOT_REQUESTED');
  });

  it('of an account takes the anonymous person with it, unless a hold stands there', () => {
    const visitor = () => new SubjectStory(registration({ subjectId: 'visitor', anonymous: true }));
    const link: SubjectCommand = {
      type: 'LinkSubject',
      at,
      account: { id: 'account', anonymous: false, erased: false },
    };
    expect(visitor().do(link).do(start).last?.type).toBe('SubjectErasureStarted');
    const held = visitor().do(hold()).do(link);
    expect(held.code(start)).toBe('LEGAL_HOLD_STANDS');
    expect(held.do(lift).do(start).last?.type).toBe('SubjectErasureStarted');
  });

  it('once begun lets nothing but its outcome follow', () => {
    for (const person of [
      new SubjectStory().do(decide).do(start),
      new SubjectStory().do(decide).do(start).do(finish),
    ]) {
      const commands: SubjectCommand[] = [
        registration({ at }),
        { type: 'ClassifySubject', at, exempt: true },
        { type: 'RevokeTokens', at },
        { type: 'ReceiveLink', at, anonymousId: 'visitor', linkedAt: at },
        notice(policy, 'v1', at, { step: 'NOTIFIED' }),
        consent(policy, 'v1', at),
        withdrawal(policy, at),
        request,
        decline,
        decide,
        hold(),
        lift,
      ];
      expect(commands.map((command) => person.code(command))).toEqual(commands.map(() => 'SUBJECT_ERASED'));
    }
  });

  it('that the vault knows and the log does not is recorded whole (E2)', () => {
    expect(types(new SubjectStory().do(hold()).do(finish))).toEqual([
      'LegalHoldPlaced',
      'SubjectErasureStarted',
      'SubjectErased',
    ]);
  });
});
