import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findImpliedConsentClauses,
  MAX_IMPLIED_CONSENT_CLAUSES,
  MAX_PASSAGE_LENGTH,
} from '../../src/domain/policy/implied-consent';

const passagesIn = (text: string): string[] => findImpliedConsentClauses(text).map((clause) => clause.passage);

const claims: Record<string, string[]> = {
  bokmål: [
    'Når du bruker tjenesten, samtykker du til vilkårene her.',
    'Når du bruker denne appen samtykker du til at vi behandler opplysningene dine.',
    'Når du logger inn og bruker portalen, godtar du personvernerklæringen.',
    'Når du velger å benytte våre nettsider, aksepterer du vår bruk av informasjonskapsler.',
    'Dersom du fortsetter å bruke nettstedet, samtykker du til bruk av informasjonskapsler.',
    'Hvis du går inn på nettsidene våre, gir du samtidig samtykke til sporing.',
    'Ved å bruke tjenesten samtykker du til behandlingen.',
    'Ved å bruke tjenesten gir du ditt samtykke til at vi lagrer posisjonen din.',
    'Ved å besøke, lese eller på annen måte benytte nettsidene gir du ditt samtykke til erklæringen.',
    'Ved å ta i bruk løsningen godtar du også våre vilkår.',
    'Ved fortsatt å bruke våre sider anses du for å ha samtykket.',
    'Ved bruk av nettbutikken samtykker du til at vi deler kjøpshistorikken din.',
    'Gjennom din bruk av appen samtykker du til målrettet reklame.',
    'Ved fortsatt bruk av nettstedet aksepterer du endringene.',
    'Ved å logge deg på bekrefter du at du samtykker til dette.',
    'Ved å rulle videre på siden godtar du informasjonskapsler.',
    'Ved å bruke tjenesten bekrefter du at du er over 15 år og samtykker til vilkårene, og du samtykker til reklame.',
    'Bruker du tjenesten videre, samtykker du til endringene.',
    'Fortsetter du å surfe her, godtar du informasjonskapsler.',
    'Fortsatt bruk av tjenesten regnes som samtykke.',
    'Bruk av nettstedet innebærer at du samtykker til denne erklæringen.',
    'Din bruk av tjenesten etter endringen anses som aksept av de nye vilkårene.',
    'Du samtykker til behandlingen ved å bruke tjenesten.',
    'Du gir ditt samtykke til dette når du bruker appen vår.',
    'Du godtar disse vilkårene ved å bruke nettstedet.',
    'Ved å bruke denne nettsiden har du samtykket til våre vilkår.',
    'Dersom du bruker tjenesten etter endringen, anser vi det som et samtykke.',
    'Ved å bruke tjenesten sier du deg enig i denne erklæringen.',
    'NÅR DU BRUKER TJENESTEN, SAMTYKKER DU TIL VILKÅRENE.',
    'Når du **bruker** [tjenesten](https://example.no/a), *samtykker* du til vilkårene.',
    'Når du bruker tjenes\u00adten, sam\u00adtykker du til vilkårene.',
    'Når du\nbruker tjenesten, samtykker\ndu til vilkårene.',
    'Na\u030ar du bruker tjenesten, samtykker du til vilkårene.',
    'Når brukeren benytter tjenesten, samtykker brukeren til vilkårene.',
  ],
  nynorsk: [
    'Når du brukar tenesta, samtykkjer du til vilkåra.',
    'Når du nyttar nettstaden, godtek du denne erklæringa.',
    'Ved å bruke tenesta gjev du samtykke til at vi lagrar opplysningane.',
    'Ved å bruka appen samtykkjer du til sporing.',
    'Dersom du held fram med å bruke sida, samtykkjer du til informasjonskapslar.',
    'Viss du vitjar sidene våre, gir du samtykke til informasjonskapslar.',
    'Framleis bruk av tenesta vert rekna som samtykke.',
    'Bruk av tenesta inneber at du samtykkjer til vilkåra.',
    'Du samtykkjer til dette ved å bruke tenesta.',
  ],
  English: [
    'By using our service, you consent to this policy.',
    'By using the site you agree to our terms.',
    'By continuing to use the website, you consent to cookies.',
    'By accessing or using the app, you agree to be bound by this policy.',
    'By visiting, browsing or otherwise using this site, you hereby consent to our use of your data.',
    'By registering for or using the platform, you acknowledge and agree to our practices.',
    'By using the service, you represent, warrant and agree that:',
    'By continuing to browse you accept our use of cookies.',
    'By scrolling this page you’re agreeing to cookies.',
    'Through your continued use of the app you give your consent to profiling.',
    'If you continue to use the site, you agree to the updated policy.',
    'If you keep using the service, you agree to the new text.',
    'When you use our services, you consent to the collection of your location.',
    'Whenever you visit our pages, you automatically accept tracking.',
    'Your continued use of the service constitutes acceptance of the changes.',
    'Use of this site means that you consent to our practices.',
    'Continued use after the change will be deemed your consent.',
    'Your use of the app signifies your agreement to this policy.',
    'You consent to these practices by using our site.',
    'You agree to this policy when you use our service.',
    'If you continue without changing your settings, we will assume that you consent to cookies.',
    'If you go on to use the service afterwards, we will take that as your acceptance.',
    'By using the service, you are deemed to have consented to this notice.',
    'In using our products, users agree to the processing described here.',
    'BY USING THE SERVICE, YOU CONSENT TO THIS POLICY.',
    'By using\nthe **Service**, you expressly consent to this policy.',
  ],
};

const mentions: Record<string, string[]> = {
  bokmål: [
    'Du kan når som helst trekke tilbake ditt samtykke.',
    'Når du bruker tjenesten, registrerer vi hvilke sider du ser.',
    'Vi behandler opplysningene dine på grunnlag av samtykke.',
    'Opplysninger som du har gitt samtykke til, kan du få flyttet.',
    'Med samtykke fra den det gjelder.',
    'Når du bruker tjenesten, ber vi om ditt samtykke før vi lagrer posisjonen.',
    'Når du bruker tjenesten, kan du samtykke til reklame.',
    'Når du bruker tjenesten, lagrer vi bare det du samtykker til.',
    'Dersom du samtykker, bruker vi posisjonen din når du bruker appen.',
    'Ved bruk av informasjonskapsler som ikke er nødvendige, innhenter vi samtykke.',
    'For å bruke tjenesten må du samtykke til vilkårene.',
    'Fortsatt bruk av tjenesten regnes ikke som samtykke.',
    'Vi mener ikke at du samtykker ved å bruke tjenesten.',
    'Når du bruker tjenesten, samtykker du ikke til noe.',
    'Samtykker du til dette når du bruker tjenesten?',
    'Vår bruk av kapsler som ikke er nødvendige, krever at du samtykker.',
    'Vi kan ved å bruke kryptering verne opplysningene, og du kan gi samtykke i appen.',
    'Når du har samtykket, bruker vi opplysningene til nyhetsbrev.',
    'Vi deler opplysninger bare etter foretakets og brukerens samtykke.',
    'Du godtar å ikke spre søppelpost når du bruker tjenesten.',
    'Ved å bruke våre tjenester får du tilgang til arkivet. Du samtykker til nyhetsbrev i innstillingene.',
    'Samtykke er en av flere grunner til å behandle opplysninger.',
    'Å kunne ta et samtykke tilbake når som helst',
    'Hvis du har samtykket til nyhetsbrev, kan du melde deg av ved å bruke lenken.',
    'Ved å krysse av i boksen samtykker du til nyhetsbrev.',
  ],
  nynorsk: [
    'Du kan når som helst trekkje samtykket tilbake.',
    'Når du brukar tenesta, spør vi om du samtykkjer.',
    'Bruk av tenesta vert ikkje rekna som samtykke.',
    'Vi ber om samtykke før du brukar tenesta.',
    'Når du brukar tenesta, lagrar vi det du samtykkjer til.',
    'Dersom du samtykkjer, lagrar vi posisjonen når du brukar appen.',
  ],
  English: [
    'We share your data only with your consent.',
    'If you have consented to marketing, you can withdraw your consent at any time.',
    'We ask for your consent before we use your location.',
    'You can withdraw your consent by using the settings page.',
    'When you use our services, we collect usage data.',
    'When you use our services, you may consent to marketing.',
    'When you use our app, we will ask you to consent to location sharing.',
    'By using encryption, we protect the data you agree to share.',
    'When you use the service, we set the cookies you accept.',
    'If you use the app and you consent to location sharing, we show places near you.',
    'Use of the service does not constitute consent.',
    'If you use the service, we will not take that as your consent.',
    'By using the service you do not consent to anything.',
    'In order to use our service, you must accept these terms.',
    'If you do not agree to our use of cookies, you should change your browser settings.',
    'You agree to obey the law when you use the service.',
    'You agree not to circumvent our security by using bots.',
    'Do you consent to cookies when you use our site?',
    'Where required by law, you will be asked to consent before we use cookies.',
    'By using the service, you acknowledge that you have read this policy.',
    'We rely on your consent, on contract and on our legitimate interests.',
    'You can opt out by using the link at the bottom of each e-mail.',
    'Once you consent, we use the data when you visit our site.',
    'By clicking “I agree” below, you consent to our newsletter.',
    'We use your personal information for other purposes with your consent.',
    'Many of our users agree that the app is useful.',
  ],
};

const table = (of: Record<string, string[]>): [string, string][] =>
  Object.entries(of).flatMap(([language, sentences]) =>
    sentences.map((sentence): [string, string] => [language, sentence]),
  );

describe('a clause that claims consent by use', () => {
  test.each(table(claims))('is flagged with its sentence (%s): %s', (_, sentence) => {
    expect(passagesIn(`Vi tar vare på deg. ${sentence}\n\nNeste avsnitt.`)).toEqual([sentence]);
  });

  test('is found among other sentences, list items and headings, each once', () => {
    const text = `# Vilkår

Les dette f.eks. nå. Når du bruker tjenesten, samtykker du til alt (også nr. 3). Takk.

- Når du brukar tenesta, samtykkjer du til alt.
2. By using the service, you consent to everything. Thanks.
Når du bruker tjenesten, samtykker du til alt (også nr. 3).`;
    expect(passagesIn(text)).toEqual([
      'Når du bruker tjenesten, samtykker du til alt (også nr. 3).',
      'Når du brukar tenesta, samtykkjer du til alt.',
      'By using the service, you consent to everything.',
    ]);
  });

  test('is found where a list gives what is consented to', () => {
    expect(passagesIn('Ved å bruke tjenesten:\n\n- bekrefter du at du er 15 år\n- samtykker du til reklame\n')).toEqual(
      ['Ved å bruke tjenesten:\n\n- bekrefter du at du er 15 år\n- samtykker du til reklame'],
    );
  });

  test('is shown with the claim in it where the sentence is longer than a passage', () => {
    const long = `Fordi ${'vi driver et stort og innholdsrikt nettsted med mange sider og '.repeat(12)}ved å bruke tjenesten samtykker du til ${'alt mulig og '.repeat(60)}mer.`;
    const [passage] = passagesIn(long);
    expect(passage).toMatch(/^ved å bruke tjenesten samtykker du til/u);
    expect(passage?.length).toBeLessThanOrEqual(MAX_PASSAGE_LENGTH);
    expect(long).toContain(passage);
  });

  test('is not listed more often than the limit', () => {
    const text = Array.from({ length: 300 }, (_, at) => `Når du bruker tjenesten, samtykker du til punkt ${at}.`).join(
      '\n\n',
    );
    expect(passagesIn(text)).toHaveLength(MAX_IMPLIED_CONSENT_CLAUSES);
  });
});

describe('a sentence that merely mentions consent', () => {
  test.each(table(mentions))('is not flagged (%s): %s', (_, sentence) => {
    expect(passagesIn(`Vi tar vare på deg. ${sentence}\n\nNeste avsnitt.`)).toEqual([]);
  });
});

describe('any string', () => {
  test.each([
    ['empty', ''],
    ['blank', ' \n\t\r\n'],
    ['lone surrogates and NUL', '\ud800 \udfff \u0000 \ud800'],
    ['marks alone', '.!?…,;:()[]*_'.repeat(50)],
  ])('%s has no clause', (_, text) => {
    expect(passagesIn(text)).toEqual([]);
  });

  test.each([
    ['words that begin a clause', 'by using when you use ved å bruke '],
    ['words that fill a clause', 'you acknowledge and understand and '],
    ['subjects', 'you you users i '],
    ['uses without end', 'bruk av bruk som bruk regnes som '],
    ['combining marks', '\u0301\u0316'],
    ['one word', 'a'],
    ['brackets', ']('],
    ['line ends', '\n'],
    ['points', '. '],
    ['spaces', ' '],
    ['lists', '- a:\n'],
  ])('is read to its end, a megabyte of %s too', (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(passagesIn(`${text}\n\nNår du bruker tjenesten, samtykker du til alt.`)).toContain(
      'Når du bruker tjenesten, samtykker du til alt.',
    );
  });
});

const policies = join(__dirname, '..', '..', '..', 'shared', 'data', 'policies');
const there = existsSync(policies);
if (!there) console.warn(`SKIPPED: clauses of real policies, ${policies} is not there`);

(there ? describe : describe.skip)('real policies', () => {
  test.each([
    ['skysoft.txt', 3],
    ['catacloud.txt', 1],
    ['skykontoret.txt', 0],
  ])('%s has %d clauses that claim consent by use', (file, expected) => {
    const text = readFileSync(join(policies, file), 'utf8');
    const passages = passagesIn(text);
    expect(passages).toHaveLength(expected);
    for (const passage of passages) {
      expect(text).toContain(passage);
      expect(passage).toMatch(/^(?:Når du|Ved å) .*samtykke.*\.$/u);
    }
  });
});
