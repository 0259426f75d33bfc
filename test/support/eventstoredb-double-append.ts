import { setTimeout as sleep } from 'node:timers/promises';
import {
  AccessDenied,
  AllStreamPosition,
  Empty as ClientEmpty,
  MaximumAppendSizeExceeded,
  StreamDeleted,
  StreamIdentifier,
  Timeout,
  type UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { AppendReq, AppendResp, BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type ServerDuplexStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { type AppendFault, type DoubleFaults, notLeader, notReady, serviceError } from './eventstoredb-double-faults';
import type { DoubleLog, Expectation, Proposed, WriteOutcome } from './eventstoredb-double-log';

/** The server's limit on the data of one append. */
export const SERVER_MAX_APPEND_BYTES = 1_048_576;

export interface AppendContext {
  readonly log: DoubleLog;
  readonly faults: DoubleFaults;
  dropConnections(): void;
}

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Pending {
  readonly stream: string;
  readonly expectation: Expectation;
  readonly events: Proposed[];
}

/** Batch append: many appends in flight on one call, answered in any order and by correlation id. */
export function batchAppend(context: AppendContext): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> {
  return (call) => {
    const pending = new Map<string, Pending>();
    let broken = false;
    call.on('error', () => {
      broken = true;
    });
    call.on('data', (request: BatchAppendReq) => {
      void receive(context, call, pending, request).catch((error: ServiceError) => {
        if (!broken) {
          broken = true;
          call.emit('error', error);
        }
      });
    });
    call.on('end', () => call.end());
  };
}

async function receive(
  context: AppendContext,
  call: BatchCall,
  pending: Map<string, Pending>,
  request: BatchAppendReq,
): Promise<void> {
  const { log, faults } = context;
  const correlation = request.getCorrelationId();
  const key = correlation?.getString() ?? '';
  const options = request.getOptions();
  if (options !== undefined) {
    const stream = nameOf(options.getStreamIdentifier());
    const deadline = options.getDeadline();
    if (deadline !== undefined && deadline.toDate().getTime() <= log.now()) {
      call.write(failed(correlation, stream, pack(new Timeout(), 'Timeout')));
      return;
    }
    if (faults.denied.has(stream)) {
      call.write(failed(correlation, stream, pack(new AccessDenied(), 'AccessDenied')));
      return;
    }
    pending.set(key, { stream, expectation: batchExpectation(options), events: [] });
  }
  const append = pending.get(key);
  if (append === undefined) {
    return;
  }
  append.events.push(...request.getProposedMessagesList().map(toProposed));
  if (bytesOf(append.events) > SERVER_MAX_APPEND_BYTES) {
    pending.delete(key);
    const exceeded = new MaximumAppendSizeExceeded().setMaxappendsize(SERVER_MAX_APPEND_BYTES);
    call.write(failed(correlation, append.stream, pack(exceeded, 'MaximumAppendSizeExceeded')));
    return;
  }
  if (!request.getIsFinal()) {
    return;
  }
  pending.delete(key);
  const outcome = await store(context, append, call.metadata.get('requires-leader').length > 0);
  if (outcome.kind === 'refused') {
    const details = new Any();
    details.pack(new Empty().serializeBinary(), 'google.protobuf.Empty');
    call.write(
      reply(correlation, append.stream).setError(new Status().setMessage(outcome.message).setDetails(details)),
    );
  } else if (outcome.kind === 'timed-out') {
    call.write(failed(correlation, append.stream, pack(new Timeout(), 'Timeout')));
  } else if (outcome.kind !== 'silent') {
    call.write(answered(correlation, append.stream, outcome));
  }
}

/** Unary append, used by clients that found no batch append or were given credentials for the call. */
export function unaryAppend(context: AppendContext): handleClientStreamingCall<AppendReq, AppendResp> {
  return (call, callback) => {
    let options: AppendReq.Options | undefined;
    const events: Proposed[] = [];
    call.on('data', (request: AppendReq) => {
      const message = request.getProposedMessage();
      options = request.getOptions() ?? options;
      if (message !== undefined) {
        events.push(toProposed(message));
      }
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      const stream = nameOf(options?.getStreamIdentifier());
      const expectation = options === undefined ? 'any' : unaryExpectation(options);
      store(context, { stream, expectation, events }, call.metadata.get('requires-leader').length > 0).then(
        (outcome) => {
          if (outcome.kind === 'refused') {
            callback(notReady());
          } else if (outcome.kind === 'written') {
            const success = new AppendResp.Success().setCurrentRevision(String(outcome.revision));
            const { position = 0 } = outcome;
            success.setPosition(
              new AppendResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position)),
            );
            callback(null, new AppendResp().setSuccess(success));
          } else if (outcome.kind === 'conflict') {
            const wrong = new AppendResp.WrongExpectedVersion();
            if (outcome.current === undefined) {
              wrong.setCurrentNoStream(new ClientEmpty());
            } else {
              wrong.setCurrentRevision(String(outcome.current));
            }
            wrong.setExpectedAny(new ClientEmpty());
            callback(null, new AppendResp().setWrongExpectedVersion(wrong));
          }
        },
        (error: ServiceError) => callback(error),
      );
    });
  };
}

type StoreOutcome =
  | WriteOutcome
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'silent' };

/** Ids of the appends that were taken and are not stored yet. */
const beingStored = new Set<string>();

/** On a server it is two to three seconds. */
const REPETITION_TIMEOUT_MS = 200;

/** Stores one append, unless it repeats one that is not stored yet: then the repetition is dropped and times out. */
async function store(context: AppendContext, append: Pending, requiresLeader: boolean): Promise<StoreOutcome> {
  const ids = namesOf(append);
  if (beingStored.has(ids)) {
    await sleep(REPETITION_TIMEOUT_MS);
    return { kind: 'timed-out' };
  }
  beingStored.add(ids);
  try {
    return await storeOnce(context, append, requiresLeader);
  } finally {
    beingStored.delete(ids);
  }
}

/** Stores one append, or does what the script of faults says instead. Rejects where the whole call fails. */
async function storeOnce(context: AppendContext, append: Pending, requiresLeader: boolean): Promise<StoreOutcome> {
  const { log, faults } = context;
  const fault: AppendFault = faults.appends.shift() ?? 'none';
  await sleep(faults.storeDelayMs);
  if (requiresLeader && faults.leader !== undefined) {
    throw notLeader(faults.leader);
  }
  if (!faults.ready) {
    return { kind: 'refused', message: 'Server Is Not Ready' };
  }
  switch (fault) {
    case 'drop-before':
      context.dropConnections();
      return { kind: 'silent' };
    case 'not-ready':
      return { kind: 'refused', message: 'Server Is Not Ready' };
    case 'busy':
      return { kind: 'refused', message: 'Server Is Busy' };
    case 'no-leader':
      return { kind: 'refused', message: 'No leader info available in response' };
    case 'unintelligible':
      return { kind: 'refused', message: 'Envelope callback expected something else' };
    case 'not-leader':
      throw notLeader({ host: '127.0.0.1', port: 1 });
    case 'unavailable':
      throw serviceError(status.UNAVAILABLE, 'Unavailable');
    case 'ignore':
      return { kind: 'silent' };
    case 'none':
    case 'drop-after':
    case 'forget':
      break;
  }
  const outcome = log.write(append.stream, append.expectation, append.events);
  beingStored.delete(namesOf(append));
  log.tell();
  await sleep(faults.answerDelayMs);
  if (fault === 'drop-after') {
    context.dropConnections();
  }
  return fault === 'none' ? outcome : { kind: 'silent' };
}

function namesOf({ events }: Pending): string {
  return events.map(({ id }) => id).join();
}

function answered(correlation: UUID | undefined, stream: string, outcome: WriteOutcome): BatchAppendResp {
  switch (outcome.kind) {
    case 'deleted':
      return failed(
        correlation,
        stream,
        pack(new StreamDeleted().setStreamIdentifier(identifier(stream)), 'StreamDeleted'),
      );
    case 'conflict': {
      const wrong = new WrongExpectedVersion();
      if (outcome.current === undefined) {
        wrong.setCurrentNoStream(new Empty());
      } else {
        wrong.setCurrentStreamRevision(String(outcome.current));
      }
      return failed(correlation, stream, pack(wrong.setExpectedAny(new Empty()), 'WrongExpectedVersion'));
    }
    case 'written': {
      const success = new BatchAppendResp.Success().setCurrentRevision(String(outcome.revision));
      const place = String(outcome.position);
      if (outcome.position === undefined) {
        success.setNoPosition(new Empty());
      } else {
        success.setPosition(new AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
      }
      return reply(correlation, stream).setSuccess(success);
    }
  }
}

function reply(correlation: UUID | undefined, stream: string): BatchAppendResp {
  return new BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(identifier(stream));
}

function failed(correlation: UUID | undefined, stream: string, details: Any): BatchAppendResp {
  return reply(correlation, stream).setError(new Status().setDetails(details));
}

function pack(message: { serializeBinary(): Uint8Array }, name: string): Any {
  const any = new Any();
  any.pack(message.serializeBinary(), `event_store.client.${name}`);
  return any;
}

function batchExpectation(options: BatchAppendReq.Options): Expectation {
  if (options.hasNoStream()) {
    return 'no_stream';
  }
  return options.hasStreamPosition() ? Number(options.getStreamPosition()) : 'any';
}

function unaryExpectation(options: AppendReq.Options): Expectation {
  if (options.hasNoStream()) {
    return 'no_stream';
  }
  return options.hasRevision() ? Number(options.getRevision()) : 'any';
}

function toProposed(message: BatchAppendReq.ProposedMessage | AppendReq.ProposedMessage): Proposed {
  return {
    id: message.getId()?.getString() ?? '',
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function bytesOf(events: readonly Proposed[]): number {
  return events.reduce((sum, event) => sum + event.data.length, 0);
}

export function identifier(stream: string): StreamIdentifier {
  return new StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64'));
}

export function nameOf(stream: StreamIdentifier | undefined): string {
  return Buffer.from(stream?.getStreamName_asU8() ?? []).toString();
}
