import { epochMsOf, type Instant } from '../../src/domain/time';
import { type Numbering, numbering } from '../numbers';
import type { PolicyEventOfPopulation } from '../population';
import { existing, insert, numberOf, type Row, type RowChange, update, type View } from '../projection';
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
  return [...rows, ...changes, ...lineRows(event, policy, n, numbers, view), ...numbers.given()];
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

/** What is said of versions: one more, one withdrawn, others with other roots. */
function lineRows(
  event: TimelineEvent,
  policy: number,
  n: number,
  numbers: Numbering,
  view: View,
): readonly RowChange[] {
  const { type, data } = event;
  const isRevoked = type === 'PolicyVersionImportRevoked';
  const reroots =
    isRevoked || ('rerooted' in data && data.rerooted.length > 0) ? [insert('reroots', { policy, n })] : [];
  if (type === 'PolicyVersionWithdrawn' || isRevoked) {
    const [line] = view.rows('lines', { version: numbers.of('versions', { version: data.versionId }) });
    const { effective_from, n: recorded } = existing(line, 'version');
    const key = { policy, effective_from, n: recorded } as Row;
    return [...reroots, update('lines', key, { withdrawn_n: n })];
  }
  if (type !== 'PolicyVersionPublished' && type !== 'PolicyVersionImported') return reroots;
  const version = numbers.of('versions', { version: data.versionId });
  const effective_from = epochMsOf(data.effectiveFrom);
  const consent = Object.entries(data.roots.consent)
    .map(([purpose, root]) => [numbers.of('purposes', { purpose }), numbers.of('versions', { version: root })] as const)
    .sort(([a], [b]) => a - b);
  const text = JSON.stringify(consent);
  const preceding = precedingLine(policy, effective_from, view);
  const [before] = preceding === 0 ? [] : view.rows('lore', { number: preceding });
  const lore = {
    number: version,
    effective_from,
    n,
    notice: numbers.of('versions', { version: data.roots.notice }),
    acceptance: numbers.of('versions', { version: data.roots.acceptance }),
    consent: text,
    twin: before && before.consent === text ? numberOf(before, 'twin') : version,
    preceding,
  };
  return [...reroots, insert('lore', lore), insert('lines', { policy, effective_from, n, version, withdrawn_n: null })];
}

/** The version that stands before an instant in the order of effect; 0: none. */
function precedingLine(policy: number, effectiveFrom: number, view: View): number {
  const last = view.last('lines', { policy, withdrawn_n: null }, 'effective_from', effectiveFrom);
  return last ? numberOf(last, 'version') : 0;
}

function newEra(policy: number, publishedAt: number, n: number, view: View): readonly RowChange[] {
  const organisation = numberOf(existing(view.get('owners', [policy]), 'policy'), 'organisation');
  if (view.get('cohorts', [organisation, publishedAt])) return [];
  const cohort = insert('cohorts', { organisation, published_at: publishedAt });
  return [cohort, ...peopleOfNewEra(organisation, publishedAt, n, view)];
}
