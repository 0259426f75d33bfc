import { once } from 'node:events';
import { join } from 'node:path';
import { commandLine, printed } from '../support/command-line';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';

test('a log may be shared, a data directory is one process’s: a command beside a server is told so', async () => {
  const double = await openEventStoreDbDouble();
  const line = commandLine();
  const environment = { EVENTSTORE_URL: double.url };
  const server = line.start(['serve'], { ...environment, SAMTYKKE_DEMO: '1', SAMTYKKE_PORT: '0' });
  try {
    await printed(server, /\noperator\n {2}\S+\n/);
    const beside = await line.run(['status'], environment);
    expect([beside.code, beside.said]).toEqual([3, expect.stringContaining('DATA_DIRECTORY_LOCKED')]);
    const another = { SAMTYKKE_DATA: join(line.directory, 'another'), SAMTYKKE_VAULT_URL: vaultOf(line.directory) };
    const keys = { SAMTYKKE_KEYS_DIR: join(line.directory, 'data', 'keys') };
    const apart = await line.run(['status'], { ...environment, ...another, ...keys });
    expect([apart.code, apart.out.toString()]).toEqual([0, expect.stringContaining('organisations  2')]);
  } finally {
    const closed = once(server, 'close');
    server.kill('SIGTERM');
    await closed;
    await double.close();
    line.remove();
  }
}, 60_000);

const vaultOf = (directory: string) => `file:${join(directory, 'data', 'vault.db')}`;
