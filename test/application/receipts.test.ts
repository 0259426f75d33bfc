import type { Written } from '../../src/application/application';
import { acceptTerms, giveConsent, refuseConsent, refuseTerms, withdrawConsent } from '../../src/application/decisions';
import { amendOrganisation, registerOrganisation } from '../../src/application/organisations';
import { setPolicyTitle } from '../../src/application/policies';
import { iso27560Receipt } from '../../src/application/receipts/iso-27560-receipt';
import { kantaraReceipt } from '../../src/application/receipts/kantara-receipt';
import { receiptSource } from '../../src/application/receipts/receipt-source';
import { classifySubject } from '../../src/application/subjects';
import { addMs } from '../../src/domain/time';
import { schemaFaults } from '../support/json-schemas';
import { byClick, openPeopleOffice, type PeopleOffice } from '../support/people-office';
import { statement, withPurpose } from '../support/policy-stories';

const isoFaults = schemaFaults('iso-27560-receipt');
const kantaraFaults = schemaFaults('kantara-consent-receipt-1.1');

const DAY_MS = 86_400_000;

describe('receipts', () => {
  let office: PeopleOffice;
  beforeEach(async () => {
    office = await openPeopleOffice();
  });
  afterEach(() => office.close());

  const service = () => office.request('service');
  const newsletter = { purposes: ['newsletter'], ...byClick };

  /** Both receipts of the fact at a position. */
  async function receiptsAt(subjectId: string, { position }: Pick<Written, 'position'>) {
    const stored = (await office.eventsOf(subjectId)).find((event) => event.position === position);
    const record = stored && (await receiptSource(office.app, subjectId).recordOf(stored));
    if (!record) throw new Error('There is no decision at this position.');
    return { iso: iso27560Receipt(record), kantara: kantaraReceipt(record) };
  }

  async function expectSound(subjectId: string, at: Pick<Written, 'position'>) {
    const receipts = await receiptsAt(subjectId, at);
    expect(isoFaults(receipts.iso)).toEqual([]);
    expect(kantaraFaults(receipts.kantara)).toEqual([]);
    return { iso: JSON.parse(receipts.iso), kantara: JSON.parse(receipts.kantara) };
  }

  it('of a yes say who asked, for what, by which text, when, how, until when and how to take it back', async () => {
    const to = withPurpose('newsletter', {
      consentValidFor: 'P1Y',
      recipients: ['Brevdue AS'],
      transfers: ['USA (SCC)'],
    });
    const version = await office.publish('privacy', { statement: to, label: 'Versjon 2. rev. 10' });
    const subjectId = await office.register();
    const given = await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { iso, kantara } = await expectSound(subjectId, given);

    const record = iso['dpv:hasRecordOfActivity'];
    expect(iso['@type']).toBe('dpv:ConsentReceipt');
    expect(record['dpv:hasDataSubject']).toMatchObject({ 'dct:identifier': subjectId });
    expect(record['dpv:hasEntity']).toMatchObject([
      {
        '@id': `urn:uuid:${office.organisationId}`,
        'dpv:hasName': 'Fjordlys AS',
        'dct:identifier': '923609016',
        'schema:address': { 'schema:streetAddress': 'Strandgata 1, Bergen', 'schema:addressCountry': 'NO' },
      },
    ]);
    expect(record['dpv:hasNotice']).toMatchObject({
      '@id': `urn:uuid:${version.versionId}`,
      '@type': ['dpv:ConsentNotice', 'dpv:PrivacyNotice'],
      'dct:hasVersion': 'Versjon 2. rev. 10',
      'dct:language': 'nb',
      'schema:sha256': version.contentSha256,
      'schema:url': '/p/fjordlys/privacy?on=2024-06-15&locale=nb',
    });
    expect(record['dpv:hasProcess']).toMatchObject([
      {
        'dpv:hasPurpose': { 'dct:title': { '@value': 'Nyhetsbrev', '@language': 'nb' } },
        'dpv:hasPersonalData': [{ 'dct:title': 'e-mail address' }],
        'dpv:hasRecipient': [{ 'dct:title': 'Brevdue AS' }],
        'dpv:hasLegalBasis': { '@id': 'eu-gdpr:A6-1-a' },
      },
    ]);
    expect(record['dpv:hasConsentStatus']).toMatchObject([
      {
        '@type': ['dpv:ConsentGiven', 'dpv:ExplicitlyExpressedConsent'],
        'dpv:isIndicatedAtTime': { '@value': '2024-06-15T10:00:00.000Z' },
        'dpv:hasIndicationMethod': 'CLICKED_BUTTON, APP',
        'dpv:hasDuration': { 'rdf:value': { '@value': '2025-06-15T10:00:00.000Z' } },
      },
    ]);
    expect(record['dpv:hasConsentControl']['dct:description']['@value']).toContain('trekkes tilbake');

    expect(kantara).toMatchObject({
      version: 'KI-CR-v1.1.0',
      jurisdiction: 'NO',
      consentTimestamp: Date.parse('2024-06-15T10:00:00Z') / 1_000,
      collectionMethod: 'CLICKED_BUTTON, APP',
      consentReceiptID: iso['dpv:hasIdentifier'],
      language: 'nb',
      piiPrincipalId: subjectId,
      piiControllers: [
        { piiController: 'Fjordlys AS', onBehalf: false, email: 'personvern@fjordlys.example', phone: '' },
      ],
      sensitive: false,
      spiCat: [],
    });
    expect(kantara.services[0].purposes).toMatchObject([
      { purpose: 'Nyhetsbrev', consentType: 'EXPLICIT', primaryPurpose: false, thirdPartyName: 'Brevdue AS' },
    ]);
    expect(kantara.services[0].purposes[0].termination).toContain(
      '2025-06-15T10:00:00.000Z | Until withdrawn | Samtykket kan',
    );
  });

  it('of a no say that it was one', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const refused = await refuseConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { iso, kantara } = await expectSound(subjectId, refused);
    expect(iso['dpv:hasRecordOfActivity']['dpv:hasConsentStatus']).toMatchObject([{ '@type': 'dpv:ConsentRefused' }]);
    expect(kantara.services[0].purposes[0].consentType).toBe('NONE: consent was refused');
  });

  it('of a withdrawal tell the yes that it takes back, with the text of that yes', async () => {
    const first = await office.publish('privacy', { label: 'En' });
    const subjectId = await office.register();
    await giveConsent(office.app, await service(), { subjectId, ...first, ...newsletter });
    office.clock.now = addMs(office.clock.now, DAY_MS);
    await office.publish('privacy', { label: 'To' });
    office.clock.now = addMs(office.clock.now, DAY_MS);
    const { policyId } = first;
    const taken = await withdrawConsent(office.app, await service(), { subjectId, policyId, purposes: ['newsletter'] });
    const { iso, kantara } = await expectSound(subjectId, taken);
    const record = iso['dpv:hasRecordOfActivity'];
    expect(record['dpv:hasNotice']).toMatchObject({ 'dct:hasVersion': 'En', 'schema:sha256': first.contentSha256 });
    expect(record['dpv:hasConsentStatus']).toMatchObject([
      {
        '@type': ['dpv:ConsentGiven', 'dpv:ExplicitlyExpressedConsent'],
        'dpv:isIndicatedAtTime': { '@value': '2024-06-15T10:00:00.000Z' },
      },
      { '@type': 'dpv:ConsentWithdrawn', 'dpv:isIndicatedAtTime': { '@value': '2024-06-17T10:00:00.000Z' } },
    ]);
    expect(kantara.services[0].purposes[0].consentType).toBe('NONE: consent was withdrawn');
  });

  it('of a withdrawal that takes back no yes show the version in force', async () => {
    const version = await office.publish('privacy', { label: 'En' });
    const subjectId = await office.register();
    const { policyId } = version;
    const taken = await withdrawConsent(office.app, await service(), { subjectId, policyId, purposes: ['newsletter'] });
    const { iso } = await expectSound(subjectId, taken);
    const record = iso['dpv:hasRecordOfActivity'];
    expect(record['dpv:hasNotice']).toMatchObject({ 'dct:hasVersion': 'En', 'dct:language': 'nb' });
    expect(record['dpv:hasConsentStatus']).toHaveLength(1);
  });

  it.each([
    ['accepted', acceptTerms, 'dpv:ContractSignedByParty'],
    ['refused', refuseTerms, 'dpv:ContractRejected'],
  ] as const)('of terms %s call themselves no receipt for a consent', async (_, decide, status) => {
    const contract = await office.publish('terms', { kind: 'TERMS' });
    const subjectId = await office.register();
    const decided = await decide(office.app, await service(), { subjectId, ...contract, ...byClick });
    const { iso, kantara } = await expectSound(subjectId, decided);
    expect(JSON.stringify(iso)).not.toContain('Consent');
    expect(iso['dpv:hasRecordOfActivity']['dpv:hasStatus']).toMatchObject([{ '@type': status }]);
    expect(iso['dpv:hasRecordOfActivity']['dpv:hasProcess']).toMatchObject([
      { 'dpv:hasLegalBasis': { '@id': 'eu-gdpr:A6-1-b' } },
    ]);
    expect(kantara.services[0].purposes[0].consentType).toMatch(/^NONE: terms/);
  });

  it("name the customer of the decision's day where a processor's policy says that the customer is the controller", async () => {
    const { app, organisationId } = office;
    const operator = await office.request('operator');
    const customer = (slug: string, name: string, number: string) =>
      registerOrganisation(app, operator, {
        slug,
        name,
        number,
        timeZone: 'Europe/Oslo',
        defaultLocale: 'nb',
        approvalRequired: false,
        customerOf: organisationId,
      });
    const acme = await customer('acme', 'Acme AS', '974760673');
    const other = await customer('other', 'Annen AS', '923609016');
    const to = { ...statement, controllerIsCustomer: true };
    const version = await office.publish('privacy', { statement: to });
    const subjectId = await office.register({ customerId: acme.id });
    const given = await giveConsent(app, await service(), { subjectId, ...version, ...newsletter });
    office.clock.now = addMs(office.clock.now, DAY_MS);
    await classifySubject(app, await service(), { subjectId, customerId: other.id });
    await amendOrganisation(app, operator, { organisationId: acme.id, name: 'Acme Norge AS' });
    const { iso, kantara } = await expectSound(subjectId, given);
    expect(iso['dpv:hasRecordOfActivity']['dpv:hasEntity']).toMatchObject([
      { '@type': ['dpv:Organisation', 'dpv:DataController'], 'dpv:hasName': 'Acme AS', 'dct:identifier': '974760673' },
      { '@type': ['dpv:Organisation', 'dpv:DataProcessor'], 'dpv:hasName': 'Fjordlys AS' },
    ]);
    expect(kantara.piiControllers).toMatchObject([
      { piiController: 'Acme AS', onBehalf: false },
      { piiController: 'Fjordlys AS', onBehalf: true },
    ]);
  });

  it('flag special categories of data, by which the consent has another article', async () => {
    const to = withPurpose('newsletter', { dataCategories: ['e-postadresse', 'helseopplysninger'] });
    const version = await office.publish('privacy', { statement: to });
    const subjectId = await office.register();
    const given = await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { iso, kantara } = await expectSound(subjectId, given);
    expect(kantara).toMatchObject({ sensitive: true, spiCat: ['helseopplysninger'] });
    expect(iso['dpv:hasRecordOfActivity']['dpv:hasProcess'][0]).toMatchObject({
      'dpv:hasLegalBasis': { '@id': 'eu-gdpr:A9-2-a' },
      'dpv:hasPersonalData': [{ '@type': 'dpv:PersonalData' }, { '@type': 'dpv:SpecialCategoryPersonalData' }],
    });
  });

  it('of a version accepted ahead point to the day from which it is in force, and say who decided', async () => {
    await office.publish('privacy');
    const effectiveFrom = addMs(office.clock.now, 30 * DAY_MS);
    const coming = await office.publish('privacy', { effectiveFrom });
    const subjectId = await office.register();
    const decision = { subjectId, ...coming, ...newsletter, decidedBy: 'GUARDIAN' } as const;
    const { iso } = await expectSound(subjectId, await giveConsent(office.app, await service(), decision));
    const record = iso['dpv:hasRecordOfActivity'];
    expect(record['dpv:hasNotice']['schema:url']).toContain('on=2024-07-15');
    expect(record['dpv:hasConsentStatus'][0]['dpv:isIndicatedBy']).toEqual({ '@type': 'dpv:GuardianOfDataSubject' });
  });

  it('are the same bytes for ever, whatever happens afterwards and whichever node is asked', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const given = await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const first = await receiptsAt(subjectId, given);
    office.clock.now = addMs(office.clock.now, DAY_MS);
    const { policyId } = version;
    const title = { policyId, title: { locale: 'nb', text: 'Noe helt annet' } };
    await setPolicyTitle(office.app, await office.request('editor'), title);
    await office.publish('privacy', { label: 'To' });
    await withdrawConsent(office.app, await service(), { subjectId, policyId, purposes: ['newsletter'] });
    await amendOrganisation(office.app, await office.request('operator'), {
      organisationId: office.organisationId,
      name: 'Nordlys AS',
      timeZone: 'America/New_York',
      defaultLocale: 'en',
    });
    expect(await receiptsAt(subjectId, given)).toEqual(first);
    office = office.restarted();
    expect(await receiptsAt(subjectId, given)).toEqual(first);
  });

  it('hold no more about the person than the random id', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register({ externalId: 'ola.nordmann@example.org' });
    const given = await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { iso, kantara } = await receiptsAt(subjectId, given);
    expect(iso + kantara).not.toContain('nordmann');
  });

  it('are of decisions alone', async () => {
    const subjectId = await office.register();
    const [registered] = await office.eventsOf(subjectId);
    const source = receiptSource(office.app, subjectId);
    expect(registered && (await source.recordOf(registered))).toBeUndefined();
  });

  it('would be found wrong by their schemas', async () => {
    const version = await office.publish('privacy');
    const subjectId = await office.register();
    const given = await giveConsent(office.app, await service(), { subjectId, ...version, ...newsletter });
    const { iso, kantara } = await receiptsAt(subjectId, given);
    const without = (json: string, name: string) => {
      const { [name]: _, ...rest } = JSON.parse(json);
      return JSON.stringify(rest);
    };
    for (const name of Object.keys(JSON.parse(kantara))) {
      expect([name, kantaraFaults(without(kantara, name))]).not.toEqual([name, []]);
    }
    for (const name of Object.keys(JSON.parse(iso)))
      expect([name, isoFaults(without(iso, name))]).not.toEqual([name, []]);
    expect(isoFaults(iso.replace('dpv:StorageDuration', 'dpv:Storage'))).not.toEqual([]);
    expect(isoFaults(iso.replace('eu-gdpr:A7-3', 'eu-gdpr:seven'))).not.toEqual([]);
    expect(kantaraFaults(kantara.replace('KI-CR-v1.1.0', 'KI-CR-v1.0.0'))).not.toEqual([]);
    expect(kantaraFaults(kantara.replace('"thirdPartyDisclosure":false', '"thirdPartyDisclosure":true'))).not.toEqual(
      [],
    );
  });
});
