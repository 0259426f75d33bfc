import { Refusal } from '../../src/domain/refusal';
import { lastMillisecondOf, parseInstant, parseLocalDate } from '../../src/domain/time';
import { exportOrderOf } from '../../src/evidence/export-order';
import type { AsOfStamp } from '../../src/read-models/as-of';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';

describe('an order of an export', () => {
  let office: EvidenceOffice;
  beforeAll(async () => {
    office = await openEvidenceOffice();
    await office.applied();
  });
  afterAll(() => office.close());

  const ordered = (day: string, timeZone: string, forecast = false) => {
    const { readModels } = office.models;
    const { n, position } = readModels.applied();
    const effectiveOn = parseLocalDate(day);
    const effectiveAt = lastMillisecondOf(effectiveOn, timeZone);
    const now = parseInstant('2024-06-15T22:30:00.000Z');
    const pinned = { recordedAt: now, position, n, settled: true, rules: '1' };
    const stamp: AsOfStamp = { effectiveAt, effectiveOn, timeZone, forecast, ...pinned };
    const { organisationId } = office;
    const asked = { kind: 'PROCESSING_RECORD', format: 'JSON', organisationId, personalValues: true } as const;
    try {
      return exportOrderOf(readModels, { ...asked, stamp, now });
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  };

  test('of what there was not then is refused: an audit before the first version, a record before the organisation', async () => {
    const { readModels } = office.models;
    const { organisationId } = office;
    const { policyId } = await office.publish('personvern');
    await office.applied();
    const { n, position } = readModels.applied();
    const at = (instant: string, known: number): AsOfStamp => {
      const pinned = { recordedAt: parseInstant(instant), position, n: known, settled: true, rules: '1' };
      const effectiveAt = parseInstant(instant);
      return { effectiveAt, effectiveOn: undefined, timeZone: 'Europe/Oslo', forecast: false, ...pinned };
    };
    const now = parseInstant('2024-06-15T22:30:00.000Z');
    const order = (asked: { kind: 'AUDIT' | 'PROCESSING_RECORD'; policyId?: string }, stamp: AsOfStamp) => () =>
      exportOrderOf(readModels, { ...asked, format: 'CSV', organisationId, personalValues: false, stamp, now });
    const refused = expect.objectContaining({ code: 'EVIDENCE_BEFORE_START' });
    expect(order({ kind: 'AUDIT', policyId }, at('1999-01-01T00:00:00.000Z', n))).toThrow(refused);
    expect(order({ kind: 'AUDIT' }, at('2024-01-01T00:00:00.000Z', 0))).toThrow(refused);
    expect(order({ kind: 'PROCESSING_RECORD' }, at('2024-01-01T00:00:00.000Z', 0))).toThrow(refused);
    expect(order({ kind: 'PROCESSING_RECORD' }, at('1999-01-01T00:00:00.000Z', n))()).toMatchObject({ organisationId });
  });

  test('of a day that the clocks of the zone left out is refused', () => {
    expect(ordered('2011-12-30', 'Pacific/Apia')).toBe('EVIDENCE_DAY_ABSENT');
    expect(ordered('2011-12-31', 'Pacific/Apia')).toMatchObject({ effectiveOn: '2011-12-31' });
  });

  test('of a day with a clock change is of its last millisecond, and a record has no personal values', () => {
    const order = ordered('2024-03-31', 'Europe/Oslo');
    expect(order).toMatchObject({ effectiveAt: '2024-03-31T21:59:59.999Z', effectiveOn: '2024-03-31' });
    expect(order).not.toHaveProperty('personalValues');
  });

  test('of today is taken as the zone has it, of tomorrow not', () => {
    // Half past midnight in Oslo, and still the evening before in Reykjavik.
    expect(ordered('2024-06-16', 'Europe/Oslo', true)).toMatchObject({ effectiveOn: '2024-06-16' });
    expect(ordered('2024-06-16', 'Atlantic/Reykjavik', true)).toBe('EVIDENCE_OF_FUTURE');
    expect(ordered('2024-06-17', 'Europe/Oslo', true)).toBe('EVIDENCE_OF_FUTURE');
  });
});
