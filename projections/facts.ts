import { type KnownEvent, occurredAtOf } from '../src/domain/stored-events';
import { epochMsOf } from '../src/domain/time';
import { type Numbering, numberIn, numbering, numbersOf } from './numbers';
import {
  existing,
  FoldBroken,
  insert,
  type LoggedEvent,
  numberOf,
  type Projection,
  type Row,
  type RowChange,
  type View,
} from './projection';

/**
 * The log as a list of facts by organisation, policy and person. Rows say where the event stands; its data stays in the
 * log. Most of a log are facts of people, so names are numbers here: a row with its indexes takes a tenth of what it
 * would with ids written out. `policy` and `subject` are the numbers of their streams; instants are in milliseconds.
 */
export const facts: Projection = {
  name: 'facts',
  version: 3,
  categories: ['organisation', 'policy', 'template', 'subject', 'import', 'evidence'],
  eventTypes: 'all',
  tables: {
    organisations: numbersOf('organisation'),
    types: numbersOf('type'),
    actors: numbersOf('actor'),
    // Whose facts stand in a stream.
    streams: {
      columns: { number: 'integer', stream: 'text', organisation: 'integer' },
      key: ['number'],
      fixed: true,
      indexes: { by_name: { columns: ['stream'], whileBuilding: true } },
    },
    facts: {
      columns: {
        n: 'integer',
        organisation: 'integer',
        policy: 'integer?',
        subject: 'integer?',
        type: 'integer',
        stream: 'integer',
        version: 'integer',
        occurred_at: 'integer',
        actor: 'integer?',
      },
      key: ['n'],
      indexes: {
        by_organisation: { columns: ['organisation', 'n'] },
        by_type: { columns: ['organisation', 'type', 'n'] },
        by_policy: { columns: ['policy', 'organisation', 'n'] },
        by_policy_and_type: { columns: ['policy', 'organisation', 'type', 'n'] },
        by_subject: { columns: ['subject', 'n', 'version'] },
      },
    },
  },
  apply,
};

function apply({ event, n, stream: name, version, actor, category }: LoggedEvent, view: View): readonly RowChange[] {
  const occurredAt = event && occurredAtOf(event);
  if (!event || occurredAt === undefined) return [];
  const numbers = numbering(view);
  const stream =
    version === 1 ? begun(name, event, numbers) : existing(view.rows('streams', { stream: name })[0], 'stream');
  const number = numberOf(stream, 'number');
  const fact = insert('facts', {
    n,
    organisation: numberOf(stream, 'organisation'),
    policy: category === 'policy' ? number : policyNamed(event, view),
    subject: category === 'subject' ? number : subjectNamed(event, view),
    type: numbers.of('types', { type: event.type }),
    stream: number,
    version,
    occurred_at: epochMsOf(occurredAt),
    actor: actor === undefined ? null : numbers.of('actors', { actor }),
  });
  return [fact, ...numbers.given()];
}

/** The first event of every such stream names the organisation it belongs to. */
function begun(stream: string, { data }: KnownEvent, numbers: Numbering): Row {
  if (!('organisationId' in data)) throw new FoldBroken('A stream of facts begins without its organisation.');
  const organisation = numbers.of('organisations', { organisation: data.organisationId });
  return { number: numbers.of('streams', { stream, organisation }), organisation };
}

/** The policy that a fact of another stream is about; null where no such policy was recorded before. */
function policyNamed({ data }: KnownEvent, view: View): number | null {
  if (!('policyId' in data)) return null;
  return numberIn('streams', { stream: `policy-${data.policyId}` }, view) ?? null;
}

/** The person whom a fact of another stream is about. */
function subjectNamed({ data }: KnownEvent, view: View): number | null {
  if (!('subjectId' in data) || data.subjectId === undefined) return null;
  return numberIn('streams', { stream: `subject-${data.subjectId}` }, view) ?? null;
}
