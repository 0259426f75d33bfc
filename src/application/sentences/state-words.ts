import type { InBoth } from '../../domain/languages';
import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { ObligationKind } from '../../domain/subject/demands';
import type { NoticeStep } from '../../domain/subject/notice-state';

export const CONSENT_WORDS: { readonly [status in ConsentStatus]: InBoth } = {
  GIVEN: { nb: 'gitt', en: 'given' },
  RENEWED: { nb: 'gitt på nytt', en: 'given again' },
  UNKNOWN: { nb: 'ikke valgt', en: 'not decided' },
  REQUESTED: { nb: 'spurt, ikke valgt', en: 'asked, not decided' },
  DEFERRED: { nb: 'utsatt', en: 'put off' },
  REFUSED: { nb: 'avslått', en: 'refused' },
  WITHDRAWN: { nb: 'trukket tilbake', en: 'withdrawn' },
  EXPIRED: { nb: 'gått ut', en: 'expired' },
  TERMINATED: { nb: 'avsluttet', en: 'terminated' },
  INVALIDATED: { nb: 'gjelder ikke lenger', en: 'no longer counts' },
  OBJECTED: { nb: 'protestert mot', en: 'objected to' },
  RESTRICTED: { nb: 'begrenset', en: 'restricted' },
  NOT_REQUIRED: { nb: 'samtykke trengs ikke', en: 'no consent required' },
};

export const NOTICE_WORDS: { readonly [step in NoticeStep]: InBoth } = {
  PENDING: { nb: 'ikke varslet', en: 'not told' },
  NOTIFIED: { nb: 'varslet', en: 'notified' },
  SHOWN: { nb: 'vist', en: 'shown' },
  ACKNOWLEDGED: { nb: 'bekreftet lest', en: 'acknowledged' },
};

export const OBLIGATION_WORDS: { readonly [kind in ObligationKind]: InBoth } = {
  READ_NOTICE: { nb: 'lese versjonen', en: 'read the version' },
  ACCEPT_TERMS: { nb: 'svare på vilkårene', en: 'answer the terms' },
  DECIDE_CONSENT: { nb: 'velge', en: 'decide' },
  RENEW_CONSENT: { nb: 'velge på nytt', en: 'decide anew' },
};
