import { MAX_SUBJECTS_AT_ONCE } from '../vault/vault';
import type { Application, RequestContext } from './application';
import { destroy, forgetElsewhere, VaultLacksSubjects } from './erasure-outcomes';
import { personOf } from './persons';

/** A person of the log, as a read model knows them. */
export interface LoggedSubject {
  readonly id: string;
  readonly erased: boolean;
}

export interface Reconciled {
  /** Erased in the log, and still in the vault: an older vault was put back. */
  readonly forgotten: number;
  /** Forgotten by the vault, and the log did not say so: an older log was put back, or the end was cut short. */
  readonly recorded: number;
}

/**
 * Makes log and vault agree about who is erased, at every start and restore (rule E2). Whoever is erased on one side is
 * erased on both.
 *
 * @param logged every person of the log, in whatever order
 * @throws VaultLacksSubjects persons who are not erased and of whom the vault knows neither key nor erasure; nothing was
 *   changed for them, and the node must not start
 */
export async function reconcileVault(
  app: Application,
  request: RequestContext,
  logged: Iterable<LoggedSubject> | AsyncIterable<LoggedSubject>,
): Promise<Reconciled> {
  const count = { forgotten: 0, recorded: 0, missing: 0 };
  let batch: LoggedSubject[] = [];
  for await (const subject of logged) {
    batch.push(subject);
    if (batch.length < MAX_SUBJECTS_AT_ONCE) continue;
    await reconcile(app, request, batch, count);
    batch = [];
  }
  await reconcile(app, request, batch, count);
  const { missing, ...reconciled } = count;
  if (missing > 0) throw new VaultLacksSubjects(missing);
  return reconciled;
}

async function reconcile(
  app: Application,
  request: RequestContext,
  batch: readonly LoggedSubject[],
  count: { forgotten: number; recorded: number; missing: number },
): Promise<void> {
  if (batch.length === 0) return;
  const states = await app.vault.subjectStates(batch.map(({ id }) => id));
  for (const [index, { id, erased }] of batch.entries()) {
    const state = states[index];
    if (erased) {
      if (state !== 'KEPT') continue;
      await forgetElsewhere(app, id);
      await app.vault.eraseSubject(id);
      count.forgotten += 1;
    } else if (state === 'ERASED') {
      await destroy(app, request, await personOf(app, id));
      count.recorded += 1;
    } else if (state !== 'KEPT') {
      count.missing += 1;
    }
  }
}
