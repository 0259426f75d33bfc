import type Database from 'better-sqlite3';
import { erasureFinalOn } from '../erasure-finality';
import type { KeyEncryptionKeys } from '../key-encryption-keys';
import { SealBroken, seal, unseal } from '../sealed-box';
import {
  BACKUP_WINDOW_MS,
  EPOCH_MIN_LIFE_MS,
  type Epoch,
  VaultCorrupt,
  VaultEpochTooYoung,
  VaultKeyMissing,
  VaultKeyWrong,
} from '../vault';

/** The times of one vault's key-encryption keys. What writes is called within a transaction. */
export interface Epochs {
  /** Ask within the transaction that uses it, so that no epoch begins in between. */
  newest(): number;
  /** Those that may still wrap something, the newest first. */
  inUse(): readonly number[];
  /** @throws VaultKeyMissing */
  keyOf(epoch: number): Uint8Array;
  /** @throws VaultEpochTooYoung */
  begin(): number;
  /** Notes which older epochs wrap nothing any more. */
  noteUnused(): void;
  list(): readonly Epoch[];
  /** The day on which somebody erased at this time is beyond reach. */
  finalOn(erasedAtMs: number, epoch: number): string;
  destroyUnused(): readonly number[];
}

interface EpochRow {
  readonly epoch: number;
  readonly begunAt: number | null;
  readonly unusedSince: number | null;
  readonly destroyedAt: number | null;
  readonly hasErasures: number;
}

const PROOF = Buffer.from('samtykke vault', 'utf8');
const IN_USE = `(
  each.epoch = (SELECT max(epoch) FROM epochs)
  OR EXISTS (SELECT 1 FROM directory WHERE kind IN ('actor', 'subject') AND directory.epoch = each.epoch)
  OR EXISTS (SELECT 1 FROM peppers WHERE peppers.epoch = each.epoch)
)`;

/**
 * The epochs of the vault with this id; the first one begins where there is none.
 *
 * @throws VaultKeyMissing when any epoch in use has no key
 * @throws VaultKeyWrong when a key is of another vault
 */
export function openEpochs(
  database: Database.Database,
  vaultId: string,
  { keys, nowMs }: { keys: KeyEncryptionKeys; nowMs: () => number },
): Epochs {
  const newestOrNone = database.prepare<[], number | null>('SELECT max(epoch) FROM epochs').pluck();
  const inUse = database
    .prepare<[], number>('SELECT epoch FROM epochs WHERE unused_since IS NULL ORDER BY epoch DESC')
    .pluck();
  const insert = database.prepare<[number, Uint8Array, number | null, number | null]>(
    'INSERT INTO epochs (epoch, proof, begun_at, unused_since) VALUES (?, ?, ?, ?)',
  );
  const all = database.prepare<[], EpochRow>(`
    SELECT epoch, begun_at AS begunAt, unused_since AS unusedSince, destroyed_at AS destroyedAt,
           EXISTS (SELECT 1 FROM tombstones WHERE tombstones.epoch = each.epoch) AS hasErasures
    FROM epochs AS each ORDER BY epoch`);
  const begunAt = database.prepare<[number], number | null>('SELECT begun_at FROM epochs WHERE epoch = ?').pluck();
  const noteUnused = database.prepare<[number]>(
    `UPDATE epochs AS each SET unused_since = ? WHERE unused_since IS NULL AND NOT ${IN_USE}`,
  );
  const gone = database.prepare<[number], { epoch: number; destroyedAt: number | null }>(`
    SELECT epoch, destroyed_at AS destroyedAt FROM epochs AS each
    WHERE (destroyed_at IS NOT NULL OR unused_since <= ?) AND NOT ${IN_USE} ORDER BY epoch`);
  const noteDestroyed = database.prepare<[number, number]>('UPDATE epochs SET destroyed_at = ? WHERE epoch = ?');

  const keyOf = (epoch: number): Uint8Array => {
    const key = keys.ofEpoch(epoch);
    if (key === undefined) throw new VaultKeyMissing(epoch);
    return key;
  };
  const newest = (): number => {
    const epoch = newestOrNone.get();
    if (typeof epoch !== 'number') throw new VaultCorrupt('The vault has no epoch.');
    return epoch;
  };
  /** Keys that a vault restored from a backup does not know wrapped newer backups: they end like all others. */
  const adopt = (from: number, to: number): void => {
    for (let epoch = from; epoch < to; epoch += 1) {
      const key = keys.ofEpoch(epoch);
      if (key !== undefined) insert.run(epoch, proofOf(key, vaultId, epoch), null, nowMs());
    }
  };

  if (newestOrNone.get() === null) {
    const { epoch, key } = keys.first();
    insert.run(epoch, proofOf(key, vaultId, epoch), nowMs(), null);
  }
  checkEpochsInUse(database, vaultId, keyOf);

  return {
    newest,
    inUse: () => inUse.all(),
    keyOf,
    begin() {
      const last = newest();
      refuseTooYoung(last, begunAt.get(last) ?? undefined, nowMs());
      const { epoch, key } = keys.add();
      adopt(last + 1, epoch);
      insert.run(epoch, proofOf(key, vaultId, epoch), nowMs(), null);
      return epoch;
    },
    noteUnused() {
      noteUnused.run(nowMs());
    },
    list: () => all.all().map(epochIn),
    finalOn: (erasedAtMs, epoch) => erasureFinalOn(erasedAtMs, begunAt.get(epoch) ?? undefined),
    destroyUnused() {
      const rows = gone.all(nowMs() - BACKUP_WINDOW_MS);
      for (const { epoch, destroyedAt } of rows) {
        keys.destroy(epoch);
        if (destroyedAt === null) noteDestroyed.run(nowMs(), epoch);
      }
      return rows.filter(({ destroyedAt }) => destroyedAt === null).map(({ epoch }) => epoch);
    },
  };
}

function epochIn({ epoch, begunAt, unusedSince, destroyedAt, hasErasures }: EpochRow): Epoch {
  return {
    epoch,
    begunAtMs: begunAt ?? undefined,
    unusedSinceMs: unusedSince ?? undefined,
    destroyedAtMs: destroyedAt ?? undefined,
    hasErasures: hasErasures === 1,
  };
}

/** An epoch that began more than a day ahead of this clock was begun by a clock that was wrong: it holds nobody up. */
function refuseTooYoung(epoch: number, begunAtMs: number | undefined, nowMs: number): void {
  if (begunAtMs !== undefined && Math.abs(nowMs - begunAtMs) < EPOCH_MIN_LIFE_MS) {
    throw new VaultEpochTooYoung(epoch, begunAtMs + EPOCH_MIN_LIFE_MS);
  }
}

function proofOf(key: Uint8Array, vaultId: string, epoch: number): Buffer {
  return seal(key, PROOF, [vaultId, 'epoch', String(epoch)]);
}

/** Epochs that nothing is wrapped with any more may have lost their key (rule E2); all others are checked at the start. */
function checkEpochsInUse(database: Database.Database, vaultId: string, keyOf: (epoch: number) => Uint8Array): void {
  const inUse = database.prepare<[], { epoch: number; proof: Uint8Array }>(
    `SELECT epoch, proof FROM epochs AS each WHERE ${IN_USE} ORDER BY epoch`,
  );
  for (const { epoch, proof } of inUse.all()) {
    const key = keyOf(epoch);
    try {
      unseal(key, proof, [vaultId, 'epoch', String(epoch)]);
    } catch (error) {
      throw error instanceof SealBroken ? new VaultKeyWrong(epoch) : error;
    }
  }
}
