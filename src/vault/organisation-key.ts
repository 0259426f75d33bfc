import { withDerivedKey } from './derived-key';
import { fieldPurpose, openField, sealField } from './sealed-field';
import type { FieldPlace, FieldSeals } from './vault';
import { checkPlace } from './vault-input';

/** Tells the keys of fields from whatever else may come from a pepper, which is itself a key of keyed hashes. */
const ORGANISATION = 'organisation';

/** What an organisation's own key can do. Every field has a key of its own, from the pepper, overwritten after use. */
export function organisationKeyOver(pepper: Uint8Array): FieldSeals {
  const withKey = <T>(place: FieldPlace, work: (key: Buffer) => T): T => {
    checkPlace(place);
    return withDerivedKey(pepper, [ORGANISATION, ...fieldPurpose(place)], work);
  };
  return {
    seal: (place, text) => withKey(place, (key) => sealField(key, place, text)),
    open: (place, sealed) => withKey(place, (key) => openField(key, place, sealed)),
  };
}
