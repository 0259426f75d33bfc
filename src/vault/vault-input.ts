import { type ActorClaim, MAX_ACTOR_NAME_LENGTH, MAX_CLAIM_LENGTH, VaultInputInvalid } from './vault';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Half a character becomes the same replacement in UTF-8 whichever half it is: two people would be one. */
const HALF_A_CHARACTER = /\p{Cs}/u;

/** @throws VaultInputInvalid unless it is a UUID in its one spelling, so that one organisation never has two peppers */
export function checkId(id: string): void {
  if (typeof id !== 'string' || !UUID.test(id)) throw new VaultInputInvalid('An id is a UUID in lower case.');
}

/** @throws VaultInputInvalid */
export function checkActorClaim({ issuer, claim, name }: ActorClaim): void {
  checkText('issuer', issuer, MAX_CLAIM_LENGTH);
  checkText('claim', claim, MAX_CLAIM_LENGTH);
  if (name !== undefined) checkText('name', name, MAX_ACTOR_NAME_LENGTH);
}

function checkText(what: string, text: string, longest: number): void {
  if (typeof text !== 'string' || text === '' || text.length > longest || HALF_A_CHARACTER.test(text)) {
    throw new VaultInputInvalid(`An actor's ${what} is 1 to ${longest} whole characters.`);
  }
}
