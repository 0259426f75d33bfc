import { MAX_EXTERNAL_ID_LENGTH } from '../../../src/domain/limits';
import { Refusal } from '../../../src/domain/refusal';
import { subjectDecider } from '../../../src/domain/subject/subject.decider';
import { profileAt } from '../../../src/domain/subject/subject.state';
import { assertExternalId } from '../../../src/domain/subject/subject-profile';
import { addMs } from '../../../src/domain/time';
import { spec } from '../../support/decider-spec';
import { day } from '../../support/policy-stories';
import { registration, SubjectStory } from '../../support/subject-stories';

const registering = spec(subjectDecider).given();
const acme = { id: 'acme', customerOf: 'organisation' };

describe('registering', () => {
  it('records what the person is, sorted and once', () => {
    const command = registration({ categories: ['prospect', 'customer', 'prospect'], customer: acme, exempt: true });
    registering.when(command).thenEvents({
      type: 'SubjectRegistered',
      data: {
        subjectId: 'person',
        organisationId: 'organisation',
        anonymous: false,
        categories: ['customer', 'prospect'],
        customerId: 'acme',
        exempt: true,
        keyId: 'key',
        registeredAt: day('01-01'),
        notedAt: day('01-01'),
      },
    });
  });

  it('may be of long ago, which cohort dates compare', () => {
    const [event] = registering.when(registration({ registeredAt: day('2019-05-01') })).events();
    expect(event?.data).toMatchObject({ registeredAt: day('2019-05-01'), notedAt: day('01-01') });
  });

  it('ahead of the clock by less than five minutes is now, by more it is refused', () => {
    const ahead = (ms: number) => registering.when(registration({ registeredAt: addMs(day('01-01'), ms) }));
    expect(ahead(300_000).events()[0]?.data).toMatchObject({ registeredAt: day('01-01') });
    ahead(300_001).refused('REGISTERED_IN_FUTURE');
  });

  it.each([
    ['ordinary employee'],
    ['Kunde (bedrift)'.replace(/[()]/g, '')],
    ['Ærlig/ås-ø_1.2 & co.'],
    ['12345'],
    ['a'.repeat(64)],
  ])('the category "%s" is one', (category) => {
    expect(registering.when(registration({ categories: [category] })).events()).toHaveLength(1);
  });

  it.each([
    ['empty', ''],
    ['65 long', 'a'.repeat(65)],
    ['an address of e-mail', 'ola@nordmann.example'],
    ['a number of a person', '010190 12345'.replace(' ', '')],
    ['six digits within', 'kunde123456'],
    ['other signs', 'kunde;drop'],
    ['a line break', 'kunde\n'],
    ['NUL', 'kunde\0'],
    ['half a character', 'kunde\ud800'],
    ['a space before', ' kunde'],
    ['a space after', 'kunde '],
  ])('a category that is %s is refused, and the refusal does not repeat it', (_, category) => {
    const refusal = registering.when(registration({ categories: ['customer', category] })).refused('CATEGORY_INVALID');
    expect([refusal.path, category !== '' && refusal.message.includes(category)]).toEqual([['categories', '1'], false]);
  });

  it('in more than twenty categories is refused; one named often is one', () => {
    const many = Array.from({ length: 21 }, (_, index) => `category ${index}`);
    registering.when(registration({ categories: many })).refused('TOO_MANY_CATEGORIES');
    expect(registering.when(registration({ categories: [...many.slice(1), ...many.slice(1)] })).events()).toHaveLength(
      1,
    );
  });

  it('with a customer of another organisation, or of none, is refused', () => {
    for (const customerOf of ['other', undefined]) {
      registering.when(registration({ customer: { id: 'acme', customerOf } })).refused('CUSTOMER_UNKNOWN');
    }
  });
});

describe('registering again', () => {
  it('with the same values, or without any, is nothing new', () => {
    const person = new SubjectStory(registration({ customer: acme })).do(
      registration({ at: day('02-01'), customer: acme }),
    );
    const { categories: _, ...bare } = registration({ at: day('02-01'), registeredAt: day('2019-01-01') });
    expect(person.do(bare).events).toHaveLength(1);
  });

  it('with others is a classification from now on, of what differs alone', () => {
    const person = new SubjectStory(registration({ customer: acme }));
    person.do(registration({ at: day('02-01'), categories: ['supplier'], customer: acme }));
    expect(person.last).toEqual({
      type: 'SubjectClassified',
      data: {
        subjectId: 'person',
        categories: ['supplier'],
        occurredAt: day('02-01'),
        validFrom: day('02-01'),
        live: true,
        notedAt: day('02-01'),
      },
    });
  });

  it('is checked like the first time', () => {
    const person = new SubjectStory();
    expect(person.code(registration({ categories: ['@'] }))).toBe('CATEGORY_INVALID');
    expect(person.code(registration({ registeredAt: day('06-01') }))).toBe('REGISTERED_IN_FUTURE');
  });
});

describe('classifying (D5, O1)', () => {
  const classify = (at: string, more: object) => ({ type: 'ClassifySubject', at: day(at), ...more }) as const;

  it('holds from its date on, and each part by itself', () => {
    const person = new SubjectStory()
      .do(classify('02-01', { customer: acme }))
      .do(classify('03-01', { categories: ['supplier'] }))
      .do(classify('04-01', { customer: null, exempt: true }));
    const then = (at: string) => profileAt(person.subject, day(at));
    expect([then('01-15'), then('02-01'), then('03-15'), then('04-01')]).toEqual([
      { categories: ['customer'], exempt: false },
      { categories: ['customer'], customerId: 'acme', exempt: false },
      { categories: ['supplier'], customerId: 'acme', exempt: false },
      { categories: ['supplier'], exempt: true },
    ]);
    expect(person.last?.data).toMatchObject({ customerEnded: true });
  });

  it('of a past date changes what was between then and what is known since', () => {
    const person = new SubjectStory().do(classify('03-01', { categories: ['supplier'] }));
    person.do(classify('04-01', { categories: ['prospect'], occurredAt: day('02-01') }));
    const then = (at: string) => profileAt(person.subject, day(at)).categories;
    expect([then('01-15'), then('02-15'), then('03-15')]).toEqual([['customer'], ['prospect'], ['supplier']]);
  });

  it('as what the person is already is nothing new', () => {
    const person = new SubjectStory().do(
      classify('02-01', { categories: ['customer'], customer: null, exempt: false }),
    );
    expect(person.events).toHaveLength(1);
  });

  it('as nothing is refused', () => {
    expect(new SubjectStory().code(classify('02-01', {}))).toBe('NOTHING_TO_CLASSIFY');
  });
});

describe('an external id', () => {
  it.each(['1', 'ola@nordmann.example', 'ʻokina 名前', 'x'.repeat(MAX_EXTERNAL_ID_LENGTH)])('may be "%s"', (id) => {
    expect(() => assertExternalId(id)).not.toThrow();
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(MAX_EXTERNAL_ID_LENGTH + 1)],
    ['half a character', 'x\udc00'],
    ['with NUL', 'x\0'],
  ])('that is %s is refused', (_, id) => {
    expect(() => assertExternalId(id)).toThrow(expect.objectContaining({ code: 'EXTERNAL_ID_INVALID' }));
    expect(() => assertExternalId(id)).toThrow(Refusal);
  });
});

test('tokens of a person are revoked as of now, never before what was live', () => {
  const person = new SubjectStory(registration({ at: day('02-01') })).do({ type: 'RevokeTokens', at: day('01-01') });
  expect(person.last).toEqual({
    type: 'SubjectTokensRevoked',
    data: { subjectId: 'person', revokedAt: day('02-01') },
  });
});

test('no two revocations are of one instant, however the clock stands', () => {
  const person = new SubjectStory(registration({ at: day('02-01') }))
    .do({ type: 'RevokeTokens', at: day('02-01') })
    .do({ type: 'RevokeTokens', at: day('02-01') });
  expect(person.last).toMatchObject({ data: { revokedAt: '2024-02-01T12:00:00.001Z' } });
});

test('a command to somebody who was never registered is a fault, not a refusal', () => {
  expect(() => registering.when({ type: 'RevokeTokens', at: day('01-01') }).events()).toThrow('does not exist');
});
