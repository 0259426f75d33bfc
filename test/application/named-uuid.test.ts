import { randomUUID } from 'node:crypto';
import { v5 } from 'uuid';
import { namedUuid } from '../../src/application/named-uuid';
import { randomNumbers } from '../support/synthetic-history';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test('the example of RFC 9562 has the id that stands there', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(namedUuid('www.example.com', dns)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

test(`whatever the name, the id is that of the uuid package (SEED=${seed})`, () => {
  const random = randomNumbers(seed);
  const characters = ['a', 'Z', '/', '\0', 'æ', '\u00ad', '漢', '😀', '\u{10ffff}', '-', ' '];
  for (let round = 0; round < 2_000; round += 1) {
    const name = Array.from({ length: random(60) }, () => characters[random(characters.length)]).join('');
    const namespace = round % 2 === 0 ? randomUUID() : randomUUID().toUpperCase();
    expect(namedUuid(name, namespace)).toBe(v5(name, namespace));
  }
});

test.each(['', 'nordlys', '6ba7b810-9dad-11d1-80b4-00c04fd430c', '6ba7b810-9dad-11d1-80b4-00c04fd430cg'])(
  'a namespace that is no UUID is refused: "%s"',
  (namespace) => {
    expect(() => namedUuid('name', namespace)).toThrow(TypeError);
  },
);

test('half a surrogate pair is refused, since two names would have one id', () => {
  expect(() => namedUuid('a\ud800b', randomUUID())).toThrow(TypeError);
});
