import type { ProcessingStatement, Purpose } from '../../domain/policy/processing-statement';

const newsletter: Purpose = {
  key: 'newsletter',
  titles: [
    { locale: 'en', text: 'Newsletter' },
    { locale: 'nb', text: 'Nyhetsbrev' },
  ],
  optional: true,
  bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' }],
  dataCategories: ['e-postadresse'],
  sources: [],
  recipients: [],
  processors: [],
  retention: 'Til samtykket trekkes tilbake',
  transfers: [],
  consentValidFor: 'P2Y',
};

const account: Purpose = {
  key: 'account',
  titles: [
    { locale: 'en', text: 'User account' },
    { locale: 'nb', text: 'Brukerkonto' },
  ],
  optional: false,
  bases: [{ subjectCategory: 'customer', legalBasis: 'CONTRACT' }],
  dataCategories: ['navn', 'e-postadresse'],
  sources: [],
  recipients: [],
  processors: [],
  retention: 'Tolv måneder etter at abonnementet er avsluttet',
  transfers: [],
};

export const STATEMENT_2021: ProcessingStatement = {
  controller: {
    name: 'Fjordlys AS',
    number: '923609016',
    role: 'controller',
    address: 'Strandgata 1, 5004 Bergen',
  },
  controllerIsCustomer: false,
  processors: [],
  contact: 'personvern@fjordlys.example',
  purposes: [newsletter, account],
  rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'WITHDRAW_CONSENT'],
  complaintAuthority: 'Datatilsynet',
};

/** A purpose that a person may object to (GDPR Art. 21). */
const statistics: Purpose = {
  key: 'statistics',
  titles: [
    { locale: 'en', text: 'Usage statistics' },
    { locale: 'nb', text: 'Bruksstatistikk' },
  ],
  optional: true,
  bases: [
    {
      subjectCategory: 'customer',
      legalBasis: 'LEGITIMATE_INTERESTS',
      legitimateInterest: 'Å forbedre det som brukes mest',
    },
  ],
  dataCategories: ['sider og knapper som brukes'],
  sources: [],
  recipients: [],
  processors: [],
  retention: 'Atten måneder',
  transfers: [],
};

export const STATEMENT_2023 = withNewsletter(
  { ...STATEMENT_2021, purposes: [newsletter, account, statistics], rights: [...STATEMENT_2021.rights, 'OBJECTION'] },
  { processors: ['Postduen AS'] },
);

export const STATEMENT_NEXT = withNewsletter(STATEMENT_2023, {
  transfers: ['Canada: EU-kommisjonens beslutning 2002/2/EF'],
});

export const TERMS_STATEMENT: ProcessingStatement = {
  ...STATEMENT_2021,
  contact: 'kundeservice@fjordlys.example',
  purposes: [],
};

function withNewsletter(statement: ProcessingStatement, change: Partial<Purpose>): ProcessingStatement {
  const purposes = statement.purposes.map((purpose) =>
    purpose.key === newsletter.key ? { ...purpose, ...change } : purpose,
  );
  return { ...statement, purposes };
}
