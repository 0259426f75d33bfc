import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of this release, from the package it was installed as; `unknown` where the code stands alone. */
export function softwareVersion(from: string = __dirname): string {
  const file = join(from, 'package.json');
  if (existsSync(file)) {
    const { name, version }: { name?: unknown; version?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
    if (name === 'samtykke' && typeof version === 'string') return version;
  }
  return dirname(from) === from ? 'unknown' : softwareVersion(dirname(from));
}
