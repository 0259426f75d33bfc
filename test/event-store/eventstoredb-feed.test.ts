import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Position, StoredEvent } from '../../src/event-store/event-store';
import { DriverFault } from '../../src/event-store/eventstoredb/driver-fault';
import { CAUGHT_UP, type Feed, openFeed } from '../../src/event-store/eventstoredb/feed';

const BAD = 'bad';

function eventOf(chunk: number | typeof BAD): StoredEvent {
  if (chunk === BAD) {
    throw new DriverFault('unknown', 'no event');
  }
  return {
    id: randomUUID(),
    type: 'SampleRecorded',
    data: {},
    metadata: {},
    stream: 'sample',
    version: chunk,
    position: String(chunk) as Position,
    recordedAt: 0,
  };
}

const asFault = (error: unknown) => (error instanceof DriverFault ? error : new DriverFault('lost', String(error)));

interface Opened {
  readonly feed: Feed;
  readonly source: PassThrough;
  /** How many chunks the feed has looked at. */
  looked(): number;
}

function open(): Opened {
  const source = new PassThrough({ objectMode: true });
  let looked = 0;
  const convert = (chunk: number | typeof BAD) => {
    looked += 1;
    return eventOf(chunk);
  };
  return { source, looked: () => looked, feed: openFeed(source, convert, asFault, async () => undefined) };
}

/** Versions of the events, and where between them the feed says that it has caught up. */
function taken(feed: Feed): readonly (number | 'caught up')[] {
  return feed.take().map((item) => (item === CAUGHT_UP ? 'caught up' : item.version));
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function write(source: PassThrough, chunks: readonly unknown[]): Promise<void> {
  for (const chunk of chunks) source.write(chunk);
  await turn();
}

test('what comes in one turn of the event loop is handed over together and in order', async () => {
  const { feed, source } = open();
  const more = feed.more(undefined);
  await write(source, upTo(20));
  expect(await more).toBe(true);
  expect(taken(feed)).toEqual(upTo(20));
  expect(taken(feed)).toEqual([]);
});

test('a consumer that does not come holds the source up, and then gets everything', async () => {
  const { feed, source, looked } = open();
  await write(source, upTo(1_000));
  expect(looked()).toBeLessThan(100);
  source.end();
  const seen: (number | 'caught up')[] = [];
  while (await feed.more(undefined)) seen.push(...taken(feed));
  expect(seen).toEqual(upTo(1_000));
});

test('caught up is said after the events that were still held when the signal came', async () => {
  const { feed, source, looked } = open();
  await write(source, upTo(70));
  expect(looked()).toBeLessThan(70);
  source.emit('caughtUp');
  await write(source, [71]);
  const seen: (number | 'caught up')[] = [];
  while (seen.length < 72 && (await feed.more(1_000))) seen.push(...taken(feed));
  expect(seen).toEqual([...upTo(70), 'caught up', 71]);
});

test('caught up with nothing before it is said at once', async () => {
  const { feed, source } = open();
  const more = feed.more(1_000);
  source.emit('caughtUp');
  expect(await more).toBe(true);
  expect(taken(feed)).toEqual(['caught up']);
});

test('an event that cannot be read fails the feed after those before it and lets none pass after it', async () => {
  const { feed, source } = open();
  await write(source, [1, 2, BAD, 4]);
  source.emit('caughtUp');
  source.end();
  expect(await feed.more(undefined)).toBe(true);
  expect(taken(feed)).toEqual([1, 2]);
  await expect(feed.more(undefined)).rejects.toMatchObject({ kind: 'unknown', message: 'no event' });
  expect(taken(feed)).toEqual([]);
});

test('a feed that was failed says nothing more, least of all that it has caught up', async () => {
  const { feed, source } = open();
  const outcome = expect(feed.more(undefined)).rejects.toMatchObject({ kind: 'lost', message: 'given up' });
  feed.fail(new DriverFault('lost', 'given up'));
  await write(source, [1]);
  source.emit('caughtUp');
  await outcome;
  expect(taken(feed)).toEqual([]);
});

test('an error of the source is told after what came before it', async () => {
  const { feed, source } = open();
  await write(source, [1]);
  source.emit('error', new Error('gone'));
  expect(await feed.more(undefined)).toBe(true);
  expect(taken(feed)).toEqual([1]);
  await expect(feed.more(undefined)).rejects.toMatchObject({ kind: 'lost', message: 'Error: gone' });
});

test('a source that stays silent for longer than the limit counts as hung; a touch gives it time anew', async () => {
  jest.useFakeTimers();
  try {
    const { feed } = open();
    let outcome = 'waiting';
    feed.more(1_000).catch((error: DriverFault) => {
      outcome = error.kind;
    });
    await jest.advanceTimersByTimeAsync(900);
    feed.touch();
    await jest.advanceTimersByTimeAsync(900);
    expect(outcome).toBe('waiting');
    await jest.advanceTimersByTimeAsync(101);
    expect(outcome).toBe('hung');
  } finally {
    jest.useRealTimers();
  }
});
