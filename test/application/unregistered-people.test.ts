import { registerOrganisation } from '../../src/application/organisations';
import { registerSubject } from '../../src/application/subjects';
import { countUnregistered, MAX_UNREGISTERED } from '../../src/application/unregistered-people';
import { openTestApplication, type TestApplication } from '../support/application-harness';

const ORGANISATION = {
  slug: 'fjordlys',
  name: 'Fjordlys AS',
  timeZone: 'Europe/Oslo',
  defaultLocale: 'nb',
  approvalRequired: false,
};
const nobody = () => false;

describe('people in the vault whom the log never registered', () => {
  let office: TestApplication;
  let organisationId: string;
  const never = new AbortController().signal;
  beforeEach(async () => {
    office = await openTestApplication();
    const request = await office.request('officer');
    organisationId = (await registerOrganisation(office.app, request, ORGANISATION)).id;
    await registerSubject(office.app, request, { organisationId, externalId: 'kari@example.test' });
  });
  afterEach(() => office.close());

  test('are none where everybody was registered, also where no read model has come so far', async () => {
    expect(await countUnregistered(office.app, nobody, never)).toBe(0);
  });

  test('are counted, and those that a read model has are not looked up', async () => {
    const { id } = await office.app.vault.subjectOf(organisationId, 'ola@example.test');
    await office.app.vault.subjectOf(organisationId, 'nora@example.test');
    expect(await countUnregistered(office.app, nobody, never)).toBe(2);
    expect(await countUnregistered(office.app, (each) => each === id, never)).toBe(1);
  });

  test('are counted up to a limit, over more than one page', async () => {
    const names = Array.from({ length: MAX_UNREGISTERED + 50 }, (_, index) => `person-${index}@example.test`);
    for (let from = 0; from < names.length; from += 50) {
      await office.app.vault.subjectsOf(organisationId, names.slice(from, from + 50));
    }
    const count = await countUnregistered(office.app, nobody, never);
    expect(count).toBeGreaterThanOrEqual(MAX_UNREGISTERED - 1);
    expect(count).toBeLessThanOrEqual(MAX_UNREGISTERED);
  });

  test('are not looked for any more once the node stops', async () => {
    await office.app.vault.subjectOf(organisationId, 'ola@example.test');
    expect(await countUnregistered(office.app, nobody, AbortSignal.abort())).toBe(0);
  });
});
