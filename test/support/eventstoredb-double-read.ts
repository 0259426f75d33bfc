import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Empty, UUID } from '@eventstore/db-client/generated/shared_pb';
import { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { type handleServerStreamingCall, type ServerWritableStream, type ServiceError, status } from '@grpc/grpc-js';
import { identifier, nameOf } from './eventstoredb-double-append';
import {
  accessDenied,
  type DoubleFaults,
  notLeader,
  notReady,
  serviceError,
  streamDeleted,
} from './eventstoredb-double-faults';
import type { DoubleLog, DoubleRecord } from './eventstoredb-double-log';

export interface ReadContext {
  readonly log: DoubleLog;
  readonly faults: DoubleFaults;
  /** Reads and subscriptions that are open now, each with the way to fail it. */
  readonly open: Set<(error: ServiceError) => void>;
  dropConnections(): void;
}

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Records a page of the server's own reading; a filtered reader is told a checkpoint after as many without a match. */
const PAGE_RECORDS = 32;
const TICKS_A_MILLISECOND = 10_000n;

export function readStreams(context: ReadContext): handleServerStreamingCall<ReadReq, ReadResp> {
  return (call) => {
    let failed = false;
    const fail = (error: ServiceError) => {
      if (!failed) {
        failed = true;
        call.emit('error', error);
      }
    };
    context.open.add(fail);
    const closed = () => context.open.delete(fail);
    call.on('cancelled', closed);
    call.on('close', closed);
    serve(context, call).then(
      (complete) => {
        closed();
        if (complete && !failed) {
          call.end();
        }
      },
      (error: ServiceError) => {
        closed();
        fail(error);
      },
    );
  };
}

/** @returns false when the call is left hanging on purpose */
async function serve(context: ReadContext, call: ReadCall): Promise<boolean> {
  const { faults } = context;
  const options = call.request.getOptions() ?? new ReadReq.Options();
  const stream = options.hasAll() ? '$all' : nameOf(options.getStream()?.getStreamIdentifier());
  const fault = faults.reads.shift() ?? 'none';
  if (faults.denied.has(stream)) {
    throw accessDenied();
  }
  if (!faults.ready || fault === 'not-ready') {
    throw notReady();
  }
  if (faults.leader !== undefined && call.metadata.get('requires-leader').length > 0) {
    throw notLeader(faults.leader);
  }
  switch (fault) {
    case 'unavailable':
      throw serviceError(status.UNAVAILABLE, 'Unavailable');
    case 'drop':
      context.dropConnections();
      return false;
    case 'silent':
      return false;
    case 'none':
      break;
  }
  if (options.hasSubscription()) {
    await subscribe(context, call, options);
  } else if (options.hasAll()) {
    await readAll(context.log, call, options);
  } else {
    await readStream(context.log, call, stream, options);
  }
  return true;
}

async function readStream(log: DoubleLog, call: ReadCall, stream: string, options: ReadReq.Options): Promise<void> {
  if (log.isTombstoned(stream.replace(/^\$\$/, ''))) {
    throw streamDeleted(stream);
  }
  const records = log.visible(stream);
  if (records.length === 0) {
    await send(
      call,
      new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream))),
    );
    return;
  }
  const from = options.getStream();
  const bound = from?.hasRevision() === true ? Number(from.getRevision()) : undefined;
  const backwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
  const wanted = backwards
    ? records.filter((record) => record.revision <= (bound ?? Number.MAX_SAFE_INTEGER)).toReversed()
    : records.filter((record) => record.revision >= (bound ?? 0));
  for (const record of wanted.slice(0, Number(options.getCount()))) {
    await send(call, eventOf(record));
  }
}

async function readAll(log: DoubleLog, call: ReadCall, options: ReadReq.Options): Promise<void> {
  const all = options.getAll();
  const place = all?.getPosition() === undefined ? undefined : Number(all.getPosition()?.getCommitPosition());
  if (place !== undefined && !isRecord(log, place) && place <= (log.records.at(-1)?.position ?? 0)) {
    throw serviceError(status.UNKNOWN, 'Unexpected ReadAllResult: Error');
  }
  const count = Number(options.getCount());
  const backwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
  const at = place === undefined ? (backwards ? log.records.length : 0) : log.indexFrom(place);
  const wanted = backwards
    ? log.records.slice(Math.max(0, at - count), at).toReversed()
    : log.records.slice(at, at + count);
  for (const record of wanted) {
    await send(call, eventOf(record));
  }
}

/** Replay after a position, caught up, live; beyond the end it waits in silence. */
async function subscribe({ log, faults }: ReadContext, call: ReadCall, options: ReadReq.Options): Promise<void> {
  const position = options.getAll()?.getPosition();
  let after = position === undefined ? -1 : Number(position.getCommitPosition());
  if (position !== undefined && !isRecord(log, after) && after <= (log.records.at(-1)?.position ?? 0)) {
    throw serviceError(status.UNKNOWN, 'Exception was thrown by handler.');
  }
  const admits = filterOf(options);
  const confirmation = new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  await send(call, new ReadResp().setConfirmation(confirmation));
  let index = log.indexFrom(after + 1);
  let caughtUp = false;
  let passedOver = 0;
  while (!call.cancelled && !call.destroyed) {
    const record = log.records[index];
    if (record === undefined) {
      if (!caughtUp) {
        caughtUp = true;
        await send(call, new ReadResp().setCaughtUp(new ReadResp.CaughtUp()));
      }
      await untilTold(log, call, () => log.records.length > index);
      continue;
    }
    index += 1;
    if (record.position <= after) {
      continue;
    }
    after = record.position;
    if (admits(record)) {
      await send(call, eventOf(record));
    } else {
      passedOver += 1;
      if (passedOver % PAGE_RECORDS === 0) {
        await (faults.searchDelayMs > 0 ? sleep(faults.searchDelayMs) : nextTurn());
        const place = String(record.position);
        const checkpoint = new ReadResp.Checkpoint().setCommitPosition(place).setPreparePosition(place);
        await send(call, new ReadResp().setCheckpoint(checkpoint));
      }
    }
  }
}

function filterOf(options: ReadReq.Options): (record: DoubleRecord) => boolean {
  const filter = options.getFilter();
  const byStream = filter?.getStreamIdentifier();
  const expression = byStream ?? filter?.getEventType();
  if (expression === undefined) {
    return () => true;
  }
  const textOf = (record: DoubleRecord) => (byStream === undefined ? record.type : record.stream);
  if (expression.getRegex() !== '') {
    const regex = new RegExp(expression.getRegex());
    return (record) => regex.test(textOf(record));
  }
  const prefixes = expression.getPrefixList();
  return (record) => prefixes.some((prefix) => textOf(record).startsWith(prefix));
}

function untilTold(log: DoubleLog, call: ReadCall, isEnough: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isEnough()) {
      resolve();
      return;
    }
    const done = () => {
      stop();
      call.off('cancelled', done);
      call.off('close', done);
      resolve();
    };
    const stop = log.onTold(() => isEnough() && done());
    call.on('cancelled', done);
    call.on('close', done);
  });
}

function isRecord(log: DoubleLog, position: number): boolean {
  return log.records[log.indexFrom(position)]?.position === position;
}

async function send(call: ReadCall, response: ReadResp): Promise<void> {
  if (call.cancelled || call.destroyed || call.write(response)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'cancelled', 'close']) {
        call.off(event, done);
      }
      resolve();
    };
    for (const event of ['drain', 'cancelled', 'close']) {
      call.on(event, done);
    }
  });
}

function eventOf(record: DoubleRecord): ReadResp {
  const place = String(record.position);
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new UUID().setString(record.id))
    .setStreamIdentifier(identifier(record.stream))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(place)
    .setPreparePosition(place)
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  recorded.getMetadataMap().set('type', record.type);
  recorded.getMetadataMap().set('content-type', record.contentType);
  recorded.getMetadataMap().set('created', String(BigInt(Math.round(record.createdMs)) * TICKS_A_MILLISECOND));
  const event = new ReadResp.ReadEvent().setEvent(recorded);
  return new ReadResp().setEvent(
    record.stream === '' ? event.setNoPosition(new Empty()) : event.setCommitPosition(place),
  );
}
