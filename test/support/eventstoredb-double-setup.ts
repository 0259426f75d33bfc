import type { EventStore } from '../../src/event-store/event-store';
import { type EventStoreDbOptions, openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { type EventStoreDbDouble, openEventStoreDbDouble } from './eventstoredb-double';
import type { DoubleLog } from './eventstoredb-double-log';

export interface Note {
  readonly level: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Opens doubles and stores for one test and closes them after it, in whatever state the test left them. */
export interface DoubleSetup {
  double(log?: DoubleLog): Promise<EventStoreDbDouble>;
  /** A store on a double, impatient enough for a test; what it logs lands in `notes`. */
  store(options: EventStoreDbOptions): Promise<EventStore>;
  readonly notes: Note[];
}

const RETRY_WINDOW_MS = 8_000;
const ANSWER_LIMIT_MS = 400;

export function setUpDoubles(): DoubleSetup {
  const doubles: EventStoreDbDouble[] = [];
  const stores: EventStore[] = [];
  const notes: Note[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await Promise.all(doubles.splice(0).map((double) => double.close()));
    notes.length = 0;
  });
  return {
    notes,
    double: async (log) => {
      const double = await openEventStoreDbDouble(log);
      doubles.push(double);
      return double;
    },
    store: async (options) => {
      const store = await openEventStoreDb({
        retryWindowMs: RETRY_WINDOW_MS,
        answerLimitMs: ANSWER_LIMIT_MS,
        log: (level, message, details) => notes.push({ level, message, details }),
        ...options,
      });
      stores.push(store);
      return store;
    },
  };
}
