import { parseLocalDate } from '../../src/domain/time';
import { AsOfRefused } from '../../src/read-models/as-of';
import type { OrganisationRow } from '../../src/read-models/read-models';
import { placeAtPosition, placeOnDay } from '../../src/replay/replay-place';
import { openNode, type ReadModelNode } from '../read-models/support/read-model-node';
import { at, organisationRegistered, sampleId } from '../read-models/support/sample-facts';

const [OSLO, TOKYO, LOS_ANGELES] = [sampleId(1), sampleId(2), sampleId(3)];

describe('where a log is cut', () => {
  let node: ReadModelNode;
  beforeEach(async () => {
    node = await openNode();
  });
  afterEach(() => node.close());

  const register = (id: string, slug: string, timeZone: string, recordedAt: string) =>
    node.record(`organisation-${id}`, [organisationRegistered(id, { slug, timeZone })], recordedAt);
  const moveTo = (id: string, timeZone: string, recordedAt: string) =>
    node.record(
      `organisation-${id}`,
      [{ type: 'OrganisationTimeZoneSet', data: { organisationId: id, timeZone, setAt: at('2024-01-01') } }],
      recordedAt,
    );
  const only = (id: string): OrganisationRow => {
    const row = node.readModels.organisationById(id, node.readModels.applied());
    if (!row) throw new Error('There is no such organisation.');
    return row;
  };
  const onDay = (day: string, { of, now = '2030-01-01T00:00:00.000Z' }: { of?: string; now?: string } = {}) =>
    placeOnDay(parseLocalDate(day), {
      readModels: node.readModels,
      nowMs: Date.parse(now),
      ...(of !== undefined && { only: only(of) }),
    });
  const codeOf = (ask: () => unknown) => {
    try {
      ask();
    } catch (error) {
      if (error instanceof AsOfRefused) return error.code;
      throw error;
    }
    return undefined;
  };

  test('one organisation ends the day in its own zone, on both axes', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    await register(TOKYO, 'tokyo', 'Asia/Tokyo', '2024-03-30T22:59:59.999Z');
    const last = await register(LOS_ANGELES, 'la', 'America/Los_Angeles', '2024-03-30T23:00:00.000Z');
    const place = onDay('2024-03-30', { of: OSLO });
    expect(place).toMatchObject({ recordedAt: '2024-03-30T22:59:59.999Z', effectiveOn: '2024-03-30', settled: true });
    expect(place.effectiveAt(OSLO)).toBe('2024-03-30T22:59:59.999Z');
    expect(place.prefix.n).toBe(last.n - 1);
  });

  test('the day on which clocks go forward has 23 hours, the one on which they go back 25', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    expect(onDay('2024-03-30').recordedAt).toBe('2024-03-30T22:59:59.999Z');
    expect(onDay('2024-03-31').recordedAt).toBe('2024-03-31T21:59:59.999Z');
    expect(onDay('2024-10-27').recordedAt).toBe('2024-10-27T22:59:59.999Z');
  });

  test('of several organisations each ends it in its own zone, and the log is cut when it was over for all', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    await register(TOKYO, 'tokyo', 'Asia/Tokyo', '2024-01-01T11:00:00.000Z');
    const place = onDay('2024-01-15');
    expect(place.recordedAt).toBe('2024-01-15T22:59:59.999Z');
    expect([OSLO, TOKYO].map((id) => place.effectiveAt(id))).toEqual([
      '2024-01-15T22:59:59.999Z',
      '2024-01-15T14:59:59.999Z',
    ]);
  });

  test('an organisation that came later changes no day before it', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    const before = onDay('2024-01-15');
    // It is still the 15th in Los Angeles, but the day is over for everybody known by then.
    await register(LOS_ANGELES, 'la', 'America/Los_Angeles', '2024-01-16T01:00:00.000Z');
    const after = onDay('2024-01-15');
    expect([after.prefix.n, after.recordedAt]).toEqual([before.prefix.n, before.recordedAt]);
    expect(onDay('2024-01-16').recordedAt).toBe('2024-01-17T07:59:59.999Z');
  });

  test('an organisation that came on the day itself is awaited', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    await register(LOS_ANGELES, 'la', 'America/Los_Angeles', '2024-01-15T20:00:00.000Z');
    expect(onDay('2024-01-15').recordedAt).toBe('2024-01-16T07:59:59.999Z');
  });

  test('a zone set later changes no day before it', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    const before = onDay('2024-01-15');
    await moveTo(OSLO, 'America/New_York', '2024-02-01T00:00:00.000Z');
    const after = onDay('2024-01-15');
    expect([after.recordedAt, after.effectiveAt(OSLO)]).toEqual([before.recordedAt, before.effectiveAt(OSLO)]);
    expect(onDay('2024-02-15').recordedAt).toBe('2024-02-16T04:59:59.999Z');
  });

  test('a day before the first event is a place without events', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    for (const asked of [{}, { of: OSLO }]) {
      expect(onDay('2019-05-01', asked).prefix).toMatchObject({ n: 0, position: 'start' });
    }
    expect(onDay('2019-05-01').recordedAt).toBe('2019-05-01T23:59:59.999Z');
  });

  test('a day that is not over is refused, and the last that is is not settled until more is recorded', async () => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    const now = '2024-01-15T23:00:00.000Z';
    expect(codeOf(() => onDay('2024-01-16', { now }))).toBe('AS_OF_IN_FUTURE');
    expect(codeOf(() => onDay('9998-12-31', { now }))).toBe('AS_OF_IN_FUTURE');
    expect(onDay('2024-01-15', { now }).settled).toBe(false);
    await register(TOKYO, 'tokyo', 'Asia/Tokyo', '2024-01-16T12:00:00.000Z');
    expect(onDay('2024-01-15', { now }).settled).toBe(true);
  });

  test('a position is the instant at which it was recorded, on both axes', async () => {
    const { position, n } = await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    await register(TOKYO, 'tokyo', 'Asia/Tokyo', '2024-01-01T11:00:00.000Z');
    const context = { readModels: node.readModels, nowMs: Date.parse('2024-06-01T00:00:00.000Z') };
    const place = placeAtPosition(position, context);
    expect(place).toMatchObject({ recordedAt: '2024-01-01T10:00:00.000Z', effectiveOn: undefined, settled: true });
    expect([place.prefix.n, place.effectiveAt(OSLO)]).toEqual([n, '2024-01-01T10:00:00.000Z']);
    expect(placeAtPosition('start', context).prefix.n).toBe(0);
  });

  test.each([
    ['none', ''],
    ['a word', 'x'],
    ['half a surrogate pair', '\ud800'],
    ['huge', '9'.repeat(400)],
    ['-1', '-1'],
  ])('a position that is %s is refused', async (_, position) => {
    await register(OSLO, 'oslo', 'Europe/Oslo', '2024-01-01T10:00:00.000Z');
    const context = { readModels: node.readModels, nowMs: 0 };
    expect(codeOf(() => placeAtPosition(position, context))).toMatch(/^(BAD_POSITION|POSITION_NOT_REACHED)$/);
  });
});
