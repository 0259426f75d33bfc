import { randomUUID } from 'node:crypto';
import {
  type AccessRecord,
  MAX_RECORDS_AT_ONCE,
  RecordInvalid,
  type Records,
  RecordsUnavailable,
} from '../../src/records/records';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const OTHER = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e90';
const KARI = '018c2f6e-7b1d-4c3a-9a55-3f2b1c0d9e01';
const OLA = '018c2f6e-7b1d-4c3a-9a55-3f2b1c0d9e02';
const NOON_MS = Date.parse('2024-03-01T12:00:00Z');

/** What all records do, wherever they are kept. `open` opens empty ones. */
export function describeRecords(kind: string, open: () => Promise<Records>): void {
  describe(`records in ${kind}`, () => {
    let records: Records;
    beforeEach(async () => {
      records = await open();
    });
    afterEach(() => records.close());

    const login = (parts: Partial<AccessRecord> = {}): AccessRecord => ({
      kind: 'LOGIN',
      subjectId: KARI,
      organisationId: ORGANISATION,
      channel: 'APP',
      atMs: NOON_MS,
      ...parts,
    });
    const delivery = (parts: Partial<AccessRecord> = {}) => login({ kind: 'DELIVERY', channel: 'EMAIL', ...parts });
    const about = async (subjectId: string) =>
      (await records.recordsOf(subjectId, undefined, 100)).map(({ place: _, ...record }) => record);

    test('are kept as they came, and shown by person in the order of recording', async () => {
      const made = [login(), delivery(), login({ subjectId: OLA }), login({ atMs: NOON_MS - 1 }), login()];
      for (const record of made) await records.record([record]);
      expect(await about(KARI)).toEqual(made.filter(({ subjectId }) => subjectId === KARI));
      expect(await about(OLA)).toEqual([made[2]]);
      expect(await about(randomUUID())).toEqual([]);
    });

    test('are shown page by page, none twice and none left out', async () => {
      await records.record(Array.from({ length: 25 }, (_, turn) => login({ atMs: NOON_MS - turn })));
      const seen: number[] = [];
      let after: number | undefined;
      for (;;) {
        const page = await records.recordsOf(KARI, after, 10);
        if (page.length === 0) break;
        seen.push(...page.map(({ atMs }) => atMs));
        after = page.at(-1)?.place;
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, turn) => NOON_MS - turn));
    });

    test('that come at once from everywhere are all kept', async () => {
      await Promise.all(Array.from({ length: 500 }, (_, turn) => records.record([login({ atMs: turn }), delivery()])));
      expect(await records.removeBefore(ORGANISATION, NOON_MS)).toEqual({ logins: 500, deliveries: 0 });
      expect(await records.removeSubjects([KARI])).toEqual({ logins: 0, deliveries: 500 });
    });

    test('are there for whoever asks before the answer to recording came', async () => {
      const recording = records.record([login()]);
      expect(await about(KARI)).toHaveLength(1);
      await recording;
    });

    test("are removed when their time is over, the organisation's own and no others", async () => {
      await records.record([
        login({ atMs: NOON_MS - 1 }),
        delivery({ atMs: NOON_MS - 2, subjectId: OLA }),
        delivery({ atMs: NOON_MS - 3 }),
        login(),
        login({ atMs: NOON_MS - 1, organisationId: OTHER }),
      ]);
      expect(await records.removeBefore(ORGANISATION, NOON_MS)).toEqual({ logins: 1, deliveries: 2 });
      expect(await records.removeBefore(ORGANISATION, NOON_MS)).toEqual({ logins: 0, deliveries: 0 });
      expect(await about(KARI)).toEqual([login(), login({ atMs: NOON_MS - 1, organisationId: OTHER })]);
      expect(await about(OLA)).toEqual([]);
    });

    test('are removed however many they are', async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await records.record(Array.from({ length: MAX_RECORDS_AT_ONCE }, () => login({ subjectId: randomUUID() })));
      }
      await records.record([delivery()]);
      expect(await records.removeBefore(ORGANISATION, NOON_MS + 1)).toEqual({ logins: 3_000, deliveries: 1 });
    });

    test('go with the person, of every organisation, and nobody else', async () => {
      await records.record([login(), delivery({ organisationId: OTHER }), login({ subjectId: OLA })]);
      expect(await records.removeSubjects([])).toEqual({ logins: 0, deliveries: 0 });
      expect(await records.removeSubjects([KARI, randomUUID(), KARI])).toEqual({ logins: 1, deliveries: 1 });
      expect(await about(KARI)).toEqual([]);
      expect(await about(OLA)).toHaveLength(1);
    });

    test('have no place that was used before', async () => {
      await records.record([login()]);
      const [first] = await records.recordsOf(KARI, undefined, 1);
      await records.removeSubjects([KARI]);
      await records.record([login()]);
      expect(await records.recordsOf(KARI, first?.place, 1)).toHaveLength(1);
    });

    test.each([
      ['of another kind', { kind: JSON.parse('"READ"') }],
      ['of nobody', { subjectId: '' }],
      ['of an external id', { subjectId: 'kari@skysoft.example' }],
      ['of an id in capitals', { subjectId: KARI.toUpperCase() }],
      ['of no organisation', { organisationId: JSON.parse('null') }],
      ['with words for a channel', { channel: 'to kari@skysoft.example' }],
      ['with an endless channel', { channel: 'A'.repeat(21) }],
      ['without a time', { atMs: Number.NaN }],
      ['of half a millisecond', { atMs: 0.5 }],
      ['after all time', { atMs: 8.64e15 + 1 }],
    ])('%s are refused with all that come with them', async (_, parts) => {
      await expect(records.record([login(), login(parts)])).rejects.toBeInstanceOf(RecordInvalid);
      expect(await about(KARI)).toEqual([]);
    });

    test('are not asked for, removed or kept by what makes no sense', async () => {
      const many = Array.from({ length: MAX_RECORDS_AT_ONCE + 1 }, () => login());
      const refused = [
        records.record(many),
        records.record(JSON.parse('{}')),
        records.removeSubjects(many.map(({ subjectId }) => subjectId)),
        records.removeSubjects(['%']),
        records.removeBefore('%', NOON_MS),
        records.removeBefore(ORGANISATION, Number.POSITIVE_INFINITY),
        records.recordsOf('', undefined, 1),
        records.recordsOf(KARI, undefined, 0),
        records.recordsOf(KARI, undefined, MAX_RECORDS_AT_ONCE + 1),
        records.recordsOf(KARI, 0.5, 1),
      ];
      for (const answer of await Promise.allSettled(refused)) {
        expect(answer).toEqual({ status: 'rejected', reason: expect.any(RecordInvalid) });
      }
    });

    test('answer nothing once they are closed, and close twice', async () => {
      const recording = records.record([login()]);
      await records.close();
      await recording;
      await records.close();
      await expect(records.record([login()])).rejects.toBeInstanceOf(RecordsUnavailable);
      await expect(records.recordsOf(KARI, undefined, 1)).rejects.toBeInstanceOf(RecordsUnavailable);
      await expect(records.removeBefore(ORGANISATION, NOON_MS)).rejects.toBeInstanceOf(RecordsUnavailable);
    });
  });
}
