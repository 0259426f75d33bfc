import { SealBroken, seal, unseal } from './sealed-box';
import type { FieldPlace } from './vault';
import { checkPlace, checkSealable } from './vault-input';

/** What tells the key of one field from those of all others (rule E4). */
export const fieldPurpose = ({ eventId, field }: FieldPlace): readonly string[] => ['field', eventId, field];

/** The text of a field under the field's own key, bound to where it stands; base64url. @throws VaultInputInvalid */
export function sealField(key: Uint8Array, place: FieldPlace, text: string): string {
  checkPlace(place);
  checkSealable(text);
  return seal(key, Buffer.from(text, 'utf8'), boundTo(place)).toString('base64url');
}

/** @throws SealBroken VaultInputInvalid */
export function openField(key: Uint8Array, place: FieldPlace, sealed: string): string {
  checkPlace(place);
  return unseal(key, bytesOf(sealed), boundTo(place)).toString('utf8');
}

const boundTo = ({ stream, eventId, type, field }: FieldPlace) => [stream, eventId, type, field];

/** One text for each sealed value: what decodes to the same bytes but is written otherwise was not written here. */
function bytesOf(sealed: string): Buffer {
  const bytes = Buffer.from(String(sealed), 'base64url');
  if (bytes.toString('base64url') !== sealed) throw new SealBroken('This text was not sealed here.');
  return bytes;
}
