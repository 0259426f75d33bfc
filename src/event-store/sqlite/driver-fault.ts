import { driverCode } from '../../sqlite/driver-faults';
import { StoreUnavailable } from '../event-store';

/** Names the driver's fault by its code and keeps everything else as it is: no driver error leaves the adapter bare. */
export function withoutDriver(error: unknown): unknown {
  const code = driverCode(error);
  return code === undefined ? error : new StoreUnavailable(`The log answered ${code}.`, { cause: error });
}
