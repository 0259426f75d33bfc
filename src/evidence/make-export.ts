import type { Application, RequestContext } from '../application/application';
import { type Evidence, prepareEvidence } from '../application/evidence';
import type { Position } from '../event-store/event-store';
import { type AsOfInput, type AsOfStamp, resolveAsOf } from '../read-models/as-of';
import type { ReadModels } from '../read-models/read-models';
import { auditExports } from './audit-export/audit-exports';
import type { EvidenceWork } from './evidence-generators';
import { type ExportAsked, exportOrderOf } from './export-order';
import { processingRecords } from './processing-record/processing-records';

/** What somebody at the installation itself asks for. */
export interface ExportOrdered extends Omit<ExportAsked, 'stamp' | 'now'> {
  readonly asOf: AsOfInput;
  readonly request: RequestContext;
  readonly rows: EvidenceWork['rows'];
  readonly signal: AbortSignal;
}

export interface ExportMade {
  readonly evidence: Evidence;
  readonly stamp: AsOfStamp;
  readonly content: AsyncIterable<Uint8Array>;
}

interface MakingParts {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly nowMs: () => number;
  /** Waits until the read models have come so far. */
  readonly applied: (position: Position) => Promise<void>;
}

/**
 * Records that an export is asked for, and makes it here and now, without a file being kept of it.
 * @throws Refusal AsOfRefused OrderFailed StoreUnavailable, also while the content is read
 */
export async function makeExport(parts: MakingParts, ordered: ExportOrdered): Promise<ExportMade> {
  const { app, readModels, applied } = parts;
  const { request, rows, signal, asOf, ...asked } = ordered;
  const stamp = stampOf(parts, asked.organisationId, asOf);
  const generate = { ...auditExports(parts), ...processingRecords(parts) }[asked.kind]?.[asked.format];
  const order = exportOrderOf(readModels, { ...asked, stamp, now: app.now() });
  const { evidence, position } = await prepareEvidence(app, request, order, order, async () => undefined);
  await applied(position);
  const prefix = readModels.prefixAtPosition(evidence.position);
  if (!prefix || !generate) throw new Error('The prefix of an order is not known, or its format.');
  return { evidence, stamp, content: generate(evidence, { prefix, signal, rows }) };
}

function stampOf({ readModels, nowMs }: MakingParts, organisationId: string, asOf: AsOfInput): AsOfStamp {
  const head = readModels.applied();
  const zoneAt = (n: number) =>
    readModels.timeZoneOf(organisationId, { n }) ?? readModels.timeZoneOf(organisationId, head) ?? 'UTC';
  return resolveAsOf(asOf, { nowMs: nowMs(), head, zoneAt, log: readModels });
}
