import type { DomainEvent } from '../../domain/decider';
import type { InBoth } from '../../domain/languages';
import type { Instant, TimeZone } from '../../domain/time';

/** What sentences are told with. */
export interface Telling {
  /** The zone that times are told in. */
  readonly zone: TimeZone;
  /** What a version is called; absent or undefined: it is not named. */
  readonly labelOf?: (versionId: string) => string | undefined;
}

/** One sentence for each kind of fact. */
export type SentencesOf<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (data: Extract<Event, { readonly type: Type }>['data'], telling: Telling) => InBoth;
};

/** What stands in brackets after what was told about a text: the version's label, if it is known, and the locale. */
export function onText({ labelOf }: Telling, versionId: string, locale: string): string {
  const label = labelOf?.(versionId);
  return label === undefined ? `(${locale})` : `(${label}, ${locale})`;
}

/** Date and time of day in a zone, with the zone's name. */
export function clock(instant: Instant, timeZone: TimeZone): string {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  // Swedish writes dates and times as ISO 8601 does.
  return `${new Intl.DateTimeFormat('sv-SE', options).format(new Date(instant))} (${timeZone})`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
