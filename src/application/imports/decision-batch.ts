import type { Organisation } from '../../domain/organisation/organisation.decider';
import { Refusal } from '../../domain/refusal';
import type { SubjectCommand } from '../../domain/subject/subject.commands';
import { subjectDecider } from '../../domain/subject/subject.decider';
import { subjectErased } from '../../domain/subject/subject.refusals';
import type { SubjectState } from '../../domain/subject/subject.state';
import { assertExternalId } from '../../domain/subject/subject-profile';
import type { Position } from '../../event-store/event-store';
import { MAX_SUBJECTS_AT_ONCE, type SubjectKey, SubjectKeyGone } from '../../vault/vault';
import { subjects } from '../aggregate';
import type { Application, RequestContext } from '../application';
import { type Fold, handleCommands, loadFold, type Step } from '../handle-command';
import { type FactWarning, lateWarnings } from '../late-warnings';
import { registered } from '../persons';
import { subjectStream } from '../stream-names';
import { type DecisionRow, subjectUnknown } from './decision-rows';
import { type DecisionStep, decisionStep } from './decision-steps';
import { DecisionTargets, type PolicyOfVersion } from './decision-targets';

/** What an import's batches have in common. */
export interface DecisionsRun {
  readonly app: Application;
  readonly request: RequestContext;
  readonly organisation: Organisation;
  readonly policyOfVersion: PolicyOfVersion | undefined;
  /** Told of every row that is refused. */
  refused(ordinal: number, row: number, refusal: Refusal): void;
  /** Told of every row that was found to be written already when it was checked. */
  stands(): void;
  /** Told where what is written stands; new, unless it was there before. */
  wrote(position: Position, isNew: boolean): void;
  /** Told of every row that was written and changes nothing that holds now. */
  warned(row: number, warning: FactWarning): void;
}

/** Told of rows that were handled, refused ones or not. */
type Handled = (rows: number) => void;

/** A row with its place among all rows, from 0. */
export interface PlacedRow {
  readonly ordinal: number;
  readonly row: number;
  readonly decision: DecisionRow;
}

/** Persons read or written side by side, since their appends share commits, and the rows of all of them together. */
const PERSONS_AT_ONCE = 250;
const ROWS_AT_ONCE = 2_500;

/** Asks of every row of a batch whether it could be written now; nothing is. */
export function checkBatch(run: DecisionsRun, rows: readonly PlacedRow[], handled: Handled): Promise<void> {
  return eachPerson(run, rows, handled, async (person) => {
    const fold = await foldOf(run.app, person.id);
    for (const { ordinal, row, decision } of person.rows) {
      try {
        const step = await decisionStep(person.targets, decision, person.id, person.commandKey);
        check(run, fold, step);
      } catch (error) {
        run.refused(ordinal, row, refusalIn(error));
      }
    }
  });
}

/** What was written by an earlier run stands, whatever became of person and policy since. */
function check({ app, stands }: DecisionsRun, { state, commands }: Fold<SubjectState>, step: DecisionStep): void {
  if (commands.has(step.commandId)) {
    stands();
    return;
  }
  // Known to the vault alone: a registration was cut short.
  if (state.status === 'absent') throw subjectUnknown();
  subjectDecider.decide(step.command(state, app.now()), state);
}

/** Writes a batch, the rows of each person in their order and in as few appends as the limits allow. */
export function writeBatch(run: DecisionsRun, rows: readonly PlacedRow[], handled: Handled): Promise<void> {
  return eachPerson(run, rows, handled, async (person) => {
    for (let start = 0; start < person.rows.length; start += ROWS_AT_ONCE) {
      await writeRows(run, person, person.rows.slice(start, start + ROWS_AT_ONCE));
    }
    // With a million rows they would grow and push everything else out; whoever is asked about is read again.
    run.app.folds.delete(subjectStream(person.id));
  });
}

async function writeRows(run: DecisionsRun, person: Person, rows: readonly PlacedRow[]): Promise<void> {
  const { app, request, organisation } = run;
  const { organisationId } = organisation;
  const origin = { organisationId, request, streamTag: person.key.streamTag(subjectStream(person.id)) };
  const [first, ...others] = rows;
  if (!first) return;
  try {
    const steps: Step<SubjectState, SubjectCommand>[] = [];
    for (const { decision } of rows) {
      const step = await decisionStep(person.targets, decision, person.id, person.commandKey);
      const command = async (state: SubjectState) => step.command(registered(state), app.now());
      steps.push({ identity: { commandId: step.commandId }, command });
    }
    const handled = await handleCommands(app, subjects, person.id, origin, steps);
    for (const { position, repeated } of handled) run.wrote(position, !repeated);
    for (const [index, { place }] of handled.entries()) {
      const row = rows[index];
      if (row && place !== undefined) await warn(run, person.id, row, place);
    }
  } catch (error) {
    const refusal = refusalIn(error);
    if (others.length === 0) return run.refused(first.ordinal, first.row, refusal);
    // One of them was good when it was checked and is so no more: each by itself says which.
    for (const row of rows) await writeRows(run, person, [row]);
  }
}

/** Tells of rows that are written already what was told of them when they were. */
export function warnBatch(run: DecisionsRun, rows: readonly PlacedRow[], handled: Handled): Promise<void> {
  const ofWithdrawals = rows.filter(({ decision }) => decision.fact === 'CONSENT_WITHDRAWN');
  return eachPerson({ ...run, refused: () => undefined }, ofWithdrawals, handled, async (person) => {
    const { commands } = await foldOf(run.app, person.id);
    for (const row of person.rows) {
      const { commandId } = await decisionStep(person.targets, row.decision, person.id, person.commandKey);
      const place = commands.get(commandId);
      if (place !== undefined) await warn(run, person.id, row, place);
    }
  });
}

/** S5: a late withdrawal that changes no current state says so. What else is late in an import is nobody's surprise. */
async function warn(run: DecisionsRun, personId: string, { row, decision }: PlacedRow, place: number): Promise<void> {
  if (decision.fact !== 'CONSENT_WITHDRAWN') return;
  for (const warning of await lateWarnings(run.app, personId, place)) run.warned(row, warning);
}

interface Person {
  readonly id: string;
  readonly key: SubjectKey;
  readonly commandKey: Uint8Array;
  readonly targets: DecisionTargets;
  /** In their order. */
  readonly rows: readonly PlacedRow[];
}

async function eachPerson(
  run: DecisionsRun,
  rows: readonly PlacedRow[],
  handled: Handled,
  task: (person: Person) => Promise<void>,
): Promise<void> {
  const { app, organisation, policyOfVersion } = run;
  for (const group of inGroups(await rowsByPerson(run, rows))) {
    const targets = new DecisionTargets(app, organisation.slug, policyOfVersion);
    const some = group.map(async ([id, ofPerson]) => {
      const key = await app.vault.subjectKey(id);
      if (key) return task({ id, key, commandKey: key.commandKey, targets, rows: ofPerson });
      for (const { ordinal, row } of ofPerson) run.refused(ordinal, row, subjectErased());
    });
    // All of them, before the first failure is told: nothing is written behind the caller's back.
    const failed = (await Promise.allSettled(some)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    handled(group.reduce((sum, [, ofPerson]) => sum + ofPerson.length, 0));
  }
}

type RowsOfPerson = readonly [id: string, rows: readonly PlacedRow[]];

/** Persons side by side; one with more rows than may be at work is alone. */
function* inGroups(persons: Iterable<RowsOfPerson>): Generator<readonly RowsOfPerson[], void> {
  let group: RowsOfPerson[] = [];
  let rows = 0;
  for (const person of persons) {
    const more = person[1].length;
    if (group.length === PERSONS_AT_ONCE || (group.length > 0 && rows + more > ROWS_AT_ONCE)) {
      yield group;
      group = [];
      rows = 0;
    }
    group.push(person);
    rows += more;
  }
  yield group;
}

async function rowsByPerson(run: DecisionsRun, rows: readonly PlacedRow[]): Promise<Map<string, PlacedRow[]>> {
  const { app, organisation } = run;
  const readable = rows.filter((row) => hasExternalId(run, row));
  const externalIds = [...new Set(readable.map(({ decision }) => decision.externalId))];
  const ids = new Map<string, string | undefined>();
  for (let start = 0; start < externalIds.length; start += MAX_SUBJECTS_AT_ONCE) {
    const some = externalIds.slice(start, start + MAX_SUBJECTS_AT_ONCE);
    const found = await app.vault.findSubjects(organisation.organisationId, some);
    for (const [index, externalId] of some.entries()) ids.set(externalId, found[index]);
  }
  const persons = new Map<string, PlacedRow[]>();
  for (const row of readable) {
    const id = ids.get(row.decision.externalId);
    const known = id === undefined ? undefined : persons.get(id);
    if (id === undefined) run.refused(row.ordinal, row.row, subjectUnknown());
    else if (known) known.push(row);
    else persons.set(id, [row]);
  }
  return persons;
}

function hasExternalId(run: DecisionsRun, { ordinal, row, decision }: PlacedRow): boolean {
  try {
    assertExternalId(decision.externalId);
    return true;
  } catch (error) {
    run.refused(ordinal, row, refusalIn(error));
    return false;
  }
}

async function foldOf(app: Application, subjectId: string): Promise<Fold<SubjectState>> {
  const stream = subjectStream(subjectId);
  const cached = app.folds.get(stream) !== undefined;
  const fold = await loadFold(app, subjects, stream);
  if (!cached) app.folds.delete(stream);
  return fold;
}

function refusalIn(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SubjectKeyGone) return subjectErased();
  throw error;
}
