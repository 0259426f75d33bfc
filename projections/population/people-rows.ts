import { epochMsOf } from '../../src/domain/time';
import { numbering } from '../numbers';
import type { PersonEventOfPopulation } from '../population';
import { insert, numberOf, type Row, type RowChange, update, type View } from '../projection';
import { liveMove } from './live-facts';
import { CLASSIFIED, correctionText, type FactEvent, profileFact, textOfFact, toldFact } from './person-facts';
import {
  moved,
  type Names,
  namesIn,
  type PersonRows,
  personNamed,
  policiesOf,
  rowsOfPerson,
  type Standing,
  segmentNumber,
  type Told,
  waysOf,
} from './person-rows';
import { correctedFact, type FactOnPolicy } from './person-standings';

type EventOfType<Type extends PersonEventOfPopulation['type']> = Extract<
  PersonEventOfPopulation,
  { readonly type: Type }
>;

/** A person counts as registered live up to so long after. */
const LIVE_MS = 5 * 60_000;

/** What one event of a person's stream changes. */
export function personEvent(
  event: PersonEventOfPopulation,
  n: number,
  view: View,
  place: number,
): readonly RowChange[] {
  switch (event.type) {
    case 'SubjectRegistered':
      return registered(event, n, view);
    case 'SubjectClassified':
      return classified(event, n, view, place);
    case 'SubjectLinked':
      return linked(event, n, view);
    case 'SubjectErased':
      return erased(event, n, view);
    case 'FactCorrected':
      return corrected(event, n, view);
    default:
      return factTold(event, n, view, place);
  }
}

function registered({ data }: EventOfType<'SubjectRegistered'>, n: number, view: View): readonly RowChange[] {
  const numbers = numbering(view);
  const names = namesIn(view, numbers);
  const organisation = numbers.of('organisations', { organisation: data.organisationId });
  const { customerId } = data;
  const customer = customerId === undefined ? 0 : numbers.of('organisations', { organisation: customerId });
  const registeredAt = epochMsOf(data.registeredAt);
  const era = (of: number) => Math.max(0, ...names.erasOf(of).filter((at) => at <= registeredAt));
  const { exempt, categories } = data;
  const eras = { era: era(organisation), customerEra: customer === 0 ? 0 : era(customer) };
  const segment = segmentNumber({ organisation, customer, exempt, categories, ...eras }, numbers);
  const group = numbers.of('groups', { scope: -organisation, segment, state: 0 });
  const person = {
    number: n,
    id: data.subjectId,
    registered_at: registeredAt,
    first_segment: segment,
    segment,
    since: registeredAt,
    erased_at: null,
    account: null,
    linked: 0,
  };
  const way = { scope: -organisation, pieces: [{ from: registeredAt, value: group }] };
  const ago = epochMsOf(data.notedAt) - registeredAt;
  const liveAt = ago >= 0 && ago <= LIVE_MS ? registeredAt : undefined;
  return [
    insert('people', person),
    ...moved({ person: n, before: undefined, after: way }, { n, liveAt }),
    ...newest([organisation, customer], registeredAt, view),
    ...numbers.given(),
  ];
}

function newest(organisations: readonly number[], registeredAt: number, view: View): readonly RowChange[] {
  return [...new Set(organisations)].flatMap((organisation): readonly RowChange[] => {
    if (organisation === 0) return [];
    const known = view.get('newest', [organisation]);
    if (!known) return [insert('newest', { organisation, registered_at: registeredAt })];
    if (numberOf(known, 'registered_at') >= registeredAt) return [];
    return [update('newest', { organisation }, { registered_at: registeredAt })];
  });
}

function factTold(event: FactEvent, n: number, view: View, place: number): readonly RowChange[] {
  const { subjectId, policyId, live, validFrom } = event.data;
  const numbers = numbering(view);
  const names = namesIn(view, numbers);
  const fact = toldFact(event, names.found.policies.numberOf(policyId, numbers), place, names);
  const told = { n, liveAt: live ? epochMsOf(validFrom) : undefined };
  const { policy } = fact.known;
  const asItHappens = liveMove(fact, subjectId, told, names);
  const changes =
    asItHappens ?? withFact(personNamed(subjectId, view), { policy, n, stored: fact.stored }, told, names);
  const given = numbers.given();
  return given.length === 0 ? changes : [...changes, ...given];
}

function classified(
  { data }: EventOfType<'SubjectClassified'>,
  n: number,
  view: View,
  place: number,
): readonly RowChange[] {
  const numbers = numbering(view);
  const person = personNamed(data.subjectId, view);
  const names = namesIn(view, numbers);
  const changes = withFact(person, { policy: 0, n, stored: profileFact(data, place) }, { n, liveAt: undefined }, names);
  const { customerId } = data;
  const customers = customerId === undefined ? [] : [numbers.of('organisations', { organisation: customerId })];
  const registeredAt = numberOf(person, 'registered_at');
  return [...changes, ...newest(customers, registeredAt, view), ...numbers.given()];
}

/** A fact more, wherever it stands in time. */
function withFact(person: Row, fact: FactOnPolicy, told: Told, names: Names): readonly RowChange[] {
  const { view } = names;
  const was = rowsOfPerson(person, view);
  const after = { ...was, facts: [...was.facts, fact] };
  const policies = fact.stored.kind === CLASSIFIED ? policiesOf(was) : [fact.policy];
  const key = { person: numberOf(person, 'number'), policy: fact.policy };
  const known = view.get('standings', [key.person, key.policy]);
  const fresh = { ...key, since: 0, grouped: 0, pending: '' };
  const row = { ...(known ?? fresh), told: told.n };
  const before = known ? numberOf(known, 'told') : 0;
  return [
    insert('facts', { n: told.n, before, fact: textOfFact(fact.stored) }),
    known ? update('standings', key, { told: told.n }) : insert('standings', row),
    ...standAnew([{ before: was, after, row }], policies, told, names),
  ];
}

function linked({ data }: EventOfType<'SubjectLinked'>, n: number, view: View): readonly RowChange[] {
  const numbers = numbering(view);
  const names = namesIn(view, numbers);
  const anonymous = rowsOfPerson(personNamed(data.subjectId, view), view);
  const account = rowsOfPerson(personNamed(data.accountId, view), view);
  const number = numberOf(account.person, 'number');
  const count = numberOf(account.person, 'linked') + 1;
  const gone = { ...anonymous, person: { ...anonymous.person, account: number } };
  const joined = {
    ...account,
    person: { ...account.person, linked: count },
    linked: [...account.linked, { person: gone.person, facts: gone.facts }],
  };
  const changes = [
    { before: anonymous, after: gone },
    { before: account, after: joined },
  ];
  const policies = new Set([...policiesOf(anonymous), ...policiesOf(account)]);
  return [
    insert('links', { anonymous: numberOf(anonymous.person, 'number'), account: number }),
    ...standAnew(changes, policies, { n, liveAt: undefined }, names),
    ...numbers.given(),
  ];
}

function erased({ data }: EventOfType<'SubjectErased'>, n: number, view: View): readonly RowChange[] {
  const numbers = numbering(view);
  const before = rowsOfPerson(personNamed(data.subjectId, view), view);
  const after = { ...before, person: { ...before.person, erased_at: epochMsOf(data.erasedAt) } };
  const told = { n, liveAt: undefined };
  return [...standAnew([{ before, after }], policiesOf(before), told, namesIn(view, numbers)), ...numbers.given()];
}

/** Of a fact that is told here; any other leaves everybody where they are. */
function corrected({ data }: EventOfType<'FactCorrected'>, n: number, view: View): readonly RowChange[] {
  const person = personNamed(data.subjectId, view);
  const own = rowsOfPerson(person, view);
  const original = own.facts.find(({ stored }) => stored.place === data.corrects);
  if (!original || original.stored.kind === CLASSIFIED) return [];
  const numbers = numbering(view);
  const names = namesIn(view, numbers);
  const fact = { ...original, stored: { ...original.stored, corrected: correctionText(data, names) } };
  const inPlace = (facts: readonly FactOnPolicy[]) =>
    facts.map((each) => (each.stored.place === data.corrects ? fact : each));
  const account = person.account === null ? undefined : view.get('people', [numberOf(person, 'account')]);
  const before = account ? rowsOfPerson(account, view) : own;
  const after = account
    ? {
        ...before,
        linked: before.linked.map((each) =>
          each.person.number === person.number ? { ...each, facts: inPlace(each.facts) } : each,
        ),
      }
    : { ...before, facts: inPlace(before.facts) };
  return [
    correctedFact(fact),
    ...standAnew([{ before, after }], [fact.policy], { n, liveAt: undefined }, names),
    ...numbers.given(),
  ];
}

interface Change {
  readonly before: PersonRows;
  readonly after: PersonRows;
  /** Of the person and a policy, as it is written beforehand. */
  readonly row?: Row;
}

/** What follows from other rows of people, everything of theirs looked at anew. */
function standAnew(
  changes: readonly Change[],
  policies: Iterable<number>,
  told: Told,
  names: Names,
  namesBefore = names,
): readonly RowChange[] {
  const about = [...policies];
  const rows: RowChange[] = [];
  for (const { before, after, row } of changes) {
    const [was, is] = [waysOf(before, about, namesBefore), waysOf(after, about, names)];
    const person = numberOf(before.person, 'number');
    rows.push(...moved({ person, before: was.base, after: is.base }, told));
    for (const [policy, { standing, ...way }] of is.policies) {
      rows.push(...moved({ person, before: was.policies.get(policy), after: way }, told));
      rows.push(...standingRow(person, policy, standing, names.view, row));
    }
    rows.push(...personRow(before.person, { ...after.person, ...is.last }));
  }
  return rows;
}

function standingRow(
  person: number,
  policy: number,
  standing: Standing,
  view: View,
  written: Row | undefined,
): readonly RowChange[] {
  const known = written?.policy === policy ? written : view.get('standings', [person, policy]);
  if (known) return changed('standings', { person, policy }, known, { ...standing });
  // Without facts of one's own there is nothing to go on from.
  return [];
}

function personRow(before: Row, { number = 0, ...after }: Row): readonly RowChange[] {
  return changed('people', { number }, before, after);
}

/** Only where something differs. */
function changed(table: string, key: Row, before: Row, after: Row): readonly RowChange[] {
  const differing = Object.entries(after).filter(([column, value]) => before[column] !== value);
  return differing.length === 0 ? [] : [update(table, key, Object.fromEntries(differing))];
}

/**
 * People who, by the clocks of their nodes, registered after a publication that was recorded only after them: to it
 * they are new. There are none where clocks agree.
 */
export function peopleOfNewEra(organisation: number, publishedAt: number, n: number, view: View): readonly RowChange[] {
  const latest = view.get('newest', [organisation]);
  if (!latest || numberOf(latest, 'registered_at') < publishedAt) return [];
  const numbers = numbering(view);
  const before = namesIn(view, numbers);
  const names = {
    ...before,
    erasOf: (of: number) => [...before.erasOf(of), ...(of === organisation ? [publishedAt] : [])],
  };
  const people = registeredSince(publishedAt, 1, n, view).map((person) => rowsOfPerson(person, view));
  const policies = new Set(people.flatMap((rows) => [...policiesOf(rows)]));
  const changes = people.map((rows) => ({ before: rows, after: rows }));
  return [...standAnew(changes, policies, { n, liveAt: undefined }, names, before), ...numbers.given()];
}

/** People whose numbers lie between two, by halves: the latest ones are looked for, and they stand together. */
function registeredSince(instant: number, from: number, to: number, view: View): readonly Row[] {
  const greatest = view.greatest('people', 'registered_at', from, to);
  if (greatest === undefined || greatest < instant) return [];
  if (from === to) {
    const person = view.get('people', [from]);
    return person ? [person] : [];
  }
  const middle = Math.floor((from + to) / 2);
  return [...registeredSince(instant, from, middle, view), ...registeredSince(instant, middle + 1, to, view)];
}
