/** Texts of invented companies, written for the demonstration. */

export const PRIVACY_2019 = `# Personvernerklæring for Fjordlys

Sist oppdatert: 1. mai 2019

Fjordlys AS leverer styring av lys og varme til kontorbygg. Her forteller vi hvordan vi behandler opplysninger om deg.

## 1. Hvilke opplysninger vi behandler

Vi behandler navn og e-postadresse til dem som administrerer et bygg.

## 2. Samtykke

Når du bruker tjenesten, samtykker du til denne erklæringen.

## 3. Kontakt

Spør oss på personvern@fjordlys.example.
`;

export const PRIVACY_2021 = `# Personvernerklæring for Fjordlys

Sist oppdatert: 1. juni 2021 – Versjon 1

Fjordlys AS leverer styring av lys og varme til kontorbygg. Her forteller vi hvordan vi behandler opplysninger om deg, og hvilke rettigheter du har.

## 1. Behandlingsansvarlig

Fjordlys AS, Strandgata 1, 5004 Bergen, er behandlingsansvarlig.

## 2. Formål og grunnlag

Vi behandler navn og e-postadresse for å gi deg en brukerkonto. Grunnlaget er avtalen med deg. Kontoen slettes tolv måneder etter at abonnementet er avsluttet.

Vi sender nyhetsbrev til dem som har samtykket. Samtykket er frivillig og kan når som helst trekkes tilbake.

## 3. Dine rettigheter

Du har rett til innsyn, retting, sletting, begrensning og dataportabilitet, og du kan klage til Datatilsynet.

## 4. Kontakt

Spør oss på personvern@fjordlys.example.
`;

export const PRIVACY_2023 = `# Personvernerklæring for Fjordlys

Sist oppdatert: 1. november 2023 – Versjon 2. rev. 10

Fjordlys AS leverer styring av lys og varme til kontorbygg. Her forteller vi hvordan vi behandler opplysninger om deg, og hvilke rettigheter du har.

## 1. Behandlingsansvarlig

Fjordlys AS, Strandgata 1, 5004 Bergen, er behandlingsansvarlig.

## 2. Formål og grunnlag

Vi behandler navn og e-postadresse for å gi deg en brukerkonto. Grunnlaget er avtalen med deg. Kontoen slettes tolv måneder etter at abonnementet er avsluttet.

Vi sender nyhetsbrev til dem som har samtykket. Nyhetsbrevet sendes av Postduen AS, som er vår databehandler. Samtykket er frivillig og kan når som helst trekkes tilbake.

Vi teller hvilke sider og knapper som brukes, for å forbedre det som brukes mest. Grunnlaget er en berettiget interesse, og du kan protestere. Tallene slettes etter atten måneder.

## 3. Hvor opplysningene lagres

Opplysningene lagres i Norge.

## 4. Dine rettigheter

Du har rett til innsyn, retting, sletting, begrensning, protest og dataportabilitet, og du kan klage til Datatilsynet.

## 5. Kontakt

Spør oss på personvern@fjordlys.example.
`;

export const PRIVACY_NOW = PRIVACY_2023.replace(
  'Sist oppdatert: 1. november 2023 – Versjon 2. rev. 10',
  'Versjon 3',
).replace(
  'Her forteller vi hvordan vi behandler opplysninger om deg, og hvilke rettigheter du har.',
  'Denne erklæringen forteller hvordan vi behandler opplysninger om deg, og hvilke rettigheter du har.',
);

export const PRIVACY_NOW_ENGLISH = `# Privacy notice of Fjordlys

Version 3

Fjordlys AS controls light and heating in office buildings. This notice tells how we process personal data about you, and which rights you have.

## 1. Controller

The controller is Fjordlys AS, Strandgata 1, 5004 Bergen, Norway.

## 2. Purposes and legal basis

We process your name and e-mail address to give you an account. The basis is the contract with you. The account is deleted twelve months after the subscription ends.

We send a newsletter to those who have consented. It is sent by Postduen AS, our processor. Consent is voluntary and may be withdrawn at any time.

We count which pages and buttons are used, to improve what is used most. The basis is a legitimate interest, and you may object. The figures are deleted after eighteen months.

## 3. Where the data is kept

The data is kept in Norway.

## 4. Your rights

You have the right of access, rectification, erasure, restriction, objection and data portability, and you may complain to Datatilsynet.

## 5. Contact

Ask us at personvern@fjordlys.example.
`;

export const PRIVACY_NEXT = PRIVACY_NOW.replace('Versjon 3', 'Versjon 4').replace(
  'Opplysningene lagres i Norge.',
  'Opplysningene lagres i Norge. Kopier av nyhetsbrevets adresseliste oppbevares i Canada, som EU-kommisjonen har godkjent.',
);

export const PRIVACY_NEXT_ENGLISH = PRIVACY_NOW_ENGLISH.replace('Version 3', 'Version 4').replace(
  'The data is kept in Norway.',
  'The data is kept in Norway. Copies of the newsletter’s address list are kept in Canada, which the European Commission has found adequate.',
);

export const TERMS = `Vilkår for bruk av Fjordlys

1. Tjenesten

Fjordlys styrer lys og varme etter planen du legger inn.

2. Abonnement

Abonnementet løper til det sies opp, med en måneds frist.

3. Kontakt

kundeservice@fjordlys.example
`;

export const TEMPLATE = `# Personvernerklæring for {{company}}

{{company}} (org.nr. {{number}}) fører regnskap for kundene sine og behandler da opplysninger på deres vegne.

## Kontakt

{{contact}}
`;
