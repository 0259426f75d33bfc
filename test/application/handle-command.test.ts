import { createApplication } from '../../src/application/application';
import { IdempotencyConflict } from '../../src/application/handle-command';
import { NotFound } from '../../src/application/not-found';
import { amendOrganisation, organisationOf, registerOrganisation } from '../../src/application/organisations';
import { createPolicy, policyOf, setPolicyTitle } from '../../src/application/policies';
import { editDraftText } from '../../src/application/policy-drafts';
import { organisationStream, policyStream } from '../../src/application/stream-names';
import { Refusal } from '../../src/domain/refusal';
import type { EventStore, StoredEvent } from '../../src/event-store/event-store';
import { StoreUnavailable } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { openTestApplication, type TestApplication } from '../support/application-harness';
import { collect } from '../support/event-store-samples';

const fjordlys = {
  slug: 'fjordlys',
  name: 'Fjordlys AS',
  timeZone: 'Europe/Oslo',
  defaultLocale: 'nb',
  approvalRequired: true,
};

describe('a command on its one path (I1, I2)', () => {
  let test: TestApplication;
  beforeEach(async () => {
    test = await openTestApplication();
  });
  afterEach(() => test.close());

  async function eventsOf(stream: string): Promise<readonly StoredEvent[]> {
    return collect(test.app.store.readStream(stream));
  }

  async function policyOfFjordlys() {
    const { id: organisationId } = await registerOrganisation(test.app, await test.request('operator'), fjordlys);
    const creation = { organisationId, slug: 'privacy', kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
    const { id: policyId } = await createPolicy(test.app, await test.request('kari'), creation);
    return { organisationId, policyId };
  }

  const edit = (policyId: string, text: string, expectedRevision = 0) =>
    ({ policyId, expectedRevision, locale: 'nb', format: 'PLAIN_TEXT', text }) as const;

  it('sent a hundred times at once with one key it is one event and one answer', async () => {
    const { policyId } = await policyOfFjordlys();
    const request = await test.request('kari', 'key');
    const calls = Array.from({ length: 100 }, () => editDraftText(test.app, request, edit(policyId, 'Text')));
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(await eventsOf(policyStream(policyId))).toHaveLength(2);
  });

  it('repeated after later commands it answers as the first time', async () => {
    const { policyId } = await policyOfFjordlys();
    const request = await test.request('kari', 'key');
    const first = await editDraftText(test.app, request, edit(policyId, 'Text'));
    await editDraftText(test.app, await test.request('kari'), edit(policyId, 'Later', 1));
    expect(await editDraftText(test.app, request, edit(policyId, 'Text'))).toEqual(first);
    expect((await policyOf(test.app, policyId)).draft.revision).toBe(2);
  });

  it('the same key with another content is a conflict, and nothing is written', async () => {
    const { policyId } = await policyOfFjordlys();
    const request = await test.request('kari', 'key');
    await editDraftText(test.app, request, edit(policyId, 'Text'));
    await expect(editDraftText(test.app, request, edit(policyId, 'Other'))).rejects.toThrow(IdempotencyConflict);
    expect(await eventsOf(policyStream(policyId))).toHaveLength(2);
  });

  it('one key of two callers, or on two operations, is two commands', async () => {
    const { policyId } = await policyOfFjordlys();
    await editDraftText(test.app, await test.request('kari', 'key'), edit(policyId, 'Text'));
    await editDraftText(test.app, await test.request('ola', 'key'), edit(policyId, 'Text', 1));
    const title = { policyId, title: { locale: 'nb', text: 'Tittel' } };
    await setPolicyTitle(test.app, await test.request('kari', 'key'), title);
    expect(await eventsOf(policyStream(policyId))).toHaveLength(4);
  });

  it('without a key every call is a command', async () => {
    const { policyId } = await policyOfFjordlys();
    const title = { policyId, title: { locale: 'nb', text: 'Tittel' } };
    const request = await test.request('kari');
    await Promise.all([1, 2, 3].map(() => setPolicyTitle(test.app, request, title)));
    expect(await eventsOf(policyStream(policyId))).toHaveLength(4);
  });

  it('a refusal is not remembered: the same key may succeed later', async () => {
    const { policyId } = await policyOfFjordlys();
    const request = await test.request('kari', 'key');
    await expect(editDraftText(test.app, request, edit(policyId, 'Text', 1))).rejects.toThrow(Refusal);
    await editDraftText(test.app, await test.request('kari'), edit(policyId, 'First'));
    await editDraftText(test.app, request, edit(policyId, 'Text', 1));
    expect((await policyOf(test.app, policyId)).draft.revision).toBe(2);
  });

  it('neither the key nor a name stands anywhere in the log', async () => {
    const { policyId } = await policyOfFjordlys();
    await editDraftText(test.app, await test.request('Kari Canary', 'canary-key-4711'), edit(policyId, 'Text'));
    const log = JSON.stringify(await collect(test.app.store.readAll()));
    expect(log).not.toContain('canary-key-4711');
    expect(log).not.toContain('Canary');
  });

  it('fifty writers of the same revision: one wins, the others are told the draft has moved on', async () => {
    const { policyId } = await policyOfFjordlys();
    const request = await test.request('kari');
    const calls = Array.from({ length: 50 }, (_, index) =>
      editDraftText(test.app, request, edit(policyId, `T${index}`)),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STALE_VERSION' });
    }
  });

  it('a hundred settings changed at once by two nodes all stand in the log', async () => {
    const { organisationId } = await policyOfFjordlys();
    const other = createApplication(test.app);
    const request = await test.request('operator');
    const calls = Array.from({ length: 100 }, (_, index) => {
      const app = index % 2 === 0 ? test.app : other;
      return amendOrganisation(app, request, { organisationId, name: `Name ${index}` });
    });
    await Promise.all(calls);
    expect(await eventsOf(organisationStream(organisationId))).toHaveLength(101);
    expect((await organisationOf(test.app, organisationId)).name).toMatch(/^Name \d+$/);
  });

  it('a command to what does not exist is told so', async () => {
    const request = await test.request('kari');
    const policyId = '00000000-0000-5000-8000-000000000000';
    await expect(setPolicyTitle(test.app, request, { policyId, title: { locale: 'nb', text: 'T' } })).rejects.toThrow(
      NotFound,
    );
    const creation = { organisationId: policyId, slug: 'x', kind: 'TERMS', title: 'T' } as const;
    await expect(createPolicy(test.app, request, creation)).rejects.toThrow(NotFound);
  });
});

describe('a command whose answer was lost', () => {
  it('is found in the stream by its key and not written again', async () => {
    const store = openSqliteEventStore({ clock: Date.now });
    const losing = { armed: false };
    const test = await openTestApplication(losingAnswers(store, losing));
    const request = await test.request('operator', 'key');
    losing.armed = true;
    await expect(registerOrganisation(test.app, request, fjordlys)).rejects.toThrow(StoreUnavailable);
    losing.armed = false;
    const { id } = await registerOrganisation(test.app, request, fjordlys);
    expect(await collect(store.readStream(organisationStream(id)))).toHaveLength(1);
    await test.close();
  });
});

/** Stores, then says that it is unavailable: the connection broke on the way back. */
function losingAnswers(store: EventStore, losing: { readonly armed: boolean }): EventStore {
  return {
    ...store,
    append: async (stream, events, expected) => {
      const answer = await store.append(stream, events, expected);
      if (losing.armed) throw new StoreUnavailable('The connection broke.');
      return answer;
    },
  };
}
