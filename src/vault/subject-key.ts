import { createHmac } from 'node:crypto';
import { deriveKey, withDerivedKey } from './derived-key';
import type { HeldKey } from './held-keys';
import { SealBroken, seal, unseal } from './sealed-box';
import type { FieldPlace, SubjectKey } from './vault';
import { checkPlace, checkSealable } from './vault-input';

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
      return held.use((key) => deriveKey(key, fieldKey(place)));
    },
    streamTag: (stream) =>
      withDerived(STREAM_SALT, (salt) => createHmac('sha256', salt).update(stream, 'utf8').digest('base64url')),
    seal(place, text) {
      checkPlace(place);
      checkSealable(text);
      return withDerived(fieldKey(place), (key) =>
        seal(key, Buffer.from(text, 'utf8'), aad(place)).toString('base64url'),
      );
    },
    open(place, sealed) {
      checkPlace(place);
      return withDerived(fieldKey(place), (key) => unseal(key, bytesOf(sealed), aad(place)).toString('utf8'));
    },
  };
}

const STREAM_SALT = ['stream salt'];
const fieldKey = ({ eventId, field }: FieldPlace) => ['field', eventId, field];
const aad = ({ stream, eventId, type, field }: FieldPlace) => [stream, eventId, type, field];

/** One text for each sealed value: what decodes to the same bytes but is written otherwise was not written here. */
function bytesOf(sealed: string): Buffer {
  const bytes = Buffer.from(String(sealed), 'base64url');
  if (bytes.toString('base64url') !== sealed) throw new SealBroken('This text was not sealed here.');
  return bytes;
}
