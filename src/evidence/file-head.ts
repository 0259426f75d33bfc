import { organisations } from '../application/aggregate';
import type { Application } from '../application/application';
import type { Evidence } from '../application/evidence';
import { encodePosition } from '../application/position-text';
import { type StateAt, statesAt } from '../application/receipts/states-at';
import { type Language, languageFor } from '../domain/languages';
import type { OrganisationState } from '../domain/organisation/organisation.decider';
import { type Instant, instantAt, type LocalDate, type TimeZone } from '../domain/time';
import { RULES_VERSION } from '../read-models/as-of';
import { type Moment, type Prefix, type ReadModels, START_OF_LOG } from '../read-models/read-models';

/** What exports of an organisation are made from. */
export interface ExportParts {
  readonly app: Pick<Application, 'store' | 'vault' | 'logId'>;
  readonly readModels: ReadModels;
}

/** What stands at the top of every export: what it is of, and the stamp that repeats its answer (rule T5). */
export interface FileHead {
  readonly id: string;
  readonly requestedAt: Instant;
  readonly asOf: {
    readonly effectiveAt: Instant;
    readonly effectiveOn: LocalDate | undefined;
    readonly recordedAt: Instant;
    readonly position: string;
    readonly timeZone: TimeZone;
    readonly rules: string;
    /** What it is of lay in the future when it was asked for: a day that was under way. */
    readonly forecast: boolean;
  };
  readonly organisation: OrganisationThen;
}

/** An organisation by the names it had where an export stands, so that the same order gives the same bytes. */
export interface OrganisationThen {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly number: string | undefined;
}

/** Where an export stands in log and time, and how it speaks. */
export interface FilePlace {
  readonly head: FileHead;
  readonly prefix: Prefix;
  readonly at: Moment;
  readonly zone: TimeZone;
  readonly language: Language;
  readonly organisationThen: (id: string) => Promise<OrganisationThen>;
}

export async function filePlace(
  { app, readModels }: ExportParts,
  { evidenceId, organisationId, requestedAt, effectiveAt, effectiveOn }: Evidence,
  prefix: Prefix,
): Promise<FilePlace> {
  const row = readModels.organisationById(organisationId, readModels.applied());
  if (!row) throw new Error('An export was ordered of an organisation that is not known.');
  // Before it was known it has the zone and the language that it got first.
  const known = readModels.timeZoneOf(organisationId, prefix) === undefined ? { n: row.n } : prefix;
  const zone = readModels.timeZoneOf(organisationId, known) ?? row.timeZone;
  const locale = readModels.defaultLocaleOf(organisationId, known) ?? row.defaultLocale;
  const organisationThen = organisationsAt({ app, readModels }, prefix);
  const position = encodePosition(app.logId, prefix.position);
  const recordedAt = instantAt(prefix.clockMs);
  const forecast = effectiveAt > requestedAt;
  const asOf = { effectiveAt, effectiveOn, recordedAt, position, timeZone: zone, rules: RULES_VERSION, forecast };
  return {
    head: { id: evidenceId, requestedAt, asOf, organisation: await organisationThen(organisationId) },
    prefix,
    at: { effectiveAt, n: prefix.n },
    zone,
    language: languageFor(undefined, locale),
    organisationThen,
  };
}

/** Names of organisations as they were known at a prefix. @throws Error there never was such an organisation */
export function organisationsAt({ app, readModels }: ExportParts, prefix: Prefix): FilePlace['organisationThen'] {
  const stateAt: StateAt<OrganisationState> = statesAt(app, organisations);
  return async (id) => {
    const state = prefix.position === START_OF_LOG ? undefined : await stateAt(id, prefix.position);
    if (state?.status === 'registered') {
      const { slug, name, number, foreignId } = state;
      return { id, slug, name, number: number ?? foreignId };
    }
    const row = readModels.organisationById(id, readModels.applied());
    if (!row) throw new Error('An export names an organisation that is not known.');
    return { id, slug: row.slug, name: row.name, number: row.number ?? row.foreignId };
  };
}

/** The head line by line, for a table or a page. */
export function headPairs({ id, requestedAt, asOf, organisation }: FileHead): readonly (readonly [string, string])[] {
  const { effectiveAt, effectiveOn, recordedAt, position, timeZone, rules, forecast } = asOf;
  return [
    ['id', id],
    ['organisation', organisation.slug],
    ['organisationName', organisation.name],
    ['organisationNumber', organisation.number ?? ''],
    ['requestedAt', requestedAt],
    ['effectiveAt', effectiveAt],
    ['effectiveOn', effectiveOn ?? ''],
    ['timeZone', timeZone],
    ['recordedAt', recordedAt],
    ['position', position],
    ['rules', rules],
    ['forecast', String(forecast)],
  ];
}
