/**
 * The vault port: what the log must not hold in clear, kept apart from it and mutable, so that it can be forgotten.
 *
 * Every person has a random id, a directory entry found by a keyed hash, and an own key under which their values are
 * sealed; that key is wrapped by a key-encryption key of an epoch, which lives outside the vault. Erasing removes entry
 * and key and leaves a tombstone (rules I2, E1, E2). It is asynchronous throughout because several machines may share one.
 * Every call may throw {@link VaultUnavailable}, and {@link VaultCorrupt} where what it finds was altered.
 */
export interface Vault {
  /** Random and for ever the same; stands in the log's first event (rule N2). */
  readonly id: string;

  /** True once it holds a person, an organisation's pepper or a tombstone: there is, or was, a log that goes with it. */
  isUsed(): Promise<boolean>;

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

  /**
   * The organisation's own key, for what its members write freely and no person's key covers (rule I2). It lives as long
   * as the pepper that it comes from: erasing a person does not touch it.
   */
  organisationKey(organisationId: string): Promise<FieldSeals>;

  /**
   * The person whom an organisation knows by this id of its own, compared exactly; made, with a key, when first asked
   * for. However many ask at once, on however many nodes, all get one id, and one of them `created`.
   *
   * @throws VaultInputInvalid unless it is 1 to {@link MAX_EXTERNAL_ID_LENGTH} whole characters without NUL
   */
  subjectOf(organisationId: string, externalId: string): Promise<KnownSubject>;

  /**
   * The same for up to {@link MAX_SUBJECTS_AT_ONCE}, in their order, in one transaction: all or none. The second of two
   * equal ids is the first one's subject.
   *
   * @throws VaultInputInvalid
   */
  subjectsOf(organisationId: string, externalIds: readonly string[]): Promise<readonly KnownSubject[]>;

  /** The ids of those that there are, undefined for the others, up to {@link MAX_SUBJECTS_AT_ONCE} in their order. */
  findSubjects(organisationId: string, externalIds: readonly string[]): Promise<readonly (string | undefined)[]>;

  /**
   * Makes the key of a person who has no external id. The caller chooses the id, a UUID; again it changes nothing.
   * {@link ERASED}: there was such a person, who is forgotten and stays so.
   *
   * @throws VaultInputInvalid also when the id is an actor's
   */
  addAnonymousSubject(subjectId: string): Promise<{ readonly created: boolean } | typeof ERASED>;

  /** External ids, up to {@link MAX_SUBJECTS_AT_ONCE} in their order; undefined for the anonymous and the unknown. */
  externalIdsOf(subjectIds: readonly string[]): Promise<readonly (string | typeof ERASED | undefined)[]>;

  /** A person's key, not to be kept; undefined when there is none, and {@link subjectStates} says why. */
  subjectKey(subjectId: string): Promise<SubjectKey | undefined>;

  /** Whether there is a key, up to {@link MAX_SUBJECTS_AT_ONCE} in their order. */
  subjectStates(subjectIds: readonly string[]): Promise<readonly SubjectState[]>;

  /**
   * Forgets a person's external id and key in one transaction, leaves a tombstone, and empties the write-ahead log. The
   * same external id makes a new, unconnected person afterwards (rule E3). Answers the same when asked again; undefined
   * when there is no such person. Other nodes may hold the key for {@link KEY_LIFE_MS} more (rule E1).
   *
   * @throws VaultUnavailable also when a reader keeps the write-ahead log from being emptied: ask again
   */
  eraseSubject(subjectId: string): Promise<SubjectErasure | undefined>;

  /**
   * Persons who have a key, by id, those after `after`: what every start compares with the log (rule E2).
   *
   * @param limit at most {@link MAX_PAGE}
   */
  subjects(after: string | undefined, limit: number): Promise<readonly SubjectEntry[]>;

  /** Persons who were erased, in the same way. */
  tombstones(after: string | undefined, limit: number): Promise<readonly Tombstone[]>;

  /**
   * Begins a new epoch with a new key-encryption key and answers its number. What is wrapped from now on is of it.
   *
   * @throws VaultEpochTooYoung when the last one began less than {@link EPOCH_MIN_LIFE_MS} ago (rule E2)
   */
  beginEpoch(): Promise<number>;

  /**
   * Wraps up to {@link REWRAP_BATCH} keys of older epochs anew and answers how many those were; 0: none is left, and the
   * older epochs are no longer in use.
   */
  rewrap(): Promise<number>;

  /** Every epoch, oldest first. */
  epochs(): Promise<readonly Epoch[]>;

  /**
   * Destroys the key-encryption keys of the epochs that have been out of use for {@link BACKUP_WINDOW_MS}, and says
   * which. A backup that is older cannot be restored afterwards, and whoever was erased is beyond reach (rule E2). Every
   * node calls it, since each forgets in its own memory, too.
   */
  destroyUnusedKeys(): Promise<readonly number[]>;

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

export interface KnownSubject {
  /** A random UUID. */
  readonly id: string;
  /** Whether this call made it. */
  readonly created: boolean;
}

export interface SubjectEntry {
  readonly id: string;
  readonly keyId: string;
  readonly anonymous: boolean;
}

/** KEPT: there is a key. ABSENT: there never was one, as far as this vault knows. */
export type SubjectState = 'KEPT' | 'ERASED' | 'ABSENT';

export interface SubjectErasure extends Erasure {
  /** When the first call destroyed it. */
  readonly erasedAtMs: number;
  /** Day in UTC, "2024-03-31", on which no backup within the window can bring the person back (rule E2). */
  readonly finalOn: string;
}

export interface Tombstone extends SubjectErasure {
  readonly id: string;
}

/**
 * What a person's key can do. It is good for {@link KEY_HANDLE_MS} at least; afterwards, and once the person is erased,
 * every use throws {@link SubjectKeyGone}. So ask for it anew in each command, and never keep it.
 */
export interface SubjectKey extends FieldSeals {
  readonly keyId: string;
  /** Epoch of the key-encryption key that wrapped it when it was read. */
  readonly epoch: number;
  /** 32 bytes for keyed hashes: the ids and digests of commands about the person (rule I2). A copy for each reader. */
  readonly commandKey: Uint8Array;
  /** HMAC(salt, stream) in base64url: what the ledger knows a stream of the person by (rule L1). */
  streamTag(stream: string): string;
  /** The salt of the tags, 32 bytes, with which an outsider computes them anew. It opens nothing. A copy for each reader. */
  readonly streamSalt: Uint8Array;
  /** The key of one sealed field, 32 bytes: it opens that field and no other (rule E4). A copy for each reader. */
  fieldKey(place: FieldPlace): Uint8Array;
}

/** Seals fields of events, and opens them. */
export interface FieldSeals {
  /**
   * Encrypts a text under a key of its own (rule E4), bound to where it stands; base64url.
   *
   * @throws VaultInputInvalid when it is longer than {@link MAX_SEALED_TEXT_LENGTH} or holds half a character
   */
  seal(place: FieldPlace, text: string): string;
  /** @throws SealBroken when it is another place's, under another key, altered, or no seal at all */
  open(place: FieldPlace, sealed: string): string;
}

/** Where a sealed field stands in the log. Each 1 to {@link MAX_PLACE_LENGTH} characters. */
export interface FieldPlace {
  readonly stream: string;
  readonly eventId: string;
  readonly type: string;
  readonly field: string;
}

/** The time of one key-encryption key. Times in milliseconds since 1970. */
export interface Epoch {
  readonly epoch: number;
  /** Undefined: it began under a release that did not note it. */
  readonly begunAtMs: number | undefined;
  /** Since when it is known that it wraps nothing in the vault; older backups may still need it. */
  readonly unusedSinceMs: number | undefined;
  readonly destroyedAtMs: number | undefined;
  /** Whether it wrapped the key of a person or an actor that was erased. */
  readonly hasErasures: boolean;
}

/** Stands where a person's value was forgotten (rule T5). */
export const ERASED = Symbol('erased');

export const PEPPER_BYTES = 32;
/** Longest issuer or claim, in UTF-16 code units. */
export const MAX_CLAIM_LENGTH = 1_000;
export const MAX_ACTOR_NAME_LENGTH = 200;
/** Keys wrapped anew in one transaction, so that a rotation holds nobody up for long. */
export const REWRAP_BATCH = 200;

/** Longest id that a product gives a person, in UTF-16 code units. */
export const MAX_EXTERNAL_ID_LENGTH = 500;
export const MAX_SUBJECTS_AT_ONCE = 1_000;
export const MAX_PAGE = 1_000;
/** Longest sealed field, in UTF-16 code units. */
export const MAX_SEALED_TEXT_LENGTH = 20_000;
export const MAX_PLACE_LENGTH = 200;
/** A person's key stays in a process's memory for so long at most (rule E1). */
export const KEY_LIFE_MS = 60_000;
/** Whoever was given a key may use it for so long at least, unless the person is erased. */
export const KEY_HANDLE_MS = 30_000;
/** Keys held at once, those read last. */
export const MAX_KEYS_HELD = 10_000;
/** The key-encryption key is replaced at most daily (rule E2). */
export const EPOCH_MIN_LIFE_MS = 24 * 3_600_000;
/** No backup of the vault is kept longer, and no unused key-encryption key less long (rule E2). */
export const BACKUP_WINDOW_MS = 30 * 24 * 3_600_000;

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

/** The epoch is less than a day old: it is replaced at most daily (rule E2). */
export class VaultEpochTooYoung extends Error {
  override readonly name = 'VaultEpochTooYoung';
  readonly code = 'VAULT_EPOCH_TOO_YOUNG';
  constructor(
    readonly epoch: number,
    /** From when a new one may begin, in milliseconds since 1970. */
    readonly replaceableFromMs: number,
  ) {
    super(
      `Epoch ${epoch} may be replaced from ${new Date(replaceableFromMs).toISOString()} on; at most one begins a day.`,
    );
  }
}

/** The person was erased meanwhile, or the key was held for too long. Load again; ask for the key anew. */
export class SubjectKeyGone extends Error {
  override readonly name = 'SubjectKeyGone';
  readonly code = 'SUBJECT_KEY_GONE';
}
