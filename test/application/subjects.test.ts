import { randomUUID } from 'node:crypto';
import { subjects } from '../../src/application/aggregate';
import { giveConsent } from '../../src/application/decisions';
import { handleCommand, IdempotencyConflict } from '../../src/application/handle-command';
import { NotFound } from '../../src/application/not-found';
import { registerOrganisation } from '../../src/application/organisations';
import { personOf } from '../../src/application/persons';
import { linkSubject, mendLinks } from '../../src/application/subject-links';
import { registerSubjects } from '../../src/application/subject-rows';
import { registerSubject, revokeSubjectTokens } from '../../src/application/subjects';
import { addMs } from '../../src/domain/time';
import { byClick, openPeopleOffice, type PeopleOffice } from '../support/people-office';
import { day } from '../support/policy-stories';

let office: PeopleOffice;
beforeEach(async () => {
  office = await openPeopleOffice();
});
afterEach(() => office.close());

const service = (key?: string) => office.request('service', key);
const ola = (more: object = {}) => ({
  organisationId: office.organisationId,
  externalId: 'ola@nordmann.example',
  categories: ['customer'],
  ...more,
});

async function customer(slug: string, customerOf?: string): Promise<string> {
  const { id } = await registerOrganisation(office.app, await office.request('operator'), {
    slug,
    name: slug,
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
    ...(customerOf && { customerOf }),
  });
  return id;
}

describe('registering a person', () => {
  it('a hundred times at once, on three nodes, is one person and one event', async () => {
    const nodes = [office.app, office.restarted().app, office.restarted().app];
    const request = await service();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => registerSubject(nodes[index % 3] ?? office.app, request, ola())),
    );
    const [first] = answers;
    expect(new Set(answers.map(({ id, position }) => `${id} ${position}`)).size).toBe(1);
    expect(await office.typesOf(first?.id ?? '')).toEqual(['SubjectRegistered']);
  });

  it('says nothing of who it is, in the log', async () => {
    const { id } = await registerSubject(office.app, await service('ola@nordmann.example'), ola());
    const [event] = await office.eventsOf(id);
    expect(JSON.stringify(event)).not.toMatch(/nordmann/i);
    expect(event?.data).toMatchObject({ keyId: (await office.app.vault.subjectKey(id))?.keyId, anonymous: false });
    expect(await office.app.vault.externalIdsOf([id])).toEqual(['ola@nordmann.example']);
  });

  it('of an external id in another organisation is another person', async () => {
    const other = await customer('elva');
    const first = await registerSubject(office.app, await service(), ola());
    const second = await registerSubject(office.app, await service(), ola({ organisationId: other }));
    expect(first.id).not.toBe(second.id);
  });

  it('again with other values is a classification; its repetition answers as the first time', async () => {
    const { id, position } = await registerSubject(office.app, await service('first'), ola());
    office.clock.now = addMs(office.clock.now, 86_400_000);
    const again = await registerSubject(office.app, await service('second'), ola({ categories: ['supplier'] }));
    expect(await office.typesOf(id)).toEqual(['SubjectRegistered', 'SubjectClassified']);
    expect(again.id).toBe(id);
    expect(await registerSubject(office.app, await service('first'), ola())).toEqual({ id, position });
    const conflict = registerSubject(office.app, await service('second'), ola({ categories: ['prospect'] }));
    await expect(conflict).rejects.toThrow(IdempotencyConflict);
  });

  it.each([
    ['an external id with NUL', { externalId: 'a\0' }, 'EXTERNAL_ID_INVALID'],
    ['an empty external id', { externalId: '' }, 'EXTERNAL_ID_INVALID'],
    ['a category that is an address', { categories: ['ola@nordmann.example'] }, 'CATEGORY_INVALID'],
    ['an unknown customer', { customerId: '0d9b1f5e-1f7a-4b8e-9a51-1e9c6f3a7b01' }, 'CUSTOMER_UNKNOWN'],
    ['a customer that is no id', { customerId: 'acme' }, 'CUSTOMER_UNKNOWN'],
    ['a customer of no length', { customerId: '' }, 'CUSTOMER_UNKNOWN'],
    ['a time to come', { registeredAt: day('2030-01-01') }, 'REGISTERED_IN_FUTURE'],
  ])('with %s is refused, and the vault makes nobody', async (_, more, code) => {
    await expect(registerSubject(office.app, await service(), ola(more))).rejects.toMatchObject({ code });
    expect(await office.app.vault.subjects(undefined, 10)).toEqual([]);
  });

  it('with a customer of the organisation records it; one of nobody, or of another, is refused', async () => {
    const acme = await customer('acme', office.organisationId);
    const { id } = await registerSubject(office.app, await service(), ola({ customerId: acme }));
    expect((await personOf(office.app, id)).profile.customerId).toBe(acme);
    for (const customerId of [await customer('elva'), await customer('bekk', acme), office.organisationId]) {
      const refused = registerSubject(office.app, await service(), ola({ customerId }));
      await expect(refused).rejects.toMatchObject({ code: 'CUSTOMER_UNKNOWN' });
    }
  });

  it('of an organisation that is none is answered as if absent', async () => {
    const nobody = registerSubject(office.app, await service(), ola({ organisationId: randomUUID() }));
    await expect(nobody).rejects.toThrow(NotFound);
  });

  it('goes on where a crash left an id in the vault and no event', async () => {
    const { id } = await office.app.vault.subjectOf(office.organisationId, 'ola@nordmann.example');
    await expect(personOf(office.app, id)).rejects.toThrow(NotFound);
    expect((await registerSubject(office.app, await service(), ola())).id).toBe(id);
  });
});

describe('an anonymous person', () => {
  const visitor = () => ({ organisationId: office.organisationId, categories: ['customer'] });

  it('is another one at each call, and the same one for the same key', async () => {
    const first = await registerSubject(office.app, await service(), visitor());
    const second = await registerSubject(office.app, await service(), visitor());
    const request = await service('key');
    const same = await Promise.all(Array.from({ length: 20 }, () => registerSubject(office.app, request, visitor())));
    expect(new Set([first.id, second.id, ...same.map(({ id }) => id)]).size).toBe(3);
    expect(await office.app.vault.externalIdsOf([first.id])).toEqual([undefined]);
    expect(await office.typesOf(same[0]?.id ?? '')).toEqual(['SubjectRegistered']);
  });
});

describe('registering a thousand', () => {
  const row = (index: number) => ({ externalId: `person ${index}`, categories: ['customer'] });

  it('answers ids in the order of the rows, the same the second time', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => row(index));
    const input = { organisationId: office.organisationId, rows };
    const first = await registerSubjects(office.app, await service('key'), input);
    expect(new Set(first.ids).size).toBe(1_000);
    expect(await office.app.vault.externalIdsOf(first.ids)).toEqual(rows.map(({ externalId }) => externalId));
    expect(await registerSubjects(office.restarted().app, await service('key'), input)).toEqual(first);
    expect((await registerSubjects(office.app, await service(), input)).ids).toEqual(first.ids);
    expect(await office.typesOf(first.ids[999] ?? '')).toEqual(['SubjectRegistered']);
  });

  it('a row that names a person again classifies them, in the order of the rows', async () => {
    const rows = [row(1), row(2), { ...row(1), categories: ['supplier'] }, { ...row(1), categories: ['prospect'] }];
    const { ids } = await registerSubjects(office.app, await service(), {
      organisationId: office.organisationId,
      rows,
    });
    expect([ids[0] === ids[2], ids[2] === ids[3], ids[0] === ids[1]]).toEqual([true, true, false]);
    const types = ['SubjectRegistered', 'SubjectClassified', 'SubjectClassified'];
    expect(await office.typesOf(ids[0] ?? '')).toEqual(types);
    expect((await personOf(office.app, ids[0] ?? '')).classifications.at(-1)?.categories).toEqual(['prospect']);
  });

  it('with some that are wrong names each by its row and code, and writes nothing', async () => {
    const rows = [row(1), { ...row(2), categories: ['@'] }, row(3), { ...row(4), externalId: '' }];
    const refused = registerSubjects(office.app, await service(), { organisationId: office.organisationId, rows });
    await expect(refused).rejects.toMatchObject({
      code: 'ROWS_REFUSED',
      details: {
        rows: [
          expect.objectContaining({ row: 2, code: 'CATEGORY_INVALID' }),
          expect.objectContaining({ row: 4, code: 'EXTERNAL_ID_INVALID' }),
        ],
      },
    });
    expect(await office.app.vault.subjects(undefined, 10)).toEqual([]);
  });

  it('with the same key and other rows is a conflict', async () => {
    const input = { organisationId: office.organisationId, rows: [row(1), row(2)] };
    await registerSubjects(office.app, await service('key'), input);
    const other = { ...input, rows: [row(1), { ...row(2), categories: ['supplier'] }] };
    await expect(registerSubjects(office.app, await service('key'), other)).rejects.toThrow(IdempotencyConflict);
    const [id] = await office.app.vault.findSubjects(office.organisationId, ['person 2']);
    expect(await office.typesOf(id ?? '')).toEqual(['SubjectRegistered']);
  });

  it.each([0, 1_001])('is at most a thousand: %i are refused', async (length) => {
    const rows = Array.from({ length }, (_, index) => row(index));
    const refused = registerSubjects(office.app, await service(), { organisationId: office.organisationId, rows });
    await expect(refused).rejects.toMatchObject({ code: 'TOO_MANY_ROWS' });
  });
});

test('tokens are revoked by an event of their own, once for a key', async () => {
  const subjectId = await office.register();
  const request = await service('key');
  const first = await revokeSubjectTokens(office.app, request, { subjectId });
  expect(await revokeSubjectTokens(office.app, request, { subjectId })).toEqual(first);
  expect(await office.typesOf(subjectId)).toEqual(['SubjectRegistered', 'SubjectTokensRevoked']);
});

describe('linking an anonymous person to an account (D7)', () => {
  const visitor = async (more: object = {}) =>
    (
      await registerSubject(office.app, await service(), {
        organisationId: office.organisationId,
        categories: ['customer'],
        ...more,
      })
    ).id;

  it('stands in both streams, once, however often it is sent', async () => {
    const anonymousId = await visitor();
    const accountId = await office.register();
    const request = await service('key');
    const nodes = [office.app, office.restarted().app];
    const link = (index: number) => linkSubject(nodes[index % 2] ?? office.app, request, { anonymousId, accountId });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => link(index)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.id).toBe(accountId);
    expect(await office.typesOf(anonymousId)).toEqual(['SubjectRegistered', 'SubjectLinked']);
    expect(await office.typesOf(accountId)).toEqual(['SubjectRegistered', 'SubjectLinkReceived']);
    const [, linked] = await office.eventsOf(anonymousId);
    const [, received] = await office.eventsOf(accountId);
    expect(received?.data.linkedAt).toBe(linked?.data.linkedAt);
    expect(received?.metadata.streamTag).not.toBe(linked?.metadata.streamTag);
  });

  it('of two accounts at once gets one', async () => {
    const anonymousId = await visitor();
    const accounts = [await office.register(), await office.register({ externalId: 'kari' })];
    const request = await service();
    const nodes = [office.app, office.restarted().app];
    const answers = await Promise.allSettled(
      accounts.map((accountId, index) => linkSubject(nodes[index] ?? office.app, request, { anonymousId, accountId })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = answers.find((answer) => answer.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'ALREADY_LINKED' });
    const linked = await Promise.all(accounts.map((id) => office.typesOf(id)));
    expect(linked.flat().filter((type) => type === 'SubjectLinkReceived')).toHaveLength(1);
  });

  it('cut short between the two streams is made good at the next start, or by the next call', async () => {
    const anonymousId = await visitor();
    const accountId = await office.register();
    const request = await service();
    const at = office.clock.now;
    const command = { type: 'LinkSubject', at, account: { id: accountId, anonymous: false, erased: false } } as const;
    const origin = { organisationId: office.organisationId, request };
    await handleCommand(office.app, subjects, anonymousId, origin, { identity: { commandId: randomUUID() }, command });
    expect(await office.typesOf(accountId)).toEqual(['SubjectRegistered']);
    const next = office.restarted();
    expect(await mendLinks(next.app, request, [anonymousId, accountId])).toBe(1);
    expect(await mendLinks(next.app, request, [anonymousId])).toBe(1);
    await linkSubject(office.app, request, { anonymousId, accountId });
    expect(await office.typesOf(accountId)).toEqual(['SubjectRegistered', 'SubjectLinkReceived']);
    expect(await office.typesOf(anonymousId)).toEqual(['SubjectRegistered', 'SubjectLinked']);
  });

  it('is refused across organisations as if the account were absent, and to itself', async () => {
    const anonymousId = await visitor();
    const other = await registerSubject(office.app, await service(), ola({ organisationId: await customer('elva') }));
    const request = await service();
    await expect(linkSubject(office.app, request, { anonymousId, accountId: other.id })).rejects.toThrow(NotFound);
    const itself = linkSubject(office.app, request, { anonymousId, accountId: anonymousId });
    await expect(itself).rejects.toMatchObject({ code: 'ACCOUNT_ANONYMOUS' });
    const account = await office.register();
    const backwards = linkSubject(office.app, request, { anonymousId: account, accountId: account });
    await expect(backwards).rejects.toMatchObject({ code: 'NOT_ANONYMOUS' });
  });

  it('ends what the anonymous person does', async () => {
    const version = await office.publish('privacy');
    const anonymousId = await visitor();
    await linkSubject(office.app, await service(), { anonymousId, accountId: await office.register() });
    const input = { subjectId: anonymousId, ...version, ...byClick, purposes: ['newsletter'] };
    await expect(giveConsent(office.app, await service(), input)).rejects.toMatchObject({ code: 'SUBJECT_LINKED' });
  });
});
