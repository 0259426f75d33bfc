import { LIVE_WINDOW_MS } from '../limits';
import { addMs, type Instant, laterOf } from '../time';
import type { OccurrenceAsked } from './subject.commands';
import type { Occurrence } from './subject.events';
import { occurredInFuture, occurredTooLongAgo } from './subject.refusals';
import type { Subject } from './subject.state';

/**
 * From when a fact counts (rule S5). Told within five minutes of happening it is live: it counts from the command, or
 * from what was told before it where that clock was ahead. Older ones are late and count from when they occurred.
 */
export function occurrenceOf(asked: OccurrenceAsked & { readonly at: Instant }, state: Subject): Occurrence {
  const { at, occurredAt = at, ownToken, imported } = asked;
  if (occurredAt > addMs(at, LIVE_WINDOW_MS)) throw occurredInFuture();
  const live = occurredAt >= addMs(at, -LIVE_WINDOW_MS);
  if (!live && ownToken) throw occurredTooLongAgo();
  const notedAt = notBefore(at, state);
  return { occurredAt, validFrom: live ? notedAt : occurredAt, live, notedAt, ...(imported && { imported }) };
}

/** Of two nodes the one whose clock was fast came first; what comes after it in the stream is not earlier. */
export function notBefore(at: Instant, { lastLiveAt }: Subject): Instant {
  return laterOf(at, lastLiveAt);
}
