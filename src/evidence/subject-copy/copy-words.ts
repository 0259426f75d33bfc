import type { InBoth, Language } from '../../domain/languages';
import { STAMP_WORDS } from '../stamp-words';

/** What the readable copy says beside what it shows. */
export const COPY_WORDS = {
  ...STAMP_WORDS,
  title: { nb: 'Kopi av opplysninger om deg', en: 'Copy of what is held about you' },
  intro: {
    nb: 'Dette er alt som er lagret her om deg: hva du har sagt ja og nei til, når, på hvilken måte og til hvilken tekst. Tidspunkter er lokal tid i',
    en: 'This is all that is held here about you: what you said yes and no to, when, how, and to which text. Times are local times in',
  },
  externalId: { nb: 'Din id hos virksomheten', en: 'Your id at the organisation' },
  id: { nb: 'Din id her', en: 'Your id here' },
  registered: { nb: 'Registrert', en: 'Registered' },
  categories: { nb: 'Kategorier', en: 'Categories' },
  customer: { nb: 'Kunde du tilhører', en: 'Customer you belong to' },
  alsoKnownAs: { nb: 'Tidligere anonym id', en: 'Earlier anonymous id' },
  states: { nb: 'Hva som gjelder', en: 'Where you stand' },
  noStates: { nb: 'Ingenting gjelder deg.', en: 'Nothing concerns you.' },
  facts: { nb: 'Hva som har skjedd', en: 'What has happened' },
  reason: { nb: 'Begrunnelse', en: 'Reason' },
  recorded: { nb: 'notert', en: 'recorded' },
  records: { nb: 'Innlogginger og leveringer', en: 'Logins and deliveries' },
  noRecords: { nb: 'Ingen er lagret nå.', en: 'None is kept now.' },
  LOGIN: { nb: 'Innlogging', en: 'Login' },
  DELIVERY: { nb: 'Levering', en: 'Delivery' },
  texts: { nb: 'Tekstene', en: 'The texts' },
  until: { nb: 'til', en: 'until' },
  since: { nb: 'fra', en: 'from' },
} as const satisfies { readonly [word: string]: InBoth };

const STATUS: { readonly [status: string]: InBoth } = {
  GIVEN: { nb: 'samtykket', en: 'consented' },
  RENEWED: { nb: 'samtykket på nytt', en: 'consented again' },
  UNKNOWN: { nb: 'ikke valgt', en: 'not decided' },
  REQUESTED: { nb: 'spurt, ikke valgt', en: 'asked, not decided' },
  DEFERRED: { nb: 'utsatt', en: 'put off' },
  REFUSED: { nb: 'avslått', en: 'refused' },
  WITHDRAWN: { nb: 'trukket tilbake', en: 'withdrawn' },
  EXPIRED: { nb: 'utløpt', en: 'expired' },
  TERMINATED: { nb: 'avsluttet', en: 'ended' },
  INVALIDATED: { nb: 'gjelder ikke lenger', en: 'no longer counts' },
  OBJECTED: { nb: 'protestert', en: 'objected to' },
  RESTRICTED: { nb: 'begrenset', en: 'restricted' },
  NOT_REQUIRED: { nb: 'samtykke kreves ikke', en: 'needs no consent' },
  PENDING: { nb: 'ikke varslet', en: 'not told' },
  NOTIFIED: { nb: 'varslet', en: 'notified' },
  SHOWN: { nb: 'vist', en: 'shown' },
  ACKNOWLEDGED: { nb: 'bekreftet lest', en: 'acknowledged' },
  ACCEPTED: { nb: 'godtatt', en: 'accepted' },
  NOT_ACCEPTED: { nb: 'ikke besvart', en: 'not answered' },
  READ_NOTICE: { nb: 'bør leses', en: 'to be read' },
  ACCEPT_TERMS: { nb: 'venter på svar', en: 'to be answered' },
  DECIDE_CONSENT: { nb: 'venter på valg', en: 'to be decided' },
  RENEW_CONSENT: { nb: 'venter på nytt valg', en: 'to be decided again' },
};

export function statusWord({ status }: { readonly status: string }, language: Language): string {
  return STATUS[status]?.[language] ?? status;
}
