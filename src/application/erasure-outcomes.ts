import { v5 as uuidv5 } from 'uuid';
import { Refusal } from '../domain/refusal';
import type { SubjectCommand } from '../domain/subject/subject.commands';
import { holdStands, isErased, type Subject } from '../domain/subject/subject.state';
import { parseLocalDate } from '../domain/time';
import type { Position } from '../event-store/event-store';
import { subjects } from './aggregate';
import type { Application, RequestContext } from './application';
import { handleCommand } from './handle-command';
import { personOf, streamTagOf } from './persons';

/** Neither key nor tombstone: the vault at hand is not the one that knew this person (rule E2). */
export class VaultLacksSubjects extends Error {
  override readonly name = 'VaultLacksSubjects';
  readonly code = 'VAULT_LACKS_SUBJECTS';
  constructor(readonly count: number) {
    super(`The vault knows nothing of ${count} person${count === 1 ? '' : 's'} of the log. Restore its latest backup.`);
  }
}

/**
 * Carries out an erasure that was decided, as soon as no hold stands, or goes on with one that was begun (rule E1). An
 * account takes the anonymous persons with it that are it (rule D7).
 *
 * @returns where the outcome stands; undefined while there is nothing to carry out, or a hold makes it wait
 */
export async function carryOutErasure(
  app: Application,
  request: RequestContext,
  subjectId: string,
): Promise<Position | undefined> {
  const person = await personOf(app, subjectId);
  if (!(await mayBegin(app, person))) return undefined;
  try {
    await command(app, request, person, 'start', { type: 'StartErasure', at: app.now() });
  } catch (error) {
    // Placed between the two: the stream's own order decides.
    if (error instanceof Refusal && error.code === 'LEGAL_HOLD_STANDS') return undefined;
    throw error;
  }
  return finishErasure(app, request, subjectId);
}

async function mayBegin(app: Application, person: Subject): Promise<boolean> {
  if (isErased(person)) return true;
  if (person.linkedTo !== undefined) return isErased(await personOf(app, person.linkedTo));
  if (person.erasure !== 'DECIDED') return false;
  const linked = await Promise.all(person.linked.map((id) => personOf(app, id)));
  return ![person, ...linked].some((each) => !isErased(each) && holdStands(each, app.now()));
}

/**
 * Goes on with an erasure that was begun: the person's row and key, then the outcome (rule E1). Done again it changes
 * nothing, on whichever node. @throws VaultLacksSubjects
 */
export async function finishErasure(
  app: Application,
  request: RequestContext,
  subjectId: string,
): Promise<Position | undefined> {
  const person = await personOf(app, subjectId);
  if (!isErased(person)) return undefined;
  for (const anonymousId of person.linked) await carryOutErasure(app, request, anonymousId);
  return destroy(app, request, person);
}

/** Forgets a person in the vault and records what was destroyed, also where the log did not know of it (rule E2). */
export async function destroy(app: Application, request: RequestContext, person: Subject): Promise<Position> {
  await forgetElsewhere(app, person.subjectId);
  const erasure = await app.vault.eraseSubject(person.subjectId);
  if (!erasure) throw new VaultLacksSubjects(1);
  const { keyId, epoch } = erasure;
  const finalOn = parseLocalDate(erasure.finalOn);
  return command(app, request, person, 'outcome', { type: 'FinishErasure', at: app.now(), keyId, epoch, finalOn });
}

/** Removes what stands neither in the log nor in the vault: records of logins and deliveries, prepared files. */
export async function forgetElsewhere(app: Application, subjectId: string): Promise<void> {
  await app.records?.removeSubjects([subjectId]);
  for (const forget of app.forgetting) await forget(subjectId);
}

/** An erasure has one start and one outcome, whichever nodes carry it out: their ids follow from the person's. */
async function command(
  app: Application,
  request: RequestContext,
  { subjectId, organisationId }: Subject,
  step: 'start' | 'outcome',
  asked: SubjectCommand,
): Promise<Position> {
  // As the stream's events say it themselves: the key may be gone (rule L1).
  const origin = { organisationId, request, streamTag: await streamTagOf(app, subjectId, undefined) };
  const identity = { commandId: uuidv5(`erasure ${step}`, subjectId) };
  return (await handleCommand(app, subjects, subjectId, origin, { identity, command: asked })).position;
}
