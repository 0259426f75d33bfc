// Server-side projection of EventStoreDB: one state per person, what they decided about each purpose of each policy, as
// known at the head of the log; lists stand latest first by (validFrom, place in the stream). What holds at an instant
// is the first entry whose validFrom has come: the decision, the objection or its lifting, the restriction or its
// lifting (rules D1, D2). Whether a yes counts for the version in force follows from that policy's roots, which stand
// in another stream. A correction takes the place of what it corrects (rule D6). It emits nothing.
const DECISIONS = { ConsentGiven: 'GIVEN', ConsentRefused: 'REFUSED', ConsentWithdrawn: 'WITHDRAWN' };

const consentOf = (state, policyId, purpose) => {
  for (const consent of state.consents) {
    if (consent.policyId === policyId && consent.purpose === purpose) return consent;
  }
  const consent = { policyId: policyId, purpose: purpose, decisions: [], objections: [], restrictions: [] };
  state.consents.push(consent);
  return consent;
};

const enter = (list, entry) => {
  let index = 0;
  while (
    index < list.length &&
    (list[index].validFrom > entry.validFrom ||
      (list[index].validFrom === entry.validFrom && list[index].place > entry.place))
  ) {
    index += 1;
  }
  list.splice(index, 0, entry);
};

const decided = (state, event) => {
  const data = event.data;
  for (const named of data.purposes) {
    const purpose = typeof named === 'string' ? named : named.purpose;
    enter(consentOf(state, data.policyId, purpose).decisions, {
      place: event.sequenceNumber + 1,
      kind: DECISIONS[event.eventType],
      validFrom: data.validFrom,
      versionId: data.versionId || null,
      locale: data.locale || null,
      contentSha256: data.contentSha256 || null,
      expiresAt: named.expiresAt || null,
    });
  }
  return state;
};

const layer = (list, kind) => (state, event) => {
  for (const purpose of event.data.purposes) {
    const entry = { place: event.sequenceNumber + 1, kind: kind, validFrom: event.data.validFrom };
    enter(consentOf(state, event.data.policyId, purpose)[list], entry);
  }
  return state;
};

const LISTS = ['decisions', 'objections', 'restrictions'];

const takeOut = (state, place) => {
  const taken = [];
  for (const consent of state.consents) {
    for (const list of LISTS) {
      for (const entry of consent[list]) {
        if (entry.place === place) {
          taken.push({ policyId: consent.policyId, purpose: consent.purpose, list: list, entry: entry });
        }
      }
      consent[list] = consent[list].filter((entry) => entry.place !== place);
    }
  }
  return taken;
};

const correctedEntry = (original, data) => {
  const entry = Object.assign({}, original.entry);
  if (data.occurredAt) entry.validFrom = data.occurredAt;
  if (data.locale && entry.locale) entry.locale = data.locale;
  if (data.contentSha256 && entry.contentSha256) entry.contentSha256 = data.contentSha256;
  for (const given of data.purposes || []) {
    if (given.purpose === original.purpose) entry.expiresAt = given.expiresAt || null;
  }
  return entry;
};

// A correction says all that differs from the original, so the originals of what was corrected once are kept.
const corrected = (state, event) => {
  const place = event.data.corrects;
  const taken = takeOut(state, place);
  const known = state.originals.filter((original) => original.entry.place === place);
  const originals = known.length > 0 ? known : taken;
  if (known.length === 0) state.originals = state.originals.concat(taken);
  if (event.data.void) return state;
  for (const original of originals) {
    const list = consentOf(state, original.policyId, original.purpose)[original.list];
    enter(list, correctedEntry(original, event.data));
  }
  return state;
};

// By stream, but without foreachStream: streams of other categories belong to no partition.
fromAll()
  .partitionBy((event) => (event.streamId.startsWith('subject-') ? event.streamId : undefined))
  .when({
    $init: () => ({
      subjectId: null,
      organisationId: null,
      linkedTo: null,
      erasedAt: null,
      consents: [],
      originals: [],
    }),
    SubjectRegistered: (state, event) => {
      state.subjectId = event.data.subjectId;
      state.organisationId = event.data.organisationId;
      return state;
    },
    SubjectLinked: (state, event) => {
      state.linkedTo = event.data.accountId;
      return state;
    },
    SubjectErased: (state, event) => {
      state.erasedAt = event.data.erasedAt;
      return state;
    },
    ConsentGiven: decided,
    ConsentRefused: decided,
    ConsentWithdrawn: decided,
    ProcessingObjected: layer('objections', 'OBJECTED'),
    ProcessingObjectionLifted: layer('objections', 'OBJECTION_LIFTED'),
    ProcessingRestricted: layer('restrictions', 'RESTRICTED'),
    ProcessingRestrictionLifted: layer('restrictions', 'RESTRICTION_LIFTED'),
    FactCorrected: corrected,
  });
