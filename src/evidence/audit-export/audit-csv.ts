import type { ConsentState } from '../../domain/subject/consent-state';
import { type CsvCell, csvTable } from '../csv-table';
import type { EvidenceGenerator } from '../evidence-generators';
import { type ExportParts, headPairs } from '../file-head';
import { type AuditedPolicy, type AuditFile, auditFile } from './audit-source';
import { inTurns } from './audit-turns';
import type { AuditedPerson } from './audited-person';

/** Raised by one when a column is renamed, moved or removed; columns may be added at the end. */
const FORMAT = 'samtykke-audit/1';

/**
 * Counts above, and below them the people as a table: one line for each person and policy. The columns of purposes come
 * last, six for each.
 */
export function auditCsv(parts: ExportParts): EvidenceGenerator {
  return async function* (order, work) {
    const file = await auditFile(parts, order, work);
    const purposes = purposesOf(file);
    const columns = columnsOf(file, purposes);
    const table = csvTable(columns.length);
    const names = table.lines([columns.map(({ name }) => name)]);
    yield* inTurns(file, work, {
      head: Buffer.concat([
        table.head([['format', FORMAT], ...headPairs(file.place.head), ...file.policies.flatMap(countLines)]),
        names,
      ]),
      write: ({ policy, people }) => {
        for (const { consents } of people) assertCounted(purposes, consents);
        return table.lines(people.map((person) => columns.map(({ cell }) => cell({ person, policy, file }))));
      },
      foot: new Uint8Array(),
    });

    function countLines({ handle, versions, counts }: AuditedPolicy): readonly (readonly [string, ...CsvCell[]])[] {
      const { subjects, inBreach, notices, acceptances, consents } = counts;
      const label = (id: string) => file.versionLabel(id);
      return [
        ...versions.map((version) => ['inForce', handle, version.label, version.effectiveFrom] as const),
        ['subjects', handle, subjects],
        ['inBreach', handle, inBreach],
        ...notices.map((count) => ['notices', handle, label(count.versionId), count.step, count.subjects] as const),
        ...acceptances.map((count) => ['acceptances', handle, label(count.versionId), '', count.subjects] as const),
        ...consents.map(
          (count) => ['consents', handle, count.purpose, count.status, count.subjects, count.valid] as const,
        ),
      ];
    }
  };
}

interface Column {
  readonly name: string;
  cell(row: Row): CsvCell;
}

interface Row {
  readonly person: AuditedPerson;
  readonly policy: AuditedPolicy;
  readonly file: AuditFile;
}

const PERSON: readonly Column[] = [
  { name: 'policy', cell: ({ policy }) => policy.handle },
  { name: 'subject', cell: ({ person }) => person.subject },
  { name: 'anonymous', cell: ({ person }) => person.anonymous },
  { name: 'registeredAt', cell: ({ person }) => person.registeredAt },
  { name: 'categories', cell: ({ person }) => person.categories.join('; ') },
  { name: 'customer', cell: ({ person }) => person.customer },
  { name: 'version', cell: ({ person, file }) => labelOf(file, person.versionId) },
  { name: 'notice', cell: ({ person }) => person.notice?.step },
  { name: 'noticeChannel', cell: ({ person }) => person.notice?.channel },
  { name: 'noticeAt', cell: ({ person }) => person.notice?.at },
  { name: 'noticeReason', cell: ({ person }) => person.notice?.reason.code },
  { name: 'obligations', cell: ({ person }) => person.obligations.map(obligationText).join('; ') },
  { name: 'inBreach', cell: ({ person }) => person.inBreach },
];

/** Only where it was asked for. */
const EXTERNAL_ID: Column = {
  name: 'externalId',
  cell: ({ person }) => (person.erased ? '(erased)' : person.externalId),
};

/** Only where there are terms. */
const ACCEPTANCE: readonly Column[] = [
  { name: 'accepted', cell: ({ person }) => person.acceptance?.accepted },
  { name: 'acceptedCurrent', cell: ({ person }) => person.acceptance?.current },
  { name: 'acceptedVersion', cell: ({ person, file }) => labelOf(file, person.acceptance?.versionId) },
  { name: 'acceptedAt', cell: ({ person }) => person.acceptance?.at },
  { name: 'refusedAt', cell: ({ person }) => person.acceptance?.refusedAt },
  { name: 'acceptanceReason', cell: ({ person }) => person.acceptance?.reason.code },
];

function purposesOf({ policies }: AuditFile): ReadonlySet<string> {
  return new Set(policies.flatMap(({ counts }) => counts.consents.map(({ purpose }) => purpose)).sort());
}

/** @throws Error a state has no column: nothing may be left out silently */
function assertCounted(purposes: ReadonlySet<string>, consents: AuditedPerson['consents']): void {
  const missing = consents.find(({ purpose }) => !purposes.has(purpose));
  if (missing) throw new Error(`The counts of an audit lack the purpose ${missing.purpose}.`);
}

function columnsOf(file: AuditFile, purposes: ReadonlySet<string>): readonly Column[] {
  return [
    ...PERSON,
    ...(file.personalValues ? [EXTERNAL_ID] : []),
    ...(file.policies.some(({ row }) => row.kind === 'TERMS') ? ACCEPTANCE : []),
    ...[...purposes].flatMap(purposeColumns),
  ];
}

function purposeColumns(purpose: string): readonly Column[] {
  const column = (name: string, cell: (state: ConsentState, file: AuditFile) => CsvCell): Column => ({
    name: `${purpose} ${name}`,
    cell: ({ person, file }) => {
      const state = person.consents.find((each) => each.purpose === purpose);
      return state && cell(state, file);
    },
  });
  return [
    column('status', ({ status }) => status),
    column('valid', ({ valid }) => valid),
    column('version', ({ text }, file) => labelOf(file, text?.versionId)),
    column('decidedAt', ({ decidedAt }) => decidedAt),
    column('expiresAt', ({ expiresAt }) => expiresAt),
    column('reason', ({ reason }) => reason.code),
  ];
}

const labelOf = (file: AuditFile, versionId: string | undefined) => versionId && file.versionLabel(versionId);

/** "RENEW_CONSENT newsletter 2024-06-15T21:59:59.999Z overdue" */
function obligationText({ kind, purposes, deadline, blocking, overdue }: AuditedPerson['obligations'][number]): string {
  return [kind, ...purposes, deadline, ...(blocking ? ['blocking'] : []), ...(overdue ? ['overdue'] : [])].join(' ');
}
