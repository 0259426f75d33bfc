import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import type { Vault } from '../../src/vault/vault';

/** A log has one vault for ever; that of a real server's log is kept beside it, by the server's address. */
export function vaultBeside(url: string): Promise<Vault> {
  const directory = join(tmpdir(), `samtykke-test-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`);
  const keys = keyEncryptionKeyFiles(directory, () => undefined);
  return openSqliteVault({ path: join(directory, 'vault.db'), keys });
}
