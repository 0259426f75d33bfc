import { RULES_VERSION } from '../domain/rules-version';
import { epochMsOf, type Instant, instantAt, type LocalDate, lastMillisecondOf, type TimeZone } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { PositionFound, Prefix } from './read-models';

export { RULES_VERSION };

/** What was asked: at most one of the first two, and at most one of the last two. */
export interface AsOfInput {
  readonly effectiveAt?: Instant | undefined;
  /** The last millisecond of this day in the organisation's zone (rule S3). */
  readonly effectiveOn?: LocalDate | undefined;
  readonly recordedAt?: Instant | undefined;
  readonly position?: string | undefined;
}

/** The instant on both axes at which an answer was computed. `{effectiveAt, position}` of it repeats the answer. */
export interface AsOfStamp {
  readonly effectiveAt: Instant;
  readonly effectiveOn: LocalDate | undefined;
  /** The zone that civil dates were read in. */
  readonly timeZone: TimeZone;
  readonly recordedAt: Instant;
  readonly position: Position;
  /** The same place as an ordinal, for the read models. */
  readonly n: number;
  /**
   * False while the log may still grow at or before `recordedAt`: only `position` then repeats the answer (S4). True
   * where a position was asked for.
   */
  readonly settled: boolean;
  /** `effectiveAt` lies in the asker's future (rule T4). */
  readonly forecast: boolean;
  readonly rules: string;
}

/** What is needed to read an `asOf`. One operation has one `nowMs` and one `head` for all its fields (rule S1). */
export interface AsOfContext {
  /** The node's clock. */
  readonly nowMs: number;
  /** The applied head. */
  readonly head: Prefix;
  /** The stamp of the nearest field above; a field without its own `asOf` answers there. */
  readonly parent?: AsOfStamp | undefined;
  /** The zone of the policy's organisation, else the subject's, as known after so many events (rule S3). */
  zoneAt(n: number): TimeZone;
  readonly log: {
    findPosition(text: string): PositionFound;
    prefixAtRecordedAt(recordedAtMs: number, within: Prefix): Prefix;
    latestLiveValidFromMs(n: number): number;
  };
}

export type AsOfRefusalCode = 'AS_OF_CONTRADICTORY' | 'AS_OF_IN_FUTURE' | 'BAD_POSITION' | 'POSITION_NOT_REACHED';

/** An `asOf` that cannot be answered. POSITION_NOT_REACHED may be tried again: this node has not come that far. */
export class AsOfRefused extends Error {
  override readonly name = 'AsOfRefused';
  constructor(
    readonly code: AsOfRefusalCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Turns an `asOf` into the stamp it is answered at (rules S1 to S4).
 * @throws AsOfRefused
 * @throws UnreadableTime a day at the very end of the calendar
 */
export function resolveAsOf(input: AsOfInput | undefined, context: AsOfContext): AsOfStamp {
  if (input === undefined && context.parent !== undefined) return context.parent;
  const asked = input ?? {};
  refuseContradiction(asked);
  const known = resolveKnowledge(asked, context);
  const timeZone = context.zoneAt(known.prefix.n);
  const effectiveAt = resolveEffect(asked, known, timeZone, context);
  return {
    effectiveAt,
    effectiveOn: asked.effectiveOn,
    timeZone,
    recordedAt: instantAt(known.recordedAtMs),
    position: known.prefix.position,
    n: known.prefix.n,
    // What is pinned to a position never changes, whatever is recorded later (rule T5).
    settled: asked.position !== undefined || context.head.clockMs > known.recordedAtMs,
    forecast: epochMsOf(effectiveAt) > presentMs(context),
    rules: RULES_VERSION,
  };
}

/** The prefix that is used, and the recorded instant that the stamp names for it. */
interface Knowledge {
  readonly prefix: Prefix;
  readonly recordedAtMs: number;
  /** False when neither recordedAt nor position was asked for. */
  readonly asked: boolean;
}

function refuseContradiction(asked: AsOfInput): void {
  if (asked.effectiveAt !== undefined && asked.effectiveOn !== undefined) {
    throw new AsOfRefused('AS_OF_CONTRADICTORY', 'Give effectiveAt or effectiveOn, not both.');
  }
  if (asked.recordedAt !== undefined && asked.position !== undefined) {
    throw new AsOfRefused('AS_OF_CONTRADICTORY', 'Give recordedAt or position, not both.');
  }
}

function resolveKnowledge(asked: AsOfInput, context: AsOfContext): Knowledge {
  if (asked.position !== undefined) {
    const prefix = prefixAt(asked.position, context);
    return { prefix, recordedAtMs: prefix.clockMs, asked: true };
  }
  if (asked.recordedAt !== undefined) {
    const recordedAtMs = epochMsOf(asked.recordedAt);
    if (recordedAtMs > context.nowMs && recordedAtMs > context.head.clockMs) {
      throw new AsOfRefused('AS_OF_IN_FUTURE', 'recordedAt lies in the future: nothing has been recorded by then yet.');
    }
    return { prefix: context.log.prefixAtRecordedAt(recordedAtMs, context.head), recordedAtMs, asked: true };
  }
  return { prefix: context.head, recordedAtMs: context.head.clockMs, asked: false };
}

function prefixAt(position: string, context: AsOfContext): Prefix {
  const found = context.log.findPosition(position);
  switch (found.kind) {
    case 'found':
      return found.prefix;
    case 'not-reached':
      throw new AsOfRefused('POSITION_NOT_REACHED', 'This node has not applied that position yet. Try again.');
    case 'malformed':
      throw new AsOfRefused('BAD_POSITION', 'This is not a position of this log.');
    case 'unknown':
      throw new AsOfRefused('BAD_POSITION', 'There is no event at that position of this log.');
  }
}

function resolveEffect(asked: AsOfInput, known: Knowledge, zone: TimeZone, context: AsOfContext): Instant {
  if (asked.effectiveAt !== undefined) return asked.effectiveAt;
  if (asked.effectiveOn !== undefined) return lastMillisecondOf(asked.effectiveOn, zone);
  if (known.asked) return instantAt(known.recordedAtMs);
  return instantAt(Math.max(context.nowMs, context.log.latestLiveValidFromMs(known.prefix.n)));
}

/**
 * The latest instant that is not in the future. A fact just written on a node whose clock is a little ahead is
 * present, not forecast (rules S2, S4).
 */
function presentMs(context: AsOfContext): number {
  return Math.max(context.nowMs, context.head.clockMs, context.log.latestLiveValidFromMs(context.head.n));
}
