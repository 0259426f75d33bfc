import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type { LogOpened } from '../domain/log/log.events';
import { decodeEvent } from '../domain/stored-events';
import type { Instant } from '../domain/time';
import { type EventStore, type JsonObject, WrongExpectedVersion } from '../event-store/event-store';
import type { Vault } from '../vault/vault';
import { publicStreamTag } from './handle-command';
import { logStream } from './stream-names';

/** The vault at hand is not the one that belongs to the log: names and keys would not fit (rule N2). */
export class VaultOfAnotherLog extends Error {
  override readonly name = 'VaultOfAnotherLog';
  readonly code = 'VAULT_OF_ANOTHER_LOG';
  constructor() {
    super('This vault belongs to another log. Give the vault that was used when the log was begun.');
  }
}

/** The vault has served a log, and here is none. Another one beside it would take the place of what was lost. */
export class LogMissing extends Error {
  override readonly name = 'LogMissing';
  readonly code = 'LOG_MISSING';
  constructor() {
    super(
      'The vault is in use, but the log is empty: it was lost, or is not where it was. ' +
        'Restore it from a backup; "samtykke restore" keeps the vault that is there. To begin anew, begin with a new vault.',
    );
  }
}

/**
 * Refuses to begin a log anew beside a vault that belongs to one. At the first start both are new.
 * @throws LogMissing StoreUnavailable
 */
export async function assertLogNotLost(store: EventStore, vault: Pick<Vault, 'isUsed'>): Promise<void> {
  // In this order: another node that begins both at the same time has begun the log before it uses the vault.
  if ((await vault.isUsed()) && (await firstFact(store)) === undefined) throw new LogMissing();
}

/**
 * Answers the identity of the log, beginning it when it is empty. Nodes that begin it at the same time agree.
 * @throws VaultOfAnotherLog StoreUnavailable
 */
export async function openLog(store: EventStore, vaultId: string, now: Instant): Promise<string> {
  const opened = (await firstFact(store)) ?? (await begin(store, vaultId, now));
  if (opened.vaultId !== vaultId) throw new VaultOfAnotherLog();
  return opened.logId;
}

/** The identity of a log that was begun before; undefined of one without any event. @throws StoreUnavailable */
export async function knownLogId(store: EventStore): Promise<string | undefined> {
  return (await firstFact(store))?.logId;
}

async function firstFact(store: EventStore): Promise<LogOpened['data'] | undefined> {
  for await (const event of store.readStream(logStream(), { limit: 1 })) {
    return (decodeEvent(event.type, event.metadata.schemaVersion, event.data) as LogOpened).data;
  }
  return undefined;
}

async function begin(store: EventStore, vaultId: string, openedAt: Instant): Promise<LogOpened['data']> {
  const logId = uuidv7();
  const data: LogOpened['data'] = { logId, vaultId, openedAt };
  const metadata = { schemaVersion: 1, streamTag: publicStreamTag(logId, logStream()) };
  const event = { id: uuidv5('LogOpened', logId), type: 'LogOpened', data: { ...data } as JsonObject, metadata };
  try {
    await store.append(logStream(), [event], 0);
    return data;
  } catch (error) {
    const other = error instanceof WrongExpectedVersion ? await firstFact(store) : undefined;
    if (!other) throw error;
    return other;
  }
}
