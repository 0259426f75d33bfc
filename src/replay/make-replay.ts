import { resolve } from 'node:path';
import type { Application, RequestContext } from '../application/application';
import { encodePosition, readPosition } from '../application/position-text';
import { recordReplay } from '../application/replays';
import { readTextBytes } from '../application/texts';
import type { Instant, LocalDate } from '../domain/time';
import { AsOfRefused } from '../read-models/as-of';
import type { OrganisationRow, ReadModels } from '../read-models/read-models';
import { personalValues } from './personal-values';
import type { ReplayFile } from './replay-file';
import { type PlaceContext, placeAtPosition, placeOnDay, type ReplayPlace } from './replay-place';
import { assertMayBeWritten, openReplayTarget, type ReplayTarget } from './replay-target';
import { softwareVersion } from './software-version';
import { type ReplayProgress, type ReplayWritten, writeReplay } from './write-replay';

/** What somebody asks for. */
export interface ReplayOrder {
  readonly until: { readonly day: LocalDate } | { readonly position: string };
  readonly out: string;
  /** What the vault holds in clear, too: external ids, names of actors, written reasons. */
  readonly personal: boolean;
  /** Absent: every organisation of the installation. */
  readonly organisation?: OrganisationRow;
  /** A replay that is there may be replaced. */
  readonly replace: boolean;
  readonly request: RequestContext;
  readonly progress: ReplayProgress;
  readonly signal: AbortSignal;
}

/** What a replay is made with. */
export interface ReplayParts {
  readonly app: Application;
  /** Of the node: they know the whole log, and so which place is meant. */
  readonly readModels: ReadModels;
  readonly nowMs: () => number;
  readonly fold: (folded: FoldOrder) => Promise<{ readonly readModels: ReadModels; close(): void }>;
  readonly openFile: (path: string) => ReplayFile;
}

/** Folds the log up to a prefix into tables apart from those of the node. */
export interface FoldOrder {
  readonly file: string;
  readonly prefix: ReplayPlace['prefix'];
  readonly onFolded: (events: number) => void;
  readonly signal: AbortSignal;
}

export interface ReplayMade extends ReplayWritten {
  readonly recordedAt: Instant;
  /** As users have it. */
  readonly position: string;
  readonly settled: boolean;
  /** A code: why the log cannot be written, so that this export is no fact of it; undefined: it is recorded. */
  readonly unrecorded: string | undefined;
}

/**
 * Folds the log up to a place, and no further, into a file of its own. That somebody asks for it is recorded before
 * anything is written. The file appears whole at the end, or not at all.
 *
 * @throws ReplayTargetRefused AsOfRefused
 * @throws StoreUnavailable LedgerDiverged also when personal values are asked for and that cannot be recorded
 */
export async function makeReplay(parts: ReplayParts, order: ReplayOrder): Promise<ReplayMade> {
  const out = resolve(order.out);
  assertMayBeWritten(out, order.replace);
  const place = placeOf(parts, order);
  const target = openReplayTarget(out, order.replace);
  try {
    const unrecorded = await recordTaken(parts, order, place);
    const written = await writeInto(target, parts, order, place);
    target.keep();
    const { recordedAt, settled, prefix } = place;
    return { ...written, recordedAt, settled, position: encodePosition(parts.app.logId, prefix.position), unrecorded };
  } finally {
    target.discard();
  }
}

function placeOf({ app, readModels, nowMs }: ReplayParts, { until, organisation }: ReplayOrder): ReplayPlace {
  const context: PlaceContext = { readModels, nowMs: nowMs(), only: organisation };
  if ('day' in until) return placeOnDay(until.day, context);
  const read = readPosition(app.logId, until.position);
  if ('fault' in read) throw new AsOfRefused('BAD_POSITION', FAULTS[read.fault]);
  return placeAtPosition(read.position, context);
}

const FAULTS = {
  malformed: 'This is not a position.',
  'of-another-log': 'This is a position of another log.',
} as const;

/** One fact for each organisation whose people may be in the file: its officers read that it was taken. */
async function recordTaken(
  { app, readModels }: ReplayParts,
  { organisation, personal, request }: ReplayOrder,
  place: ReplayPlace,
): Promise<string | undefined> {
  const { prefix, effectiveOn } = place;
  const ids = organisation ? concernedBy(organisation) : everyOrganisation(readModels, place);
  try {
    for (const organisationId of ids) {
      if (!readModels.organisationById(organisationId, prefix)) continue;
      await recordReplay(app, request, {
        organisationId,
        personalValues: personal,
        effectiveAt: place.effectiveAt(organisationId),
        ...(effectiveOn && { effectiveOn }),
        position: prefix.position,
      });
    }
    return undefined;
  } catch (error) {
    const code = whyNotWritten(error);
    if (personal || code === undefined) throw error;
    return code;
  }
}

/** A log that cannot be written, or may not be since it was altered behind our back, can still be read. */
function whyNotWritten(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return NOT_WRITTEN.find((code) => code === error.code);
}

const NOT_WRITTEN = ['STORE_UNAVAILABLE', 'LEDGER_DIVERGED', 'LEDGER_KEY_UNKNOWN'] as const;

/** A customer's file holds people whom its processor registered (rule O1). */
function concernedBy({ id, customerOf }: OrganisationRow): readonly string[] {
  return customerOf === undefined ? [id] : [id, customerOf];
}

const ORGANISATIONS_AT_ONCE = 200;

function* everyOrganisation(readModels: ReadModels, { prefix }: ReplayPlace): Generator<string> {
  let after: number | undefined;
  do {
    const range = { limit: ORGANISATIONS_AT_ONCE, ...(after !== undefined && { after }) };
    const page = readModels.organisationsPage(range, prefix);
    for (const { id } of page.rows) yield id;
    after = page.hasMore ? page.rows.at(-1)?.n : undefined;
  } while (after !== undefined);
}

async function writeInto(
  target: ReplayTarget,
  { app, fold, openFile }: ReplayParts,
  { organisation, personal, progress, signal }: ReplayOrder,
  place: ReplayPlace,
): Promise<ReplayWritten> {
  const { prefix } = place;
  const folded = await fold({
    file: target.foldFile,
    prefix,
    onFolded: (events) => progress('events', events, prefix.n),
    signal,
  });
  try {
    const file = openFile(target.replayFile);
    try {
      const { readModels } = folded;
      const source = {
        readModels,
        place,
        logId: app.logId,
        only: organisation,
        personal: personal ? personalValues(app, readModels, prefix, file) : undefined,
        textOf: (organisationId: string, { sha256 }: { readonly sha256: string }) =>
          readTextBytes(app, organisationId, sha256),
        madeAt: app.now(),
        softwareVersion: softwareVersion(),
        progress,
        signal,
      };
      const written = await writeReplay(source, file);
      file.finish();
      return written;
    } finally {
      file.close();
    }
  } finally {
    folded.close();
  }
}
