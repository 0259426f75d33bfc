import type { EventStore } from '../../../src/event-store/event-store';
import { collect } from '../../support/event-store-samples';
import { factsOf, uuidOf } from './log-with-tree';

const STREAMS = ['a', 'b', 'c'].map((name) => `subject-${uuidOf(name)}`);
const [A = ''] = STREAMS;
export const OTHER = `login-${uuidOf('login')}`;

/** Round after round an event in each stream, so that positions are 1, 2, 3 …; every fourth event is no leaf. */
export async function fill(store: EventStore, rounds: number): Promise<void> {
  const seen = (await collect(store.readStream(A))).length;
  for (let version = seen; version < seen + rounds; version += 1) {
    await Promise.all([...STREAMS, OTHER].map((stream) => store.append(stream, factsOf(stream, version, 1), version)));
  }
}
