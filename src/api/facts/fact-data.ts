import { withReasonOpened } from '../../application/written-reasons';
import { canonicalJson } from '../../domain/canonical-json';
import type { KnownEvent } from '../../domain/stored-events';
import type { StoredEvent } from '../../event-store/event-store';
import type { Vault } from '../../vault/vault';

/** Who acted is said by the field of its own, to those who may know; its random id would tie a person's acts together. */
const ABOUT_PERSONS: ReadonlySet<string> = new Set(['author', 'approver', 'publisher', 'importer', 'templateAuthors']);
/** Fields of people's facts that are sealed under the person's key. */
const SEALED = 'reason';
/** Stands where a personal value was forgotten (rule T5). */
const ERASED = { erased: true };

/**
 * An event's data as canonical JSON, without who acted. What is sealed is opened; what was under the key of a person who
 * is erased is told to be so.
 */
export async function factData(vault: Vault, stored: StoredEvent, event: KnownEvent): Promise<string> {
  const { data } = await withReasonOpened(vault, stored, event);
  const shown = Object.fromEntries(Object.entries(data).filter(([name]) => !ABOUT_PERSONS.has(name)));
  const opened = 'subjectId' in data ? await openedReason(vault, stored, data.subjectId, shown[SEALED]) : {};
  return canonicalJson({ ...shown, ...opened });
}

async function openedReason(vault: Vault, stored: StoredEvent, subjectId: string, sealed: unknown) {
  if (typeof sealed !== 'string') return {};
  const key = await vault.subjectKey(subjectId);
  const { stream, id: eventId, type } = stored;
  return { [SEALED]: key ? key.open({ stream, eventId, type, field: SEALED }, sealed) : ERASED };
}
