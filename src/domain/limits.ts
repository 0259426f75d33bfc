/** Named limits of what may be stored. Lengths are in UTF-16 code units, as GraphQL and JSON clients count them. */
export const MAX_NAME_LENGTH = 200;
export const MAX_LABEL_LENGTH = 100;
export const MAX_LINE_LENGTH = 500;
export const MAX_PARAGRAPH_LENGTH = 4_000;
export const MAX_SLUG_LENGTH = 64;
export const MAX_LOCALES = 40;
export const MAX_PURPOSES = 100;
export const MAX_LIST_ITEMS = 100;
export const MAX_VARIABLES = 50;
export const MAX_SHARED_ORGANISATIONS = 200;
export const MAX_GRACE_DAYS = 3_650;
export const MAX_LEAD_DAYS = 365;
export const MAX_RETENTION_DAYS = 3_650;
/** One text: 1 MiB as received. */
export const MAX_TEXT_BYTES = 1_048_576;
/** One text of a git history, which is kept as it once was: 8 MiB (rule V8). */
export const MAX_ARCHIVED_TEXT_BYTES = 8 * 1_048_576;
/** A statement as canonical JSON; with the event around it it stays below one append. */
export const MAX_STATEMENT_LENGTH = 200_000;
/** How far ahead a version may be scheduled, in days. */
export const MAX_SCHEDULE_DAYS = 36_525;
/** SPELLING may be claimed for at most so many differing words (rule V5). */
export const MAX_SPELLING_WORDS = 20;
/** A time given for "now" may be so old, in milliseconds (rules V2, S5). */
export const LIVE_WINDOW_MS = 5 * 60_000;
/** Notice in advance unless the organisation has set another number, in days (rule V10). */
export const DEFAULT_LEAD_DAYS = 14;
/** Retention of the system's own records unless set otherwise, in days (rule R4). */
export const DEFAULT_LOGIN_AND_DELIVERY_DAYS = 21;
export const DEFAULT_OPERATIONAL_DAYS = 365;
/** Categories of data subjects that one person may be in. */
export const MAX_CATEGORIES = 20;
export const MAX_CATEGORY_LENGTH = 64;
/** A product's own id of a person. */
export const MAX_EXTERNAL_ID_LENGTH = 500;
/** Rows of one request that registers people or imports decisions. */
export const MAX_ROWS = 1_000;
