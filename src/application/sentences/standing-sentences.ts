import type { InBoth, Language } from '../../domain/languages';
import { REASON_SENTENCES } from '../../domain/subject/reason-sentences';
import type { StandingChange, StandingItem, StandingReason } from '../../domain/subject/standing';
import { clock, type Telling } from './sentence-parts';
import { CONSENT_WORDS, NOTICE_WORDS, OBLIGATION_WORDS } from './state-words';

/** What became of how a person stands, for people to read. */
export function changeSentence({ before, after }: StandingChange, telling: Telling): InBoth {
  const item = after ?? before;
  if (!item) return { nb: '', en: '' };
  const was = before && after ? stateOf(before, telling) : undefined;
  const is = after ? stateOf(after, telling) : GONE;
  return inBoth((language) => {
    const from = was && was[language] !== is[language] ? `${was[language]} → ` : '';
    return `${headOf(item, telling)[language]}: ${from}${is[language]}.${after ? whyOf(after)[language] : ''}`;
  });
}

/** How a person stands in one thing. */
export function standingSentence(item: StandingItem, telling: Telling): InBoth {
  return changeSentence({ before: undefined, after: item }, telling);
}

/** Stands in the place of a fact where a date alone changed something. */
export const DATE_CAME: InBoth = {
  nb: 'En dato kom; ingenting ble notert.',
  en: 'A date came; nothing was recorded.',
};

const GONE: InBoth = { nb: 'ikke lenger', en: 'no longer' };

function inBoth(tell: (language: Language) => string): InBoth {
  return { nb: tell('nb'), en: tell('en') };
}

function headOf(item: StandingItem, { labelOf }: Telling): InBoth {
  switch (item.about) {
    case 'CONCERN':
      return { nb: 'Angår personen', en: 'Concerns the person' };
    case 'VERSION':
      return { nb: 'Versjon som gjelder', en: 'Version in force' };
    case 'NOTICE':
      return { nb: 'Varsling', en: 'Notice' };
    case 'ACCEPTANCE':
      return { nb: 'Vilkår', en: 'Terms' };
    case 'CONSENT':
      return { nb: `Formålet ${item.purpose}`, en: `Purpose ${item.purpose}` };
    case 'OBLIGATION': {
      const named = [...item.purposes, labelOf?.(item.rootVersionId) ?? []].flat();
      const about = named.length === 0 ? '' : ` (${named.join(', ')})`;
      const words = OBLIGATION_WORDS[item.kind];
      return { nb: `Må ${words.nb}${about}`, en: `Must ${words.en}${about}` };
    }
  }
}

function stateOf(item: StandingItem, { zone, labelOf }: Telling): InBoth {
  switch (item.about) {
    case 'CONCERN':
      return item.concerned ? { nb: 'ja', en: 'yes' } : { nb: 'nei', en: 'no' };
    case 'VERSION': {
      const label = item.versionId === undefined ? undefined : (labelOf?.(item.versionId) ?? item.versionId);
      return { nb: label ?? 'ingen', en: label ?? 'none' };
    }
    case 'NOTICE':
      return NOTICE_WORDS[item.step];
    case 'ACCEPTANCE':
      return item.accepted ? { nb: 'godtatt', en: 'accepted' } : { nb: 'ikke godtatt', en: 'not accepted' };
    case 'CONSENT': {
      const { nb, en } = CONSENT_WORDS[item.status];
      return {
        nb: `${nb} (${item.valid ? 'kan behandles' : 'kan ikke behandles'})`,
        en: `${en} (${item.valid ? 'may be processed' : 'may not be processed'})`,
      };
    }
    case 'OBLIGATION': {
      const by = clock(item.deadline, zone);
      const blocking = item.blocking ? { nb: ', sperrer', en: ', blocking' } : { nb: '', en: '' };
      const words = PRESSING[item.pressing];
      return { nb: `${words.nb} ${by}${blocking.nb}`, en: `${words.en} ${by}${blocking.en}` };
    }
  }
}

const PRESSING: { readonly [pressing in 'UPCOMING' | 'DUE' | 'OVERDUE']: InBoth } = {
  UPCOMING: { nb: 'kommer, frist', en: 'to come, due by' },
  DUE: { nb: 'innen', en: 'due by' },
  OVERDUE: { nb: 'fristen gikk ut', en: 'overdue since' },
};

function whyOf(item: StandingItem): InBoth {
  if (item.about === 'CONCERN') return { nb: '', en: '' };
  const why = reasonText(item.reason);
  return why ? { nb: ` ${why.nb}`, en: ` ${why.en}` } : { nb: '', en: '' };
}

function reasonText(reason: StandingReason): InBoth | undefined {
  return reason === 'VERSION_IN_FORCE' ? undefined : REASON_SENTENCES[reason];
}
