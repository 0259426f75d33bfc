import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../event-store';
import { connectionStringFor, readConnectionString } from './connection-string';
import { openProjectionClient, type ProjectionClient, type ProjectionStatus } from './driver';
import { DriverFault } from './driver-fault';
import { StoreAccessDenied } from './store-errors';

export interface DeployedProjection {
  readonly name: string;
  /** The server's own word and, where it gives one, its reason. */
  readonly status: string;
  /** Running. A projection whose source does not compile exists all the same, and is faulted. */
  readonly ok: boolean;
}

/** Keeps our projections apart from others in the same database. */
const NAME_PREFIX = 'samtykke-';

/** Longest a projection may take to say whether it runs. */
const START_LIMIT_MS = 30_000;
const ASK_AGAIN_MS = 100;

/**
 * Deploys every `.js` file of a directory as a continuous projection that emits nothing. One that is there already
 * gets the new source and begins again from the start of the log: an update alone would keep the state of the old one.
 *
 * @throws StoreUnavailable
 * @throws StoreAccessDenied projections are managed by administrators ($ops)
 */
export async function deployProjections(url: string, directory: string): Promise<readonly DeployedProjection[]> {
  readConnectionString(url);
  const files = (await readdir(directory)).filter((file) => extname(file) === '.js').toSorted();
  const client = openProjectionClient(connectionStringFor(url, 'read'));
  try {
    const present = await client.names();
    const deployed: DeployedProjection[] = [];
    for (const file of files) {
      const name = NAME_PREFIX + basename(file, '.js');
      const source = await readFile(join(directory, file), 'utf8');
      await (present.includes(name) ? client.replace(name, source) : client.create(name, source));
      const { state, reason } = await settledStatus(client, name);
      const status = reason === '' ? state : `${state} (${reason})`;
      deployed.push({ name, status, ok: state === 'Running' });
    }
    return deployed;
  } catch (error) {
    throw error instanceof DriverFault ? refusalOf(error) : error;
  } finally {
    await client.dispose();
  }
}

async function settledStatus(client: ProjectionClient, name: string): Promise<ProjectionStatus> {
  const started = performance.now();
  for (;;) {
    const status = await client.status(name);
    const isSettled = status.state === 'Running' || status.state === 'Faulted';
    if (isSettled || performance.now() - started > START_LIMIT_MS) {
      return status;
    }
    await sleep(ASK_AGAIN_MS);
  }
}

function refusalOf(fault: DriverFault): Error {
  return fault.kind === 'denied'
    ? new StoreAccessDenied('The user of EVENTSTORE_URL may not manage projections (docs/eventstoredb.md).')
    : new StoreUnavailable(`The event store failed (${fault.kind}: ${fault.message}).`);
}
