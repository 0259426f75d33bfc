import { createHmac } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json';
import type { DecisionsImportCompleted } from '../../domain/import/import.events';
import { MAX_ROWS } from '../../domain/limits';
import { Refusal, type RowRefused } from '../../domain/refusal';
import { decodeEvent } from '../../domain/stored-events';
import { type JsonObject, type Position, WrongExpectedVersion } from '../../event-store/event-store';
import type { Application, RequestContext } from '../application';
import { commandIdOf, eventId } from '../command-ids';
import { eventMetadata, IdempotencyConflict } from '../handle-command';
import type { FactWarning } from '../late-warnings';
import { organisationOf } from '../organisations';
import { importStream } from '../stream-names';
import { rowsRefused, tooManyRows } from '../subject-rows';
import { checkBatch, type DecisionsRun, type PlacedRow, warnBatch, writeBatch } from './decision-batch';
import type { DecisionRow, NumberedRow } from './decision-rows';
import type { PolicyOfVersion } from './decision-targets';

/**
 * Rows looked at, or written, together: what is held in memory at once. Many of them, since the rows about one person
 * may stand far apart, and whoever has several together is read, and their keys are derived, once for all of these.
 */
const BATCH_ROWS = 50_000;
/** Most rows of one import. */
export const MAX_IMPORT_ROWS = 10_000_000;
/** Most refused rows that the refusal itself names; `onRefused` is told of all. */
export const MAX_ROWS_NAMED = MAX_ROWS;

export interface DecisionsImport {
  readonly organisationId: string;
  /** Read twice, the same rows in the same order: all are checked before the first is written (rule I3). */
  readonly rows: () => Iterable<NumberedRow> | AsyncIterable<NumberedRow>;
  /** Checks alone. */
  readonly dryRun?: boolean;
  /** Writes what is good also where some rows are refused. */
  readonly skipBad?: boolean;
  readonly policyOfVersion?: PolicyOfVersion;
  readonly onRefused?: (refused: RowRefused) => void;
  /** Told of late withdrawals that change nothing that holds now (rule S5). */
  readonly onWarned?: (warned: RowWarned) => void;
  readonly onProgress?: (progress: { readonly phase: 'checking' | 'writing'; readonly rows: number }) => void;
}

export interface DecisionsImported {
  /** Undefined after a dry run, or when no row was good. */
  readonly id: string | undefined;
  readonly position: Position | undefined;
  /** Rows that stand written now, those of an earlier run included; of a dry run: that could be. */
  readonly imported: number;
  /** Of those, rows that were there before: nothing was written for them. A dry run finds those in the log alone. */
  readonly repeated: number;
  readonly refused: number;
}

/** A row was written, and yet there is something that whoever sent it should know. */
export interface RowWarned extends Pick<FactWarning, 'code' | 'message'> {
  readonly row: number;
}

const importChanged = () =>
  new Refusal('IMPORT_CHANGED', 'The rows were others when they were read for the second time.', 'I3', {
    path: ['rows'],
  });

/** The same rows, up to a thousand, as one call brings them. @throws Refusal TOO_MANY_ROWS ROWS_REFUSED; NotFound */
export async function importDecisionRows(
  app: Application,
  request: RequestContext,
  input: Omit<DecisionsImport, 'rows' | 'skipBad'> & { readonly rows: readonly DecisionRow[] },
): Promise<DecisionsImported> {
  const { rows } = input;
  if (rows.length === 0 || rows.length > MAX_ROWS) throw tooManyRows(MAX_ROWS);
  const numbered = rows.map((decision, index): NumberedRow => ({ row: index + 1, decision }));
  return importDecisions(app, request, { ...input, rows: () => numbered });
}

/**
 * Imports old notices, acceptances and consents with their old dates (rules I3, T1, S5). Everything is checked before
 * the first row is written, against people and policies as they are. Rows that are written already, by an import that
 * was cut short or by another one, are not written again; `DecisionsImportCompleted` closes the import.
 *
 * @throws Refusal ROWS_REFUSED unless `skipBad`; TOO_MANY_ROWS, IMPORT_CHANGED, IDEMPOTENCY_CONFLICT
 * @throws NotFound the organisation
 */
export async function importDecisions(
  app: Application,
  request: RequestContext,
  input: DecisionsImport,
): Promise<DecisionsImported> {
  const { organisationId, policyOfVersion, dryRun, skipBad } = input;
  const organisation = await organisationOf(app, organisationId);
  const pepper = await app.vault.pepperOf(organisationId);
  const tally = openTally(app, input);
  const run: DecisionsRun = { app, request, organisation, policyOfVersion, ...tally };
  const answered = await answerOfBefore(run, pepper, input);
  if (answered) return answered;
  const { digest, rows } = await eachBatch(pepper, input, 'checking', tally, (...batch) => checkBatch(run, ...batch));
  const bad = tally.count();
  if (bad > 0 && !skipBad) throw rowsRefused(tally.named());
  const good = rows - bad;
  if (dryRun || good === 0) {
    return { id: undefined, position: undefined, imported: good, repeated: tally.repeated(), refused: bad };
  }
  const second = await eachBatch(pepper, input, 'writing', tally, (...batch) => writeBatch(run, ...batch));
  if (second.digest !== digest) throw importChanged();
  if (tally.count() > bad && !skipBad) throw rowsRefused(tally.named());
  const importId = importIdOf(pepper, request, organisationId, digest);
  const imported = rows - tally.count();
  const repeated = imported - tally.written();
  const facts = { importId, organisationId, rows: imported, repeated, digest, completedAt: app.now() };
  const { position } = await complete(app, request, facts);
  return { id: importId, position: tally.last(position), imported, repeated, refused: tally.count() };
}

/** The import that this key was used for, if it is complete: its answer is the first one's (rule I1). */
async function answerOfBefore(
  run: DecisionsRun,
  pepper: Uint8Array,
  input: DecisionsImport,
): Promise<DecisionsImported | undefined> {
  const { app, request } = run;
  if (request.idempotencyKey === undefined) return undefined;
  const importId = importIdOf(pepper, request, input.organisationId, '');
  const before = await completedImport(app, importId);
  if (!before) return undefined;
  const { digest, rows } = await eachBatch(pepper, input, 'checking', openTally(app, {}), (...batch) =>
    warnBatch(run, ...batch),
  );
  const { data, position } = before;
  if (data.digest !== digest) throw new IdempotencyConflict();
  const { rows: imported, repeated = 0 } = data;
  return { id: importId, position, imported, repeated, refused: rows - imported };
}

/** Rows that were refused, all counted and told, some kept to be named; and how far was written. */
function openTally(app: Application, { onRefused, onWarned }: Pick<DecisionsImport, 'onRefused' | 'onWarned'>) {
  const ordinals = new Set<number>();
  const first: RowRefused[] = [];
  let repeated = 0;
  let written = 0;
  let end: Position | undefined;
  const last = (position: Position) =>
    end !== undefined && app.store.comparePositions(end, position) > 0 ? end : position;
  return {
    last,
    wrote: (position: Position, isNew: boolean): void => {
      end = last(position);
      if (isNew) written += 1;
    },
    written: () => written,
    stands: (): void => {
      repeated += 1;
    },
    repeated: () => repeated,
    warned: (row: number, { code, message }: FactWarning) => onWarned?.({ row, code, message }),
    refused: (ordinal: number, row: number, { code, message }: Refusal): void => {
      if (ordinals.has(ordinal)) return;
      ordinals.add(ordinal);
      const refused = { row, code, message };
      if (first.length < MAX_ROWS_NAMED) first.push(refused);
      onRefused?.(refused);
    },
    isRefused: (ordinal: number) => ordinals.has(ordinal),
    count: () => ordinals.size,
    named: (): readonly RowRefused[] => [...first].sort((a, b) => a.row - b.row),
  };
}

/** Goes through all rows, some at a time; answers how many there were and a keyed hash of them in their order. */
async function eachBatch(
  pepper: Uint8Array,
  { rows, onProgress }: DecisionsImport,
  phase: 'checking' | 'writing',
  tally: ReturnType<typeof openTally>,
  task: (batch: readonly PlacedRow[], handled: (rows: number) => void) => Promise<void>,
): Promise<{ readonly digest: string; readonly rows: number }> {
  const hash = createHmac('sha256', pepper);
  let count = 0;
  let done = 0;
  let batch: PlacedRow[] = [];
  const handled = (more: number) => {
    done += more;
    if (more > 0) onProgress?.({ phase, rows: done });
  };
  const flush = async () => {
    await task(batch, handled);
    batch = [];
    handled(count - done);
  };
  for await (const { row, decision } of rows()) {
    const ordinal = count++;
    if (count > MAX_IMPORT_ROWS) throw tooManyRows(MAX_IMPORT_ROWS);
    const isReadable = !(decision instanceof Refusal);
    hash.update(isReadable ? canonicalJson(decision) : decision.code).update('\n');
    if (!isReadable) tally.refused(ordinal, row, decision);
    else if (!tally.isRefused(ordinal)) batch.push({ ordinal, row, decision });
    if (batch.length === BATCH_ROWS) await flush();
  }
  await flush();
  return { digest: hash.digest('base64url'), rows: count };
}

/** Of the key where there is one (rule I2), else of the rows themselves: the same import again is the same one. */
function importIdOf(pepper: Uint8Array, request: RequestContext, organisationId: string, digest: string): string {
  const { actor, idempotencyKey } = request;
  const scope = idempotencyKey === undefined ? [digest] : [actor, idempotencyKey];
  return commandIdOf(pepper, canonicalJson([organisationId, 'decisionsImport', ...scope]));
}

interface Completed {
  readonly data: DecisionsImportCompleted['data'];
  readonly position: Position;
}

async function completedImport(app: Application, importId: string): Promise<Completed | undefined> {
  for await (const { type, metadata, data, position } of app.store.readStream(importStream(importId), { limit: 1 })) {
    const event = decodeEvent(type, metadata.schemaVersion, data) as DecisionsImportCompleted;
    return { data: event.data, position };
  }
  return undefined;
}

async function complete(
  app: Application,
  request: RequestContext,
  data: DecisionsImportCompleted['data'],
): Promise<Completed> {
  const { importId, organisationId } = data;
  const stream = importStream(importId);
  const identity = { commandId: importId, digest: data.digest };
  const event = {
    id: eventId(importId, stream, 0),
    type: 'DecisionsImportCompleted' satisfies DecisionsImportCompleted['type'],
    data: { ...data } as JsonObject,
    metadata: eventMetadata(app, stream, { organisationId, request }, identity),
  };
  try {
    const { position } = await app.store.append(stream, [event], 0);
    return { data, position };
  } catch (error) {
    // Another node has finished the same import.
    const other = error instanceof WrongExpectedVersion ? await completedImport(app, importId) : undefined;
    if (!other) throw error;
    if (other.data.digest !== data.digest) throw new IdempotencyConflict();
    return other;
  }
}
