import type { InBoth } from '../../domain/languages';
import type { RuleName } from '../../domain/subject/step-rules';

/** What each rule says, for whoever reads how a person came to stand as they do. */
export const RULE_SENTENCES: { readonly [rule in RuleName]: InBoth } = {
  C1: {
    nb: 'Bare en klar handling gir samtykke; å bruke tjenesten videre, rulle eller tie viser høyst at noe ble vist.',
    en: 'Only a clear act gives consent; going on using, scrolling or silence show at most that something was shown.',
  },
  C2: {
    nb: 'Svaret gjelder nøyaktig den versjonen, det språket og den teksten som ble vist, og den måtte være tilbudt da.',
    en: 'The answer is about exactly the version, language and text that was shown, which had to be offered then.',
  },
  C3: {
    nb: 'Å godta vilkår endrer ikke noe samtykke, og å trekke tilbake krever ikke mer enn å gi.',
    en: 'Accepting terms changes no consent, and withdrawing asks for no more than giving did.',
  },
  C5: {
    nb: 'Å bekrefte å ha lest er aldri samtykke, og å lukke en melding er å utsette.',
    en: 'Acknowledging is never consent, and dismissing is putting off.',
  },
  D1: {
    nb: 'Den siste avgjørelsen om formålet gjelder; en tilbaketrekking gjelder alle versjoner.',
    en: 'The last decision on the purpose counts; a withdrawal counts for every version.',
  },
  D2: {
    nb: 'En protest eller begrensning ligger over samtykket til den oppheves.',
    en: 'An objection or restriction lies over the consent until it is lifted.',
  },
  D3: {
    nb: 'Et ja gjelder til det går ut, til formålet faller bort eller til en versjon ber om at det gis på nytt.',
    en: 'A yes counts until it expires, the purpose falls away, or a version asks for it anew.',
  },
  D5: {
    nb: 'Personens kategorier på datoen avgjør hvilket behandlingsgrunnlag som gjelder.',
    en: "The person's categories on the date decide which legal basis governs.",
  },
  D6: {
    nb: 'Rettelsen trer i stedet for det som var notert, på samme plass, for alle datoer, fra den ble notert.',
    en: 'The correction stands in the place of what was recorded, for every date, from its recording on.',
  },
  D7: {
    nb: 'Det som ble notert anonymt, hører til kontoen fra koblingen ble notert.',
    en: 'What was recorded anonymously belongs to the account from the recording of the link on.',
  },
  E1: {
    nb: 'Å be om sletting er ikke å bli slettet; først når slettingen er påbegynt, noteres ikke mer.',
    en: 'Asking for erasure is not being erased; only once it has begun nothing more is recorded.',
  },
  O1: {
    nb: 'Dokumentet angår registrerte personer i virksomheten eller hos kunden, i kategoriene versjonen er rettet til.',
    en: 'The policy concerns registered people of the organisation or its customer, in the categories it addresses.',
  },
  O2: {
    nb: 'Fristen regnes fra versjonens dato for personen eller fra registreringen, hvis den er senere.',
    en: "The deadline runs from the version's date for the person, or from the registration if that is later.",
  },
  O3: {
    nb: 'Et varsel noteres når det er sendt, én gang for hver versjon og kanal.',
    en: 'A notice is recorded once it was sent, once for each version and channel.',
  },
  P6: {
    nb: 'En ny språkutgave er ikke en ny versjon.',
    en: 'A text in another language is not a new version.',
  },
  R3: {
    nb: 'En sletting ødelegger nøkkelen til alt personlig; en sperring av rettslige grunner får den til å vente.',
    en: 'An erasure destroys the key to all that is personal; a legal hold makes it wait.',
  },
  S5: {
    nb: 'Det ble notert senere enn fem minutter etter at det hendte, og gjelder fra da det hendte.',
    en: 'It was recorded more than five minutes after it happened, and counts from when it happened.',
  },
  V1: {
    nb: 'Den siste versjonen som har trådt i kraft for personen og ikke er trukket tilbake, gjelder.',
    en: 'The latest version that has taken effect for the person and is not withdrawn is in force.',
  },
  V3: {
    nb: 'Når en versjon trekkes tilbake, gjelder den beste av de andre igjen.',
    en: 'When a version is withdrawn, the best of the others is in force again.',
  },
  V4: {
    nb: 'Når dokumentet er tatt ut av bruk, tilbys ingenting og samtykker er avsluttet.',
    en: 'While the policy is retired nothing is offered, and consents are terminated.',
  },
  V6: {
    nb: 'Det som er svart på en versjon, gjelder også for senere versjoner som ikke ber om noe nytt.',
    en: 'What was answered to one version counts for later ones that ask for nothing new.',
  },
  V7: {
    nb: 'En gammel tekst kan importeres med sin egen dato, og tas ut igjen.',
    en: 'An old text may be imported with its own date, and taken out again.',
  },
};
