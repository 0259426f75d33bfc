/**
 * The driver's code (`SQLITE_FULL`, `SQLITE_BUSY` …) of what it threw; undefined for anything else. Told by the code
 * and not by the class, of which a process has as many as it has module registries.
 */
export function driverCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined;
}

/** True when the file itself is not what a database writes. */
export function tellsDamage(error: unknown): boolean {
  return /^SQLITE_(NOTADB|CORRUPT)/.test(driverCode(error) ?? '');
}
