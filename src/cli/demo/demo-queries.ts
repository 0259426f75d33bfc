import { ANNA } from './demo-people';
import { PRIVACY } from './fill-demo';

export interface DemoQuery {
  readonly question: string;
  readonly query: string;
}

/** What a newcomer may ask first without a token. */
export const DEMO_QUERIES: readonly DemoQuery[] = [
  {
    question: 'Which text was in force on 15 March 2022, and why?',
    query: `{
  policyInForce(handle: "${PRIVACY}", asOf: { effectiveOn: "2022-03-15" }) {
    version { label sequence effectiveOn content(locale: "nb") { sha256 bytes } }
    reason { code text(locale: "en") }
    asOf { effectiveAt timeZone }
  }
}`,
  },
  {
    question: 'On the eve of a change the old version still holds; in a month another will.',
    query: `{
  policy(handle: "${PRIVACY}") {
    eve: inForce(asOf: { effectiveOn: "2023-10-31" }) { version { label } }
    day: inForce(asOf: { effectiveOn: "2023-11-01" }) { version { label } }
    versions { nodes { label effectiveOn status } }
  }
}`,
  },
  {
    question: 'What does the coming version change, and what follows from it?',
    query: `{
  policy(handle: "${PRIVACY}") {
    version(sequence: 5) {
      label
      change { reasons summary(locale: "en") noticeDuty noticeLeadDays renewalPurposes blocking }
    }
  }
}`,
  },
];

/** What an officer asks: a person's standing on any past day, and everybody's today. */
export const OFFICER_QUERY: DemoQuery = {
  question: "Had Anna agreed to the newsletter? And how does everybody stand today? (with the officer's token)",
  query: `query ($organisation: ID!, $policy: ID!) {
  subject(organisation: $organisation, externalId: "${ANNA}") {
    february2022: consents(policy: $policy, asOf: { effectiveOn: "2022-02-28" }) { ...standing }
    april2023: consents(policy: $policy, asOf: { effectiveOn: "2023-04-30" }) { ...standing }
  }
  audit(policy: $policy) { subjects inBreach consents { purpose status subjects valid } }
}
fragment standing on ConsentState { purpose status valid reason { text(locale: "en") } }`,
};
