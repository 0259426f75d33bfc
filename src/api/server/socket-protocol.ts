import { randomUUID } from 'node:crypto';
import { type ExecutionArgs, execute, GraphQLError, type OperationTypeNode } from 'graphql';
import {
  CloseCode,
  type Message,
  MessageType,
  parseMessage,
  type SubscribeMessage,
  type SubscribePayload,
} from 'graphql-ws';
import { ANONYMOUS, type Caller } from '../auth/caller';
import { SubscriptionAnswers } from '../subscription-answers';
import type { Place } from './connection-count';
import { checkDocument } from './document-check';
import { hiddenFault } from './error-answer';
import { atLeastOf, CLOSE_CODES, callerOf, firstCodeOf, type GraphqlParts, isUnauthenticated } from './graphql-parts';
import type { SocketConnection } from './socket-connection';
import { type OperationReader, SocketOperation } from './socket-operation';
import type { Text } from './text-frames';

/** What one WebSocket comes with. */
export interface Entering {
  readonly connection: SocketConnection;
  /** Header of the request that opened it. */
  readonly authorization: string | undefined;
  readonly place: Place;
}

/**
 * One WebSocket that speaks graphql-transport-ws: who is at its other end, and the operations under way. Which messages
 * are any is for graphql-ws to say. A class, and its own protocol, since there is one for as long as each reader stays:
 * the library would keep every message for as long as the operation that it asked for.
 */
export class SocketProtocol implements OperationReader {
  /** Under way. Most have one, and a map takes much for it. */
  #operations: readonly SocketOperation[] = NONE;
  readonly #connection: SocketConnection;
  readonly #place: Place;
  #authorization: string | undefined;
  #caller: Caller = ANONYMOUS;
  /** Ends the watch over the caller's token. */
  #forgetCaller: () => void = NOTHING;
  #greeting: 'awaited' | 'answered' | 'acknowledged' = 'awaited';
  #greetingTimer: NodeJS.Timeout | undefined;
  #isLeaving = false;

  constructor(
    private readonly parts: GraphqlParts,
    { connection, authorization, place }: Entering,
  ) {
    this.#connection = connection;
    this.#authorization = authorization;
    this.#place = place;
    const { connectionInitWaitMs } = parts.limits;
    this.#greetingTimer = setTimeout(
      () => connection.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      connectionInitWaitMs,
    );
  }

  get answers() {
    return this.parts.answers;
  }

  /** A message of the client. @throws what is no refusal of it */
  async receive(text: string): Promise<void> {
    const message = readMessage(text);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#greet(message.payload);
      case MessageType.Ping:
        return this.send(
          JSON.stringify({ type: MessageType.Pong, ...(message.payload && { payload: message.payload }) }),
        );
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        return this.#subscribe(message);
      case MessageType.Complete:
        return this.#complete(message.id);
      case MessageType.ConnectionAck:
      case MessageType.Next:
      case MessageType.Error:
      case undefined:
        return this.#connection.close(CloseCode.BadRequest, 'Invalid message received');
    }
  }

  send(message: Text): Promise<void> | undefined {
    return this.#connection.send(message);
  }

  ended(operation: SocketOperation): void {
    if (this.#forget(operation)) void this.send(JSON.stringify({ id: operation.id, type: MessageType.Complete }));
    this.#leaveIfIdle();
  }

  failed(operation: SocketOperation, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const originalError = error instanceof Error ? error : new Error(message);
    if (this.#forget(operation)) this.#sendErrors(operation, [new GraphQLError(message, { originalError })]);
    this.#leaveIfIdle();
  }

  /** Closes as soon as no query or mutation is under way. */
  leave(): void {
    this.#isLeaving = true;
    this.#leaveIfIdle();
  }

  /** Nothing more is to be sent: ends whatever is under way. */
  closed(): void {
    clearTimeout(this.#greetingTimer);
    this.#forgetCaller();
    this.#place.giveBack();
    this.parts.metrics.connectionClosed('websocket');
    const operations = this.#operations;
    this.#operations = NONE;
    for (const operation of operations) {
      operation.stop().catch((error) => hiddenFault(this.parts.log, error, undefined));
    }
  }

  async #greet(payload: Record<string, unknown> | null | undefined): Promise<void> {
    if (this.#greeting !== 'awaited') {
      this.#connection.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    this.#greeting = 'answered';
    clearTimeout(this.#greetingTimer);
    this.#greetingTimer = undefined;
    const authorization = payload?.authorization ?? payload?.Authorization ?? this.#authorization;
    // Nobody asks for it again, and the token is the longest text of a connection.
    this.#authorization = undefined;
    if (!(await this.#admit(authorization))) return;
    this.#greeting = 'acknowledged';
    await this.send(JSON.stringify({ type: MessageType.ConnectionAck }));
  }

  /** Says who is at the other end, for as long as the token is good. False where it was closed. */
  async #admit(authorization: unknown): Promise<boolean> {
    const connection = this.#connection;
    try {
      this.#caller = await callerOf(this.parts, authorization);
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      connection.close(CLOSE_CODES.unauthenticated, 'Unauthenticated');
      return false;
    }
    if (this.#caller.kind === 'anonymous') return !connection.isClosing;
    if (typeof authorization === 'string' && !this.#place.takeForToken(authorization.replace(/^Bearer +/i, ''))) {
      connection.close(CLOSE_CODES.tooMany, 'Too many connections');
    }
    if (connection.isClosing) return false;
    this.#forgetCaller = this.parts.callers.watch(this.#caller, (end) =>
      connection.close(CLOSE_CODES.unauthenticated, `Token ${end}`),
    );
    return true;
  }

  async #subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    if (this.#greeting !== 'acknowledged') return this.#connection.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.#operations.some((each) => each.id === id)) {
      return this.#connection.close(CloseCode.SubscriberAlreadyExists, 'Subscriber for this id already exists');
    }
    if (this.#operations.length >= this.parts.limits.maxOperationsPerSocket) {
      return this.#connection.close(CLOSE_CODES.tooMany, 'Too many operations');
    }
    // Nothing begins with a token that was taken back, however short ago.
    if (this.parts.isRevoked(this.#caller)) {
      return this.#connection.close(CLOSE_CODES.unauthenticated, 'Token revoked');
    }
    const operation = new SocketOperation(id, this);
    this.#operations = this.#operations.concat(operation);
    try {
      await this.#carryOut(operation, payload);
    } catch (error) {
      this.#forget(operation);
      this.#leaveIfIdle();
      throw error;
    }
  }

  async #carryOut(operation: SocketOperation, payload: SubscribePayload): Promise<void> {
    const prepared = await this.#prepare(operation, payload);
    if ('errors' in prepared) {
      if (this.#forget(operation)) await this.#sendErrors(operation, prepared.errors);
      return this.#leaveIfIdle();
    }
    const { args, kind, correlationId } = prepared;
    const result = await (kind === 'subscription' ? this.parts.subscribe(args) : execute(args));
    if (result instanceof SubscriptionAnswers) {
      this.parts.metrics.operationEnded('websocket', kind, 'OK');
      // The client may have gone on meanwhile.
      if (this.#isUnderWay(operation)) operation.follow(result, correlationId);
      else await result.return();
      return;
    }
    this.parts.metrics.operationEnded('websocket', kind, firstCodeOf(result.errors?.map((error) => error.toJSON())));
    if (this.#isUnderWay(operation)) await operation.sendNext(result, correlationId);
    this.ended(operation);
  }

  /** Checks one operation, and makes its context. */
  async #prepare(
    operation: SocketOperation,
    { query, operationName, variables, extensions }: SubscribePayload,
  ): Promise<Prepared | { readonly errors: readonly GraphQLError[] }> {
    const { check, createContext } = this.parts;
    const request = { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
    const checked = checkDocument(check, request);
    if (checked.kind === 'bad') return { errors: checked.errors };
    const kind = checked.operation.operation;
    operation.isBrief = kind !== 'subscription';
    const correlationId = randomUUID();
    const asked = { caller: this.#caller, correlationId, transport: 'websocket', ...atLeastOf(extensions) } as const;
    try {
      const args = {
        schema: check.schema,
        document: checked.document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue: await createContext(asked),
      };
      return { args, kind, correlationId };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  async #complete(id: string): Promise<void> {
    const operation = this.#operations.find((each) => each.id === id);
    if (operation === undefined) return;
    this.#forget(operation);
    await operation.stop();
    this.#leaveIfIdle();
  }

  #sendErrors({ id }: SocketOperation, errors: readonly GraphQLError[]): Promise<void> | undefined {
    const payload = errors.map((error) => this.answers.answer(error, undefined));
    this.parts.metrics.operationEnded('websocket', 'none', firstCodeOf(payload));
    return this.send(JSON.stringify({ id, type: MessageType.Error, payload }));
  }

  #isUnderWay(operation: SocketOperation): boolean {
    return this.#operations.includes(operation);
  }

  /** False where it had ended already: the client left it. */
  #forget(operation: SocketOperation): boolean {
    const wasUnderWay = this.#isUnderWay(operation);
    if (wasUnderWay) this.#operations = this.#operations.filter((each) => each !== operation);
    return wasUnderWay;
  }

  #leaveIfIdle(): void {
    if (!this.#isLeaving) return;
    if (this.#operations.some(({ isBrief }) => isBrief)) return;
    this.#connection.close(CLOSE_CODES.goingAway, 'Going away');
  }
}

const NOTHING = () => undefined;
const NONE: readonly SocketOperation[] = [];

interface Prepared {
  readonly args: ExecutionArgs;
  readonly kind: `${OperationTypeNode}`;
  readonly correlationId: string;
}

/** Undefined: it is none. */
function readMessage(text: string): Message | undefined {
  try {
    return parseMessage(text);
  } catch {
    return undefined;
  }
}
