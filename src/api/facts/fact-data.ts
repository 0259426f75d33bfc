import { canonicalJson } from '../../domain/canonical-json';
import type { KnownEvent } from '../../domain/stored-events';

/** Who acted is said by the field of its own, to those who may know; its random id would tie a person's acts together. */
const ABOUT_PERSONS: ReadonlySet<string> = new Set(['author', 'approver', 'publisher', 'importer', 'templateAuthors']);

/** An event's data as canonical JSON, without anything personal. */
export function factData({ data }: KnownEvent): string {
  return canonicalJson(Object.fromEntries(Object.entries(data).filter(([name]) => !ABOUT_PERSONS.has(name))));
}
