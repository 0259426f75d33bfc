import type Database from 'better-sqlite3';
import type { DoorRow, DoorStatement, DoorValue, StatementDoor } from '../append-sink';
import { withoutDriver } from './driver-fault';

/** The log's database as others see it, without its driver. */
export function doorTo(database: Database.Database): StatementDoor {
  return {
    exec: (sql) => inOurWords(() => void database.exec(sql)),
    prepare: (sql) => inOurWords(() => statementOf(database.prepare<DoorValue[], DoorRow>(sql))),
  };
}

function statementOf(statement: Database.Statement<DoorValue[], DoorRow>): DoorStatement {
  return {
    run: (...values) => inOurWords(() => void statement.run(...values)),
    get: (...values) => inOurWords(() => statement.get(...values)),
    all: (...values) => inOurWords(() => statement.all(...values)),
  };
}

function inOurWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withoutDriver(error);
  }
}
