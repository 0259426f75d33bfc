import type { DomainEvent } from '../../domain/decider';
import type { InBoth } from '../../domain/languages';
import type { Instant, TimeZone } from '../../domain/time';

/** One sentence for each kind of fact. */
export type SentencesOf<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (data: Extract<Event, { readonly type: Type }>['data'], zone: TimeZone) => InBoth;
};

/** Date and time of day in a zone, with the zone's name. */
export function clock(instant: Instant, timeZone: TimeZone): string {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  // Swedish writes dates and times as ISO 8601 does.
  return `${new Intl.DateTimeFormat('sv-SE', options).format(new Date(instant))} (${timeZone})`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
