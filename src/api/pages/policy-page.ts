import type { ContentRef, PolicyKind } from '../../domain/policy/policy.events';
import type { Instant, LocalDate, TimeZone } from '../../domain/time';

/** What the public pages ask of the system. */
export interface PolicyPages {
  find(asked: AskedPage): Promise<FoundPage>;
}

export interface AskedPage {
  readonly organisation: string;
  readonly policy: string;
  /** A day in the organisation's zone, answered at its last millisecond (rule S3); absent: now. */
  readonly on?: LocalDate;
  readonly locale?: string;
}

/** A policy that was never published is as unknown as one that does not exist. */
export type FoundPage =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no-text'; readonly frame: PageFrame; readonly why: NoText }
  | { readonly kind: 'text'; readonly frame: PageFrame; readonly text: PageText };

/** Why no text was in force then. */
export type NoText = 'NOT_YET_PUBLISHED' | 'ALL_WITHDRAWN' | 'RETIRED';

/** What stands around the text. */
export interface PageFrame {
  /** Organisation slug / policy slug. */
  readonly handle: string;
  readonly organisationName: string;
  readonly title: string;
  readonly kind: PolicyKind;
  readonly timeZone: TimeZone;
  /** The locale that the organisation writes in unless it says otherwise. */
  readonly defaultLocale: string;
  readonly on: LocalDate | undefined;
  /** The day asked for is not over yet: the answer is what is known of it today (rule T4). */
  readonly isForecast: boolean;
  /** The newest first, in the order of effect. */
  readonly versions: readonly ListedVersion[];
  /** How many more there are than are listed. */
  readonly unlisted: number;
}

export interface ListedVersion {
  readonly id: string;
  readonly label: string;
  readonly effectiveFrom: Instant;
  readonly day: LocalDate;
  /** True when asking for `day` answers this version; another may have followed on the same day. */
  readonly isShownOnItsDay: boolean;
  readonly status: VersionPlace;
}

export type VersionPlace = 'SCHEDULED' | 'IN_FORCE' | 'SUPERSEDED' | 'WITHDRAWN' | 'RETIRED';

/** The text, and what is said of it. */
export interface PageText {
  readonly versionId: string;
  readonly label: string;
  readonly effectiveFrom: Instant;
  /** The day it holds from, in the zone it was published in. */
  readonly day: LocalDate;
  /** The policy is retired: this is its last text. */
  readonly isRetired: boolean;
  readonly content: ContentRef;
  readonly bytes: Uint8Array;
  /** The bytes decoded. */
  readonly text: string;
  /** Every locale of the version, this one too. */
  readonly locales: readonly string[];
  /** What changed against the version before, in the publisher's words. */
  readonly changeSummary: string | undefined;
}
