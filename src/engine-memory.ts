import { setFlagsFromString } from 'node:v8';

/**
 * Settings of the engine's memory, made once, before the work begins: how much the heap may grow, in percent of what was
 * alive, until all of it is looked through again. They are V8's, by `v8.setFlagsFromString` of Node; the figures are in
 * docs/benchmarks.md.
 */

/** At a third more, looking for garbage would be a tenth of an import. */
const SMALL_GROWTH_PERCENT = 80;
/** The engine's own pace comes down to a fifth where little is kept, and looking takes time from whoever waits. */
const SERVER_GROWTH_PERCENT = 150;

/** Of a command that reads much and is soon over. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${SMALL_GROWTH_PERCENT}`);
}

/**
 * Of a process that thousands stay connected to. What a burst of them keeps for a moment teaches the engine to put
 * everything of its kind among the long-lived, where it stays until the next look through the whole heap: so it is told
 * not to learn that (decision 0008).
 */
export function giveServerRoom(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString(`--heap-growing-percent=${SERVER_GROWTH_PERCENT}`);
}
