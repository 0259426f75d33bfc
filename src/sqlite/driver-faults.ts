/**
 * The driver's code (`SQLITE_FULL`, `SQLITE_BUSY` …) of what it threw; undefined for anything else. Told by the code
 * and not by the class: the driver keeps that of the first module registry that loaded it, and a process of tests has
 * many.
 */
export function driverCode(error: unknown): string | undefined {
  const code = codeOf(error);
  return code?.startsWith('SQLITE_') ? code : undefined;
}

/** True when the file itself is not what a database writes. */
export function tellsDamage(error: unknown): boolean {
  return /^SQLITE_(NOTADB|CORRUPT)/.test(driverCode(error) ?? '');
}

/** A room's own errors for those of the driver and the file system. */
export interface FileFaults {
  readonly damaged: (code: string) => Error;
  readonly unavailable: (code: string) => Error;
}

/** Any other error is itself. */
export function portErrorOf(error: unknown, { damaged, unavailable }: FileFaults): unknown {
  const code = codeOf(error);
  if (code === undefined || !/^(SQLITE_|E[A-Z]+$)/.test(code)) return error;
  return tellsDamage(error) ? damaged(code) : unavailable(code);
}

/** Runs `work`, turning the driver's and the file system's errors into the room's. */
export function answeringFaults<T>(faults: FileFaults, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw portErrorOf(error, faults);
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
