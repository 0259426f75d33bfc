import { setFlagsFromString } from 'node:v8';

/**
 * How much the heap may grow, in percent of what was alive, until all of it is looked through again. The engine's own
 * pace comes down to a fifth of it where little is allocated, and then a server of thousands looks through everything
 * every few seconds; a collection takes time from whoever waits for an answer.
 */
const GROWTH_PERCENT = 150;

/**
 * Sets the engine's memory for a process that thousands stay connected to, once, before it serves. What a burst of
 * thousands keeps for a moment teaches the engine to put everything of its kind among the long-lived, where it stays
 * until the next look through the whole heap: so it is told not to learn that. A command that runs and ends needs
 * neither. The figures are in docs/benchmarks.md; the settings are V8's, by `v8.setFlagsFromString` of Node.
 */
export function settleEngineMemory(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
