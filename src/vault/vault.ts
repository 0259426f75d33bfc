/**
 * The vault port: what the log must not hold in clear, kept apart from it and mutable, so that it can be forgotten.
 *
 * Every person has a random id, a directory entry found by a keyed hash, and an own key under which their values are
 * sealed; that key is wrapped by a key-encryption key of an epoch, which lives outside the vault. Erasing removes entry
 * and key and leaves a tombstone (rules I2, E1, E2). It is asynchronous throughout because several machines may share one.
 */
export interface Vault {
  /** Random and for ever the same; stands in the log's first event (rule N2). */
  readonly id: string;

  /**
   * The random id of the actor of whom an issuer says this, made when first asked for: the same issuer and claim is the
   * same actor (rule P7), on every node. A name that differs from the one kept replaces it.
   *
   * @throws VaultInputInvalid
   * @throws VaultUnavailable
   */
  actorOf(person: ActorClaim): Promise<string>;

  /** The actor's name; undefined when none was given or there is no such actor; {@link ERASED} when it is forgotten. */
  actorName(actorId: string): Promise<string | typeof ERASED | undefined>;

  /**
   * Forgets an actor's name, claim and key. The same claim makes a new, unconnected actor afterwards (rule E3).
   * Answers what was destroyed, also when asked again; undefined when there is no such actor.
   */
  eraseActor(actorId: string): Promise<Erasure | undefined>;

  /** The organisation's 32 random bytes for keyed hashes (rule I2): made once, the same on every node, never replaced. */
  pepperOf(organisationId: string): Promise<Uint8Array>;

  /** Begins a new epoch with a new key-encryption key and answers its number. What is wrapped from now on is of it. */
  beginEpoch(): Promise<number>;

  /**
   * Wraps up to {@link REWRAP_BATCH} keys of older epochs anew and answers how many those were; 0: none is left, and the
   * older key-encryption keys may be destroyed once the last backup that needs them is (rule E2).
   */
  rewrap(): Promise<number>;

  /** Copies the vault, without the key-encryption keys. @throws VaultBackupExists when the directory holds one */
  backup(toDirectory: string): Promise<void>;

  /** Releases the store. Afterwards every call throws {@link VaultUnavailable}. */
  close(): Promise<void>;
}

/** What an issuer of tokens says about who acts. */
export interface ActorClaim {
  readonly issuer: string;
  /** Compared exactly as it is. */
  readonly claim: string;
  readonly name?: string;
}

/** What an erasure destroyed: the tombstone's content. */
export interface Erasure {
  readonly keyId: string;
  /** Epoch of the key-encryption key that had wrapped the destroyed key. */
  readonly epoch: number;
}

/** Stands where a person's value was forgotten (rule T5). */
export const ERASED = Symbol('erased');

export const PEPPER_BYTES = 32;
/** Longest issuer or claim, in UTF-16 code units. */
export const MAX_CLAIM_LENGTH = 1_000;
export const MAX_ACTOR_NAME_LENGTH = 200;
/** Keys wrapped anew in one transaction, so that a rotation holds nobody up for long. */
export const REWRAP_BATCH = 1_000;

/** A value that no caller may pass. Names which; never repeats it. */
export class VaultInputInvalid extends Error {
  override readonly name = 'VaultInputInvalid';
  readonly code = 'VAULT_INPUT_INVALID';
}

/** The vault did not answer, or is closed. Trying again may help. */
export class VaultUnavailable extends Error {
  override readonly name = 'VaultUnavailable';
  readonly code = 'VAULT_UNAVAILABLE';
}

/** The file is no vault of Samtykke, or one of a newer release, or its content was tampered with. */
export class VaultCorrupt extends Error {
  override readonly name = 'VaultCorrupt';
  readonly code = 'VAULT_CORRUPT';
}

/** There is a vault already where one was to be copied to. Nothing is ever written over it. */
export class VaultBackupExists extends Error {
  override readonly name = 'VaultBackupExists';
  readonly code = 'VAULT_BACKUP_EXISTS';
}

/** A key-encryption key that the vault's content needs is not in the keys directory. Nothing was made in its place. */
export class VaultKeyMissing extends Error {
  override readonly name = 'VaultKeyMissing';
  readonly code = 'VAULT_KEY_MISSING';
  constructor(readonly epoch: number) {
    super(`The vault needs the key-encryption key of epoch ${epoch} (vault-${epoch}.key), which is not there.`);
  }
}

/** The key-encryption key of this epoch is another than the one that the vault was written with. */
export class VaultKeyWrong extends Error {
  override readonly name = 'VaultKeyWrong';
  readonly code = 'VAULT_KEY_WRONG';
  constructor(readonly epoch: number) {
    super(`The key-encryption key of epoch ${epoch} (vault-${epoch}.key) belongs to another vault.`);
  }
}
