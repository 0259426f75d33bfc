import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** So many levels after the thread that answers, which beside it on one processor is a tenth of its time. */
const LEVELS_AFTER = 10;
/** Of the system's levels. */
const LAST_LEVEL = 19;
const THREADS = '/proc/self/task';

/**
 * Lets the thread that answers come before those that the engine has beside it. Four of them look for garbage at the same
 * time, and where there are two processors they would else take both for as long as that lasts. To be called first of
 * all: threads that are made later, such as those that sign and encrypt while somebody waits, keep their level. On
 * other systems than Linux a level is of the whole process, and nothing is done.
 */
export function putHelpersLast(): void {
  if (process.platform !== 'linux') return;
  try {
    const level = Math.min(getPriority() + LEVELS_AFTER, LAST_LEVEL);
    for (const thread of readdirSync(THREADS)) if (Number(thread) !== process.pid) setPriority(Number(thread), level);
  } catch {
    // Where the system does not let it be done, they stay as they are.
  }
}
