import { setTimeout as pause } from 'node:timers/promises';
import { accepted, SamtykkeError } from './samtykke.mjs';

const PREPARE = `mutation {
  evidencePrepare(input: { kind: SUBJECT_COPY, format: JSON }) { evidence { id } userErrors { code message } }
}`;
const EVIDENCE = 'query ($id: ID!) { evidence(id: $id) { status failure url } }';

const LOOK_AGAIN_MS = 200;
const READY_WITHIN_MS = 60_000;

/**
 * A copy of everything that is held about a person, with the texts concerned, asked for with their own token (GDPR Art.
 * 15 and 20). Samtykke prepares it in the background; here it is waited for and handed on as it comes.
 *
 * @returns the response with the file
 */
export async function ownCopy({ ask, samtykkeUrl }, token) {
  const { evidencePrepare } = await ask(PREPARE, {}, token);
  const { evidence } = accepted(evidencePrepare);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const { status, failure, url } = (await ask(EVIDENCE, { id: evidence.id }, token)).evidence;
    if (status === 'READY') return fetch(new URL(url, samtykkeUrl));
    if (failure) throw new SamtykkeError(failure, 'The copy could not be made.');
    await pause(LOOK_AGAIN_MS);
  }
  throw new SamtykkeError('EVIDENCE_LATE', 'The copy is not ready yet.');
}
