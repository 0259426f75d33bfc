import { day, newsletter, PolicyStory, statement, withoutPurpose, withPurpose } from '../../support/policy-stories';

const moreRecipients = withPurpose('newsletter', { recipients: ['Postkontoret AS'] });
const renewing = { statement: moreRecipients, reasons: ['RECIPIENTS'], renewalPurposes: ['newsletter'] } as const;

describe('roots: which decisions still count (V6)', () => {
  test('a first version is the root of its purposes, its notice and its acceptance', () => {
    const story = new PolicyStory().publish('one', day('01-10'));
    expect(story.version('one').roots).toEqual([
      { since: undefined, roots: { consent: { newsletter: 'one' }, notice: 'one', acceptance: 'one' } },
    ]);
  });

  test('a wording change asks nobody again', () => {
    const story = new PolicyStory().publish('one', day('01-10')).publish('two', day('02-01'));
    expect(story.consentRoot('two')).toBe('one');
    expect(story.version('two').roots[0]?.roots.notice).toBe('one');
  });

  test('a purpose change asks only for that purpose', () => {
    const two = { ...newsletter, key: 'events' };
    const both = { ...statement, purposes: [...statement.purposes, two] };
    const story = new PolicyStory().publish('one', day('01-10'), { statement: both }).publish('two', day('02-01'), {
      statement: withPurpose('events', { optional: false }, both),
      reasons: ['PURPOSE'],
      renewalPurposes: ['events'],
    });
    expect(story.consentRoot('two', 'newsletter')).toBe('one');
    expect(story.consentRoot('two', 'events')).toBe('two');
  });

  test('a purpose that is new, or newly on consent, starts from its own version', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'), { statement: withoutPurpose('newsletter') })
      .publish('two', day('02-01'), { reasons: ['PURPOSE'] });
    expect(story.consentRoot('two')).toBe('two');
  });

  test('a renewal scheduled between two versions is neither swallowed nor leaked', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('later', day('02-01'), { ...renewing, effectiveFrom: day('09-01'), statement: moreRecipients })
      .publish('between', day('02-02'), { ...renewing, effectiveFrom: day('06-01') });
    expect(story.consentRoot('between')).toBe('between');
    expect(story.consentRoot('later')).toBe('later');
  });

  test('a wording version published behind a scheduled renewal inherits it once that takes effect first', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('renewal', day('02-01'), { ...renewing, effectiveFrom: day('05-01') })
      .publish('wording', day('02-02'), { statement: moreRecipients, effectiveFrom: day('09-01') });
    expect(story.consentRoot('wording')).toBe('renewal');
  });

  test('withdrawing a scheduled renewal leaves no trace of it in the version behind', () => {
    const asksAgain = { renewalPurposes: ['newsletter'], effectiveFrom: day('05-01') };
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('renewal', day('02-01'), asksAgain)
      .publish('wording', day('02-02'), { effectiveFrom: day('09-01') })
      .withdraw('renewal', day('03-01'));
    expect(story.consentRoot('wording')).toBe('one');
  });

  test('withdrawing a renewal does not let a yes slip through to a version that still has the change', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('renewal', day('02-01'), { ...renewing, effectiveFrom: day('05-01') })
      .publish('wording', day('02-02'), { statement: moreRecipients, effectiveFrom: day('09-01') })
      .withdraw('renewal', day('03-01'));
    expect(story.consentRoot('wording')).toBe('wording');
  });

  test('a withdrawal changes no root for an instant before it takes effect', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('renewal', day('02-01'), { renewalPurposes: ['newsletter'] })
      .publish('wording', day('03-01'))
      .withdraw('renewal', day('06-01'));
    expect(story.consentRoot('wording', 'newsletter', day('04-01'))).toBe('renewal');
    expect(story.consentRoot('wording', 'newsletter', day('06-01'))).toBe('one');
  });

  test('an import behind which the first own publication now stands gives it another root, at every instant', () => {
    const story = new PolicyStory().publish('own', day('01-10'), { reasons: ['FIRST_VERSION'] });
    story.import('old', day('2019-05-01'), day('02-01'), statement);
    expect(story.consentRoot('old')).toBe('old');
    expect(story.consentRoot('own')).toBe('own');
  });

  test('a revoked import hands its place on to the version before it', () => {
    const renewed = withPurpose('newsletter', { optional: false });
    const story = new PolicyStory()
      .import('a', day('2019-01-01'), day('2023-02-01'), statement)
      .import('b', day('2020-01-01'), day('2023-02-01'), renewed, ['newsletter'])
      .publish('own', day('01-10'), { statement: renewed, reasons: ['WORDING'] });
    expect(story.consentRoot('own')).toBe('b');
    story.do({ type: 'RevokeImport', actor: 'importer', at: day('02-02'), entryId: 'b', reason: 'wrong date' });
    expect(story.consentRoot('own')).toBe('own');
    expect(story.inForce(day('2020-06-01'))).toBe('a');
  });

  test('an import asks nobody again unless it says so', () => {
    const story = new PolicyStory()
      .import('a', day('2019-01-01'), day('02-01'), statement)
      .import('b', day('2020-01-01'), day('02-01'), moreRecipients);
    expect(story.consentRoot('b')).toBe('a');
  });
});

describe('a publication that is still to take effect (V6, T3)', () => {
  const wordingThenRenewalBefore = () =>
    new PolicyStory()
      .publish('one', day('01-10'))
      .publish('wording', day('02-01'), { effectiveFrom: day('09-01') })
      .publish('renewal', day('03-01'), { effectiveFrom: day('06-01'), renewalPurposes: ['newsletter'] });

  test('changes no root of the version behind it for an instant before it takes effect', () => {
    const story = wordingThenRenewalBefore();
    expect(story.consentRoot('wording', 'newsletter', day('02-15'))).toBe('one');
    expect(story.consentRoot('wording', 'newsletter', day('05-01'))).toBe('one');
  });

  test('is what the version behind it follows from then on', () => {
    const story = wordingThenRenewalBefore();
    expect(story.consentRoot('wording', 'newsletter', day('06-01'))).toBe('renewal');
    expect(story.consentRoot('wording', 'newsletter', day('09-01'))).toBe('renewal');
  });

  test('withdrawn before its day it leaves the version behind it as it was', () => {
    const story = wordingThenRenewalBefore().withdraw('renewal', day('04-01'));
    for (const at of ['02-15', '03-15', '04-15', '06-15', '09-15']) {
      expect(story.consentRoot('wording', 'newsletter', day(at))).toBe('one');
    }
  });
});

describe('a withdrawal that is still to come (V3, V5, V6)', () => {
  const fewer = statement;
  const withdrawnInWinter = () =>
    new PolicyStory()
      .publish('one', day('01-10'), { statement: moreRecipients })
      .publish('two', day('02-01'), { statement: fewer, reasons: ['RECIPIENTS'], effectiveFrom: day('03-01') })
      .withdraw('two', day('04-01'), day('12-01'));

  test('leaves its version in the order until then: what it took away may not come back as wording', () => {
    const story = withdrawnInWinter();
    expect(story.inForce(day('05-01'))).toBe('two');
    const back = { statement: moreRecipients, reasons: ['WORDING'] as const };
    expect(() => story.publish('three', day('05-01'), back)).toThrow(
      expect.objectContaining({ code: 'CHANGE_UNDERSTATED' }),
    );
  });

  test('lets a yes count as long as the version it was given on is what the next one follows', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { renewalPurposes: ['newsletter'] })
      .withdraw('two', day('03-01'), day('12-01'))
      .publish('three', day('04-01'));
    expect(story.consentRoot('three', 'newsletter', day('06-01'))).toBe('two');
    expect(story.consentRoot('three', 'newsletter', day('12-01'))).toBe('one');
  });

  test('is no reason to retire past a version that will be in force before it', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('two', day('02-01'), { effectiveFrom: day('08-01') })
      .withdraw('two', day('03-01'), day('2030-01-01'));
    expect(() => story.retire(day('04-01'))).toThrow(expect.objectContaining({ code: 'VERSION_SCHEDULED' }));
    story.retire(day('04-01'), true);
    expect(story.inForce(day('09-01'))).toBe('RETIRED');
  });
});

describe('two nodes, one of whose clocks was fast (S5)', () => {
  test('a publication for now takes effect after the one before it in the stream', () => {
    const story = new PolicyStory().publish('one', day('2024-03-01T12:00:04.000Z'));
    story.publish('two', day('2024-03-01T12:00:01.000Z'));
    expect(story.inForce(day('2024-03-01T12:00:04.000Z'))).toBe('two');
  });
});
