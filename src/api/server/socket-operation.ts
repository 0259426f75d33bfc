import type { ExecutionResult } from 'graphql';
import { ENDED } from '../ready-items';
import { SharedAnswer } from '../shared-answer';
import type { SubscriptionAnswers } from '../subscription-answers';
import { type ErrorAnswers, formattedResult } from './error-answer';
import type { SelfWritten, Text } from './text-frames';

/** Whoever is sent the answers of an operation. */
export interface OperationReader {
  /** Undefined: more may be sent at once. Else resolves when it may. */
  send(message: Text): Promise<void> | undefined;
  readonly answers: ErrorAnswers;
  /** All was sent. */
  ended(operation: SocketOperation): void;
  /** Nothing more is sent. */
  failed(operation: SocketOperation, error: unknown): void;
}

/**
 * One operation of a WebSocket, from when it was asked for until it has ended. It sends the answers of a subscription
 * as they come: what thousands are sent at the same time is written as text once, and costs each of them no more than
 * the sending. A class, since there is one for as long as each reader stays.
 */
export class SocketOperation {
  /** A query or a mutation, which the end of the server waits for. */
  isBrief = false;
  #correlationId = '';
  #results: SubscriptionAnswers | undefined;
  /** Of each of its answers. */
  readonly #head: string;
  readonly #goOn = () => this.#sendReady();

  /** @param id as the client calls it */
  constructor(
    readonly id: string,
    private readonly reader: OperationReader,
  ) {
    this.#head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  /** Sends what comes of a subscription until it ends. */
  follow(results: SubscriptionAnswers, correlationId: string): void {
    this.#results = results;
    this.#correlationId = correlationId;
    this.#sendReady();
  }

  /** Sends one answer. Undefined: more may be sent at once. */
  sendNext(result: ExecutionResult, correlationId: string): Promise<void> | undefined {
    if (result instanceof SharedAnswer) return this.reader.send(new SharedNext(this.#head, result));
    return this.reader.send(`${this.#head}${answerText(result, this.reader.answers, correlationId)}${TAIL}`);
  }

  /** Ends its source; nothing more is sent. */
  async stop(): Promise<void> {
    await this.#results?.return();
  }

  #sendReady(): void {
    const results = this.#results;
    if (results === undefined) return;
    try {
      for (;;) {
        const found = results.takeReady(this.#goOn);
        if (found === undefined) return;
        if (found === ENDED) break;
        const taken = this.sendNext(found, this.#correlationId);
        if (taken === undefined) continue;
        void taken.then(this.#goOn);
        return;
      }
    } catch (error) {
      this.reader.failed(this, error);
      return;
    }
    this.reader.ended(this);
  }
}

/** Behind each answer. */
const TAIL = '}';

/** An answer that many are given, as it is sent to one of them. */
class SharedNext implements SelfWritten {
  readonly byteLength: number;

  constructor(
    private readonly head: string,
    private readonly answer: SharedAnswer,
  ) {
    this.byteLength = Buffer.byteLength(head) + answer.byteLength + TAIL.length;
  }

  writeTo(bytes: Buffer, place: number): number {
    const next = this.answer.writeTo(bytes, place + bytes.write(this.head, place));
    return next + bytes.write(TAIL, next);
  }
}

function answerText(result: ExecutionResult, answers: ErrorAnswers, correlationId: string): string {
  return JSON.stringify(result.errors === undefined ? result : formattedResult(result, answers, correlationId));
}
