import type { RegisterOrganisation } from '../../src/domain/organisation/organisation.commands';
import { organisationDecider } from '../../src/domain/organisation/organisation.decider';
import type { OrganisationEvent } from '../../src/domain/organisation/organisation.events';
import { isOrganisationNumber } from '../../src/domain/organisation/organisation-number';
import { spec } from '../support/decider-spec';
import { day } from '../support/policy-stories';

const at = day('02-01');
const register: RegisterOrganisation = {
  type: 'RegisterOrganisation',
  at,
  organisationId: 'o',
  slug: 'fjordlys',
  name: 'Fjordlys AS',
  timeZone: 'Europe/Oslo',
  defaultLocale: 'nb',
  approvalRequired: true,
};
const registered: OrganisationEvent = {
  type: 'OrganisationRegistered',
  data: {
    organisationId: 'o',
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: true,
    noticeLeadDays: 14,
    retention: { loginAndDeliveryDays: 21, operationalDays: 365 },
    registeredAt: at,
  },
};

describe('a Norwegian organisation number', () => {
  test.each(['923609016', '974760673', '889640782'])('%s has the right check digit', (number) => {
    expect(isOrganisationNumber(number)).toBe(true);
  });
  test.each(['923609017', '92360901', '9236090160', '92360901X', '', '٩٢٣٦٠٩٠١٦', ' 923609016'])(
    '%p is none',
    (number) => {
      expect(isOrganisationNumber(number)).toBe(false);
    },
  );
  test('every single changed digit is noticed', () => {
    const number = '923609016';
    for (let place = 0; place < 9; place += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const other = number.slice(0, place) + digit + number.slice(place + 1);
        if (other !== number) expect(isOrganisationNumber(other)).toBe(false);
      }
    }
  });
});

describe('registering an organisation', () => {
  const { given } = spec(organisationDecider);

  test('with neither identifier yet records its settings and their defaults', () => {
    given().when(register).thenEvents(registered);
  });
  test('with a number whose check digit is wrong is refused', () => {
    given()
      .when({ ...register, number: '923609017' })
      .refused('ORGANISATION_NUMBER_INVALID');
  });
  test('with two identifiers is refused', () => {
    given()
      .when({ ...register, number: '923609016', foreignId: 'SE556000' })
      .refused('TWO_IDENTIFIERS');
  });
  test.each(['', ' ', 'x'.repeat(201), 'Fjord\nlys', 'Fjord\u2028lys', 'Fjord\0lys', 'Fjord\ud83d'])(
    'with %j for a name or a foreign id is refused',
    (text) => {
      given()
        .when({ ...register, name: text })
        .refused('ORGANISATION_NAME_INVALID');
      given()
        .when({ ...register, foreignId: text })
        .refused('FOREIGN_ID_INVALID');
    },
  );
  test('under a slug that is taken is refused', () => {
    given(registered).when(register).refused('ORGANISATION_ALREADY_EXISTS');
  });
});

describe('amending an organisation', () => {
  const { when } = spec(organisationDecider).given(registered);

  test('records one fact for each setting that differs', () => {
    when({
      type: 'AmendOrganisation',
      at,
      name: 'Fjordlys ASA',
      timeZone: 'Europe/Oslo',
      noticeLeadDays: 30,
      operationalDays: 90,
    }).thenEvents(
      { type: 'OrganisationNamed', data: { organisationId: 'o', name: 'Fjordlys ASA', namedAt: at } },
      { type: 'OrganisationNoticeLeadSet', data: { organisationId: 'o', noticeLeadDays: 30, setAt: at } },
      {
        type: 'OrganisationRetentionSet',
        data: { organisationId: 'o', retention: { loginAndDeliveryDays: 21, operationalDays: 90 }, setAt: at },
      },
    );
  });
  test('with a name that is none is refused', () => {
    when({ type: 'AmendOrganisation', at, name: ' ' }).refused('ORGANISATION_NAME_INVALID');
  });
  test('with nothing that differs is refused', () => {
    when({ type: 'AmendOrganisation', at, name: 'Fjordlys AS' }).refused('NOTHING_TO_AMEND');
  });
  test('gives an identifier to one that had none, once', () => {
    const [identified] = when({ type: 'AmendOrganisation', at, number: '923609016' }).events();
    if (!identified) throw new Error('Nothing was decided.');
    const after = spec(organisationDecider).given(registered, identified);
    expect(after.state).toMatchObject({ number: '923609016' });
    after.when({ type: 'AmendOrganisation', at, number: '974760673' }).refused('ALREADY_IDENTIFIED');
    after.when({ type: 'AmendOrganisation', at, number: '923609016' }).refused('NOTHING_TO_AMEND');
  });
  test.each([0, -1, 1.5, 366])('a lead of %p days is refused', (noticeLeadDays) => {
    when({ type: 'AmendOrganisation', at, noticeLeadDays }).refused('NOTICE_LEAD_OUT_OF_RANGE');
  });
  test.each([0, 3_651])('a retention of %p days is refused', (operationalDays) => {
    when({ type: 'AmendOrganisation', at, operationalDays }).refused('RETENTION_OUT_OF_RANGE');
  });
});
