import type { DomainEvent } from '../domain/decider';
import { MAX_PARAGRAPH_LENGTH } from '../domain/limits';
import { Refusal } from '../domain/refusal';
import type { KnownEvent } from '../domain/stored-events';
import type { StoredEvent } from '../event-store/event-store';
import type { Vault } from '../vault/vault';
import type { ToStore } from './handle-command';

/** The field that holds a reason of the organisation's own, sealed; in clear it would stand in `reason`. */
const SEALED_REASON = 'sealedReason';

/** What somebody wrote freely, about a person or a policy: a paragraph of whole characters. @throws Refusal REASON_INVALID */
export function assertReason(text: string): void {
  if (text.length > 0 && text.length <= MAX_PARAGRAPH_LENGTH && !/[\0\p{Surrogate}]/u.test(text)) return;
  const message = `A reason has 1 to ${MAX_PARAGRAPH_LENGTH} whole characters without NUL.`;
  throw new Refusal('REASON_INVALID', message, 'words: reason', { path: ['reason'] });
}

/** Seals the reasons of an organisation's events under its key, each to the event's own place (rule I2). */
export function sealingReasons(vault: Pick<Vault, 'organisationKey'>, organisationId: string): ToStore {
  return async (event, { stream, eventId }) => {
    const { reason, ...rest } = fieldsOf(event);
    if (typeof reason !== 'string') return event;
    const key = await vault.organisationKey(organisationId);
    const place = { stream, eventId, type: event.type, field: SEALED_REASON };
    return { type: event.type, data: { ...rest, [SEALED_REASON]: key.seal(place, reason) } };
  };
}

/**
 * An event with the reason in clear that its organisation's key seals, for who may read the organisation's facts; any
 * other event as it is. What a person's key seals stays sealed.
 *
 * @throws SealBroken where vault and log do not belong together, or either was altered
 */
export async function withReasonOpened(
  vault: Pick<Vault, 'organisationKey'>,
  { stream, id: eventId, type, metadata }: StoredEvent,
  event: KnownEvent,
): Promise<KnownEvent> {
  const { [SEALED_REASON]: sealed, ...rest } = fieldsOf(event);
  const { tenant } = metadata;
  if (typeof sealed !== 'string' || typeof tenant !== 'string') return event;
  const key = await vault.organisationKey(tenant);
  const reason = key.open({ stream, eventId, type, field: SEALED_REASON }, sealed);
  return { type: event.type, data: { ...rest, reason } } as KnownEvent;
}

function fieldsOf({ data }: DomainEvent): Readonly<Record<string, unknown>> {
  return data as Readonly<Record<string, unknown>>;
}
