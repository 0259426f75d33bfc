interface ReasonText {
  /** Name of the rule that decided. */
  readonly rule: string;
  readonly nb: string;
  readonly en: string;
}

/** Why a version is in force; why none is, REASON_SENTENCES tells. */
export const IN_FORCE_REASON = {
  rule: 'V1',
  nb: 'Denne versjonen er den siste som hadde trådt i kraft og ikke var trukket tilbake.',
  en: 'This version is the latest that had taken effect and was not withdrawn.',
} as const satisfies ReasonText;

/**
 * Why a state or an obligation of a person is what it is, by code: the rule that decided, and a sentence for people to
 * read. A code is never renamed or reused.
 */
export const REASON_SENTENCES = {
  NOT_YET_PUBLISHED: {
    rule: 'V1',
    nb: 'Ingen versjon hadde trådt i kraft ennå.',
    en: 'No version had taken effect yet.',
  },
  ALL_WITHDRAWN: {
    rule: 'V3',
    nb: 'Alle versjoner som hadde trådt i kraft, var trukket tilbake.',
    en: 'Every version that had taken effect was withdrawn.',
  },
  RETIRED: { rule: 'V4', nb: 'Dokumentet var tatt ut av bruk.', en: 'The policy was retired.' },
  TEXT_ONLY: {
    rule: 'V7',
    nb: 'Versjonen som gjaldt, er en importert tekst uten behandlingserklæring.',
    en: 'The version in force is an imported text without a processing statement.',
  },
  PURPOSE_ABSENT: {
    rule: 'D3',
    nb: 'Formålet står ikke i versjonen som gjaldt.',
    en: 'The version in force does not have this purpose.',
  },
  NO_BASIS: {
    rule: 'D5',
    nb: 'Ingen av formålets behandlingsgrunnlag gjelder noen av personens kategorier.',
    en: "None of the purpose's legal bases is for any of the person's categories.",
  },
  OTHER_BASIS: {
    rule: 'D5',
    nb: 'Formålet bygger på et annet grunnlag enn samtykke for denne personen.',
    en: 'For this person the purpose rests on another basis than consent.',
  },
  RESTRICTED: {
    rule: 'D2',
    nb: 'Personen har krevd at behandlingen begrenses.',
    en: 'The person had the processing restricted.',
  },
  OBJECTED: { rule: 'D2', nb: 'Personen har protestert mot behandlingen.', en: 'The person objected to it.' },
  DECIDED_AGAINST: {
    rule: 'D5',
    nb: 'Personen har avslått eller trukket tilbake samtykket, og det gjelder her som en protest.',
    en: 'The person refused consent or withdrew it, which counts here as an objection.',
  },
  GIVEN: { rule: 'D1', nb: 'Personen har samtykket.', en: 'The person consented.' },
  RENEWED: {
    rule: 'D3',
    nb: 'Personen har samtykket på nytt, uten noe nei imellom.',
    en: 'The person consented again, without a no in between.',
  },
  REFUSED: { rule: 'D1', nb: 'Personen har avslått.', en: 'The person refused.' },
  WITHDRAWN: { rule: 'D1', nb: 'Personen har trukket samtykket tilbake.', en: 'The person withdrew the consent.' },
  EXPIRED: { rule: 'D3', nb: 'Samtykket var gått ut.', en: 'The consent had expired.' },
  RENEWAL_DUE: {
    rule: 'D3',
    nb: 'Samtykket ble gitt til en versjon som siden er endret slik at det må gis på nytt.',
    en: 'The consent was given to a version that has since changed so that it has to be given again.',
  },
  VOIDED: {
    rule: 'D3',
    nb: 'Versjonen som det ble samtykket til, er trukket tilbake slik at svar på den ikke gjelder.',
    en: 'The version consented to was withdrawn so that decisions on it do not count.',
  },
  VERSION_REVOKED: {
    rule: 'V7',
    nb: 'Versjonen som det ble samtykket til, var importert ved en feil og er tatt ut.',
    en: 'The version consented to had been imported by mistake and was taken out.',
  },
  DEFERRED: { rule: 'D1', nb: 'Personen har utsatt valget.', en: 'The person put the decision off.' },
  REQUESTED: {
    rule: 'D1',
    nb: 'Personen har fått se en versjon som ber om samtykket, og har ikke valgt.',
    en: 'A version that asks for it was shown, and nothing was decided.',
  },
  NOT_DECIDED: { rule: 'D1', nb: 'Personen har ikke valgt.', en: 'The person decided nothing.' },
  RECORDED: { rule: 'V6', nb: 'Det er notert for denne versjonen.', en: 'It was recorded for this version.' },
  CARRIED_OVER: {
    rule: 'V6',
    nb: 'Det er notert for en annen versjon som sier det samme.',
    en: 'It was recorded for another version that says the same.',
  },
  NOTHING_RECORDED: { rule: 'V6', nb: 'Ingenting er notert.', en: 'Nothing was recorded.' },
  ACCEPTED: { rule: 'V6', nb: 'Personen har godtatt vilkårene.', en: 'The person accepted the terms.' },
  ACCEPTED_EARLIER_TERMS: {
    rule: 'V6',
    nb: 'Personen har godtatt en versjon, men vilkårene er endret siden.',
    en: 'The person accepted a version, but the terms have changed since.',
  },
  TERMS_REFUSED: { rule: 'V6', nb: 'Personen har avslått vilkårene.', en: 'The person refused the terms.' },
  NOT_ACCEPTED: {
    rule: 'V6',
    nb: 'Personen har ikke svart på vilkårene.',
    en: 'The person has not answered the terms.',
  },
  NOT_READ: {
    rule: 'O2',
    nb: 'Personen har ikke bekreftet å ha lest versjonen.',
    en: 'The person has not confirmed having read the version.',
  },
} as const satisfies { readonly [code: string]: ReasonText };

export type StateReasonCode = keyof typeof REASON_SENTENCES;
