import { v5, v7 } from 'uuid';
import { uuidv5 } from '../../src/application/uuid-v5';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('a UUID of a name', () => {
  it('is that of RFC 9562, appendix A.4', () => {
    expect(uuidv5('www.example.com', DNS)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it.each([
    ['nothing', ''],
    ['letters of many scripts', 'personvernerklæring/æøå 日本 🙂'],
    ['as many characters as fit', '日'.repeat(336)],
    ['one more', '日'.repeat(337)],
    ['many pairs', '🙂'.repeat(5_000)],
  ])('is the one that the package gives for %s', (_, name) => {
    expect(uuidv5(name, DNS)).toBe(v5(name, DNS));
  });

  it('is the one that the package gives in any namespace', () => {
    for (let time = 0; time < 200; time += 1) {
      const namespace = v7();
      expect([namespace, uuidv5(`name ${time}`, namespace)]).toEqual([namespace, v5(`name ${time}`, namespace)]);
    }
  });

  it('is refused in a namespace that is no UUID', () => {
    expect(() => uuidv5('name', 'abc')).toThrow(TypeError);
  });
});
