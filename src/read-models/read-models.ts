import type { Retention } from '../domain/organisation/organisation.events';
import type { Change, ContentRef, ImportSource, PolicyKind, Roots, TextFlag } from '../domain/policy/policy.events';
import type { LocalisedText, ProcessingStatement } from '../domain/policy/processing-statement';
import type { Instant, LocalDate, TimeZone } from '../domain/time';
import type { Position } from '../event-store/event-store';
import type { PeopleQueries } from './people';
import type { ChangeFilter, ChangeSource, PolicyChangesPage, PolicyChangesRange } from './policy-changes';
import type { PopulationTables } from './population';

/**
 * The questions that the read models answer. Every answer is computed on one prefix of the log, the one handed in
 * (rule S1), so that several answers of one operation know the same facts. All functions are synchronous; none reads
 * a clock. Lists are keyed by ordinals: `after` is the `n` of the last row seen.
 */
export interface ReadModels extends PeopleQueries, PopulationTables {
  /** What this node has applied: the prefix of every answer that asks for none. */
  applied(): Prefix;

  /** Finds the prefix that ends with a position, or says why there is none. */
  findPosition(text: string): PositionFound;
  /** The prefix that ends with an event; undefined when this node has applied no event of that position. */
  prefixAtPosition(position: Position): Prefix | undefined;
  /** The longest prefix, at most `within`, all of which had been recorded at an instant (rule S4). */
  prefixAtRecordedAt(recordedAtMs: number, within: Prefix): Prefix;
  /** The prefix of so many events; undefined when this node has not applied as many. */
  prefixAtOrdinal(n: number): Prefix | undefined;
  /** The greatest validFrom of a live fact among the first `n` events, in milliseconds; 0 when there is none (S2). */
  latestLiveValidFromMs(n: number): number;

  organisationById(id: string, prefix: Known): OrganisationRow | undefined;
  organisationBySlug(slug: string, prefix: Prefix): OrganisationRow | undefined;
  organisationsPage(range: OrganisationsRange, prefix: Prefix): Page<OrganisationRow>;
  /** The organisation's zone as known at a prefix; a date asked at an earlier K keeps the old zone (rule S3). */
  timeZoneOf(organisationId: string, prefix: Known): TimeZone | undefined;
  /** The organisation's default locale as known at a prefix: an answer at an earlier K keeps the old one (rule T5). */
  defaultLocaleOf(organisationId: string, prefix: Known): string | undefined;

  policyById(id: string, prefix: Known): PolicyRow | undefined;
  /** `handle` is organisation slug / policy slug. */
  policyByHandle(handle: string, prefix: Prefix): PolicyRow | undefined;
  policiesPage(range: PoliciesRange, prefix: Prefix): Page<PolicyRow>;
  /** The titles that stood at an instant, sorted by locale; before the first one was set, the first. */
  policyTitles(policyId: string, at: Moment): readonly LocalisedText[];

  /** A version that had been recorded, revoked imports too: their texts stay served (rules C4, V7). */
  versionById(id: string, prefix: Prefix): VersionRow | undefined;
  /** Not a revoked import. */
  versionBySequence(policyId: string, sequence: number, prefix: Prefix): VersionRow | undefined;
  /** Versions published by an instant and not revoked, by sequence. */
  versionsPage(range: VersionsRange, at: Moment): Page<VersionRow>;
  /** The texts of a version, those added later included from their day on (rule P6); in order of publication. */
  versionContents(versionId: string, at: Moment): readonly ContentRef[];
  /** Flags of the texts that {@link versionContents} lists. */
  versionFlags(versionId: string, at: Moment): readonly TextFlag[];
  /** The roots that hold for a version at an instant (rule V6). */
  versionRoots(versionId: string, at: Moment): Roots | undefined;
  /** For new subjects. Undefined: not published at that stamp. */
  versionStatus(versionId: string, at: Moment): VersionStatus | undefined;
  /** The instant from which a version is withdrawn, once that has been decided at `at`. */
  versionWithdrawnFrom(versionId: string, at: Moment): Instant | undefined;
  /** Rule V1. With `registeredAt` for a person who registered then, else for the general public. */
  versionInForce(policyId: string, at: Moment, registeredAt?: Instant): InForce;

  /** The log's facts of one organisation, oldest first, whichever way they are paged. */
  factsPage(range: FactsRange, prefix: Prefix): FactsPage;

  /** What `policyChanges` pushes after a cursor (rule O4). */
  policyChangesAfter(range: PolicyChangesRange): PolicyChangesPage;
  /** The same, step by step: what stands in log and clock for whoever is asked about. */
  policyChangeSource(filter: ChangeFilter): ChangeSource;
  /** The next instant after `afterT` at which the clock alone may change which version is in force. */
  nextPolicyChangeAt(range: NextChangeRange, prefix: Known): Instant | undefined;

  counts(prefix: Prefix): Counts;
}

/** A prefix of the log: its first `n` events, of the categories that nodes read. */
export interface Prefix {
  /** Number of events, and so the ordinal of the last one; 0: none. */
  readonly n: number;
  /** Position of the last event; {@link START_OF_LOG} when there is none. */
  readonly position: Position;
  /** The log's clock there: the greatest recordedAt so far (rule S4); 0 when there is no event. */
  readonly clockMs: number;
}

/** As much of a prefix as the tables need to tell what was known. A stamp has it, too. */
export type Known = Pick<Prefix, 'n'>;

/**
 * Stands for the place before the first event, where a stamp needs a position. It is accepted back by
 * {@link ReadModels.findPosition} and is never given to a store: there, reading from the start has no `after`.
 */
export const START_OF_LOG = 'start' as Position;

export const EMPTY_PREFIX: Prefix = { n: 0, position: START_OF_LOG, clockMs: 0 };

/** An instant on both axes: what was true at `effectiveAt`, as known at a prefix. A stamp is one. */
export interface Moment {
  readonly effectiveAt: Instant;
  readonly n: number;
}

export type PositionFound =
  | { readonly kind: 'found'; readonly prefix: Prefix }
  /** Not of the form of this store's positions. */
  | { readonly kind: 'malformed' }
  /** Of the right form and not after the applied head, but no event of this log stands there (rule N1). */
  | { readonly kind: 'unknown' }
  /** After what this node has applied. */
  | { readonly kind: 'not-reached' };

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  readonly totalCount: number;
}

export interface OrganisationsRange {
  /** `n` of the last row seen. */
  readonly after?: number;
  readonly limit: number;
  /** Only customers of that processor. */
  readonly customersOf?: string;
}

/** `public`: policies with a version published or imported; a list: also every policy of those organisations. */
export type VisibleTo = 'public' | 'all' | readonly string[];

export interface PoliciesRange {
  readonly organisation?: string;
  readonly kind?: PolicyKind;
  readonly visibleTo: VisibleTo;
  /** `n` of the last row seen. */
  readonly after?: number;
  readonly limit: number;
}

export interface VersionsRange {
  readonly policy: string;
  /** `sequence` of the last row seen. */
  readonly after?: number;
  readonly limit: number;
}

export interface FactsRange {
  readonly organisation: string;
  readonly policy?: string;
  readonly subject?: string;
  /** Of a subject: only facts about this policy, and those that are about none. */
  readonly concerning?: string;
  readonly types?: readonly string[];
  /** Only facts after this ordinal. */
  readonly after?: number;
  /** Only facts before this ordinal. */
  readonly before?: number;
  readonly limit: number;
  /** True: the last `limit` of the range instead of the first. */
  readonly backwards?: boolean;
}

export interface FactsPage {
  /** Oldest first. */
  readonly rows: readonly FactRow[];
  /** More in the range beyond the end at which paging goes on: after the last row, or before the first if backwards. */
  readonly hasMore: boolean;
}

export interface NextChangeRange {
  readonly afterT: Instant;
  readonly organisations?: readonly string[];
  readonly policy?: string;
}

/** Always as it is now; only the zone has a history. */
export interface OrganisationRow {
  readonly n: number;
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly number: string | undefined;
  readonly foreignId: string | undefined;
  readonly timeZone: TimeZone;
  readonly defaultLocale: string;
  readonly customerOf: string | undefined;
  readonly approvalRequired: boolean;
  readonly noticeLeadDays: number;
  readonly retention: Retention;
}

export interface PolicyRow {
  readonly n: number;
  readonly id: string;
  readonly organisation: string;
  readonly slug: string;
  readonly kind: PolicyKind;
  readonly sourcePath: string | undefined;
  readonly templateId: string | undefined;
  /** True when a version had been published or imported at the prefix: the policy is public from then on. */
  readonly published: boolean;
}

export interface VersionRow {
  readonly n: number;
  readonly id: string;
  readonly policy: string;
  readonly sequence: number;
  readonly label: string;
  readonly imported: boolean;
  /** True when the import had been revoked at the prefix (rule V7). */
  readonly revoked: boolean;
  readonly effectiveFrom: Instant;
  readonly effectiveOn: LocalDate | undefined;
  readonly effectiveFromForExisting: Instant | undefined;
  readonly effectiveOnForExisting: LocalDate | undefined;
  readonly timeZone: TimeZone;
  /** Of an import: its effectiveFrom. */
  readonly publishedAt: Instant;
  /** The log's clock when it was recorded. */
  readonly recordedAtMs: number;
  /** Actor id of the publisher or importer. */
  readonly publishedBy: string;
  readonly audience: readonly string[];
  /** Undefined: text only (rules P5, V7). */
  readonly statement: ProcessingStatement | undefined;
  readonly change: Change;
  /** Only of imports from git. */
  readonly source: ImportSource | undefined;
}

export type VersionStatus = 'SCHEDULED' | 'IN_FORCE' | 'SUPERSEDED' | 'WITHDRAWN' | 'RETIRED';

/** What rule V1 answers, with the ordinal of the event that decided it. */
export type InForce =
  | { readonly code: 'VERSION_IN_FORCE'; readonly versionId: string; readonly decidedBy: number }
  | { readonly code: 'RETIRED'; readonly retirementId: string; readonly decidedBy: number }
  /** Every version whose day had come is withdrawn; decided by the withdrawal that took effect last. */
  | { readonly code: 'ALL_WITHDRAWN'; readonly decidedBy: number }
  | { readonly code: 'NOT_YET_PUBLISHED'; readonly decidedBy: undefined };

export interface FactRow {
  readonly n: number;
  readonly position: Position;
  readonly type: string;
  readonly organisation: string;
  readonly policy: string | undefined;
  readonly subject: string | undefined;
  /** Where the event itself stands, for its data. */
  readonly stream: string;
  readonly version: number;
  readonly occurredAt: Instant;
  readonly recordedAtMs: number;
  readonly actor: string | undefined;
}

export interface Counts {
  readonly events: number;
  readonly organisations: number;
  readonly policies: number;
  readonly versions: number;
}
