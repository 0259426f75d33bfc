/**
 * The phrases of clauses that claim consent by use, as patterns over the words of a sentence: lower case, one space
 * between words and marks and one at either end. Every pattern begins and ends at a space and is bounded, so that
 * looking for it takes time with the sentence's length.
 */

/** Somebody uses the service. MEANS: "by using …"; CONDITION: "when you use …". */
export type UseKind = 'MEANS' | 'CONDITION';

interface UsePhrase {
  readonly kind: UseKind;
  readonly pattern: RegExp;
}

/**
 * Somebody is said to agree. STATEMENT: it says so itself, whatever stands before it ("samtykker du", "anses å ha
 * samtykket"). CLAUSE: a subject and its verb, a statement unless subordinate ("you consent"). ORDERED_CLAUSE: the same
 * in a language that turns the order after a use phrase, so that without a mark between it is a relative clause ("du samtykker").
 */
export type ConsentKind = 'STATEMENT' | 'CLAUSE' | 'ORDERED_CLAUSE';

interface ConsentPhrase {
  readonly kind: ConsentKind;
  readonly pattern: RegExp;
}

const words = (...lists: string[]): string =>
  `(?:${lists.join(' ').trim().split(/\s+/u).join('|').replaceAll('_', ' ')})`;
/** At most `most` words of a list. */
const some = (most: number, ...lists: string[]): string => `(?:${words(...lists)} ){0,${most}}?`;
const pattern = (source: string): RegExp => new RegExp(`(?<= )${source}(?= )`, 'gu');

// ---------------------------------------------------------------------------------------- bokmål and nynorsk
const person = words('du de dere dykk man ein en brukeren brukaren brukere brukarar kunden besøkende');
const useInfinitive = words(
  'bruke bruka benytte nytte nytta ta_i_bruk besøke besøkje vitje gå_inn_på gå_til logge_inn logge_på logge_deg_inn',
  'logge_deg_på logge_seg_inn surfe browse bla rulle scrolle laste_ned installere åpne opne fortsette halde_fram klikke_deg_videre',
);
const useFinite = words(
  'bruker brukar benytter nyttar tar_i_bruk tek_i_bruk besøker besøkjer vitjar går_inn_på logger_inn logger_deg_inn',
  'logger_deg_på loggar_inn loggar_deg_inn loggar_deg_på surfer fortsetter fortset held_fram laster_ned lastar_ned',
  'installerer åpner opnar klikker_deg_videre',
);
const useNoun = words('bruk bruken besøk innlogging pålogging');
const someonesUse = some(
  4,
  'din ditt deres dykkar fortsatt videre vidare framleis all enhver kvar ethvert hver bruk en slik',
);
const agreesFinite = words('samtykker samtykkjer samtykkar godtar godtek aksepterer godkjenner godkjenn');
const agreement = words('samtykke samtykket samtykkje samtykkjet aksept godkjenning godkjennelse');
const agreed = words('samtykket samtykt samtykka godtatt godteke akseptert');
const countsAs = words(
  'innebærer inneber betyr tyder utgjør utgjer medfører anses ansees regnes reknast blir_ansett blir_regnet blir_rekna',
  'vert_rekna tolkes vurderes oppfattes er_å_anse er_å_regne er_å_rekne bekrefter likestilles_med',
);
const notNegated = '(?! (?:ikke|ikkje|aldri) )';

const norwegianUse: UsePhrase[] = [
  {
    kind: 'MEANS',
    pattern: pattern(
      `(?:ved|gjennom|med) ${some(3, 'din fortsatt framleis kun bare også')}å (?:(?!for |før |uten |utan )\\S+ ){0,8}?${useInfinitive}`,
    ),
  },
  { kind: 'MEANS', pattern: pattern(`(?:ved|gjennom|med) ${someonesUse}${useNoun}`) },
  {
    kind: 'CONDITION',
    pattern: pattern(
      `(?:når|dersom|hvis|om|viss|så lenge|idet|så snart|straks|hver gang|kvar gong) ${person} (?:(?!ikke |ikkje |aldri )[^\\s,;:.]+ ){0,5}?(?:${useFinite}|${useInfinitive})`,
    ),
  },
  {
    kind: 'CONDITION',
    pattern: pattern(`(?:bruker|brukar|benytter|nyttar|besøker|besøkjer|fortsetter|fortset|held) ${person}`),
  },
];

const norwegianConsent: ConsentPhrase[] = [
  {
    kind: 'STATEMENT',
    pattern: pattern(`${agreesFinite} ${some(2, 'og automatisk også herved')}${person}${notNegated}`),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `(?:gir|gjev|avgir|gjer) ${person} (?:(?!ikke |ikkje |aldri |oss mulighet |mulighet )[^\\s,;:.]+ ){0,5}?${agreement}`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `har ${person} ${some(3, 'dermed også automatisk herved gitt gjeve avgitt ditt deres et eit')}(?:${agreed}|samtykke)`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `(?:sier|seier|erklærer) ${person} ${some(2, 'deg seg dere dykk også')}(?:enig|enige|innforstått|samd|samde|einig|einige)`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `(?:anses|ansees|regnes|reknast|blir|vert) ${person} ${some(5, 'for å ha som gitt sitt ditt rekna regnet ansett')}(?:${agreed}|samtykke)`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `(?:innebærer|inneber|betyr|tyder|medfører|antar vi|anser vi|legger vi til grunn|legg vi til grunn|regner vi med|reknar vi med|går vi ut fra|går vi ut frå|forutsetter vi|føreset vi|bekrefter ${person}|stadfestar ${person}) (?:det )?at ${person} ${some(3, 'automatisk dermed også har herved gir gjev ditt deres uttrykkelig')}(?:${agreesFinite}|${agreed}|samtykke)`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `(?:tolker|tolkar|anser|regner|reknar|oppfatter|oppfattar|ser|tar|tek) vi (?:det|dette|bruken|bruka) ${some(6, 'som for på et eit en ein ditt din uttrykk at du har gir')}(?:${agreement}|${agreesFinite}|${agreed})`,
    ),
  },
];

const norwegianWhole = pattern(
  `(?<!(?:vår|vårt|våre) )${useNoun} (?:(?!(?:ikke|ikkje|aldri|vi|må|krever|krev) )[^\\s;:]+ ){0,15}?${countsAs} ${some(5, 'som et eit en ein ditt din deres å være at du har gi gir uttrykkelig gyldig og automatisk brukeren dere')}(?:${agreement}|${agreesFinite}|${agreed})`,
);

// ------------------------------------------------------------------------------------------------------- English
const useGerund = words(
  'using accessing visiting browsing navigating scrolling entering downloading installing opening continuing viewing surfing',
  'logging_in logging_on signing_in',
);
const useVerb = words(
  'use access visit browse navigate scroll enter download install open view continue keep surf log_in log_on sign_in',
);
const someones = words("your the any such further continued continuing ongoing subsequent their each every 's a its");
const subject = words('you user users visitor visitors customer customers participant participants member members i');
const beside = some(
  10,
  'hereby also expressly explicitly automatically thereby unconditionally irrevocably fully freely voluntarily further then',
  'acknowledge acknowledges understand confirm represent represents warrant warrants certify declare affirm covenant and , / or',
  "are ' re ve will shall be deemed considered taken presumed to have indicate indicates signify signal express give giving",
  'gives provide providing grant granting show demonstrate manifest us your full informed prior explicit clear unambiguous',
  'that you it is both read a an',
);
const agrees = words(
  'consent consents consenting consented agree agrees agreeing agreed accept accepts accepting accepted',
);
const agreementNoun = words('consent acceptance agreement agree accept accepted agreed assent');

const englishUse: UsePhrase[] = [
  {
    kind: 'MEANS',
    pattern: pattern(
      `(?:by|through|in|upon|while|when) ${some(2, 'merely simply also continuing your')}(?:\\p{L}+ing |either )?(?:(?!to |without |if )\\S+ ){0,8}?${useGerund}`,
    ),
  },
  {
    kind: 'MEANS',
    pattern: pattern(
      `(?:by|through|with|upon) ${some(4, `your the continued any further ongoing each every of or access visit and`)}(?:use|usage|access|visit)`,
    ),
  },
  {
    kind: 'CONDITION',
    pattern: pattern(
      `(?:if|when|whenever|as|each time|every time|once|as soon as|so long as|as long as|while|where|should) ${subject} (?:(?!not |don |t |never )[^\\s,;:.]+ ){0,6}?(?:${useVerb}|${useGerund})`,
    ),
  },
];

const englishConsent: ConsentPhrase[] = [
  { kind: 'CLAUSE', pattern: pattern(`${subject} ${beside}${agrees}`) },
  {
    kind: 'CLAUSE',
    pattern: pattern(
      `we (?:(?:will|shall|may|can|' ll|therefore|then) ){0,2}(?:assume|presume|take it|understand|deem|consider|conclude|treat|infer) (?:this |it |as |to mean ){0,2}(?:that )?${subject} ${beside}${agrees}`,
    ),
  },
  {
    kind: 'STATEMENT',
    pattern: pattern(
      `we (?:(?:will|shall|may|can|' ll|therefore|then) ){0,2}(?:take|treat|regard|consider|view|interpret|understand) (?:this|that|it|your use|such use|your continued use|continued use) (?:to be |to mean |as ){0,2}${some(3, 'your a an that you full')}${agreementNoun}`,
    ),
  },
];

const englishWhole = pattern(
  `(?:(?<=^ )|(?<= ${someones} )|(?<=[.;:,] ))(?:use|usage|access|accessing|using|browsing|visit|visiting|continuing) (?:(?!(?:not|never|no|we) )[^\\s;:]+ ){0,18}?(?:constitutes?|constituting|means|mean|signifies|signify|indicates?|implies|imply|represents?|amounts|deemed|considered|taken|confirms) ${some(7, 'your to be as a an the that you have full express explicit binding unconditional and continued users user of acknowledgement acknowledgment understanding ,')}${agreementNoun}`,
);

export const USE_PHRASES: readonly UsePhrase[] = [...norwegianUse, ...englishUse];
export const CONSENT_PHRASES: readonly ConsentPhrase[] = [
  ...norwegianConsent,
  {
    kind: 'ORDERED_CLAUSE',
    pattern: pattern(
      `(?:du|de|dere|brukeren|brukaren|kunden) ${some(3, 'herved også automatisk uttrykkelig dermed gir gjev ditt')}(?:${agreesFinite}|samtykke)${notNegated}`,
    ),
  },
  ...englishConsent,
];
/** Claims that name the use themselves: "continued use constitutes acceptance". */
export const WHOLE_PHRASES: readonly RegExp[] = [norwegianWhole, englishWhole];
