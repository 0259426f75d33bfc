import type { Party } from '../../domain/policy/processing-statement';
import { type CsvCell, csvTable } from '../csv-table';
import type { EvidenceGenerator } from '../evidence-generators';
import { type ExportParts, headPairs } from '../file-head';
import type { ProcessingActivity } from './processing-record';
import { type RecordFile, recordFile } from './record-source';

/** Raised by one when a column is renamed, moved or removed; columns may be added at the end. */
const FORMAT = 'samtykke-processing-record/1';

const COLUMNS = [
  'role',
  'policy',
  'policyTitle',
  'version',
  'versionId',
  'effectiveFrom',
  'purpose',
  'purposeTitle',
  'controller',
  'controllerNumber',
  'controllerAddress',
  'processors',
  'contact',
  'dataProtectionOfficer',
  'subjectCategories',
  'legalBases',
  'dataCategories',
  'recipients',
  'transfers',
  'retention',
  'securityMeasures',
] as const;

/** The record (GDPR Art. 30) as a table, an activity on a line; lists stand in one cell, with semicolons between. */
export function recordCsv(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await recordFile(parts, order, work);
    const table = csvTable(COLUMNS.length);
    yield table.head([['format', FORMAT], ...headPairs(file.place.head), ...(await leftOutLines(file))]);
    yield table.lines([COLUMNS]);
    for await (const activity of file.activities()) yield table.lines([await lineOf(file, activity)]);
  };
}

async function leftOutLines(file: RecordFile): Promise<readonly (readonly [string, ...string[]])[]> {
  return Promise.all(
    file.record.leftOut.map(
      async (each) => ['leftOut', await file.handleOf(each), each.version?.label ?? '', each.code] as const,
    ),
  );
}

async function lineOf(file: RecordFile, activity: ProcessingActivity): Promise<readonly CsvCell[]> {
  const { policy, version, purpose, controller } = activity;
  const cells: { readonly [column in (typeof COLUMNS)[number]]: CsvCell } = {
    role: activity.role,
    policy: await file.handleOf(activity),
    policyTitle: file.titleOf(policy),
    version: version.label,
    versionId: version.id,
    effectiveFrom: version.effectiveFrom,
    purpose: purpose.key,
    purposeTitle: file.purposeTitle(activity),
    controller: controller.name,
    controllerNumber: controller.number,
    controllerAddress: controller.address,
    processors: listed(activity.processors.map(partyText)),
    contact: activity.contact,
    dataProtectionOfficer: activity.dataProtectionOfficer,
    subjectCategories: listed(activity.subjectCategories),
    legalBases: listed(purpose.bases.map(({ subjectCategory, legalBasis }) => `${subjectCategory}: ${legalBasis}`)),
    dataCategories: listed(activity.dataCategories),
    recipients: listed(activity.recipients),
    transfers: listed(activity.transfers),
    retention: activity.retention,
    securityMeasures: activity.securityMeasures,
  };
  return COLUMNS.map((column) => cells[column]);
}

const listed = (items: readonly string[]) => items.join('; ');

const partyText = ({ name, number }: Party) => (number === undefined ? name : `${name} (${number})`);
