import { decodeText, readTextBytes } from '../../application/texts';
import { inLocale } from '../../domain/locale-lookup';
import {
  epochMsOf,
  type Instant,
  instantAt,
  type LocalDate,
  lastMillisecondOf,
  localDateOf,
  UnreadableTime,
} from '../../domain/time';
import type { Moment, OrganisationRow, PolicyRow, Prefix, VersionRow } from '../../read-models/read-models';
import type { ApiServices } from '../context';
import type { AskedPage, FoundPage, ListedVersion, NoText, PageFrame, PageText, PolicyPages } from './policy-page';

/** Versions named on one page; the rest are counted. */
export const MAX_LISTED_VERSIONS = 100;

type PageServices = Pick<ApiServices, 'app' | 'readModels' | 'nowMs'>;

/** Pages out of the read models and the stored texts. */
export function createPolicyPages(services: PageServices): PolicyPages {
  return { find: (asked) => findPolicyPage(services, asked) };
}

async function findPolicyPage(services: PageServices, asked: AskedPage): Promise<FoundPage> {
  const { readModels } = services;
  // One prefix for the whole page (rule S1).
  const prefix = readModels.applied();
  const policy = readModels.policyByHandle(`${asked.organisation}/${asked.policy}`, prefix);
  const organisation = policy?.published ? readModels.organisationById(policy.organisation, prefix) : undefined;
  if (policy === undefined || organisation === undefined) return { kind: 'unknown' };

  const present = presentAt(services, prefix);
  const effectiveAt = asked.on === undefined ? present : endOf(asked.on, organisation);
  if (effectiveAt === undefined) return { kind: 'unknown' };
  const at: Moment = { effectiveAt, n: prefix.n };
  const shown = versionShown(services, policy, at);
  const frame = frameOf(services, { organisation, policy, asked, at, present });
  if (shown.kind === 'none') return { kind: 'no-text', frame, why: shown.why };
  const text = await textOf(services, organisation, shown.version, asked.locale, at);
  if (text === undefined) return { kind: 'unknown' };
  const title = inLocale(readModels.policyTitles(policy.id, at), text.content.locale, organisation.defaultLocale);
  return {
    kind: 'text',
    frame: { ...frame, title: title?.text ?? frame.title },
    text: { ...text, isRetired: shown.isRetired },
  };
}

/** Not before what was written last on a node whose clock is ahead (rule S2). */
function presentAt({ readModels, nowMs }: PageServices, prefix: Prefix): Instant {
  return instantAt(Math.max(nowMs(), readModels.latestLiveValidFromMs(prefix.n)));
}

/** Rule S3; undefined for a day at the very end of the calendar. */
function endOf(day: LocalDate, { timeZone }: OrganisationRow): Instant | undefined {
  try {
    return lastMillisecondOf(day, timeZone);
  } catch (error) {
    if (error instanceof UnreadableTime) return undefined;
    throw error;
  }
}

type Shown =
  | { readonly kind: 'version'; readonly version: VersionRow; readonly isRetired: boolean }
  | { readonly kind: 'none'; readonly why: NoText };

function versionShown({ readModels }: PageServices, policy: PolicyRow, at: Moment): Shown {
  const prefix = readModels.prefixAtOrdinal(at.n) ?? readModels.applied();
  const inForce = readModels.versionInForce(policy.id, at);
  if (inForce.code === 'VERSION_IN_FORCE') {
    const version = readModels.versionById(inForce.versionId, prefix);
    return version === undefined
      ? { kind: 'none', why: 'NOT_YET_PUBLISHED' }
      : { kind: 'version', version, isRetired: false };
  }
  if (inForce.code !== 'RETIRED') return { kind: 'none', why: inForce.code };
  // The texts of a retired policy stay public (rule V4): the last one is shown, with a notice.
  const { rows } = latestVersions(readModels, policy.id, at);
  const last = rows.find(({ id }) => readModels.versionStatus(id, at) === 'RETIRED');
  return last === undefined ? { kind: 'none', why: 'RETIRED' } : { kind: 'version', version: last, isRetired: true };
}

/** The versions recorded last, those that take effect last first. */
function latestVersions(readModels: ApiServices['readModels'], policy: string, at: Moment) {
  const limit = MAX_LISTED_VERSIONS;
  const { totalCount } = readModels.versionsPage({ policy, limit: 1 }, at);
  let page = readModels.versionsPage({ policy, after: Math.max(0, totalCount - limit), limit }, at);
  let rows = page.rows;
  // Revoked imports leave gaps in the sequence, so the end may be further on.
  for (let last = rows.at(-1); page.hasMore && last !== undefined; last = page.rows.at(-1)) {
    page = readModels.versionsPage({ policy, after: last.sequence, limit }, at);
    rows = [...rows, ...page.rows].slice(-limit);
  }
  return { rows: [...rows].sort(latestEffectFirst), totalCount };
}

function latestEffectFirst(a: VersionRow, b: VersionRow): number {
  if (a.effectiveFrom === b.effectiveFrom) return b.n - a.n;
  return a.effectiveFrom < b.effectiveFrom ? 1 : -1;
}

interface FrameParts {
  readonly organisation: OrganisationRow;
  readonly policy: PolicyRow;
  readonly asked: AskedPage;
  readonly at: Moment;
  readonly present: Instant;
}

function frameOf(services: PageServices, { organisation, policy, asked, at, present }: FrameParts): PageFrame {
  const { readModels } = services;
  const now: Moment = { effectiveAt: present, n: at.n };
  const { rows, totalCount } = latestVersions(readModels, policy.id, now);
  const title = inLocale(readModels.policyTitles(policy.id, at), asked.locale, organisation.defaultLocale);
  return {
    handle: `${organisation.slug}/${policy.slug}`,
    organisationName: organisation.name,
    title: title?.text ?? policy.slug,
    kind: policy.kind,
    timeZone: organisation.timeZone,
    defaultLocale: organisation.defaultLocale,
    on: asked.on,
    isForecast: epochMsOf(at.effectiveAt) > epochMsOf(present),
    versions: rows.map((row) => listed(services, organisation, row, now)),
    unlisted: totalCount - rows.length,
  };
}

function listed(
  { readModels }: PageServices,
  organisation: OrganisationRow,
  row: VersionRow,
  now: Moment,
): ListedVersion {
  const day = dayOf(row, organisation);
  const dayEnd = endOf(day, organisation);
  const then = dayEnd && readModels.versionInForce(row.policy, { effectiveAt: dayEnd, n: now.n });
  return {
    id: row.id,
    label: row.label,
    effectiveFrom: row.effectiveFrom,
    day,
    isShownOnItsDay: then?.code === 'VERSION_IN_FORCE' && then.versionId === row.id,
    status: readModels.versionStatus(row.id, now) ?? 'SCHEDULED',
  };
}

/** The civil date it was given as, or the day in the organisation's zone that its instant falls on. */
function dayOf({ effectiveOn, effectiveFrom }: VersionRow, { timeZone }: OrganisationRow): LocalDate {
  return effectiveOn ?? localDateOf(effectiveFrom, timeZone);
}

async function textOf(
  { app, readModels }: PageServices,
  organisation: OrganisationRow,
  version: VersionRow,
  locale: string | undefined,
  at: Moment,
): Promise<Omit<PageText, 'isRetired'> | undefined> {
  const contents = readModels.versionContents(version.id, at);
  const content = inLocale(contents, locale, organisation.defaultLocale);
  if (content === undefined) return undefined;
  const bytes = await readTextBytes(app, organisation.id, content.sha256);
  return {
    versionId: version.id,
    label: version.label,
    effectiveFrom: version.effectiveFrom,
    day: dayOf(version, organisation),
    content,
    bytes,
    text: decodeText(bytes, content.charset),
    locales: contents.map((each) => each.locale),
    changeSummary: inLocale(version.change.summaries, content.locale, organisation.defaultLocale)?.text,
  };
}
