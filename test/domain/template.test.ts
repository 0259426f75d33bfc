import { type TemplateCommand, templateDecider } from '../../src/domain/template/template.decider';
import type { TemplateEvent } from '../../src/domain/template/template.events';
import { fillTemplate, templateVariables } from '../../src/domain/template/template-variables';
import { spec } from '../support/decider-spec';
import { content, day } from '../support/policy-stories';

const at = day('02-01');
const created: TemplateEvent = {
  type: 'PolicyTemplateCreated',
  data: {
    templateId: 't',
    organisationId: 'o',
    slug: 'common',
    kind: 'PRIVACY_NOTICE',
    sharedWith: ['p'],
    createdAt: at,
  },
};
const edit = (
  expectedRevision: number,
  locale = 'nb',
  variables: readonly string[] = ['company'],
): TemplateCommand => ({
  type: 'EditTemplateText',
  at,
  actor: 'anne',
  expectedRevision,
  content: content('{{company}} …', locale),
  variables,
});

describe('a template (P8)', () => {
  const { when } = spec(templateDecider).given(created);

  test('every edit counts its revision and remembers its author', () => {
    const [edited] = when(edit(0)).events();
    if (!edited) throw new Error('Nothing was decided.');
    expect(spec(templateDecider).given(created, edited).state).toMatchObject({
      revision: 1,
      authors: ['anne'],
      texts: [{ locale: 'nb', variables: ['company'] }],
    });
  });
  test('an edit of an older revision is refused', () => {
    expect(when(edit(1)).refused('STALE_VERSION').details).toEqual({ kind: 'stale-version', currentVersion: 0 });
  });
  test('a slug that is taken is refused', () => {
    when({
      type: 'CreateTemplate',
      at,
      templateId: 't',
      organisationId: 'o',
      slug: 'common',
      kind: 'TERMS',
      sharedWith: [],
    }).refused('TEMPLATE_ALREADY_EXISTS');
  });
  test('more than fifty variables are refused', () => {
    const names = Array.from({ length: 51 }, (_, index) => `v${index}`);
    when(edit(0, 'nb', names)).refused('TOO_MANY_VARIABLES');
  });
});

describe('variables of a template', () => {
  test('are found once each, in their order', () => {
    expect(templateVariables('{{company}} and {{ contact }}, again {{company}}')).toEqual(['company', 'contact']);
  });
  test('are replaced by their values, which are not read as templates again', () => {
    const values = [
      { name: 'company', value: '{{contact}} $& AS' },
      { name: 'contact', value: 'x' },
    ];
    expect(fillTemplate('{{company}}', values)).toBe('{{contact}} $& AS');
  });
  test('that would make more of it than a text may be are refused while it is filled', () => {
    const value = 'x'.repeat(500);
    const text = '{{x}}'.repeat(100_000);
    expect(() => fillTemplate(text, [{ name: 'x', value }])).toThrow(
      expect.objectContaining({ code: 'TEXT_TOO_LARGE' }),
    );
  });
  test('without a value stay as they are written', () => {
    expect(fillTemplate('{{ company }} {{2x}}', [])).toBe('{{ company }} {{2x}}');
  });
});
