import { type Connection, openConnection } from './connection';
import { connectionStringFor } from './connection-string';
import { openDriverClient, strayFault } from './driver';
import { guardProcess } from './process-guard';
import type { StoreLog } from './store-log';

/**
 * The one appending connection of this process. The client keeps all pending appends of a process in one bank: with two
 * appending clients, an error on the connection of one rejects the appends of the other.
 */
let shared:
  | { readonly url: string; readonly connection: Connection; users: number; readonly unguard: () => void }
  | undefined;

/** @throws TypeError when the process already appends to another database */
export function acquireAppendingConnection(url: string, log: StoreLog): Connection {
  if (shared !== undefined && shared.url !== url) {
    throw new TypeError('This process already appends to another EventStoreDB. Close that store first.');
  }
  shared ??= openShared(url, log);
  shared.users += 1;
  return shared.connection;
}

/** Every acquisition is released once; the last release closes the connection. */
export async function releaseAppendingConnection(): Promise<void> {
  if (shared === undefined) {
    return;
  }
  shared.users -= 1;
  if (shared.users === 0) {
    const { connection, unguard } = shared;
    shared = undefined;
    await connection.close();
    unguard();
  }
}

function openShared(url: string, log: StoreLog): NonNullable<typeof shared> {
  const connection = openConnection('append', () => openDriverClient(connectionStringFor(url, 'append')), log);
  const unguard = guardProcess(strayFault, (fault) => {
    if (fault === 'late-answer') {
      log('warn', 'The client of the event store lost track of its appends; what is unknown is sent again.', {});
      connection.renewCurrent();
    }
  });
  return { url, connection, users: 0, unguard };
}
