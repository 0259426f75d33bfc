import { createClient } from 'graphql-sse';

const FACTS = `subscription ($organisation: ID!, $after: Position) {
  factsRecorded(organisation: $organisation, after: $after) { position type subject policy }
}`;

const LAST_FACT = `query ($organisation: ID!) {
  facts(organisation: $organisation, last: 1) { nodes { position } }
}`;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Tells every fact that is recorded about the organisation's people and policies, wherever it was done: so the
 * product learns within a second that somebody has withdrawn on another device. After a break it goes on from the
 * position of the last fact, so that none is missed.
 *
 * @returns the function that ends it
 */
export function followFacts({ ask, samtykkeUrl, serviceToken, organisationId, onOpen, onFact, onLost }) {
  const leaving = new AbortController();
  const client = createClient({
    url: `${samtykkeUrl}/graphql/stream`,
    headers: { authorization: `Bearer ${serviceToken}` },
    retryAttempts: 0,
    on: { connected: onOpen },
  });

  const run = async () => {
    let after;
    for (let waitMs = FIRST_WAIT_MS; !leaving.signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        after ??= (await ask(LAST_FACT, { organisation: organisationId }, serviceToken)).facts.nodes[0]?.position;
        for await (const { data, errors } of client.iterate({
          query: FACTS,
          variables: { organisation: organisationId, after },
        })) {
          if (errors) throw new Error(errors[0].message);
          after = data.factsRecorded.position;
          waitMs = FIRST_WAIT_MS;
          onFact(data.factsRecorded);
        }
      } catch (error) {
        if (!leaving.signal.aborted) onLost(error);
      }
      await pause(waitMs, leaving.signal);
    }
  };
  run();

  return () => {
    leaving.abort();
    client.dispose();
  };
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
