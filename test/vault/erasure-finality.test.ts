import { erasureFinalOn } from '../../src/vault/erasure-finality';

const at = (time: string) => Date.parse(time);

describe('the day on which an erasure is final', () => {
  test.each([
    ['in an old epoch: a month after', '2024-01-01T00:00:00Z', '2024-03-01T10:00:00Z', '2024-04-01'],
    [
      'in an epoch of today: a month after that is a day old',
      '2024-03-01T10:00:00Z',
      '2024-03-01T10:00:01Z',
      '2024-04-02',
    ],
    ['in an epoch that is a day old to the millisecond', '2024-02-29T10:00:00Z', '2024-03-01T10:00:00Z', '2024-04-01'],
    [
      'late in the evening: never a day that begins before the key is gone',
      '2024-01-01T00:00:00Z',
      '2024-03-01T23:30:00Z',
      '2024-04-02',
    ],
    ['on the stroke of a day', '2024-01-01T00:00:00Z', '2024-03-01T22:00:00Z', '2024-04-01'],
    ['over a leap day', '2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z', '2024-03-03'],
  ])('%s', (_, epochBegun, erased, finalOn) => {
    expect(erasureFinalOn(at(erased), at(epochBegun))).toBe(finalOn);
  });

  test('in an epoch whose beginning nobody noted is counted from the erasure', () => {
    expect(erasureFinalOn(at('2024-03-01T10:00:00Z'), undefined)).toBe('2024-04-01');
  });
});
