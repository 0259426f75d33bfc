import { MAX_ROWS } from '../domain/limits';
import { Refusal, type RowRefused } from '../domain/refusal';
import { assertExternalId } from '../domain/subject/subject-profile';
import type { Instant } from '../domain/time';
import type { Application, RequestContext, Written } from './application';
import { organisationOf } from './organisations';
import { CustomersAsked, type Registering, registeringStep, registerKnown, type SaidProfile } from './subjects';

export interface SubjectRow extends SaidProfile {
  readonly externalId: string;
  readonly registeredAt?: Instant;
}

export interface SubjectsRegistration {
  readonly organisationId: string;
  readonly rows: readonly SubjectRow[];
}

export interface SubjectsWritten {
  /** Of each row's person, in the order of the rows. */
  readonly ids: readonly string[];
  /** Of the last row written. */
  readonly position: Written['position'];
}

export const tooManyRows = (limit: number) =>
  new Refusal('TOO_MANY_ROWS', `Send 1 to ${limit} rows.`, 'I3', { path: ['rows'] });

/** What is wrong is told row by row, and nothing was written (rule I3). */
export const rowsRefused = (rows: readonly RowRefused[]) =>
  new Refusal('ROWS_REFUSED', 'Some rows are refused; nothing was written.', 'I3', {
    path: ['rows'],
    details: { kind: 'rows-refused', rows },
  });

/**
 * Registers up to a thousand persons: each row as {@link registerSubject} would, all looked at before the first is
 * written. A row that names a person again, in this call or an earlier one, is a classification of theirs.
 *
 * @throws Refusal ROWS_REFUSED, TOO_MANY_ROWS; NotFound
 */
export async function registerSubjects(
  app: Application,
  request: RequestContext,
  input: SubjectsRegistration,
): Promise<SubjectsWritten> {
  const { organisationId, rows } = input;
  if (rows.length === 0 || rows.length > MAX_ROWS) throw tooManyRows(MAX_ROWS);
  await organisationOf(app, organisationId);
  const steps = await stepsOf(app, request, input);
  const externalIds = [...steps.keys()];
  const known = await app.vault.subjectsOf(organisationId, externalIds);
  const written = await Promise.all(
    externalIds.map((externalId, index) =>
      registerKnown(app, request, {
        organisationId,
        externalId,
        registering: steps.get(externalId) ?? [],
        ...(known[index] && { subjectId: known[index].id }),
      }),
    ),
  );
  const byExternalId = new Map(externalIds.map((externalId, index) => [externalId, written[index]]));
  const answers = rows.flatMap(({ externalId }) => byExternalId.get(externalId) ?? []);
  const positions = answers.map(({ position }) => position);
  return {
    ids: answers.map(({ id }) => id),
    position: positions.reduce((last, each) => (app.store.comparePositions(each, last) > 0 ? each : last)),
  };
}

/** The rows by person. @throws Refusal ROWS_REFUSED */
async function stepsOf(
  app: Application,
  request: RequestContext,
  { organisationId, rows }: SubjectsRegistration,
): Promise<ReadonlyMap<string, readonly Registering[]>> {
  const customers = new CustomersAsked(app);
  const steps = new Map<string, Registering[]>();
  const refused: RowRefused[] = [];
  for (const [index, row] of rows.entries()) {
    try {
      assertExternalId(row.externalId);
      // A key that is used again has to come with the same rows.
      const scoped = { ...row, organisationId };
      const target = `${index}/${row.externalId}`;
      const step = await registeringStep(app, request, 'subjectsRegister', target, scoped, customers);
      steps.set(row.externalId, [...(steps.get(row.externalId) ?? []), step]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ row: index + 1, code: error.code, message: error.message });
    }
  }
  if (refused.length > 0) throw rowsRefused(refused);
  return steps;
}
