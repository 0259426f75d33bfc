import { occurredAtOf } from '../src/domain/stored-events';
import { existing, insert, type LoggedEvent, type Projection, type RowChange, textOf, type View } from './projection';

/**
 * The log as a list of facts by organisation and policy. Rows say where the event stands; its data stays in the log.
 */
export const facts: Projection = {
  name: 'facts',
  version: 1,
  categories: ['organisation', 'policy', 'template'],
  eventTypes: 'all',
  tables: {
    facts: {
      columns: {
        n: 'integer',
        organisation: 'text',
        policy: 'text?',
        subject: 'text?',
        type: 'text',
        stream: 'text',
        version: 'integer',
        occurred_at: 'text',
        actor: 'text?',
      },
      key: ['n'],
      indexes: {
        by_organisation: { columns: ['organisation', 'n'] },
        by_type: { columns: ['organisation', 'type', 'n'] },
        by_policy: { columns: ['policy', 'n'] },
        by_subject: { columns: ['subject', 'n'] },
      },
    },
    // Whose facts stand in a stream.
    streams: { columns: { stream: 'text', organisation: 'text' }, key: ['stream'] },
  },
  apply,
};

function apply({ event, n, stream, version, actor, category }: LoggedEvent, view: View): readonly RowChange[] {
  if (!event) return [];
  const first = version === 1;
  const organisation = first
    ? ownerOf(event.data)
    : textOf(existing(view.get('streams', [stream]), 'stream'), 'organisation');
  const fact = insert('facts', {
    n,
    organisation,
    policy: category === 'policy' && 'policyId' in event.data ? event.data.policyId : null,
    subject: null,
    type: event.type,
    stream,
    version,
    occurred_at: occurredAtOf(event) ?? '',
    actor: actor ?? null,
  });
  return first ? [insert('streams', { stream, organisation }), fact] : [fact];
}

/** The first event of every such stream names the organisation it belongs to. */
function ownerOf(data: object): string {
  const owner = 'organisationId' in data ? data.organisationId : undefined;
  return typeof owner === 'string' ? owner : textOf({}, 'organisation');
}
