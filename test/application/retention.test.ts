import { eraseSubject } from '../../src/application/erasures';
import { amendOrganisation } from '../../src/application/organisations';
import { removeExpiredRecords } from '../../src/application/retention';
import { organisationStream } from '../../src/application/stream-names';
import { addMs, epochMsOf } from '../../src/domain/time';
import type { Records } from '../../src/records/records';
import { openSqliteRecords } from '../../src/records/sqlite/sqlite-records';
import { collect } from '../support/event-store-samples';
import { openPeopleOffice, type PeopleOffice } from '../support/people-office';

const DAY_MS = 86_400_000;

describe('the records of logins and deliveries (R4, L2)', () => {
  let office: PeopleOffice;
  let records: Records;
  beforeEach(async () => {
    office = await openPeopleOffice();
    records = await openSqliteRecords(':memory:');
  });
  afterEach(async () => {
    await records.close();
    await office.close();
  });

  async function signIn(subjectId: string, daysAgo: number): Promise<void> {
    const { organisationId, clock } = office;
    const atMs = epochMsOf(addMs(clock.now, -daysAgo * DAY_MS));
    await records.record([{ kind: 'LOGIN', subjectId, organisationId, channel: 'APP', atMs }]);
  }

  const remove = async () =>
    removeExpiredRecords(office.app, await office.request('system'), records, office.organisationId);

  const removals = async () => {
    const events = await collect(office.app.store.readStream(organisationStream(office.organisationId)));
    return events.filter(({ type }) => type === 'OperationalRecordsRemoved').map(({ data }) => data);
  };

  it('that are older than three weeks go, and the log says how many', async () => {
    const subjectId = await office.register();
    for (const days of [0, 20, 21, 22, 400]) await signIn(subjectId, days);
    expect(await remove()).toEqual({ logins: 2, deliveries: 0 });
    expect(await records.recordsOf(subjectId, undefined, 10)).toHaveLength(3);
    expect(await removals()).toEqual([
      {
        organisationId: office.organisationId,
        logins: 2,
        deliveries: 0,
        before: addMs(office.clock.now, -21 * DAY_MS),
        removedAt: office.clock.now,
      },
    ]);
  });

  it('are kept as long as the organisation has set; nothing removed is nothing recorded', async () => {
    const { organisationId } = office;
    const subjectId = await office.register();
    await signIn(subjectId, 40);
    await amendOrganisation(office.app, await office.request('operator'), { organisationId, loginAndDeliveryDays: 60 });
    expect(await remove()).toEqual({ logins: 0, deliveries: 0 });
    expect(await removals()).toEqual([]);
  });

  it('go with a person who is erased (R3)', async () => {
    const [ola, kari] = [await office.register(), await office.register({ externalId: 'kari' })];
    for (const subjectId of [ola, kari]) await signIn(subjectId, 1);
    await eraseSubject({ ...office.app, records }, await office.request('officer'), { subjectId: ola, reason: 'krav' });
    const kept = await Promise.all([ola, kari].map((subjectId) => records.recordsOf(subjectId, undefined, 10)));
    expect(kept.map(({ length }) => length)).toEqual([0, 1]);
  });
});
