import { type AccessRecord, MAX_RECORDS_AT_ONCE, RECORD_KINDS, RecordInvalid } from './records';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Words of the program, so that nothing a caller wrote is kept. */
const CHANNEL = /^[A-Z_]{1,20}$/;
/** The last instant that a date can be (ECMA-262, 21.4.1.1). */
const LAST_INSTANT_MS = 8.64e15;

/** @throws RecordInvalid */
export function checkRecords(records: readonly AccessRecord[]): void {
  checkBatch(records);
  for (const { kind, subjectId, organisationId, channel, atMs } of records) {
    if (!RECORD_KINDS.includes(kind)) throw new RecordInvalid('A record is of a login or of a delivery.');
    checkId(subjectId);
    checkId(organisationId);
    if (typeof channel !== 'string' || !CHANNEL.test(channel))
      throw new RecordInvalid('A channel is a word in capitals.');
    checkInstant(atMs);
  }
}

/** @throws RecordInvalid */
export function checkIds(ids: readonly string[]): void {
  checkBatch(ids);
  ids.forEach(checkId);
}

/** @throws RecordInvalid */
export function checkId(id: string): void {
  if (typeof id !== 'string' || !UUID.test(id)) throw new RecordInvalid('An id is a UUID in lower case.');
}

/** @throws RecordInvalid */
export function checkInstant(atMs: number): void {
  if (!Number.isInteger(atMs) || Math.abs(atMs) > LAST_INSTANT_MS) {
    throw new RecordInvalid('An instant is a whole number of milliseconds since 1970.');
  }
}

/** @throws RecordInvalid */
export function checkPage(after: number | undefined, limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_RECORDS_AT_ONCE) {
    throw new RecordInvalid(`A page has 1 to ${MAX_RECORDS_AT_ONCE} records.`);
  }
  if (after !== undefined && !Number.isSafeInteger(after)) throw new RecordInvalid('A place is a whole number.');
}

function checkBatch(items: readonly unknown[]): void {
  if (!Array.isArray(items) || items.length > MAX_RECORDS_AT_ONCE) {
    throw new RecordInvalid(`At most ${MAX_RECORDS_AT_ONCE} are passed at once.`);
  }
}
