import type { PolicyCommand } from '../../../src/domain/policy/policy.commands';
import { spec } from '../../support/decider-spec';
import { content, day, decider, PolicyStory, statement } from '../../support/policy-stories';

const at = day('02-01');
const by = (actor: string) => ({ actor, at });

function when(story: PolicyStory, command: PolicyCommand) {
  return spec(decider)
    .given(...story.events)
    .when(command);
}

describe('the draft (V9)', () => {
  test('every edit is an event that counts the revision', () => {
    const story = new PolicyStory();
    when(story, { type: 'EditDraftText', ...by('editor'), expectedRevision: 0, content: content('Text') }).thenEvents({
      type: 'PolicyDraftTextEdited',
      data: { policyId: 'policy', author: 'editor', revision: 1, content: content('Text'), editedAt: at },
    });
  });

  test.each<[string, PolicyCommand]>([
    ['text', { type: 'EditDraftText', ...by('editor'), expectedRevision: 0, content: content('Text') }],
    ['statement', { type: 'SetDraftStatement', ...by('editor'), expectedRevision: 2, statement }],
    ['removal', { type: 'RemoveDraftLocale', ...by('editor'), expectedRevision: 0, locale: 'nb' }],
    ['discarding', { type: 'DiscardDraft', ...by('editor'), expectedRevision: 0 }],
    ['approval', { type: 'ApproveDraft', ...by('approver'), expectedRevision: 0, draftHash: '' }],
  ])('%s against a draft that has moved on is refused', (_, command) => {
    when(new PolicyStory().edit('Text', at), command).refused('STALE_VERSION');
  });

  test('a locale that the draft does not have cannot be taken out', () => {
    const command: PolicyCommand = { type: 'RemoveDraftLocale', ...by('editor'), expectedRevision: 1, locale: 'en' };
    when(new PolicyStory().edit('Text', at), command).refused('LOCALE_NOT_IN_DRAFT');
  });

  test('a forty-first locale is refused', () => {
    const story = new PolicyStory();
    for (let index = 0; index < 40; index += 1) story.edit('Text', at, 'editor', `x-${index}`);
    const edit: PolicyCommand = {
      type: 'EditDraftText',
      ...by('editor'),
      expectedRevision: 40,
      content: content('Text', 'en'),
    };
    when(story, edit).refused('TOO_MANY_LOCALES');
  });

  test('discarding goes back to what was last published, and who wrote stays an author', () => {
    const story = new PolicyStory().publish('one', day('01-10')).edit('Experiment', at);
    const { revision } = story.policy.draft;
    story.do({ type: 'DiscardDraft', ...by('editor'), expectedRevision: revision });
    expect(story.policy.draft).toMatchObject({
      revision: revision + 1,
      contents: [content('The text of one')],
      statement,
      authors: ['editor'],
    });
  });

  test('a slug that the organisation uses already is refused', () => {
    const create: PolicyCommand = {
      type: 'CreatePolicy',
      ...by('editor'),
      policyId: 'policy',
      organisationId: 'organisation',
      slug: 'privacy',
      kind: 'TERMS',
      title: { locale: 'nb', text: 'Vilkår' },
    };
    when(new PolicyStory(), create).refused('POLICY_ALREADY_EXISTS');
  });
});

describe('approval by another person (P7)', () => {
  const approving = (story: PolicyStory, actor: string, draftHash = story.hash): PolicyCommand => ({
    type: 'ApproveDraft',
    ...by(actor),
    expectedRevision: story.policy.draft.revision,
    draftHash,
  });

  test('nobody who wrote any of it may approve, whoever wrote last', () => {
    const story = new PolicyStory().edit('Text', at, 'anne').setStatement(statement, at, 'bjorn');
    when(story, approving(story, 'anne')).refused('APPROVER_IS_AUTHOR');
    when(story, approving(story, 'bjorn')).refused('APPROVER_IS_AUTHOR');
    expect(when(story, approving(story, 'cecilie')).events()).toHaveLength(1);
  });

  test('who wrote the template wrote the draft too', () => {
    const story = new PolicyStory();
    const template = { templateId: 't', revision: 1, authors: ['dag'], variables: [], contents: [content('Filled')] };
    const created: PolicyCommand = {
      type: 'CreatePolicy',
      ...by('anne'),
      policyId: 'policy',
      organisationId: 'organisation',
      slug: 'privacy',
      kind: 'PRIVACY_NOTICE',
      title: { locale: 'nb', text: 'Personvern' },
      template,
    };
    const events = decider.decide(created, decider.initialState);
    story.events.splice(0, story.events.length, ...events);
    const state = events.reduce(decider.evolve, decider.initialState);
    expect(state.status === 'existing' && state.draft.authors).toEqual(['anne', 'dag']);
  });

  test('another hash than the draft has is refused', () => {
    const story = new PolicyStory().edit('Text', at);
    when(story, approving(story, 'cecilie', 'f'.repeat(64))).refused('DRAFT_HASH_DIFFERS');
  });

  test('the hash covers text, format, locale and statement', () => {
    const base = new PolicyStory().edit('Text', at);
    const hashes = [
      base.hash,
      new PolicyStory().edit('Text', at, 'editor', 'nn').hash,
      new PolicyStory().edit('Other', at).hash,
      new PolicyStory().edit('Text', at).setStatement(statement, at).hash,
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('the same person approving twice is refused, a second person is not', () => {
    const story = new PolicyStory().edit('Text', at).approve(at, 'cecilie');
    when(story, approving(story, 'cecilie')).refused('ALREADY_APPROVED');
    expect(when(story, approving(story, 'dag')).events()).toHaveLength(1);
  });

  test('an empty draft cannot be approved', () => {
    const story = new PolicyStory();
    when(story, approving(story, 'cecilie')).refused('POLICY_DRAFT_EMPTY');
  });

  test('after a publication an earlier author may approve what another writes', () => {
    const story = new PolicyStory().publish('one', day('01-10')).edit('Next', at, 'anne');
    expect(when(story, approving(story, 'editor')).events()).toHaveLength(1);
  });
});
