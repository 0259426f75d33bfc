import { inLocale } from '../domain/locale-lookup';
import type { ContentRef } from '../domain/policy/policy.events';
import { instantAt } from '../domain/time';
import type { Moment, OrganisationRow, PolicyRow, Prefix, ReadModels, VersionRow } from '../read-models/read-models';
import type { ReplayFile } from './replay-file';
import type { ReplayPlace } from './replay-place';

/** A text whose bytes the file still lacks. */
export interface MissingBody {
  readonly number: number;
  readonly organisationId: string;
  readonly content: ContentRef;
}

/** Writes organisations, policies, versions and their texts as other rows come to name them, each once. */
export interface PolicyRows {
  /** Numbers by which rows name them. */
  organisation(id: string): number;
  policy(id: string): number;
  version(id: string): number;
  /** Texts that rows name, without their bytes. */
  missingBodies(): readonly MissingBody[];
  /** Versions by the random id of who published them. */
  publishers(): ReadonlyMap<string, readonly number[]>;
}

const VERSIONS_AT_ONCE = 200;

/** Numbers are the ordinals of the events by which things became known: the same in every file that goes as far. */
export function policyRows(readModels: ReadModels, place: ReplayPlace, file: ReplayFile): PolicyRows {
  const { prefix } = place;
  const written = new Set<number>();
  const bodies = new Map<string, MissingBody>();
  const publishers = new Map<string, number[]>();

  function once(number: number, write: () => void): number {
    if (!written.has(number)) {
      written.add(number);
      write();
    }
    return number;
  }

  function organisation(id: string): number {
    const row = there(readModels.organisationById(id, prefix));
    return once(row.n, () => writeOrganisation(row));
  }

  function writeOrganisation(row: OrganisationRow): void {
    file.insert('organisation', {
      number: row.n,
      id: row.id,
      slug: row.slug,
      name: row.name,
      organisation_number: row.number,
      foreign_id: row.foreignId,
      customer_of: row.customerOf === undefined ? undefined : organisation(row.customerOf),
      time_zone: readModels.timeZoneOf(row.id, prefix) ?? row.timeZone,
      default_locale: readModels.defaultLocaleOf(row.id, prefix) ?? row.defaultLocale,
      effective_at: place.effectiveAt(row.id),
    });
  }

  function policy(id: string): number {
    const row = there(readModels.policyById(id, prefix));
    return once(row.n, () => writePolicy(row));
  }

  function writePolicy(row: PolicyRow): void {
    const at = momentOf(row);
    const titles = readModels.policyTitles(row.id, at);
    const inForce = readModels.versionInForce(row.id, at);
    file.insert('policy', {
      number: row.n,
      id: row.id,
      organisation: organisation(row.organisation),
      slug: row.slug,
      kind: row.kind,
      title: inLocale(titles, undefined, readModels.defaultLocaleOf(row.organisation, prefix) ?? '')?.text ?? row.slug,
      source_path: row.sourcePath,
      published: row.published,
      in_force_version: inForce.code === 'VERSION_IN_FORCE' ? version(inForce.versionId) : undefined,
      in_force_reason: inForce.code,
    });
    for (const { locale, text } of titles) file.insert('title', { policy: row.n, locale, title: text });
    for (const each of versionsOf(readModels, row.id, at)) once(each.n, () => writeVersion(each, at, true));
  }

  function version(id: string): number {
    const row = there(readModels.versionById(id, prefix));
    const of = there(readModels.policyById(row.policy, prefix));
    const at = momentOf(of);
    policy(of.id);
    return once(row.n, () => writeVersion(row, at, !row.revoked && row.publishedAt <= at.effectiveAt));
  }

  function writeVersion(row: VersionRow, at: Moment, listed: boolean): void {
    file.insert('version', { ...termsOf(row), ...standingOf(readModels, row, at), listed });
    publishers.set(row.publishedBy, [...(publishers.get(row.publishedBy) ?? []), row.n]);
    writeTexts(row, at);
  }

  /** A version that was not published yet shows the texts that it was published with. */
  function writeTexts(row: VersionRow, { effectiveAt, n }: Moment): void {
    const { organisation: organisationId } = there(readModels.policyById(row.policy, prefix));
    const since = effectiveAt > row.publishedAt ? effectiveAt : row.publishedAt;
    for (const [index, content] of readModels.versionContents(row.id, { effectiveAt: since, n }).entries()) {
      const { locale, format } = content;
      file.insert('text', {
        version: row.n,
        place: index + 1,
        locale,
        format,
        content: contentNumber(organisationId, content),
      });
    }
  }

  function contentNumber(organisationId: string, content: ContentRef): number {
    const key = `${organisationId} ${content.sha256} ${content.charset ?? ''}`;
    const known = bodies.get(key);
    if (known) return known.number;
    const number = bodies.size + 1;
    bodies.set(key, { number, organisationId, content });
    const { sha256, bytes } = content;
    file.insert('content', { number, sha256, bytes, body: undefined, decoded: undefined });
    return number;
  }

  function momentOf({ organisation: organisationId }: PolicyRow): Moment {
    return { effectiveAt: place.effectiveAt(organisationId), n: prefix.n };
  }

  return {
    organisation,
    policy,
    version,
    missingBodies: () => [...bodies.values()],
    publishers: () => publishers,
  };
}

/** Every policy of an organisation, in order of creation. */
export function* policiesOf(readModels: ReadModels, organisation: string, prefix: Prefix): Generator<PolicyRow> {
  let after: number | undefined;
  do {
    const range = { organisation, visibleTo: 'all', limit: VERSIONS_AT_ONCE } as const;
    const page = readModels.policiesPage({ ...range, ...(after !== undefined && { after }) }, prefix);
    yield* page.rows;
    after = page.hasMore ? page.rows.at(-1)?.n : undefined;
  } while (after !== undefined);
}

function* versionsOf(readModels: ReadModels, policy: string, at: Moment): Generator<VersionRow> {
  let after: number | undefined;
  do {
    const page = readModels.versionsPage(
      { policy, limit: VERSIONS_AT_ONCE, ...(after !== undefined && { after }) },
      at,
    );
    yield* page.rows;
    after = page.hasMore ? page.rows.at(-1)?.sequence : undefined;
  } while (after !== undefined);
}

function termsOf(row: VersionRow) {
  const { change } = row;
  return {
    number: row.n,
    id: row.id,
    sequence: row.sequence,
    label: row.label,
    effective_from: row.effectiveFrom,
    effective_on: row.effectiveOn,
    effective_from_for_existing: row.effectiveFromForExisting,
    effective_on_for_existing: row.effectiveOnForExisting,
    published_at: row.publishedAt,
    recorded_at: instantAt(row.recordedAtMs),
    published_by: undefined,
    imported: row.imported,
    audience: JSON.stringify(row.audience),
    change_reasons: JSON.stringify(change.reasons),
    change_summaries: JSON.stringify(change.summaries),
    compared: change.compared,
    notice_duty: change.noticeDuty,
    notice_lead_days: change.noticeLeadDays,
    renewal_purposes: JSON.stringify(change.renewalPurposes),
    blocking: change.blocking,
    grace_days: change.graceDays,
    statement: row.statement && JSON.stringify(row.statement),
  };
}

function standingOf(readModels: ReadModels, { id, policy }: VersionRow, at: Moment) {
  return {
    policy: there(readModels.policyById(policy, at)).n,
    status: readModels.versionStatus(id, at),
    withdrawn_from: readModels.versionWithdrawnFrom(id, at),
  };
}

function there<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('The prefix names something that it does not hold.');
  return row;
}
