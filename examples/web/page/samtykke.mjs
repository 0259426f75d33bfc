import { createClient as createStreamClient } from '/vendor/graphql-sse/client.mjs';
import { createClient as createSocketClient } from '/vendor/graphql-ws/client.js';
import { currentToken, LoggedOut, renewToken } from './session.mjs';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;

/** An answer that is none; `code` says why. */
export class NoAnswer extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code;
  }
}

/** Asks as the person who is logged in. @throws NoAnswer LoggedOut */
export async function ask(query, variables = {}) {
  const first = await post(query, variables);
  if (first.errors?.[0].extensions?.code !== 'UNAUTHENTICATED') return answerOf(first);
  await renewToken();
  return answerOf(await post(query, variables));
}

/**
 * Does something once. A key makes sure of it: sent again after a broken connection, it is the same act and not a
 * second one.
 */
export async function act(mutation, input) {
  const variables = { input: { ...input, idempotencyKey: crypto.randomUUID() } };
  const data = await ask(mutation, variables).catch((error) => {
    if (error instanceof TypeError) return ask(mutation, variables);
    throw error;
  });
  return Object.values(data)[0];
}

/** Asks what everybody may know, such as the text of a policy: no login is needed for that. @throws NoAnswer */
export async function askOpenly(query, variables = {}) {
  return answerOf(await send({ query, variables }, {}));
}

async function post(query, variables) {
  return send({ query, variables }, { authorization: `Bearer ${await currentToken()}` });
}

async function send(operation, headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  return response.json();
}

function answerOf({ data, errors }) {
  if (errors) throw new NoAnswer(errors[0]);
  return data;
}

/**
 * Follows a subscription for as long as the page is open. Whatever breaks the connection, it goes on behind the
 * cursor of the last item, so that nothing is missed; a token that has run out (4401) is replaced at once. Where
 * WebSockets do not get through, server-sent events take over.
 *
 * @param onState told 'live' or 'lost'
 * @returns the function that ends it
 */
export function follow({ query, field, after, onItem, onState, onLoggedOut }) {
  const leaving = new AbortController();
  let place = after;
  let waitMs = FIRST_WAIT_MS;
  let transports = [overSocket, overStream];

  const listen = async (transport) => {
    let opened = false;
    const onOpen = () => {
      opened = true;
      onState('live');
    };
    try {
      for await (const result of transport({ query, variables: { after: place } }, onOpen, leaving.signal)) {
        if (result.errors) throw result.errors;
        place = result.data[field].cursor;
        waitMs = FIRST_WAIT_MS;
        onItem(result.data[field]);
      }
      return { opened };
    } catch (cause) {
      return { opened, code: codeOf(cause) };
    }
  };

  const run = async () => {
    let wasRefused = false;
    while (!leaving.signal.aborted) {
      const startedAt = Date.now();
      const { opened, code } = await listen(transports[0]);
      if (leaving.signal.aborted) return;
      onState('lost');
      if (code === 'BAD_CURSOR' || code === 'CURSOR_EXPIRED') place = undefined;
      const isRefused = code === 'UNAUTHENTICATED';
      if (isRefused) await renewToken();
      else if (!opened) transports = transports.toReversed();
      if (!isRefused || wasRefused) {
        await pause(waitMs, leaving.signal);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      }
      // A token that is refused as soon as it is new is not asked for again without a pause.
      wasRefused = isRefused && Date.now() - startedAt < LONGEST_WAIT_MS;
    }
  };
  const runAgain = () =>
    run().catch(async (error) => {
      if (error instanceof LoggedOut) return onLoggedOut();
      // The product's own backend did not answer either.
      await pause(waitMs, leaving.signal);
      return leaving.signal.aborted ? undefined : runAgain();
    });
  runAgain();
  return () => leaving.abort();
}

/** GraphQL over WebSocket. A connection that has silently died is noticed by a ping that nobody answers. */
async function* overSocket(request, onOpen, signal) {
  let unanswered;
  const client = createSocketClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: async () => ({ authorization: `Bearer ${await currentToken()}` }),
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      connected: onOpen,
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: () => clearTimeout(unanswered),
    },
  });
  const end = () => client.dispose();
  signal.addEventListener('abort', end);
  try {
    yield* client.iterate(request);
  } finally {
    clearTimeout(unanswered);
    signal.removeEventListener('abort', end);
    end();
  }
}

/** The same over server-sent events, for networks that let no WebSocket through. */
async function* overStream(request, onOpen, signal) {
  const client = createStreamClient({
    url: '/graphql/stream',
    headers: async () => ({ authorization: `Bearer ${await currentToken()}` }),
    retryAttempts: 0,
    on: { connected: onOpen },
  });
  const end = () => client.dispose();
  signal.addEventListener('abort', end);
  try {
    yield* client.iterate(request);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** A close code, or the code of the first error. */
function codeOf(cause) {
  return cause?.code === 4401 ? 'UNAUTHENTICATED' : cause?.[0]?.extensions?.code;
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
