import type { Application, RequestContext } from '../../application/application';
import { NotFound } from '../../application/not-found';
import { type NoticeRecord, recordNotice } from '../../application/notices';
import { Refusal } from '../../domain/refusal';

/** Records, behind the back of the connection, that a person was told of a version (rule O3). */
export interface Notifications {
  /** Told of what the transport has taken. Again it records nothing: once per person, version and channel. */
  record(request: RequestContext, notice: Omit<NoticeRecord, 'step'>): void;
  /** Waits for what is under way. */
  settled(): Promise<void>;
}

/** Appends under way at a time; the others wait, and are committed together. */
const MAX_UNDER_WAY = 64;
/** Waiting beyond this is let go: the person is told again, which is no harm (rule O3). */
const MAX_WAITING = 100_000;

/** @param onFault told of what went wrong; the item was sent and is not recorded, so it may be sent again */
export function createNotifications(app: Application, onFault: (error: unknown) => void): Notifications {
  const waiting: (readonly [RequestContext, Omit<NoticeRecord, 'step'>])[] = [];
  let underWay = 0;
  let idle: (() => void)[] = [];

  const next = () => {
    while (underWay < MAX_UNDER_WAY) {
      const entry = waiting.shift();
      if (entry === undefined) break;
      void run(entry);
    }
    if (underWay > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  };
  const run = async ([request, notice]: (typeof waiting)[number]) => {
    underWay += 1;
    try {
      await recordNotice(app, request, { ...notice, step: 'NOTIFIED' });
    } catch (error) {
      // Erased, linked or withdrawn in between: there is nobody to tell, or nothing to tell them.
      if (!(error instanceof Refusal || error instanceof NotFound)) onFault(error);
    } finally {
      underWay -= 1;
      next();
    }
  };
  return {
    record: (request, notice) => {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push([request, notice]);
      if (underWay < MAX_UNDER_WAY) next();
    },
    settled: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}
