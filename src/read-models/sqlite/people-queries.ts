import type Database from 'better-sqlite3';
import type { PeopleQueries } from '../people';
import type { PopulationTables } from '../population';
import type { ReadModels } from '../read-models';
import { factQueries } from './fact-queries';
import type { LogPlaces } from './log-places';
import { peopleFactsOfTables } from './people-facts-of-tables';
import { personFactsOfTables } from './person-facts-of-tables';
import { type AskedOfPolicies, policyFactsOfTables } from './policy-facts-of-tables';
import { populationQueries } from './population-queries';
import type { TablesState } from './remembered-answers';
import { subjectQueries } from './subject-queries';

/** Everything that is asked about people, and the facts, most of which are theirs. */
export function peopleQueries(
  database: Database.Database,
  state: TablesState,
  others: AskedOfPolicies & Pick<LogPlaces, 'prefixAtPosition'>,
): PeopleQueries & PopulationTables & Pick<ReadModels, 'factsPage'> {
  const { registered, registeredTogether, ...subjects } = subjectQueries(database, state);
  const personFacts = personFactsOfTables(database, state, { registered });
  const { factAt, ...facts } = factQueries(database, subjects.linkedTo);
  return {
    ...subjects,
    ...policyFactsOfTables(database, state, { ...others, ...subjects }),
    personFacts,
    peopleFacts: peopleFactsOfTables(database, state, { registeredTogether, personFacts }),
    ...populationQueries(database, state, { personFacts }),
    ...facts,
    factByPosition: (position, { n }) => {
      const found = others.prefixAtPosition(position);
      return found && found.n <= n ? factAt(found.n) : undefined;
    },
  };
}
