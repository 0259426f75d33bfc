const VERSION = `
  id label effectiveFrom
  content(locale: $locale) { locale format sha256 text }
  change { reasons }
  statement { purposes { key title(locale: $locale) dataCategories retention recipients processors transfers } }
  policy { id handle kind title(locale: $locale) organisation { name timeZone } }
`;

/** What the person must still do, now and soon, with the texts concerned. */
export const OUTSTANDING = `query ($locale: Locale) {
  me {
    obligations {
      blocked
      cursor
      asOf { effectiveAt }
      items {
        kind purposes since deadline blocking canActNow
        changeSummary(locale: $locale)
        version { ${VERSION} }
      }
    }
  }
}`;

/** What happens from now on. An item says that something happened; how the person stands is asked anew. */
export const NOTICES = `subscription ($after: String) {
  policyNotices(after: $after) {
    id cursor kind at
    policy { handle titleNorwegian: title(locale: "nb") titleEnglish: title(locale: "en") }
    version {
      id label effectiveFrom
      change { summaryNorwegian: summary(locale: "nb") summaryEnglish: summary(locale: "en") }
    }
    obligation { kind }
  }
}`;

/** How the person stands on every purpose, and on the terms. */
export const CHOICES = `query ($locale: Locale) {
  me {
    registeredAt
    consents {
      purpose status valid legalBasis decidedAt expiresAt
      reason { code text(locale: $locale) }
      policy { id handle title(locale: $locale) inForce { version { ${VERSION} } } }
    }
    acceptances { accepted current at version { label policy { handle title(locale: $locale) } } }
    facts(last: 20) { nodes { position occurredAt sentence(locale: $locale) } }
  }
}`;

/** A policy with the text of one version: the one named, or the one in force. */
export const POLICY = `query ($handle: String, $id: ID!, $isNamed: Boolean!, $locale: Locale) {
  policyVersion(id: $id) @include(if: $isNamed) { ...shown }
  policy(handle: $handle) {
    organisation { timeZone }
    inForce @skip(if: $isNamed) { version { ...shown } }
    versions(first: 100) { nodes { id label effectiveFrom status } }
  }
}
fragment shown on PolicyVersion { id label effectiveFrom content(locale: $locale) { locale format text } }`;

/** Versions of a policy, for the one to compare with. */
export const VERSIONS = `query ($id: ID!) {
  policy(id: $id) { versions(first: 100) { nodes { id label effectiveFrom status } } }
}`;

export const COMPARISON = `query ($from: ID!, $to: ID!, $locale: Locale) {
  policyVersionComparison(from: $from, to: $to, locale: $locale) {
    from { label content(locale: $locale) { locale } }
    to { content(locale: $locale) { locale } }
    sections { heading op words { op text } }
  }
}`;

const ERRORS = 'userErrors { code message ... on VersionNotOffered { offered { id } } }';
const decision = (field) => `mutation ($input: DecisionInput!) { ${field}(input: $input) { ${ERRORS} } }`;
const right = (field) => `mutation ($input: ProcessingRightInput!) { ${field}(input: $input) { ${ERRORS} } }`;

export const CONSENT_GIVE = decision('consentGive');
export const CONSENT_REFUSE = decision('consentRefuse');
export const CONSENT_DEFER = decision('consentDefer');
export const TERMS_ACCEPT = decision('termsAccept');
export const TERMS_REFUSE = decision('termsRefuse');
export const CONSENT_WITHDRAW = `mutation ($input: ConsentWithdrawInput!) { consentWithdraw(input: $input) { ${ERRORS} } }`;
export const PROCESSING_OBJECT = right('processingObject');
export const OBJECTION_LIFT = right('processingObjectionLift');
export const NOTICE_RECORD = `mutation ($input: NoticeRecordInput!) { noticeRecord(input: $input) { ${ERRORS} } }`;
export const NOTICE_DEFER = `mutation ($input: NoticeDeferInput!) { noticeDefer(input: $input) { ${ERRORS} } }`;
