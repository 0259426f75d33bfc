// Server-side projection of EventStoreDB: one state per policy, its versions and retirements in effective order, as
// known at the head of the log. The entry in force at an instant is the last one whose effectiveFrom has come and that
// is not withdrawn by then; a retirement among them means that nothing is (rules V1, V3, V4, V7). It emits nothing.
const enter = (state, entry) => {
  let place = state.timeline.length;
  while (place > 0 && state.timeline[place - 1].effectiveFrom > entry.effectiveFrom) place -= 1;
  state.timeline.splice(place, 0, entry);
  return state;
};

const version = (state, data, publishedAt) =>
  enter(state, {
    id: data.versionId,
    kind: 'version',
    sequence: data.sequence,
    label: data.label,
    effectiveFrom: data.effectiveFrom,
    effectiveFromForExisting: data.effectiveFromForExisting || null,
    publishedAt: publishedAt,
    withdrawnFrom: null,
  });

const retirement = (state, data) =>
  enter(state, { id: data.retirementId, kind: 'retirement', effectiveFrom: data.from, withdrawnFrom: null });

const without = (state, id) => {
  state.timeline = state.timeline.filter((entry) => entry.id !== id);
  return state;
};

// By stream, but without foreachStream: streams of other categories belong to no partition.
fromAll()
  .partitionBy((event) => (event.streamId.startsWith('policy-') ? event.streamId : undefined))
  .when({
    $init: () => ({ policyId: null, organisationId: null, timeline: [] }),
    PolicyCreated: (state, event) => {
      state.policyId = event.data.policyId;
      state.organisationId = event.data.organisationId;
      return state;
    },
    PolicyVersionPublished: (state, event) => version(state, event.data, event.data.publishedAt),
    PolicyVersionImported: (state, event) => version(state, event.data, event.data.effectiveFrom),
    PolicyVersionImportRevoked: (state, event) => without(state, event.data.versionId),
    PolicyVersionWithdrawn: (state, event) => {
      for (const entry of state.timeline) {
        if (entry.id === event.data.versionId) entry.withdrawnFrom = event.data.from;
      }
      return state;
    },
    PolicyRetired: (state, event) => retirement(state, event.data),
    PolicyRetirementImported: (state, event) => retirement(state, event.data),
    PolicyRetirementImportRevoked: (state, event) => without(state, event.data.retirementId),
  });
