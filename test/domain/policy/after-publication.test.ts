import type { PolicyCommand } from '../../../src/domain/policy/policy.commands';
import { addMs, type LocalDate } from '../../../src/domain/time';
import { spec } from '../../support/decider-spec';
import { content, day, decider, PolicyStory, statement } from '../../support/policy-stories';

const at = day('06-01');

function when(story: PolicyStory, command: PolicyCommand) {
  return spec(decider)
    .given(...story.events)
    .when(command);
}

const published = () => new PolicyStory().publish('one', day('01-10'));

describe('withdrawing a version (V3)', () => {
  const withdraw = (more: object = {}): PolicyCommand => ({
    type: 'WithdrawVersion',
    actor: 'publisher',
    at,
    versionId: 'one',
    reason: 'Wrong annex',
    voidsDecisions: false,
    ...more,
  });

  test('takes effect at its recording unless a later instant is given', () => {
    when(published(), withdraw()).thenEvents({
      type: 'PolicyVersionWithdrawn',
      data: {
        policyId: 'policy',
        versionId: 'one',
        from: at,
        reason: 'Wrong annex',
        voidsDecisions: false,
        rerooted: [],
        withdrawnAt: at,
      },
    });
    const [later] = when(published(), withdraw({ from: day('07-01') })).events();
    expect(later?.type === 'PolicyVersionWithdrawn' && later.data.from).toBe(day('07-01'));
  });

  test('an earlier instant is refused', () => {
    when(published(), withdraw({ from: addMs(at, -5 * 60_000 - 1) })).refused('FROM_IN_PAST');
  });

  test('cannot be done twice, nor to a version of another policy', () => {
    when(published().withdraw('one', day('05-01')), withdraw()).refused('VERSION_ALREADY_WITHDRAWN');
    when(published(), withdraw({ versionId: 'other' })).refused('VERSION_NOT_FOUND');
  });
});

describe('retiring a policy (V4)', () => {
  const retire = (more: object = {}): PolicyCommand => ({
    type: 'RetirePolicy',
    actor: 'publisher',
    at,
    retirementId: 'end',
    reason: 'Product closed',
    withdrawScheduled: false,
    ...more,
  });
  const scheduled = () => published().publish('two', day('02-01'), { effectiveFrom: day('09-01') });

  test('is refused while a version is scheduled, unless the same command withdraws it', () => {
    when(scheduled(), retire()).refused('VERSION_SCHEDULED');
    const events = when(scheduled(), retire({ withdrawScheduled: true })).events();
    expect(events.map(({ type }) => type)).toEqual(['PolicyVersionWithdrawn', 'PolicyRetired']);
    const story = scheduled().retire(at, true);
    expect(['05-31', '06-01', '10-01'].map((on) => story.inForce(day(on)))).toEqual(['one', 'RETIRED', 'RETIRED']);
  });

  test('every scheduled version is withdrawn, however many', () => {
    const story = scheduled()
      .publish('three', day('03-01'), { effectiveFrom: day('10-01') })
      .retire(at, true);
    expect(story.inForce(day('12-01'))).toBe('RETIRED');
  });

  test('is refused where nothing is in force, and a second time', () => {
    when(new PolicyStory(), retire()).refused('NOTHING_TO_RETIRE');
    when(published().retire(day('05-01')), retire()).refused('ALREADY_RETIRED');
  });

  test('may lie ahead, but not behind', () => {
    const [event] = when(published(), retire({ from: day('08-01') })).events();
    expect(event?.type === 'PolicyRetired' && event.data.from).toBe(day('08-01'));
    when(published(), retire({ from: day('05-01') })).refused('FROM_IN_PAST');
  });
});

describe('adding a locale to a version (P6)', () => {
  const add = (locale: string, actor = 'translator', approvalRequired = true): PolicyCommand => ({
    type: 'AddVersionLocale',
    actor,
    at,
    versionId: 'one',
    content: content('A translation', locale),
    flags: [],
    approvalRequired,
  });

  test('is no new version', () => {
    const story = published().do(add('en'));
    expect(story.policy.timeline).toHaveLength(1);
    expect(story.version('one').contents.map(({ locale }) => locale)).toEqual(['en', 'nb']);
  });

  test('changing the text of a locale that is there is refused', () => {
    when(published(), add('nb')).refused('LOCALE_ALREADY_PUBLISHED');
    when(published(), add('no')).refused('LOCALE_ALREADY_PUBLISHED');
  });

  test('by an author is refused where approval is required', () => {
    when(published(), add('en', 'editor')).refused('LOCALE_ADDED_BY_AUTHOR');
    expect(when(published(), add('en', 'editor', false)).events()).toHaveLength(1);
  });

  test('to a withdrawn version is refused', () => {
    when(published().withdraw('one', day('05-01')), add('en')).refused('VERSION_ALREADY_WITHDRAWN');
  });
});

describe('importing the past (V7)', () => {
  const importing = (more: object): PolicyCommand => ({
    type: 'ImportPolicyVersion',
    actor: 'importer',
    at,
    versionId: 'old',
    label: 'Old',
    timeZone: 'Europe/Oslo',
    content: content('Old text'),
    reasons: [],
    summaries: [],
    renewalPurposes: [],
    flags: [],
    ...more,
  });

  test('records a version before the first own publication, text only, telling nobody', () => {
    const [event] = when(published(), importing({ effectiveOn: '2019-05-01' as LocalDate })).events();
    expect(event).toMatchObject({
      type: 'PolicyVersionImported',
      data: {
        sequence: 2,
        effectiveFrom: '2019-04-30T22:00:00.000Z',
        effectiveOn: '2019-05-01',
        change: { noticeDuty: 'NONE', compared: false },
        audience: [],
      },
    });
    expect(event?.data).not.toHaveProperty('statement');
  });

  test.each<[string, object, string]>([
    ['a date in the future', { effectiveFrom: day('07-01') }, 'IMPORT_NOT_IN_PAST'],
    ['a date at the first own publication', { effectiveFrom: day('01-10') }, 'IMPORT_AFTER_PUBLICATION'],
    ['a day that the zone left out', { effectiveOn: '2011-12-30', timeZone: 'Pacific/Apia' }, 'DAY_ABSENT'],
    ['no date', {}, 'IMPORT_DATE_MISSING'],
    ['two dates', { effectiveFrom: day('2019-01-01'), effectiveOn: '2019-01-01' as LocalDate }, 'EFFECTIVE_AMBIGUOUS'],
    [
      'a renewal without a statement',
      { effectiveFrom: day('2019-01-01'), renewalPurposes: ['newsletter'] },
      'UNKNOWN_PURPOSE',
    ],
  ])('%s is refused', (_, more, code) => {
    when(published(), importing(more)).refused(code);
  });

  test('reasons given with an import bring their duties', () => {
    const [event] = when(
      published(),
      importing({ effectiveFrom: day('2019-01-01'), statement, reasons: ['PURPOSE'] }),
    ).events();
    expect(event?.type === 'PolicyVersionImported' && event.data.change.noticeDuty).toBe('ACTIVE');
  });

  test('a revoked import is out at every instant, an own version cannot be revoked', () => {
    const story = published().import('old', day('2019-05-01'), at);
    expect(story.inForce(day('2020-01-01'))).toBe('old');
    const revoke = (entryId: string): PolicyCommand => ({
      type: 'RevokeImport',
      actor: 'importer',
      at,
      entryId,
      reason: 'Wrong date',
    });
    when(story, revoke('one')).refused('NOT_AN_IMPORT');
    when(story, revoke('none')).refused('VERSION_NOT_FOUND');
    story.do(revoke('old'));
    expect(story.inForce(day('2020-01-01'))).toBe('NOT_YET_PUBLISHED');
    when(story, revoke('old')).refused('VERSION_NOT_FOUND');
  });

  test('an imported retirement ends the text, and what is imported after it begins anew', () => {
    const story = new PolicyStory().import('a', day('2019-01-01'), at);
    story.do({ type: 'ImportRetirement', actor: 'importer', at, retirementId: 'gone', from: day('2020-01-01') });
    story.import('b', day('2021-01-01'), at);
    expect(['2019-06-01', '2020-06-01', '2021-06-01'].map((on) => story.inForce(day(on)))).toEqual([
      'a',
      'RETIRED',
      'b',
    ]);
    story.do({ type: 'RevokeImport', actor: 'importer', at, entryId: 'gone', reason: 'It was renamed' });
    expect(story.inForce(day('2020-06-01'))).toBe('a');
  });
});
