import { v5 as uuidv5 } from 'uuid';
import { Refusal } from '../domain/refusal';
import { accountErased } from '../domain/subject/subject.refusals';
import { isErased } from '../domain/subject/subject.state';
import type { Position } from '../event-store/event-store';
import { subjects } from './aggregate';
import type { Application, RequestContext, Written } from './application';
import { carryOutErasure } from './erasure-outcomes';
import { handleCommand } from './handle-command';
import { NotFound } from './not-found';
import { commandPerson, personOf, streamTagOf } from './persons';

export interface Link {
  readonly anonymousId: string;
  readonly accountId: string;
}

/**
 * Says that an anonymous person is an account of the same organisation (rule D7). The anonymous person's stream decides,
 * once; the account's mirrors it. What fails between the two is made good by the next call, or by {@link mendLinks}.
 *
 * @throws Refusal NotFound
 */
export async function linkSubject(app: Application, request: RequestContext, input: Link): Promise<Written> {
  const { anonymousId, accountId } = input;
  const account = await personOf(app, accountId);
  const { organisationId } = await personOf(app, anonymousId);
  if (account.organisationId !== organisationId) throw new NotFound('subject');
  const asked = { subjectId: anonymousId, operation: 'subjectLink', input };
  await commandPerson(app, request, asked, async () => {
    const { anonymous, erasure } = await personOf(app, accountId);
    return { type: 'LinkSubject', at: app.now(), account: { id: accountId, anonymous, erased: isErased({ erasure }) } };
  });
  const position = await mirrorLink(app, request, anonymousId);
  if (!position) throw accountErased();
  return { id: accountId, position };
}

/** Mirrors in their accounts the links that these anonymous persons' streams hold; answers how many accounts have it. */
export async function mendLinks(
  app: Application,
  request: RequestContext,
  anonymousIds: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  let mended = 0;
  for await (const anonymousId of anonymousIds) {
    if (await mirrorLink(app, request, anonymousId)) mended += 1;
  }
  return mended;
}

/** Undefined: the account was erased before it knew of the link, and the anonymous person goes with it (rule D7). */
async function mirrorLink(
  app: Application,
  request: RequestContext,
  anonymousId: string,
): Promise<Position | undefined> {
  const { linkedTo: accountId, linkedAt, organisationId } = await personOf(app, anonymousId);
  if (accountId === undefined || linkedAt === undefined) return undefined;
  // One account has this link once, whichever node writes it.
  const identity = { commandId: uuidv5(`link/${anonymousId}`, accountId) };
  const streamTag = await streamTagOf(app, accountId, await app.vault.subjectKey(accountId));
  const command = { type: 'ReceiveLink', at: app.now(), anonymousId, linkedAt } as const;
  try {
    const origin = { organisationId, request, streamTag };
    return (await handleCommand(app, subjects, accountId, origin, { identity, command })).position;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'SUBJECT_ERASED') throw error;
    await carryOutErasure(app, request, anonymousId);
    return undefined;
  }
}
