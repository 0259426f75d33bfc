import { effectiveDates } from '../../../src/domain/policy/effective-dates';
import type { PublishPolicyVersion } from '../../../src/domain/policy/policy.commands';
import { addLocalDays, addMs, type LocalDate } from '../../../src/domain/time';
import { spec } from '../../support/decider-spec';
import {
  content,
  day,
  decider,
  newsletter,
  PolicyStory,
  publication,
  rules,
  statement,
  withPurpose,
} from '../../support/policy-stories';

const now = day('2024-06-15T10:00:00.000Z');

/** A policy with a first version in force and a draft that equals it but for its text. */
function changedDraft(to = statement) {
  return new PolicyStory().publish('one', day('01-10')).edit('Another text', now).setStatement(to, now);
}

function publishing(story: PolicyStory, more: Partial<PublishPolicyVersion>) {
  const expectedRevision = story.policy.draft.revision;
  const command = publication({ reasons: ['WORDING'], expectedRevision, versionId: 'two', at: now, ...more });
  return spec(decider)
    .given(...story.events)
    .when(command);
}

describe('when a publication takes effect (P4, V1, V2)', () => {
  const effective = (more: Partial<PublishPolicyVersion>) => {
    const [event] = publishing(changedDraft(), more).events();
    return event?.type === 'PolicyVersionPublished' ? event.data : undefined;
  };

  test.each<[string, Partial<PublishPolicyVersion>]>([
    ['nothing given', {}],
    ['an instant five minutes old', { effectiveFrom: addMs(now, -5 * 60_000) }],
    ['today by civil date', { effectiveOn: '2024-06-15' as LocalDate }],
  ])('%s means the time of the command', (_, more) => {
    expect(effective(more)?.effectiveFrom).toBe(now);
  });

  test('a civil date means its first instant in the zone of the organisation and is kept beside it', () => {
    const two = effective({ effectiveOn: '2024-07-01' as LocalDate });
    expect([two?.effectiveFrom, two?.effectiveOn, two?.timeZone]).toEqual([
      '2024-06-30T22:00:00.000Z',
      '2024-07-01',
      'Europe/Oslo',
    ]);
  });

  test.each<[string, Partial<PublishPolicyVersion>, string]>([
    ['older than five minutes', { effectiveFrom: addMs(now, -5 * 60_000 - 1) }, 'EFFECTIVE_IN_PAST'],
    ['yesterday', { effectiveOn: '2024-06-14' as LocalDate }, 'EFFECTIVE_IN_PAST'],
    ['an instant and a date', { effectiveFrom: now, effectiveOn: '2024-07-01' as LocalDate }, 'EFFECTIVE_AMBIGUOUS'],
    ['two centuries ahead', { effectiveOn: '2224-06-15' as LocalDate }, 'EFFECTIVE_TOO_FAR_AHEAD'],
    [
      'for existing subjects earlier than in general',
      { effectiveFrom: day('08-01'), effectiveFromForExisting: day('07-01') },
      'COHORT_BEFORE_EFFECTIVE',
    ],
    ['for existing subjects in the past', { effectiveFromForExisting: day('06-01') }, 'EFFECTIVE_IN_PAST'],
  ])('%s is refused', (_, more, code) => {
    publishing(changedDraft(), more).refused(code);
  });
});

test('a day that the zone left out is no date to take effect on, and those around it are (S3)', () => {
  const at = day('2011-12-01T10:00:00.000Z');
  const on = (date: string, zone = 'Pacific/Apia') => effectiveDates({ at, effectiveOn: date as LocalDate }, zone);
  expect(() => on('2011-12-30')).toThrow(expect.objectContaining({ code: 'DAY_ABSENT', path: ['effectiveOn'] }));
  const forExisting = { at, effectiveOnForExisting: '2011-12-30' as LocalDate };
  expect(() => effectiveDates(forExisting, 'Pacific/Apia')).toThrow(
    expect.objectContaining({ code: 'DAY_ABSENT', path: ['effectiveOnForExisting'] }),
  );
  const days = [on('2011-12-29'), on('2011-12-31'), on('2011-12-30', 'Pacific/Auckland')];
  expect(days.map(({ effectiveFrom }) => effectiveFrom)).toEqual([
    '2011-12-29T10:00:00.000Z',
    '2011-12-30T10:00:00.000Z',
    '2011-12-29T11:00:00.000Z',
  ]);
  // A day without a midnight there is: it begins an hour later.
  expect(on('2012-10-21', 'America/Sao_Paulo').effectiveFrom).toBe('2012-10-21T03:00:00.000Z');
});

describe('what a publication has to be (P1, P5, P7, V9)', () => {
  test('a draft that has moved on is refused with its revision', () => {
    const refusal = publishing(changedDraft(), { expectedRevision: 1 }).refused('STALE_VERSION');
    expect(refusal.details).toEqual({ kind: 'stale-version', currentVersion: 4 });
  });

  test('a policy without a text is refused', () => {
    publishing(new PolicyStory().setStatement(statement, now), {}).refused('POLICY_DRAFT_EMPTY');
  });

  test('an incomplete statement is refused with each missing item by name', () => {
    const { complaintAuthority: _, ...rest } = withPurpose('newsletter', { retention: ' ' });
    const refusal = publishing(changedDraft({ ...rest, rights: ['ACCESS'] }), {}).refused('STATEMENT_INCOMPLETE');
    expect(refusal.details).toEqual({
      kind: 'statement-incomplete',
      missing: [
        'complaintAuthority',
        'purposes.newsletter.retention',
        'rights.RECTIFICATION',
        'rights.ERASURE',
        'rights.RESTRICTION',
        'rights.PORTABILITY',
        'rights.WITHDRAW_CONSENT',
      ],
    });
  });

  test('the purposes need a title in every locale of the text', () => {
    const story = changedDraft().edit('An English text', now, 'editor', 'en');
    const refusal = publishing(story, {}).refused('STATEMENT_INCOMPLETE');
    expect(refusal.message).toContain('purposes.newsletter.titles.en');
  });

  test('terms need no more than a contact', () => {
    const bare = { ...statement, purposes: [], rights: [], controller: { name: '', role: 'controller' } };
    const story = new PolicyStory(day('01-01'), 'TERMS').edit('Terms', now).setStatement(bare, now);
    expect(publishing(story, { reasons: ['FIRST_VERSION'] }).events()).toHaveLength(1);
    const silent = story.setStatement({ ...bare, contact: '' }, now);
    publishing(silent, { reasons: ['FIRST_VERSION'] }).refused('STATEMENT_INCOMPLETE');
  });

  test('where approval is required, nobody having approved is refused', () => {
    publishing(changedDraft(), { rules: { ...rules, approvalRequired: true } }).refused('APPROVAL_MISSING');
  });

  test('an approval holds until the next edit, also one that brings the same text back', () => {
    const required = { rules: { ...rules, approvalRequired: true } };
    const story = changedDraft().approve(now);
    expect(publishing(story, required).events()).toHaveLength(1);
    publishing(story.edit('Another text', now), required).refused('APPROVAL_MISSING');
  });

  test('the audience is by default the categories that the purposes name', () => {
    const [event] = publishing(changedDraft(), {}).events();
    expect(event?.type === 'PolicyVersionPublished' && event.data.audience).toEqual(['customer']);
  });

  test('sequence is recording order, and the draft starts over with the published text and no authors', () => {
    const story = new PolicyStory().publish('one', day('01-10')).publish('two', day('02-01'));
    expect(story.version('two').sequence).toBe(2);
    expect(story.policy.draft).toMatchObject({
      revision: 4,
      authors: [],
      approvals: [],
      contents: [content('The text of two')],
    });
  });
});

describe('the classification of a change (P2, P3, V5, V10)', () => {
  test('reasons below what the comparison shows are refused, naming the difference', () => {
    const story = changedDraft(withPurpose('newsletter', { recipients: ['Postkontoret AS'] }));
    const refusal = publishing(story, { effectiveFrom: day('09-01') }).refused('CHANGE_UNDERSTATED');
    expect(refusal.details).toEqual({
      kind: 'change-understated',
      impliedReasons: ['RECIPIENTS'],
      impliedRenewalPurposes: ['newsletter'],
      differences: [{ path: 'purposes.newsletter.recipients', from: '', to: 'Postkontoret AS', reason: 'RECIPIENTS' }],
    });
  });

  test('an implied renewal left out is an understatement even with the right reason', () => {
    const story = changedDraft(withPurpose('newsletter', { recipients: ['Postkontoret AS'] }));
    publishing(story, { effectiveFrom: day('09-01'), reasons: ['RECIPIENTS'] }).refused('CHANGE_UNDERSTATED');
  });

  test('taking a data category away has a reason but renews nothing', () => {
    const story = changedDraft(withPurpose('newsletter', { dataCategories: ['name'] }));
    const fewer = changedDraft(withPurpose('account', { dataCategories: ['name'] }));
    publishing(story, { reasons: ['DATA_CATEGORIES'] }).refused('CHANGE_UNDERSTATED');
    expect(publishing(fewer, { reasons: ['DATA_CATEGORIES'] }).events()).toHaveLength(1);
    const two = withPurpose('newsletter', { dataCategories: ['e-mail address', 'name'] });
    const shrunk = new PolicyStory()
      .publish('one', day('01-10'), { statement: two })
      .edit('Less', now)
      .setStatement(statement, now);
    expect(publishing(shrunk, { reasons: ['DATA_CATEGORIES'] }).events()).toHaveLength(1);
  });

  test('asking for more than is implied is allowed', () => {
    const [event] = publishing(changedDraft(), {
      reasons: ['PURPOSE', 'WORDING'],
      renewalPurposes: ['newsletter'],
    }).events();
    expect(event?.type === 'PolicyVersionPublished' && event.data.change).toMatchObject({
      noticeDuty: 'ACTIVE',
      renewalPurposes: ['newsletter'],
    });
  });

  test('renewing a purpose that is not on consent is refused', () => {
    publishing(changedDraft(), { renewalPurposes: ['account'] }).refused('UNKNOWN_PURPOSE');
  });

  test('a first version has to say that it is the first', () => {
    const story = new PolicyStory().edit('First', now).setStatement(statement, now);
    publishing(story, {}).refused('CHANGE_UNDERSTATED');
  });

  test('a changed text needs some reason, an unchanged one something to say', () => {
    publishing(changedDraft(), { reasons: [] }).refused('CHANGE_REASON_MISSING');
    publishing(new PolicyStory().publish('one', day('01-10')), { reasons: [] }).refused('NOTHING_CHANGED');
  });

  test('spelling may be claimed for a slip of the pen only', () => {
    expect(publishing(changedDraft(), { reasons: ['SPELLING'], changedWords: 20 }).events()).toHaveLength(1);
    publishing(changedDraft(), { reasons: ['SPELLING'], changedWords: 21 }).refused('SPELLING_TOO_LARGE');
  });

  test('a version scheduled behind is compared too, and its unclassified difference refused', () => {
    const story = new PolicyStory()
      .publish('one', day('01-10'))
      .publish('autumn', day('02-01'), { effectiveFrom: day('12-01') });
    story.edit('Between', now).setStatement(withPurpose('newsletter', { recipients: ['Postkontoret AS'] }), now);
    const claim = { reasons: ['RECIPIENTS'], renewalPurposes: ['newsletter'], effectiveFrom: day('09-01') } as const;
    const refusal = publishing(story, claim).refused('CHANGE_UNDERSTATED');
    expect(refusal.details).toMatchObject({ differences: [{ from: 'Postkontoret AS', to: '' }] });
  });

  test('against a text-only predecessor nothing is compared and the version says so', () => {
    const story = new PolicyStory().import('old', day('2020-01-01'), day('01-05'));
    story.edit('New', now).setStatement(statement, now);
    const [event] = publishing(story, {}).events();
    expect(event?.type === 'PolicyVersionPublished' && event.data.change.compared).toBe(false);
  });

  test('order and white space of a statement are no difference', () => {
    const shuffled = { ...statement, contact: `  ${statement.contact} `, purposes: [...statement.purposes].reverse() };
    expect(publishing(changedDraft(shuffled), {}).events()).toHaveLength(1);
  });
});

describe('notice in advance (V10, WP260 rev.01 §30)', () => {
  const transfer = withPurpose('newsletter', { transfers: ['USA: EU-US Data Privacy Framework'] });
  const claim = { reasons: ['THIRD_COUNTRY_TRANSFER'], renewalPurposes: ['newsletter'] } as const;

  test('a day sooner than the lead is refused, the day itself is enough', () => {
    publishing(changedDraft(transfer), { ...claim, effectiveOn: '2024-06-28' as LocalDate }).refused(
      'NOTICE_TOO_SHORT',
    );
    expect(
      publishing(changedDraft(transfer), { ...claim, effectiveOn: '2024-06-29' as LocalDate }).events(),
    ).toHaveLength(1);
  });

  test('a millisecond sooner than the lead is refused', () => {
    const exactly = addLocalDays(now, 14, 'Europe/Oslo');
    publishing(changedDraft(transfer), { ...claim, effectiveFrom: addMs(exactly, -1) }).refused('NOTICE_TOO_SHORT');
    expect(publishing(changedDraft(transfer), { ...claim, effectiveFrom: exactly }).events()).toHaveLength(1);
  });

  test('new subjects may meet the version at once when existing ones get the time', () => {
    const command = { ...claim, effectiveFromForExisting: day('09-01') };
    const [event] = publishing(changedDraft(transfer), command).events();
    expect(event?.type === 'PolicyVersionPublished' && event.data.change).toMatchObject({
      noticeDuty: 'ACTIVE_IN_ADVANCE',
      noticeLeadDays: 14,
    });
  });

  test('the purpose that asks for renewal is the one whose processing changed', () => {
    const both = { ...statement, purposes: [...statement.purposes, { ...newsletter, key: 'events' }] };
    const story = new PolicyStory().publish('one', day('01-10'), { statement: both }).edit('More', now);
    story.setStatement(withPurpose('events', { transfers: ['USA'] }, both), now);
    const only = {
      reasons: ['THIRD_COUNTRY_TRANSFER'],
      renewalPurposes: ['events'],
      effectiveFrom: day('09-01'),
    } as const;
    expect(publishing(story, only).events()).toHaveLength(1);
  });
});
