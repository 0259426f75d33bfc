import { v7 as uuidv7 } from 'uuid';
import { addMs, epochMsOf } from '../domain/time';
import type { Records, RemovedRecords } from '../records/records';
import { organisations } from './aggregate';
import type { Application, RequestContext } from './application';
import { handleCommand } from './handle-command';
import { organisationOf } from './organisations';

const DAY_MS = 86_400_000;

/**
 * Removes the logins and deliveries of an organisation's people that are older than it keeps them, and records how many
 * those were (rules R4, L2). To be done at least daily. @throws NotFound
 */
export async function removeExpiredRecords(
  app: Application,
  request: RequestContext,
  records: Pick<Records, 'removeBefore'>,
  organisationId: string,
): Promise<RemovedRecords> {
  const { retention } = await organisationOf(app, organisationId);
  const at = app.now();
  const before = addMs(at, -retention.loginAndDeliveryDays * DAY_MS);
  const removed = await records.removeBefore(organisationId, epochMsOf(before));
  const command = { type: 'RecordRemoval', at, before, ...removed } as const;
  const identity = { commandId: uuidv7() };
  await handleCommand(app, organisations, organisationId, { organisationId, request }, { identity, command });
  return removed;
}
