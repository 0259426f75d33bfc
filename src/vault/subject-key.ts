import { createHmac } from 'node:crypto';
import { deriveKey, withDerivedKey } from './derived-key';
import type { HeldKey } from './held-keys';
import { fieldPurpose, openField, sealField } from './sealed-field';
import type { FieldPlace, SubjectKey } from './vault';
import { checkPlace } from './vault-input';

const COMMANDS = ['commands'];
const STREAM_SALT = ['stream salt'];

/**
 * What a person's key can do, for as long as it is held. Every use has a key of its own, derived and overwritten.
 * A class, since every command about a person makes one: functions and getters of its own would each be garbage.
 */
export class HeldSubjectKey implements SubjectKey {
  readonly keyId: string;
  readonly epoch: number;
  readonly #held: HeldKey;

  constructor({ keyId, epoch, held }: { readonly keyId: string; readonly epoch: number; readonly held: HeldKey }) {
    this.keyId = keyId;
    this.epoch = epoch;
    this.#held = held;
  }

  get commandKey(): Uint8Array {
    return this.#derived(COMMANDS);
  }

  get streamSalt(): Uint8Array {
    return this.#derived(STREAM_SALT);
  }

  fieldKey(place: FieldPlace): Uint8Array {
    checkPlace(place);
    return this.#derived(fieldPurpose(place));
  }

  streamTag(stream: string): string {
    return this.#with(STREAM_SALT, (salt) => createHmac('sha256', salt).update(stream, 'utf8').digest('base64url'));
  }

  seal(place: FieldPlace, text: string): string {
    checkPlace(place);
    return this.#with(fieldPurpose(place), (key) => sealField(key, place, text));
  }

  open(place: FieldPlace, sealed: string): string {
    checkPlace(place);
    return this.#with(fieldPurpose(place), (key) => openField(key, place, sealed));
  }

  #derived(purpose: readonly string[]): Uint8Array {
    return this.#held.use((key) => deriveKey(key, purpose));
  }

  #with<T>(purpose: readonly string[], work: (derived: Buffer) => T): T {
    return this.#held.use((key) => withDerivedKey(key, purpose, work));
  }
}
