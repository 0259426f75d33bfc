import { createHmac } from 'node:crypto';
import { deriveKey, withDerivedKey } from './derived-key';
import type { HeldKey } from './held-keys';
import { fieldPurpose, openField, sealField } from './sealed-field';
import type { SubjectKey } from './vault';
import { checkPlace } from './vault-input';

/** What a person's key can do, for as long as it is held. Every use has a key of its own, derived and overwritten. */
export function subjectKeyOver({ keyId, epoch, held }: { keyId: string; epoch: number; held: HeldKey }): SubjectKey {
  const withDerived = <T>(purpose: readonly string[], work: (derived: Buffer) => T): T =>
    held.use((key) => withDerivedKey(key, purpose, work));

  return {
    keyId,
    epoch,
    get commandKey() {
      return held.use((key) => deriveKey(key, ['commands']));
    },
    get streamSalt() {
      return held.use((key) => deriveKey(key, STREAM_SALT));
    },
    fieldKey: (place) => {
      checkPlace(place);
      return held.use((key) => deriveKey(key, fieldPurpose(place)));
    },
    streamTag: (stream) =>
      withDerived(STREAM_SALT, (salt) => createHmac('sha256', salt).update(stream, 'utf8').digest('base64url')),
    seal(place, text) {
      checkPlace(place);
      return withDerived(fieldPurpose(place), (key) => sealField(key, place, text));
    },
    open(place, sealed) {
      checkPlace(place);
      return withDerived(fieldPurpose(place), (key) => openField(key, place, sealed));
    },
  };
}

const STREAM_SALT = ['stream salt'];
