import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_PAGE } from '../vault/vault';
import type { Application } from './application';
import { subjectStream } from './stream-names';

/** Most persons that are looked up in the log itself; whoever has lost more knows enough. */
export const MAX_UNREGISTERED = 1_000;

/**
 * How many people the vault has keys for whom the log never registered, up to {@link MAX_UNREGISTERED}. A crash between
 * the two leaves one now and then; many, after no backup was restored, are what a log that was cut short leaves.
 *
 * @param isApplied tells who a read model has; all others are looked up in the log, at the end, since somebody who is
 *   registered meanwhile stands in the vault first
 * @throws StoreUnavailable
 */
export async function countUnregistered(
  { store, vault }: Pick<Application, 'store' | 'vault'>,
  isApplied: (subjectId: string) => boolean,
  signal: AbortSignal,
): Promise<number> {
  const unknown: string[] = [];
  let after: string | undefined;
  do {
    const page = await vault.subjects(after, MAX_PAGE);
    unknown.push(...page.map(({ id }) => id).filter((id) => !isApplied(id)));
    after = page.length < MAX_PAGE ? undefined : page.at(-1)?.id;
    await nextTurn();
  } while (after !== undefined && unknown.length < MAX_UNREGISTERED && !signal.aborted);
  let count = 0;
  for (const id of unknown.slice(0, MAX_UNREGISTERED)) {
    if (signal.aborted) break;
    if (!(await isInLog(store, id))) count += 1;
  }
  return count;
}

async function isInLog(store: Application['store'], id: string): Promise<boolean> {
  for await (const _ of store.readStream(subjectStream(id), { limit: 1 })) return true;
  return false;
}
