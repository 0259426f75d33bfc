import { StoreUnavailable } from '../event-store';

/**
 * The driver's code (`SQLITE_FULL`, `SQLITE_BUSY` …) of what it threw; undefined for anything else.
 *
 * Told by the code, since the driver keeps the error class of the first module registry that loaded it, and a second
 * one in the same process, as test runners have, would not know its own errors.
 */
export function driverCode(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code.startsWith('SQLITE_') ? error.code : undefined;
  }
  return undefined;
}

/** Names the driver's fault by its code and keeps everything else as it is: no driver error leaves the adapter bare. */
export function withoutDriver(error: unknown): unknown {
  const code = driverCode(error);
  return code === undefined ? error : new StoreUnavailable(`The log answered ${code}.`, { cause: error });
}
