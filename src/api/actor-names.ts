import type { Application } from '../application/application';
import { ERASED } from '../vault/vault';

/** Stands where an actor's name was forgotten (rule T5). */
export const ERASED_NAME = '(erased)';

/** The names to show for actors: the random id itself where the vault has none. */
export function actorNames({ vault }: Application, ids: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    ids.map(async (id) => {
      const name = await vault.actorName(id);
      return name === ERASED ? ERASED_NAME : (name ?? id);
    }),
  );
}
