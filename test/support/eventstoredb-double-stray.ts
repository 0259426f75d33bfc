/**
 * A program that brings the client of EventStoreDB to throw where nobody can catch it, and says how it fared.
 * Run by test/event-store/eventstoredb-guard.test.ts in a process of its own, with what should happen as its argument.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { collect, freshStream, sampleEvent, sampleEvents } from './event-store-samples';
import { type EventStoreDbDouble, openEventStoreDbDouble } from './eventstoredb-double';

const ANSWER_DELAY_MS = 300;

const programs: Readonly<Record<string, (double: EventStoreDbDouble) => Promise<void>>> = {
  'late-answer': lateAnswer,
  'late-answer-unguarded': lateAnswerUnguarded,
  'broken-writes': brokenWrites,
  'foreign-exception': foreignException,
  'foreign-rejection': foreignRejection,
  'foreign-exception-with-listener': foreignExceptionWithListener,
};

/** Another client's connection breaks while our append is under way: the client forgets ours and stumbles over its answer. */
async function lateAnswer(double: EventStoreDbDouble): Promise<void> {
  const store = await openEventStoreDb({ url: double.url, log: say });
  double.faults.answerDelayMs = ANSWER_DELAY_MS;
  const another = await waitingClient();
  double.faults.appends = ['none'];
  const stream = freshStream();
  const answer = store.append(stream, sampleEvents(1), 0);
  await arrived(double);
  await another.break();
  say('appended', JSON.stringify((await answer).version));
  await sleep(ANSWER_DELAY_MS * 2);
  double.faults.answerDelayMs = 0;
  await store.append(stream, sampleEvents(1), 1);
  say('stored', String((await collect(store.readStream(stream))).length));
  await store.close();
}

async function lateAnswerUnguarded(double: EventStoreDbDouble): Promise<void> {
  double.faults.answerDelayMs = ANSWER_DELAY_MS;
  double.faults.appends = ['none'];
  const another = await waitingClient();
  const client = EventStoreDBClient.connectionString(double.url);
  client.appendToStream('stream-1', jsonEvent({ type: 'Sent', data: {} })).catch(() => undefined);
  await arrived(double);
  await another.break();
  await sleep(ANSWER_DELAY_MS * 3);
  say('survived', '');
}

/** More appends than the client's buffer takes, and then the connection breaks. */
async function brokenWrites(double: EventStoreDbDouble): Promise<void> {
  const store = await openEventStoreDb({ url: double.url, log: say });
  const streams = Array.from({ length: 200 }, () => freshStream());
  const large = sampleEvent({ text: 'x'.repeat(50_000) });
  const answers = Promise.all(streams.map((stream) => store.append(stream, [large], 0)));
  for (let round = 0; round < 5; round += 1) {
    await sleep(20);
    double.dropConnections();
  }
  say('appended', String((await answers).length));
  await store.close();
}

async function foreignException(double: EventStoreDbDouble): Promise<void> {
  await openEventStoreDb({ url: double.url });
  setTimeout(() => {
    throw new TypeError('undefined is not iterable, but not in the client');
  }, 10);
  await sleep(500);
  say('survived', '');
}

async function foreignRejection(double: EventStoreDbDouble): Promise<void> {
  await openEventStoreDb({ url: double.url });
  void Promise.reject(new Error('nobody cares'));
  await sleep(500);
  say('survived', '');
}

async function foreignExceptionWithListener(double: EventStoreDbDouble): Promise<void> {
  process.on('uncaughtException', (error) => say('heard', error.message));
  await foreignException(double);
}

/** Another client whose append is under way; `break` ends its connection. */
async function waitingClient(): Promise<{ break(): Promise<void> }> {
  const other = await openEventStoreDbDouble();
  other.faults.appends = ['ignore'];
  const client = EventStoreDBClient.connectionString(other.url);
  client.appendToStream('stream-1', jsonEvent({ type: 'Sent', data: {} })).catch(() => undefined);
  await arrived(other);
  return { break: () => other.kill() };
}

/** Until the double has taken the next append, however slow the machine. */
async function arrived(double: EventStoreDbDouble): Promise<void> {
  while (double.faults.appends.length > 0) {
    await sleep(5);
  }
}

function say(...words: unknown[]): void {
  process.stdout.write(`${words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' ')}\n`);
}

async function main(): Promise<void> {
  const program = programs[process.argv.at(-1) ?? ''];
  if (program === undefined) {
    throw new Error('Which program?');
  }
  await program(await openEventStoreDbDouble());
  process.exit(0);
}

void main();
