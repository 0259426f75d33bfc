import { PLACES, SharedAnswer, templateOf } from '../../src/api/shared-answer';

function textOf(answer: SharedAnswer): string {
  const bytes = Buffer.alloc(answer.byteLength + 2);
  expect(answer.writeTo(bytes, 1)).toBe(bytes.length - 1);
  expect([bytes.at(0), bytes.at(-1)]).toEqual([0, 0]);
  return bytes.toString('utf8', 1, bytes.length - 1);
}

const own = { id: 'OUTSTANDING:"\\ø', cursor: 'abc' };

test('the text is the answer, also where own fields stand under other names or twice', () => {
  const fields = {
    a: PLACES.id,
    kind: 'IN_FORCE',
    b: PLACES.cursor,
    c: PLACES.id,
    policy: { id: 'p', title: 'Ærlig "tekst"' },
  };
  const template = templateOf({ policyNotices: fields });
  if (!template) throw new Error('It is a template.');
  const answer = new SharedAnswer(template, own);
  const expected = { data: { policyNotices: { ...fields, a: own.id, b: own.cursor, c: own.id } } };
  expect(JSON.parse(textOf(answer))).toEqual(expected);
  expect(JSON.parse(JSON.stringify(answer))).toEqual(expected);
  expect(textOf(answer)).toBe(JSON.stringify(answer));
});

test('an answer without own fields is the same text for everybody', () => {
  const template = templateOf({ policyChanges: { kind: 'RETIRED' } });
  if (!template) throw new Error('It is a template.');
  expect(textOf(new SharedAnswer(template, own))).toBe('{"data":{"policyChanges":{"kind":"RETIRED"}}}');
});

test.each([
  ['two root fields', { one: {}, other: {} }],
  ['none', {}],
  ['a root field that is null', { one: null }],
])('there is no template of %s', (_, data) => {
  expect(templateOf(data)).toBeUndefined();
});

test('an own field that stands deeper than the item is nothing that can be shared', () => {
  expect(templateOf({ one: { id: PLACES.id, deep: { id: PLACES.id } } })).toBeUndefined();
});
