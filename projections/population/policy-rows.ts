import { epochMsOf, type Instant } from '../../src/domain/time';
import { numbering } from '../numbers';
import type { PolicyEventOfPopulation } from '../population';
import { existing, insert, numberOf, type RowChange, type View } from '../projection';
import { peopleOfNewEra } from './people-rows';

/** What populations keep of policies: no row of a person changes, but where clocks ran apart (see peopleOfNewEra). */
export function policyEvent(event: PolicyEventOfPopulation, n: number, view: View): readonly RowChange[] {
  const numbers = numbering(view);
  const policy = numbers.of('policies', { policy: event.data.policyId });
  if (event.type === 'PolicyCreated') {
    const organisation = numbers.of('organisations', { organisation: event.data.organisationId });
    return [insert('owners', { policy, organisation }), ...numbers.given()];
  }
  const instants = new Set(instantsOf(event).map(epochMsOf));
  const rows = [...instants].sort((a, b) => a - b).map((at) => insert('instants', { policy, n, at }));
  const cohort = event.type === 'PolicyVersionPublished' && event.data.effectiveFromForExisting !== undefined;
  const changes = cohort ? newEra(policy, epochMsOf(event.data.publishedAt), n, view) : [];
  return [...rows, ...changes, ...numbers.given()];
}

type TimelineEvent = Exclude<PolicyEventOfPopulation, { readonly type: 'PolicyCreated' }>;

/** Every instant at which, by this event, the clock alone may change what holds. */
function instantsOf({ type, data }: TimelineEvent): readonly Instant[] {
  const rerooted = 'rerooted' in data ? data.rerooted.flatMap(({ since }) => since ?? []) : [];
  switch (type) {
    case 'PolicyVersionPublished': {
      const { publishedAt, effectiveFrom, effectiveFromForExisting } = data;
      return [publishedAt, effectiveFrom, ...(effectiveFromForExisting ? [effectiveFromForExisting] : []), ...rerooted];
    }
    case 'PolicyVersionImported':
      return [data.effectiveFrom, data.importedAt, ...rerooted];
    case 'PolicyVersionWithdrawn':
      return [data.from, data.withdrawnAt, ...rerooted];
    case 'PolicyVersionImportRevoked':
      return [data.revokedAt, ...rerooted];
    case 'PolicyRetirementImportRevoked':
      return [data.revokedAt];
    case 'PolicyRetired':
      return [data.from, data.retiredAt];
    case 'PolicyRetirementImported':
      return [data.from, data.importedAt];
  }
}

function newEra(policy: number, publishedAt: number, n: number, view: View): readonly RowChange[] {
  const organisation = numberOf(existing(view.get('owners', [policy]), 'policy'), 'organisation');
  if (view.get('cohorts', [organisation, publishedAt])) return [];
  const cohort = insert('cohorts', { organisation, published_at: publishedAt });
  return [cohort, ...peopleOfNewEra(organisation, publishedAt, n, view)];
}
