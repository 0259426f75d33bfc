import {
  type ActorClaim,
  type FieldPlace,
  MAX_ACTOR_NAME_LENGTH,
  MAX_CLAIM_LENGTH,
  MAX_EXTERNAL_ID_LENGTH,
  MAX_PAGE,
  MAX_PLACE_LENGTH,
  MAX_SEALED_TEXT_LENGTH,
  MAX_SUBJECTS_AT_ONCE,
  VaultInputInvalid,
} from './vault';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Half a character becomes the same replacement in UTF-8 whichever half it is: two people would be one. */
const HALF_A_CHARACTER = /\p{Cs}/u;

/** @throws VaultInputInvalid unless it is a UUID in its one spelling, so that one organisation never has two peppers */
export function checkId(id: string): void {
  if (typeof id !== 'string' || !UUID.test(id)) throw new VaultInputInvalid('An id is a UUID in lower case.');
}

/** @throws VaultInputInvalid */
export function checkActorClaim({ issuer, claim, name }: ActorClaim): void {
  checkText("An actor's issuer", issuer, MAX_CLAIM_LENGTH);
  checkText("An actor's claim", claim, MAX_CLAIM_LENGTH);
  if (name !== undefined) checkText("An actor's name", name, MAX_ACTOR_NAME_LENGTH);
}

/** @throws VaultInputInvalid */
export function checkExternalIds(externalIds: readonly string[]): void {
  checkBatch(externalIds);
  for (const externalId of externalIds) {
    checkText("A person's external id", externalId, MAX_EXTERNAL_ID_LENGTH);
    if (externalId.includes('\0')) throw new VaultInputInvalid("A person's external id holds no NUL.");
  }
}

/** @throws VaultInputInvalid */
export function checkBatch(items: readonly unknown[]): void {
  if (!Array.isArray(items) || items.length > MAX_SUBJECTS_AT_ONCE) {
    throw new VaultInputInvalid(`At most ${MAX_SUBJECTS_AT_ONCE} persons are asked for at once.`);
  }
}

/** @throws VaultInputInvalid */
export function checkPage(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new VaultInputInvalid(`A page has 1 to ${MAX_PAGE} entries.`);
  }
}

/** @throws VaultInputInvalid */
export function checkPlace({ stream, eventId, type, field }: FieldPlace): void {
  for (const part of [stream, eventId, type, field]) checkText('Each part of a place', part, MAX_PLACE_LENGTH);
}

/** @throws VaultInputInvalid where the text could not be given back as it is */
export function checkSealable(text: string): void {
  if (typeof text !== 'string' || text.length > MAX_SEALED_TEXT_LENGTH || HALF_A_CHARACTER.test(text)) {
    throw new VaultInputInvalid(`A personal field is at most ${MAX_SEALED_TEXT_LENGTH} whole characters.`);
  }
}

function checkText(what: string, text: string, longest: number): void {
  if (typeof text !== 'string' || text === '' || text.length > longest || HALF_A_CHARACTER.test(text)) {
    throw new VaultInputInvalid(`${what} is 1 to ${longest} whole characters.`);
  }
}
