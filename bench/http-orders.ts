import type { LocalDate } from '../src/domain/time';

/** What the measured servers hold: versions of one policy, one every so many days. */
export const HANDLE = 'bench/privacy';
export const FIRST_DAY = '2020-01-01' as LocalDate;
export const VERSIONS = 100;
export const DAYS_BETWEEN = 20;

/** Parent to child: what to do. */
export type Order =
  | { readonly kind: 'serve'; readonly answer: string | undefined }
  | { readonly kind: 'cpu' }
  | { readonly kind: 'stop' };
/** Child to parent: what came of it. */
export type Report =
  | { readonly kind: 'serving'; readonly address: string }
  | { readonly kind: 'cpu'; readonly microseconds: number };
