import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const OPTIONS = {
  samtykke: { type: 'string' },
  organisation: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'token-seconds': { type: 'string' },
};

/**
 * What the product is told at its start, by flags or by the environment. The service token is better kept in a file
 * or the environment: the words of a command line are seen by everybody on the machine.
 */
export function readSettings(args, environment) {
  const { values } = parseArgs({ args, options: OPTIONS });
  const file = values['token-file'] ?? environment.SAMTYKKE_SERVICE_TOKEN_FILE;
  const serviceToken =
    values.token ?? (file ? readFileSync(file, 'utf8').trim() : environment.SAMTYKKE_SERVICE_TOKEN?.trim());
  if (!serviceToken) {
    throw new Error('A service token is needed: SAMTYKKE_SERVICE_TOKEN, --token-file FILE or --token TOKEN.');
  }
  return {
    serviceToken,
    samtykkeUrl: new URL(values.samtykke ?? environment.SAMTYKKE_URL ?? 'http://127.0.0.1:4000').origin,
    organisation: values.organisation ?? 'fjordlys',
    host: values.host ?? '127.0.0.1',
    port: wholeNumber('--port', values.port ?? environment.PORT ?? '8080', 0, 65_535),
    /** How long a person's own token is good; the shortest that Samtykke gives is a minute. */
    tokenSeconds: wholeNumber('--token-seconds', values['token-seconds'] ?? '900', 60, 86_400),
  };
}

function wholeNumber(name, text, least, most) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} is a whole number from ${least} to ${most}.`);
  }
  return value;
}
