import type { OrganisationEvent } from '../../src/domain/organisation/organisation.events';
import type { PolicyEvent } from '../../src/domain/policy/policy.events';
import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import { addMs, type Instant, instantAt, parseInstant } from '../../src/domain/time';
import { sampleId } from '../read-models/support/sample-facts';

export type ToldFact = OrganisationEvent | PolicyEvent | SubjectEvent;

/** An event of a random history, in the order of its log. */
export interface ToldEvent {
  /** Place in the log, from 1. */
  readonly n: number;
  readonly stream: string;
  readonly event: ToldFact;
  /** The time of the command; nodes' clocks differ by seconds, so it may step back along the log. */
  readonly at: Instant;
  readonly recordedAtMs: number;
}

export const DAY_MS = 86_400_000;
const START = parseInstant('2024-01-01T12:00:00.000Z');
const MAX_SKEW_MS = 4_000;

/** The same dice for the same source: what a random history is made with, and the log it goes to. */
export class ToldLog {
  readonly events: ToldEvent[] = [];
  #now = START;
  #ids = 1;

  constructor(private readonly random: () => number) {}

  get now(): Instant {
    return this.#now;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** @throws when there is nothing to pick from */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('There is nothing to pick from.');
    return list[this.below(list.length)] as T;
  }

  /** Each with the same chance of half. */
  some<T>(list: readonly T[]): readonly T[] {
    return list.filter(() => this.chance(0.5));
  }

  nextId(): string {
    return sampleId(this.#ids++);
  }

  /** Whole days, so that equal instants and boundaries met exactly are common. */
  daysFromNow(days: number): Instant {
    return addMs(this.#now, days * DAY_MS);
  }

  pass(days: number): void {
    this.#now = this.daysFromNow(days);
  }

  /** The time of a command: mostly now, at times that of a node whose clock is behind. */
  commandTime(): Instant {
    return this.chance(0.1) ? addMs(this.#now, -this.below(MAX_SKEW_MS)) : this.#now;
  }

  record(stream: string, events: readonly ToldFact[], at: Instant): void {
    const recordedAtMs = Math.max(Date.parse(this.#now), this.events.at(-1)?.recordedAtMs ?? 0);
    for (const event of events) this.events.push({ n: this.events.length + 1, stream, event, at, recordedAtMs });
  }
}

/** Instants a history turns on, and others a millisecond beside them or anywhere within it. */
export function randomInstant(log: Pick<ToldLog, 'below' | 'chance'>, events: readonly ToldEvent[]): Instant {
  const last = Date.parse(events.at(-1)?.at ?? START);
  if (log.chance(0.4))
    return instantAt(Date.parse(START) - 30 * DAY_MS + log.below(last - Date.parse(START) + 120 * DAY_MS));
  const days = Math.ceil((last - Date.parse(START)) / DAY_MS) + 120;
  return instantAt(Date.parse(START) + (log.below(days) - 30) * DAY_MS + log.below(3) - 1);
}
