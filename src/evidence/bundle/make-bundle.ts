import type { RequestContext } from '../../application/application';
import { type Evidence, prepareEvidence } from '../../application/evidence';
import type { Position } from '../../event-store/event-store';
import { type AsOfInput, type AsOfStamp, resolveAsOf } from '../../read-models/as-of';
import type { EvidenceWork } from '../evidence-generators';
import { type BundleAbout, bundleOrderOf } from './bundle-order';
import type { BundleParts } from './bundle-source';
import { bundles } from './bundles';

/** What somebody at the installation itself asks for. */
export interface BundleOrdered {
  readonly organisationId: string;
  readonly about: BundleAbout;
  readonly asOf: AsOfInput;
  readonly personalValues: boolean;
  readonly request: RequestContext;
  readonly rows: EvidenceWork['rows'];
  readonly signal: AbortSignal;
}

export interface BundleMade {
  readonly evidence: Evidence;
  readonly stamp: AsOfStamp;
  readonly content: AsyncIterable<Uint8Array>;
}

interface MakingParts extends BundleParts {
  readonly nowMs: () => number;
  /** Waits until the read models have come so far. */
  readonly applied: (position: Position) => Promise<void>;
}

/**
 * Records that a bundle is asked for, and makes it here and now, without a file being kept of it.
 * @throws Refusal AsOfRefused LedgerDiverged StoreUnavailable, also while the content is read
 */
export async function makeBundle(parts: MakingParts, ordered: BundleOrdered): Promise<BundleMade> {
  const { app, readModels, applied } = parts;
  const { organisationId, about, personalValues, request, rows, signal } = ordered;
  const stamp = stampOf(parts, ordered);
  const order = bundleOrderOf(readModels, { organisationId, about, stamp, personalValues });
  const { evidence, position } = await prepareEvidence(app, request, order, order, async () => undefined);
  await applied(position);
  const prefix = readModels.prefixAtPosition(evidence.position);
  const generate = bundles(parts).BUNDLE?.ZIP;
  if (!prefix || !generate) throw new Error('The prefix of an order is not known.');
  return { evidence, stamp, content: generate(evidence, { prefix, signal, rows }) };
}

function stampOf({ readModels, nowMs }: MakingParts, { organisationId, asOf }: BundleOrdered): AsOfStamp {
  const head = readModels.applied();
  const zoneAt = (n: number) =>
    readModels.timeZoneOf(organisationId, { n }) ?? readModels.timeZoneOf(organisationId, head) ?? 'UTC';
  return resolveAsOf(asOf, { nowMs: nowMs(), head, zoneAt, log: readModels });
}
